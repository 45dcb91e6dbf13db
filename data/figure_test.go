package data_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// testFigures is the contract of the figures; every engine passes it.
func testFigures(t *testing.T, open func(*testing.T, *clock) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store, *clock){
		"counts":     testFigureCounts,
		"few":        testFewAreHidden,
		"difference": testNoDifference,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			c.pass(12 * time.Hour) // a working day
			test(t, open(t, c), c)
		})
	}
}

// crowd asks questions like q, one for each of so many people.
type crowd struct {
	t *testing.T
	s *data.Store
	n int
}

func (c *crowd) ask(people int, q ward.Asked) {
	c.t.Helper()
	for i := range people {
		c.n++
		q.Key, q.Resident = fmt.Sprint("q", c.n), ward.Resident(fmt.Sprint("r", i))
		must(c.t, c.s.RecordQuestion(c.t.Context(), q))
	}
}

func group(name string, count int) data.Group {
	return data.Group{Name: name, Cell: data.Cell{Count: count}}
}

func testFigureCounts(t *testing.T, s *data.Store, c *clock) {
	yesterday := c.at.Add(-24 * time.Hour)
	people := crowd{t: t, s: s}
	ask := func(n int, q ward.Asked) {
		if q.At.IsZero() {
			q.At = yesterday
		}
		q.Channel = ward.LINE
		people.ask(n, q)
	}
	ask(23, ward.Asked{Verdict: ward.Sure, Topic: "ごみ", Section: "清掃", Took: 10 * time.Millisecond})
	ask(11, ward.Asked{Verdict: ward.Unsure, Topic: "税", Section: "税務課", Took: 90 * time.Millisecond})
	for i := range 6 {
		must(t, s.RecordQuestion(t.Context(), ward.Asked{Key: fmt.Sprint("q", 24+i), Chosen: true, Topic: "戸籍", Section: "戸籍課"}))
	}
	ask(7, ward.Asked{Verdict: ward.Nothing, Section: "税務課", Took: 800 * time.Millisecond})
	ask(5, ward.Asked{Verdict: ward.Sure, Stopped: true, Topic: "ごみ", Section: "清掃"})
	ask(30, ward.Asked{Verdict: ward.Sure, At: c.at})                        // today
	ask(30, ward.Asked{Verdict: ward.Sure, At: yesterday.AddDate(0, 0, -7)}) // before
	for i := range 18 {
		must(t, s.RecordFeedback(t.Context(), ward.Feedback{AnswerID: fmt.Sprint(i), Resident: ward.Resident(fmt.Sprint(i)), Channel: ward.LINE, Helpful: i < 12, At: yesterday}))
	}
	got, err := s.Figures(t.Context(), 7)
	must(t, err)
	same(t, []any{got.First, got.Last, got.Questions, got.People}, []any{"2026-03-25", "2026-03-31", data.Cell{Count: 45}, data.Cell{Count: 25}}, nil)
	same(t, got.Days[6], data.DayFigures{Day: "2026-03-31", LINE: data.Cell{Count: 45}}, nil)
	same(t, len(got.Days), 7, nil)
	same(t, got.Hours[12], group("12", 45), nil)
	same(t, got.Hours[3], group("3", 0), nil)
	same(t, got.Outcomes, []data.Group{group("answered", 25), group("chosen", 5), group("open", 5), group("nothing", 5), group("stopped", 5)}, nil)
	same(t, got.Votes, []data.Group{group("helpful", 10), group("unhelpful", 5)}, nil)
	same(t, got.Topics, []data.Group{group("ごみ", 30), group("", 5), group("戸籍", 5), group("税", 5)}, nil)
	same(t, got.Unanswered, []data.Group{group("税務課", 10)}, nil)
	same(t, got.Times, []data.Times{{Channel: ward.LINE, P50: 10 * time.Millisecond, P95: 800 * time.Millisecond, P99: 800 * time.Millisecond}}, nil)
	got, err = s.Figures(t.Context(), 90)
	same(t, got.Questions, data.Cell{Count: 75}, err)
}

// testFewAreHidden: four are not shown, however often they ask, and nor are four
// in each of two months.
func testFewAreHidden(t *testing.T, s *data.Store, c *clock) {
	first := c.at
	for _, month := range []int{0, 1} { // people are of the month in which they ask
		people := crowd{t: t, s: s, n: 1000 * month}
		for range 3 {
			people.ask(4, ward.Asked{At: c.at, Channel: ward.Web, Verdict: ward.Sure, Topic: "税"})
		}
		c.pass(31 * 24 * time.Hour)
	}
	got, err := s.Figures(t.Context(), 90)
	must(t, err)
	same(t, []data.Cell{got.Questions, got.People}, []data.Cell{{Hidden: true}, {Hidden: true}}, nil)
	same(t, len(got.Topics)+len(got.Times), 0, nil)
	same(t, got.Outcomes[0].Cell, data.Cell{Hidden: true}, nil)
	for _, d := range got.Days {
		same(t, d.Web.Hidden, d.Day == first.Format(time.DateOnly) || d.Day == first.AddDate(0, 0, 31).Format(time.DateOnly), nil)
		same(t, d.Web.Count, 0, nil)
	}
}

// testNoDifference: whatever people ask, what a table does not show is nobody or
// at least data.MinPeople.
func testNoDifference(t *testing.T, s *data.Store, c *clock) {
	rnd := rand.New(rand.NewPCG(5, 5))
	db, _ := s.Queue()
	for round := range 12 {
		_, err := db.ExecContext(t.Context(), "DELETE FROM asked WHERE key <> ''")
		must(t, err)
		people := crowd{t: t, s: s, n: 1000 * round}
		inHour, inTopic := map[string]map[int]bool{}, map[string]map[int]bool{}
		for range 2 + rnd.IntN(5) {
			hour, topic, n := rnd.IntN(24), fmt.Sprint("話題", rnd.IntN(6)), 1+rnd.IntN(8)
			at := time.Date(2026, 3, 31, hour, 5, 0, 0, jst())
			people.ask(n, ward.Asked{At: at, Channel: ward.LINE, Verdict: ward.Sure, Topic: topic})
			for i := range n {
				for name, in := range map[string]map[string]map[int]bool{fmt.Sprint(hour): inHour, topic: inTopic} {
					if in[name] == nil {
						in[name] = map[int]bool{}
					}
					in[name][i] = true
				}
			}
		}
		got, err := s.Figures(t.Context(), 7)
		must(t, err)
		for name, table := range map[string]struct {
			shown []data.Group
			truth map[string]map[int]bool
		}{"hours": {got.Hours, inHour}, "topics": {got.Topics, inTopic}} {
			hidden := map[int]bool{}
			shown := map[string]bool{}
			for _, g := range table.shown {
				shown[g.Name] = g.Count > 0
				if g.Count > 0 && len(table.truth[g.Name]) < data.MinPeople {
					t.Errorf("%s: %s is shown with %d people", name, g.Name, len(table.truth[g.Name]))
				}
			}
			for group, who := range table.truth {
				for p := range who {
					if !shown[group] {
						hidden[p] = true
					}
				}
			}
			if !got.Questions.Hidden && len(hidden) > 0 && len(hidden) < data.MinPeople {
				t.Errorf("%s: the total less what is shown is about %d people: %v", name, len(hidden), table.shown)
			}
		}
	}
}
