package jobs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/ward"
)

// Calls that come at once are kept together; one that cannot be kept fails alone.
func TestReceivedTogether(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, dir, newPlatform(nil), nil)
		c.door.open = true // as if somebody were keeping others
		const calls = 2 * maxReceived
		errs := make([]error, calls)
		for n := range calls {
			e := message("a", n)
			if n == 7 {
				e.Body = nil // no database takes this
			}
			go func() { errs[n] = c.Receive(t.Context(), []ward.Event{e, e}) }()
		}
		synctest.Wait()
		if first := c.door.next(); len(first) != maxReceived/2 {
			t.Errorf("%d calls in one transaction, want %d", len(first), maxReceived/2)
		} else {
			c.door.waiting = append(first, c.door.waiting...)
		}
		c.keepAll(t.Context())
		synctest.Wait()
		for n, err := range errs {
			if (err != nil) != (n == 7) {
				t.Errorf("call %d: %v", n, err)
			}
		}
		c.settled(t, map[string]int{"delivered": calls - 1})
		if c.door.open || c.door.waiting != nil && len(c.door.waiting) > 0 {
			t.Errorf("the door stays open with %d waiting", len(c.door.waiting))
		}
	})
}

// While calls crowd the door an answer waits for them, but not for ever.
func TestAnswersGiveWay(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		answered := make(chan time.Time, 1)
		c := start(t, dir, newPlatform(nil), func(o *LINEOptions) {
			o.Answer = func(context.Context, ward.Event) ([]byte, error) {
				answered <- time.Now()
				return nil, nil
			}
		})
		for n, crowded := range []time.Duration{0, patience / 2, time.Hour} {
			c.door.calls.Add(crowd)
			ends := time.AfterFunc(crowded, func() { c.door.calls.Add(-crowd) })
			began := time.Now()
			c.receive(t, message("a", n))
			if waited := (<-answered).Sub(began); waited < min(crowded, patience) || waited > min(crowded, patience)+2*fetchPoll { // the queue may miss a wake-up once
				t.Errorf("crowded for %v: answered after %v", crowded, waited)
			}
			if ends.Stop() {
				c.door.calls.Add(-crowd)
			}
			c.settled(t, map[string]int{"silent": n + 1})
		}
	})
}

// A store that does not answer makes nobody wait longer than LINE does.
func TestReceiveInTime(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, dir, newPlatform(nil), nil)
		db, _ := c.store.Queue()
		hold, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err = c.Receive(t.Context(), []ward.Event{message("a", 1)})
		if ward.KindOf(err) != ward.Unavailable || time.Since(began) > 2*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if err := hold.Rollback(); err != nil {
			t.Fatal(err)
		}
		c.receive(t, message("a", 1)) // LINE sends it again
		c.settled(t, map[string]int{"delivered": 1})
	})
}
