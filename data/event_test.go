package data_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/data"
	"madoguchi/ward"
)

// jobs are the turns that a store asked jobs for.
type jobs struct{ turns []data.Turn }

func (j *jobs) enqueue(_ context.Context, _ *sql.Tx, turns []data.Turn) error {
	j.turns = append(j.turns, turns...)
	return nil
}

// receive keeps events and gives the turns that were woken.
func receive(t *testing.T, s *data.Store, want int, events ...ward.Event) []data.Turn {
	t.Helper()
	var j jobs
	n, unwoken, err := s.ReceiveEvents(t.Context(), events, j.enqueue)
	same(t, n, want, err)
	must(t, s.WakeResidents(t.Context(), unwoken, j.enqueue))
	return j.turns
}

// message is the n-th message of a resident, sent n seconds after the clock's start.
func message(resident string, n int) ward.Event {
	start := newClock().at
	id := fmt.Sprintf("%s%02d", resident, n)
	return ward.Event{ID: id, Resident: ward.Resident(resident), Kind: ward.MessageEvent, At: start.Add(time.Duration(n) * time.Second).UTC(),
		ReceivedAt: start.UTC(), MessageID: "m" + id, ReplyToken: "t" + id, Body: []byte("body of " + id)}
}

// takenBack is the taking back of e.
func takenBack(e ward.Event) ward.Event {
	return ward.Event{ID: "u" + e.ID, Resident: e.Resident, Kind: ward.UnsendEvent, At: e.At.Add(time.Minute), ReceivedAt: e.ReceivedAt,
		MessageID: e.MessageID, Body: []byte("{}")}
}

func take(t *testing.T, s *data.Store, turn data.Turn) data.Work {
	t.Helper()
	w, err := s.TakeTurn(t.Context(), turn)
	must(t, err)
	return w
}

func counts(t *testing.T, s *data.Store, want map[string]int) {
	t.Helper()
	got, err := s.EventCounts(t.Context())
	same(t, got, want, err)
}

// testEventsInOrder has one resident's events come mixed up and twice.
func testEventsInOrder(t *testing.T, s *data.Store, _ *clock) {
	a0, a1, a2, b0 := message("a", 0), message("a", 1), message("a", 2), message("b", 0)
	turns := receive(t, s, 3, a2, b0, a0, a2)
	if diff := cmp.Diff([]data.Turn{{Resident: "a"}, {Resident: "b"}}, turns); diff != "" {
		t.Fatalf("woken (-want +got):\n%s", diff)
	}
	if again := receive(t, s, 1, a0, a1, b0); again != nil {
		t.Errorf("woken though they waited already: %v", again)
	}
	w := take(t, s, turns[0])
	for i, want := range []ward.Event{a0, a1, a2} {
		if w.Event == nil || w.Tries != 1 {
			t.Fatalf("step %d: %+v", i, w)
		}
		same(t, *w.Event, want, nil)
		var err error
		w, err = s.FinishEvent(t.Context(), turns[0], *w.Event, nil)
		must(t, err)
	}
	same(t, w, data.Work{}, nil)
	counts(t, s, map[string]int{"new": 1, "silent": 3})
	same(t, take(t, s, turns[0]), data.Work{}, nil) // a late job finds nothing
	if next := receive(t, s, 1, message("a", 3)); len(next) != 1 || next[0].Number == turns[0].Number {
		t.Errorf("the next turn is %v", next)
	}
}

// testReply follows a reply through its tries.
func testReply(t *testing.T, s *data.Store, c *clock) {
	first, second := message("a", 0), message("a", 1)
	turn := receive(t, s, 2, first, second)[0]
	take(t, s, turn)
	w, err := s.FinishEvent(t.Context(), turn, first, &data.Reply{Messages: []byte("[1]"), RetryKey: "k"})
	want := data.Reply{EventID: first.ID, Resident: "a", ReplyToken: first.ReplyToken, ReceivedAt: first.ReceivedAt,
		Messages: []byte("[1]"), RetryKey: "k", Tries: 1, NextTry: first.ReceivedAt}
	same(t, w, data.Work{Reply: &want}, err)

	// The first try is told to wait: nothing happens before that.
	settled := *w.Reply
	settled.NextTry = c.Now().Add(20 * time.Second)
	w, err = s.SettleReply(t.Context(), turn, settled)
	same(t, w, data.Work{}, err)
	same(t, take(t, s, data.Turn{Resident: "a", Number: turn.Number + 1}), data.Work{}, nil)
	var j jobs
	n, err := s.WakeOverdue(t.Context(), j.enqueue)
	same(t, n, 0, err)
	c.pass(20 * time.Second)
	n, err = s.WakeOverdue(t.Context(), j.enqueue)
	same(t, n, 1, err)

	// The second try ends with its process: the third must know.
	turn = j.turns[0]
	w = take(t, s, turn)
	same(t, w.Reply.Tries, 2, nil)
	same(t, w.Reply.Uncertain, false, nil)
	c.pass(data.TurnLease)
	j = jobs{}
	n, err = s.WakeOverdue(t.Context(), j.enqueue)
	same(t, n, 1, err)
	if _, err := s.SettleReply(t.Context(), turn, *w.Reply); ward.KindOf(err) != ward.Conflict {
		t.Errorf("a worker that lost its turn went on: %v", err)
	}
	turn = j.turns[0]
	w = take(t, s, turn)
	same(t, w.Reply.Tries, 3, nil)
	same(t, w.Reply.Uncertain, true, nil)

	w.Reply.Outcome = data.Delivered
	w, err = s.SettleReply(t.Context(), turn, *w.Reply)
	same(t, w.Event, &second, err)
	counts(t, s, map[string]int{"delivered": 1, "new": 1})
	turn.Last = true
	w, err = s.FinishEvent(t.Context(), turn, second, &data.Reply{Messages: []byte("[2]"), RetryKey: "l", Outcome: data.Expired})
	same(t, w, data.Work{}, err)
	counts(t, s, map[string]int{"delivered": 1, "expired": 1})
}

// testFailures sets aside what cannot be worked.
func testFailures(t *testing.T, s *data.Store, c *clock) {
	bad, deadly, good := message("a", 0), message("a", 1), message("a", 2)
	unread := ward.Event{ID: "bad-1", Kind: ward.MalformedEvent, At: bad.At, ReceivedAt: bad.ReceivedAt, Body: []byte("\x00\xff{")}
	turn := receive(t, s, 4, bad, deadly, good, unread)[0]
	next := func(due time.Duration) data.Work {
		t.Helper()
		c.pass(due)
		var j jobs
		n, err := s.WakeOverdue(t.Context(), j.enqueue)
		same(t, n, 1, err)
		turn = j.turns[0]
		return take(t, s, turn)
	}
	take(t, s, turn)
	must(t, s.PostponeEvent(t.Context(), turn, bad.ID, "panic", c.Now().Add(time.Second)))
	w := next(time.Second)
	same(t, w.Tries, 2, nil)
	w, err := s.QuarantineEvent(t.Context(), turn, bad.ID, "panic again")
	same(t, w.Event, &deadly, err)
	for tries := 2; w.Event.ID == deadly.ID; tries++ { // every worker dies of it
		if w = next(data.TurnLease); w.Event.ID == deadly.ID && w.Tries != tries {
			t.Fatalf("handed out %d times, want %d", w.Tries, tries)
		}
	}
	same(t, w.Event, &good, nil)
	counts(t, s, map[string]int{"quarantined": 3, "new": 1})
	got, err := s.Quarantined(t.Context(), 10)
	must(t, err)
	reasons := map[string]string{}
	for _, q := range got {
		reasons[q.Event.ID] = q.Reason
		if q.Event.ID == unread.ID {
			same(t, q.Event, unread, nil)
		}
	}
	same(t, reasons, map[string]string{bad.ID: "panic again", unread.ID: "", deadly.ID: "every process that worked it died"}, nil)
}

// testRetention forgets what is old, but not what is still to be done.
func testRetention(t *testing.T, s *data.Store, c *clock) {
	done, waiting := message("a", 0), message("b", 0)
	turn := receive(t, s, 2, done, waiting)[0]
	take(t, s, turn)
	_, err := s.FinishEvent(t.Context(), turn, done, nil)
	must(t, err)
	c.pass(7 * 24 * time.Hour)
	n, err := s.SweepEvents(t.Context())
	same(t, n, 0, err)
	receive(t, s, 0, done)
	c.pass(2 * 24 * time.Hour)
	n, err = s.SweepEvents(t.Context())
	same(t, n, 1, err)
	counts(t, s, map[string]int{"new": 1})
	if again := receive(t, s, 1, done); len(again) != 1 {
		t.Errorf("a resident who was forgotten is not woken: %v", again)
	}
}

// testUnsend takes a message back at every point of its life.
func testUnsend(t *testing.T, s *data.Store, _ *clock) {
	none := func() {
		t.Helper()
		groups, err := s.Unanswered(t.Context(), 10)
		same(t, groups, nil, err)
		votes, err := s.Feedback(t.Context(), 10)
		must(t, err)
		for _, v := range votes {
			same(t, v.Question, "", nil)
		}
	}
	record := func(e ward.Event) {
		t.Helper()
		must(t, s.RecordUnanswered(t.Context(), ward.Unanswered{Text: "秘密", Channel: ward.LINE, At: e.At, MessageID: e.MessageID}))
		must(t, s.RecordFeedback(t.Context(), ward.Feedback{AnswerID: e.ID, Question: "秘密", Channel: ward.LINE, At: e.At, MessageID: e.MessageID}))
	}
	// Before it comes.
	early := message("a", 0)
	turn := receive(t, s, 1, takenBack(early))[0]
	receive(t, s, 1, early)
	record(early)
	none()
	// While it waits, and while it is answered: the taking back comes before what else waits.
	waiting, during, after := message("a", 1), message("a", 2), message("a", 3)
	receive(t, s, 3, waiting, during, after)
	receive(t, s, 1, takenBack(waiting))
	w := take(t, s, turn)
	for _, want := range []string{"u" + early.ID, "u" + waiting.ID} {
		same(t, w.Event.ID, want, nil)
		var err error
		w, err = s.FinishEvent(t.Context(), turn, *w.Event, nil)
		must(t, err)
	}
	same(t, w.Event, &during, nil)
	record(during)
	receive(t, s, 1, takenBack(during))
	none()
	w, err := s.FinishEvent(t.Context(), turn, during, &data.Reply{Messages: []byte("秘密"), RetryKey: "k"})
	same(t, w.Event.ID, "u"+during.ID, err)
	w, err = s.FinishEvent(t.Context(), turn, *w.Event, nil)
	same(t, w.Event, &after, err)
	// While its reply is under way.
	w, err = s.FinishEvent(t.Context(), turn, after, &data.Reply{Messages: []byte("秘密"), RetryKey: "l"})
	same(t, string(w.Reply.Messages), "秘密", err)
	receive(t, s, 1, takenBack(after))
	w, err = s.SettleReply(t.Context(), turn, *w.Reply)
	same(t, w.Event.ID, "u"+after.ID, err)
	w, err = s.FinishEvent(t.Context(), turn, *w.Event, nil)
	same(t, w, data.Work{}, err)
	counts(t, s, map[string]int{"unsent": 4, "silent": 4})
	none()
}

// TestUnsendLeavesNoTrace looks for the words in every byte of the directory.
func TestUnsendLeavesNoTrace(t *testing.T) {
	dir := t.TempDir()
	s := openSQLite(t, dir, newClock())
	found := func(secret string) (in []string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		must(t, err)
		for _, name := range files {
			b, err := os.ReadFile(name)
			must(t, err)
			if strings.Contains(string(b), secret) {
				in = append(in, filepath.Base(name))
			}
		}
		return in
	}
	secret := func(n int) string { return fmt.Sprintf("ひみつ%02d", n) }
	for n := range 30 { // several pages, a few of them overflowing
		e := message("a", n)
		e.Body = []byte(strings.Repeat(secret(n), 1+n*100))
		receive(t, s, 1, e)
		must(t, s.RecordUnanswered(t.Context(), ward.Unanswered{Text: secret(n), At: e.At, MessageID: e.MessageID}))
		must(t, s.RecordFeedback(t.Context(), ward.Feedback{AnswerID: e.ID, Question: secret(n), At: e.At, MessageID: e.MessageID}))
		must(t, s.Sessions().CompareAndSwap(t.Context(), e.ID, []byte(secret(n)), 0, time.Hour))
	}
	turn := data.Turn{Resident: "a"}
	w := take(t, s, turn)
	_, err := s.FinishEvent(t.Context(), turn, *w.Event, &data.Reply{Messages: []byte(secret(0)), RetryKey: "k"})
	must(t, err)
	for n := range 30 {
		if len(found(secret(n))) == 0 {
			t.Fatalf("%d is nowhere: the test looks in the wrong place", n)
		}
	}
	for n := range 29 {
		receive(t, s, 1, takenBack(message("a", n)))
		must(t, s.Sessions().Delete(t.Context(), message("a", n).ID))
	}
	must(t, s.Scrub(t.Context()))
	for n := range 29 {
		if in := found(secret(n)); in != nil {
			t.Errorf("%d is still in %v", n, in)
		}
	}
	if len(found(secret(29))) == 0 {
		t.Error("what was not taken back is gone")
	}
}
