package data_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

func openPostgres(t *testing.T, url string, c *clock) *data.Store {
	t.Helper()
	s, err := data.Open(t.Context(), data.Options{Dir: t.TempDir(), DatabaseURL: url, Now: c.Now})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPostgres(t *testing.T) {
	server := wardtest.StartPostgres(t)
	t.Run("records", func(t *testing.T) {
		testRecords(t, func(t *testing.T) *data.Store { return openPostgres(t, server.Database(t), newClock()) })
	})
	t.Run("events", func(t *testing.T) {
		testEvents(t, func(t *testing.T, c *clock) *data.Store { return openPostgres(t, server.Database(t), c) })
	})
	t.Run("audit", func(t *testing.T) {
		testAudit(t, func(t *testing.T, c *clock) *data.Store { return openPostgres(t, server.Database(t), c) })
	})
	t.Run("figures", func(t *testing.T) {
		testFigures(t, func(t *testing.T, c *clock) *data.Store { return openPostgres(t, server.Database(t), c) })
	})
	t.Run("asked", func(t *testing.T) {
		testAsked(t, func(t *testing.T, c *clock) *data.Store { return openPostgres(t, server.Database(t), c) })
	})
	t.Run("staff", func(t *testing.T) {
		testStaff(t, func(t *testing.T, c *clock) *data.Store { return openPostgres(t, server.Database(t), c) })
	})
	t.Run("runs", func(t *testing.T) {
		testRuns(t, func(t *testing.T, c *clock) *data.Store { return openPostgres(t, server.Database(t), c) })
	})
	t.Run("sessions", func(t *testing.T) {
		testSessions(t, func(t *testing.T, c *clock) sessionStore { return openPostgres(t, server.Database(t), c).Sessions() })
	})
	t.Run("statements", func(t *testing.T) {
		data.PrepareAll(t, openPostgres(t, server.Database(t), newClock()))
	})
	t.Run("four start at once", func(t *testing.T) { testStartTogether(t, server) })
	t.Run("two share it", func(t *testing.T) { testShared(t, server) })
	t.Run("the door", func(t *testing.T) { testDoor(t, server.Database(t)) })
	t.Run("unwoken", func(t *testing.T) { testUnwoken(t, server.Database(t)) })
	t.Run("scrub", func(t *testing.T) { testScrubbed(t, server.Database(t)) })
	t.Run("one is gone", func(t *testing.T) { testGone(t, server.Database(t)) })
	t.Run("a wrong clock", func(t *testing.T) { testSkew(t, server.Database(t)) })
	t.Run("away", func(t *testing.T) { testPostgresAway(t, server) })
}

// testStartTogether has four processes' worth of stores open an empty database.
func testStartTogether(t *testing.T, server *wardtest.Postgres) {
	url := server.Database(t)
	var wg sync.WaitGroup
	for range 4 {
		dir := t.TempDir()
		wg.Go(func() {
			s, err := data.Open(t.Context(), data.Options{Dir: dir, DatabaseURL: url})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.SetUp(t.Context(), func(context.Context) error { return nil }); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// testShared has two processes' worth of stores take the same events and turns.
func testShared(t *testing.T, server *wardtest.Postgres) {
	url, c := server.Database(t), newClock()
	stores := []*data.Store{openPostgres(t, url, c), openPostgres(t, url, c)}
	const events = 40
	var all []ward.Event
	for n := range events {
		all = append(all, message("a", n))
	}
	var wg sync.WaitGroup
	kept := make([]int, 8)
	for i := range kept { // the same batches at once
		wg.Go(func() {
			var j jobs
			for n := 0; n < events; n += 5 {
				got, unwoken, err := stores[i%2].ReceiveEvents(t.Context(), all[n:n+5], j.enqueue)
				if err = errors.Join(err, stores[i%2].WakeResidents(t.Context(), unwoken, j.enqueue)); err != nil {
					t.Error(err)
				}
				kept[i] += got
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range kept {
		sum += n
	}
	same(t, sum, events, nil)
	taken := make([]data.Work, 8)
	for i := range taken {
		wg.Go(func() {
			w, err := stores[i%2].TakeTurn(t.Context(), data.Turn{Resident: "a"})
			if err != nil {
				t.Error(err)
			}
			taken[i] = w
		})
	}
	wg.Wait()
	owners := 0
	for _, w := range taken {
		if w.Event != nil {
			owners++
		}
	}
	same(t, owners, 1, nil)
	w, err := stores[0].FinishEvent(t.Context(), data.Turn{Resident: "a"}, all[0], nil)
	same(t, w.Event.ID, all[1].ID, err)
}

// testDoor: what comes in waits for nobody who works on what came before.
func testDoor(t *testing.T, url string) {
	s := openPostgres(t, url, newClock())
	receive(t, s, 1, message("a", 1))
	db, _ := s.Queue()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	defer tx.Rollback()
	for _, table := range []string{"talk", "event", "reply"} {
		_, err = tx.ExecContext(t.Context(), "SELECT * FROM "+table+" FOR UPDATE")
		must(t, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	n, _, err := s.ReceiveEvents(ctx, []ward.Event{message("a", 2), message("a", 3)}, (&jobs{}).enqueue)
	same(t, n, 2, err)
}

// testUnwoken: whose process died before it made a job is woken all the same,
// once, whether or not the resident was known.
func testUnwoken(t *testing.T, url string) {
	s := openPostgres(t, url, newClock())
	turn := receive(t, s, 1, message("a", 0))[0]
	_, err := s.FinishEvent(t.Context(), turn, *take(t, s, turn).Event, nil) // ends the turn
	must(t, err)
	var j jobs
	n, late, err := s.ReceiveEvents(t.Context(), []ward.Event{message("b", 1), message("a", 1), message("a", 2)}, j.enqueue)
	same(t, n, 3, err)
	n, err = s.WakeOverdue(t.Context(), j.enqueue)
	same(t, n, 2, err)
	same(t, j.turns, []data.Turn{{Resident: "a", Number: turn.Number + 1}, {Resident: "b"}}, nil)
	n, err = s.WakeOverdue(t.Context(), j.enqueue)
	same(t, n, 0, err)
	must(t, s.WakeResidents(t.Context(), late, j.enqueue)) // it was only late
	same(t, len(j.turns), 2, nil)
	same(t, take(t, s, j.turns[0]).Event.ID, message("a", 1).ID, nil)
}

// testScrubbed: the words of a message that was taken back are in no table, not
// even in rows that nothing shows any more.
func testScrubbed(t *testing.T, url string) {
	s := openPostgres(t, url, newClock())
	db, _ := s.Queue()
	_, err := db.ExecContext(t.Context(), "CREATE EXTENSION pageinspect")
	if err != nil {
		t.Skipf("PostgreSQL's contrib is not installed: %v", err)
	}
	const words = "わたしのひみつ"
	remains := func() (rows int) {
		t.Helper()
		for _, table := range []string{"event", "reply", "unanswered", "feedback", "session"} {
			var n int
			must(t, db.QueryRowContext(t.Context(), `
SELECT count(*) FROM generate_series(0, pg_relation_size($1::text::regclass) / 8192 - 1) AS page, heap_page_items(get_raw_page($1::text, page::int))
WHERE position(convert_to($2, 'UTF8') IN t_data) > 0`, table, words).Scan(&n))
			rows += n
		}
		return rows
	}
	secret, turn := message("a", 1), data.Turn{Resident: "a"}
	secret.Body = []byte(words)
	receive(t, s, 1, secret)
	w, err := s.TakeTurn(t.Context(), turn)
	must(t, err)
	must(t, s.RecordUnanswered(t.Context(), ward.Unanswered{Text: words, At: newClock().at, MessageID: secret.MessageID}))
	must(t, s.Sessions().CompareAndSwap(t.Context(), "a", []byte(words), 0, time.Hour))
	_, err = s.FinishEvent(t.Context(), turn, *w.Event, &data.Reply{Messages: []byte(words), RetryKey: "k"})
	must(t, err)
	receive(t, s, 1, takenBack(secret))
	must(t, s.Sessions().Delete(t.Context(), "a"))
	if n := remains(); n < 4 {
		t.Errorf("the words are in %d rows: the test looks in the wrong place", n)
	}
	must(t, s.Scrub(t.Context()))
	same(t, remains(), 0, nil)
}

// testGone: what a process held is free as soon as the process is gone, and not
// before.
func testGone(t *testing.T, url string) {
	c := newClock()
	first, second := openPostgres(t, url, c), openPostgres(t, url, c)
	var j jobs
	for _, s := range []*data.Store{first, second} {
		must(t, s.FreeTurns(t.Context()))
		_, err := s.WakeOverdue(t.Context(), j.enqueue) // each finds the other alive
		must(t, err)
	}
	receive(t, first, 2, message("a", 1), message("b", 1))
	for _, r := range []ward.Resident{"a", "b"} {
		w, err := first.TakeTurn(t.Context(), data.Turn{Resident: r})
		same(t, w.Event.ID, message(string(r), 1).ID, err)
	}
	n, err := second.WakeOverdue(t.Context(), j.enqueue)
	same(t, n, 0, err)
	must(t, first.Close())
	soon, cancel := context.WithTimeout(t.Context(), data.TurnLease/2)
	defer cancel()
	for n = 0; n == 0; { // the server takes a moment to see it
		n, err = second.WakeOverdue(soon, j.enqueue)
		must(t, err)
	}
	same(t, n, 2, nil)
	w, err := second.TakeTurn(t.Context(), data.Turn{Resident: "a", Number: 1})
	same(t, w.Event.ID, message("a", 1).ID, err)
	if n, err := second.WakeOverdue(t.Context(), j.enqueue); n != 0 || err != nil {
		t.Errorf("again %d turns, %v", n, err)
	}
}

// testSkew: nobody works turns by a clock that is not the others'.
func testSkew(t *testing.T, url string) {
	s := openPostgres(t, url, newClock())
	must(t, s.FreeTurns(t.Context()))
	for _, by := range []time.Duration{3 * time.Second, -3 * time.Second} {
		data.MoveClock(s, by)
		if err := s.FreeTurns(t.Context()); ward.KindOf(err) != ward.Unavailable || !strings.Contains(err.Error(), "時計") {
			t.Errorf("%v off: %v", by, err)
		}
	}
	data.MoveClock(s, time.Second)
	must(t, s.FreeTurns(t.Context()))
}

// testPostgresAway kills and freezes the server under a store.
func testPostgresAway(t *testing.T, server *wardtest.Postgres) {
	s := openPostgres(t, server.Database(t), newClock())
	within := func(d time.Duration, text string) error {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		return s.RecordUnanswered(ctx, ward.Unanswered{Text: text, At: newClock().at})
	}
	record := func(text string) error { return within(20*time.Second, text) }
	away := func(what string) {
		t.Helper()
		began := time.Now()
		if err := within(time.Second, what); ward.KindOf(err) != ward.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: took %v", what, took)
		}
	}
	acknowledged := 0
	for round := range 3 {
		for n := range 20 {
			must(t, record(fmt.Sprintf("%d-%d", round, n)))
			acknowledged++
		}
		server.Kill()
		away("killed")
		server.Start(t)
		for err := record("back"); err != nil; err = record("back") { // connections of before are found dead first
			if ward.KindOf(err) != ward.Unavailable {
				t.Fatal(err)
			}
		}
	}
	server.Freeze()
	away("frozen")
	server.Thaw()
	for err := record("frozen"); err != nil; err = record("frozen") { // a repetition of what may have been done
		if ward.KindOf(err) != ward.Unavailable {
			t.Fatal(err)
		}
	}
	groups, err := s.Unanswered(t.Context(), 1000)
	must(t, err)
	for _, g := range groups {
		if g.Text != "back" && g.Count != 1 {
			t.Errorf("%q is kept %d times", g.Text, g.Count)
		}
	}
	if len(groups) < acknowledged+2 {
		t.Errorf("%d texts are kept, want at least %d", len(groups), acknowledged+2)
	}
}

func TestPostgresOptions(t *testing.T) {
	for _, url := range []string{"mysql://u:himitsu@h/d", "postgres://u:himitsu@h:port/d", "host=h password=himitsu"} {
		_, err := data.Open(t.Context(), data.Options{Dir: t.TempDir(), DatabaseURL: url})
		if ward.KindOf(err) != ward.Invalid || strings.Contains(err.Error(), "himitsu") {
			t.Errorf("%s: %v", url, err)
		}
	}
	_, err := data.Open(t.Context(), data.Options{Dir: t.TempDir(), DatabaseURL: "postgres://u:himitsu@127.0.0.1:1/d"})
	if ward.KindOf(err) != ward.Unavailable || strings.Contains(err.Error(), "himitsu") {
		t.Errorf("nobody there: %v", err)
	}
}
