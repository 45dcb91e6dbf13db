package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"madoguchi/ward"
)

// TestGroupCommit has many write at once, some of whom fail: each gets its own
// outcome, and only what failed is missing.
func TestGroupCommit(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	hold, err := s.records.writer.Begin() // so that all of them wait
	if err != nil {
		t.Fatal(err)
	}
	const writes = 3 * maxGroup
	mine := errors.New("mine")
	outcomes := make([]error, writes)
	var wg sync.WaitGroup
	for i := range writes {
		wg.Go(func() {
			outcomes[i] = s.records.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, string(insertTombstone), fmt.Sprint(i), i); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return fmt.Errorf("no %d: %w", i, mine)
				case 2:
					_, err := tx.ExecContext(ctx, "INSERT INTO tombstone VALUES (NULL, NULL)")
					return err
				}
				return nil
			})
		})
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	for i, err := range outcomes {
		var kept int
		if err := s.records.reader.QueryRow("SELECT count(*) FROM tombstone WHERE message_id = $1", fmt.Sprint(i)).Scan(&kept); err != nil {
			t.Fatal(err)
		}
		bad := i%4 == 1 && (!errors.Is(err, mine) || kept != 0) || i%4 == 2 && (err == nil || kept != 0) || i%4%3 == 0 && (err != nil || kept != 1)
		if bad {
			t.Errorf("write %d: %v, kept %d times", i, err, kept)
		}
	}
}

// TestGroupThatIsLost has the disk fill up in the middle of a group: nobody is
// told that a write was kept that was not.
func TestGroupThatIsLost(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := LimitPages(s, 1); err != nil {
		t.Fatal(err)
	}
	hold, err := s.records.writer.Begin()
	if err != nil {
		t.Fatal(err)
	}
	const writes = 40
	outcomes := make([]error, writes)
	var wg sync.WaitGroup
	for i := range writes {
		wg.Go(func() {
			text := fmt.Sprintf("%0*d", 1+i%2*20_000, i)
			outcomes[i] = s.RecordUnanswered(t.Context(), ward.Unanswered{Text: text})
		})
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	kept, err := s.Unanswered(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for i, err := range outcomes {
		switch ward.KindOf(err) {
		case "":
			acknowledged++
		case ward.Unavailable:
		default:
			t.Errorf("write %d: %v", i, err)
		}
	}
	if acknowledged != len(kept) || acknowledged == writes {
		t.Errorf("%d writes were acknowledged, %d are kept", acknowledged, len(kept))
	}
}

// TestCallerGivesUpWaiting must not keep what its caller will not hear of.
func TestCallerGivesUpWaiting(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	hold, err := s.records.writer.Begin()
	if err != nil {
		t.Fatal(err)
	}
	busy := make(chan error)
	go func() { busy <- s.RecordUnanswered(t.Context(), ward.Unanswered{Text: "first"}) }()
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() { waiting <- s.RecordUnanswered(ctx, ward.Unanswered{Text: "second"}) }()
	cancel()
	// One of the two is with the committer by now and is waited for; the other
	// gives up or is done as well, but never both.
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	second := <-waiting
	if err := <-busy; err != nil {
		t.Error(err)
	}
	kept, err := s.Unanswered(t.Context(), 10)
	if want := 2; err != nil || len(kept) != want && second == nil || len(kept) != 1 && second != nil {
		t.Errorf("%d kept, the second was told %v (%v)", len(kept), second, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.RecordUnanswered(t.Context(), ward.Unanswered{Text: "late"}); err == nil {
		t.Error("a closed store took a write")
	}
}
