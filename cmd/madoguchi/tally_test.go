package main

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// What was taken is counted when the tally ends; what is too much is refused and
// nobody waits.
func TestTally(t *testing.T) {
	store, err := data.Open(t.Context(), data.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	yesterday := time.Now().AddDate(0, 0, -1)
	tally := newTally(store, slog.New(slog.DiscardHandler))
	const asked = 200
	for i := range asked {
		a := ward.Asked{Key: fmt.Sprint(i), At: yesterday, Channel: ward.Web, Resident: ward.Resident(fmt.Sprint(i)), Verdict: ward.Sure}
		if err := tally.RecordQuestion(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	tally.close()
	figures, err := store.Figures(t.Context(), 7)
	if err != nil || figures.Questions.Count != asked {
		t.Errorf("counted %+v of %d: %v", figures.Questions, asked, err)
	}
	refused := 0
	for range tallyQueue + 1 {
		if err := tally.RecordQuestion(t.Context(), ward.Asked{Key: "late"}); ward.KindOf(err) == ward.TooMany {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d refused, want 1", refused)
	}
}
