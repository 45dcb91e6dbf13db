package data_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// testAsked is the contract of counted questions; every engine passes it.
func testAsked(t *testing.T, open func(*testing.T, *clock) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store, *clock){
		"counted once": testCountedOnce,
		"many":         testCountedTogether,
		"people":       testPeople,
		"taken back":   testAskedUnsent,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			test(t, open(t, c), c)
		})
	}
}

// rowsOf gives the named columns of every counted question, by key.
func rowsOf(t *testing.T, s *data.Store, columns string) (rows []string) {
	t.Helper()
	db, _ := s.Queue()
	r, err := db.QueryContext(t.Context(), "SELECT "+columns+" FROM asked ORDER BY key")
	must(t, err)
	defer r.Close()
	names, err := r.Columns()
	must(t, err)
	for r.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		must(t, r.Scan(into...))
		rows = append(rows, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	must(t, r.Err())
	return rows
}

func testCountedOnce(t *testing.T, s *data.Store, c *clock) {
	q := ward.Asked{Key: "m1", At: c.at, Channel: ward.LINE, Resident: "U1", Verdict: ward.Unsure, DocumentID: "d1",
		Topic: "くらし", Section: "住民課", Took: 12 * time.Millisecond}
	first, second := q, q
	first.Chosen, first.DocumentID, first.Section, first.Took = true, "d2", "税務課", time.Hour
	second.Chosen, second.DocumentID = true, "d3"
	none := ward.Asked{Key: "m2", At: c.at.Add(-time.Hour), Channel: ward.Web, Verdict: ward.Nothing, Stopped: true}
	chosenOfNone := none
	chosenOfNone.Chosen = true
	for _, a := range []ward.Asked{first, q, first, second, q, first, none, chosenOfNone, none} { // also before its question
		must(t, s.RecordQuestion(t.Context(), a))
	}
	got := rowsOf(t, s, "key, day, hour, channel, verdict, stopped, chosen, document_id, topic, section, took")
	same(t, got, []string{ // half past midnight in Japan, and an hour before
		"m1 20544 0 line choices 0 1 d2 くらし 税務課 12",
		"m2 20543 23 web none 1 0    0",
	}, nil)
	if err := s.RecordQuestion(t.Context(), ward.Asked{}); ward.KindOf(err) != ward.Invalid {
		t.Errorf("a question without a key: %v", err)
	}
}

// testCountedTogether: many in one go come to the same as one by one, also what
// comes twice, is chosen in the same go, or was taken back before.
func testCountedTogether(t *testing.T, s *data.Store, c *clock) {
	e := message("a", 1)
	receive(t, s, 1, takenBack(e))
	many := []ward.Asked{{Key: "q1", Chosen: true, DocumentID: "d2"}, {Key: e.MessageID, At: c.at, Channel: ward.LINE, Resident: "a"}}
	for i := range 50 {
		a := ward.Asked{Key: fmt.Sprint("q", i), At: c.at, Channel: ward.Web, Resident: "r", Verdict: ward.Unsure, DocumentID: "d1"}
		many = append(many, a, a)
	}
	must(t, s.RecordQuestions(t.Context(), many))
	must(t, s.RecordQuestions(t.Context(), many))
	must(t, s.RecordQuestions(t.Context(), nil))
	got := rowsOf(t, s, "key, chosen, document_id")
	same(t, len(got), 50, nil)
	same(t, got[:3], []string{"q0 0 d1", "q1 1 d2", "q10 0 d1"}, nil)
}

// testPeople: somebody is the same within the month, another in the next, and
// the key of a month does not outlive it.
func testPeople(t *testing.T, s *data.Store, c *clock) {
	ask := func(key string, ch ward.Channel, r ward.Resident) {
		t.Helper()
		must(t, s.RecordQuestion(t.Context(), ward.Asked{Key: key, At: c.Now(), Channel: ch, Resident: r}))
	}
	ask("1", ward.LINE, "Utaro")
	ask("2", ward.LINE, "Utaro")
	ask("3", ward.LINE, "Ujiro")
	ask("4", ward.Web, "Utaro")
	keys := func() (n int) {
		db, _ := s.Queue()
		must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM asked_month").Scan(&n))
		return n
	}
	removed, err := s.SweepAsked(t.Context())
	same(t, removed, 0, err)
	same(t, keys(), 1, nil) // the month is not over
	c.pass(30 * 24 * time.Hour)
	ask("5", ward.LINE, "Utaro")
	p := rowsOf(t, s, "month, person")
	if p[0] != p[1] || p[0] == p[2] || p[0] == p[3] || p[0] == p[4] {
		t.Errorf("people: %q", p)
	}
	if all := strings.Join(rowsOf(t, s, "*"), "\n"); strings.Contains(all, "taro") || strings.Contains(all, "jiro") {
		t.Errorf("a resident's id is kept:\n%s", all)
	}
	same(t, keys(), 2, nil)
	_, err = s.SweepAsked(t.Context())
	same(t, keys(), 1, err)
	ask("6", ward.LINE, "Utaro")
	p = rowsOf(t, s, "month, person")
	same(t, p[5], p[4], nil)

	c.pass(data.KeepAsked - 10*24*time.Hour)
	removed, err = s.SweepAsked(t.Context())
	same(t, removed, 4, err)
	same(t, keys(), 0, nil)
}

func testAskedUnsent(t *testing.T, s *data.Store, c *clock) {
	e := message("a", 1)
	q := ward.Asked{Key: e.MessageID, At: c.at, Channel: ward.LINE, Resident: "a"}
	must(t, s.RecordQuestion(t.Context(), q))
	same(t, len(rowsOf(t, s, "key")), 1, nil)
	receive(t, s, 1, takenBack(e))
	must(t, s.RecordQuestion(t.Context(), q))
	same(t, len(rowsOf(t, s, "key")), 0, nil)
}
