package jobs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

// saying fails the calls in this order; the last one stands for all that follow.
func saying(kinds ...ward.ErrorKind) func(call) error {
	n := 0
	return func(call) error {
		k := kinds[min(n, len(kinds)-1)]
		n++
		if k == "" {
			return nil
		}
		return &ward.Error{Kind: k, Message: "no", Err: errors.New(string(k))}
	}
}

// untilPush fails every reply that way and takes every push.
func untilPush(err error) func(call) error {
	return func(c call) error {
		if c.How == "push" {
			return nil
		}
		return err
	}
}

func TestReplies(t *testing.T) {
	refused := &ward.Error{Kind: ward.Unavailable, Message: "no", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	for name, c := range map[string]struct {
		fault func(call) error
		push  bool
		age   time.Duration // of the event
		calls string        // the ways, each with how often it was gone in a row
		took  time.Duration // until the last call, at least
		want  string
	}{
		"delivered at once":                      {fault: saying(""), calls: "reply", want: "delivered"},
		"rate limit, then delivered":             {fault: saying(ward.TooMany, ward.TooMany, ""), push: true, calls: "reply reply reply", want: "delivered"},
		"500 for some seconds, then delivered":   {fault: saying(ward.Unavailable, ward.Unavailable, ward.Unavailable, ""), calls: "reply reply reply reply", took: time.Second, want: "delivered"},
		"perhaps delivered is not sent again":    {fault: saying(ward.Unknown, ward.Expired), push: true, calls: "reply reply", want: "unknown"},
		"500 and then used is not sent again":    {fault: saying(ward.Unavailable, ward.Expired), push: true, calls: "reply reply", want: "unknown"},
		"an error of no kind is not sent again":  {fault: saying(ward.Internal, ward.Expired), push: true, calls: "reply reply", want: "unknown"},
		"dead token, push not allowed":           {fault: saying(ward.Expired), calls: "reply", want: "expired"},
		"dead token, push allowed":               {fault: saying(ward.Expired, ""), push: true, calls: "reply push", want: "delivered"},
		"push tried again has the same key":      {fault: saying(ward.Expired, ward.Unavailable, ward.Unknown, ward.Conflict), push: true, calls: "reply push push push", want: "delivered"},
		"quota used up":                          {fault: saying(ward.Expired, ward.Quota), push: true, calls: "reply push", want: "quota"},
		"refused for its content":                {fault: saying(ward.Invalid), push: true, calls: "reply", want: "refused"},
		"refused for the channel's token":        {fault: saying(ward.Forbidden), push: true, calls: "reply", want: "refused"},
		"refused after an unclear try":           {fault: saying(ward.Unknown, ward.Forbidden), push: true, calls: "reply reply", want: "unknown"},
		"too old a token is not used":            {fault: saying(""), age: time.Minute, calls: "", want: "expired"},
		"too old a token, push allowed":          {fault: saying(""), push: true, age: time.Minute, calls: "push", want: "delivered"},
		"too old for anything":                   {fault: saying(""), push: true, age: 5 * time.Minute, calls: "", want: "expired"},
		"asked to wait past the token's life":    {fault: untilPush(&ward.Error{Kind: ward.TooMany, RetryAfter: 2 * time.Minute}), push: true, calls: "reply push", took: 2 * time.Minute, want: "delivered"},
		"asked to wait, no push":                 {fault: untilPush(&ward.Error{Kind: ward.TooMany, RetryAfter: 2 * time.Minute}), calls: "reply", want: "expired"},
		"asked to wait a little":                 {fault: saying(ward.TooMany, ""), calls: "reply reply", want: "delivered"},
		"LINE not reached for a minute, pushed":  {fault: untilPush(refused), push: true, calls: "reply* push", took: 50 * time.Second, want: "delivered"},
		"500 for more than a minute, not pushed": {fault: saying(ward.Unavailable), push: true, calls: "reply*", took: 50 * time.Second, want: "unknown"},
		"push impossible for minutes":            {fault: saying(ward.Expired, ward.TooMany), push: true, calls: "reply push*", took: 4 * time.Minute, want: "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(c.fault)
				l := start(t, dir, p, func(o *LINEOptions) { o.PushAllowed = c.push })
				began := time.Now()
				e := message("a", 1)
				e.ReceivedAt = began.Add(-c.age)
				l.receive(t, e)
				l.settled(t, map[string]int{c.want: 1})
				l.stop()
				var ways []string
				keys := map[string]bool{}
				for _, got := range p.got() {
					if want := map[string]string{"reply": e.ReplyToken, "push": string(e.Resident)}[got.How]; got.To != want || got.Messages != "re: "+string(e.Body) {
						t.Errorf("call %+v", got)
					}
					if ways = append(ways, got.How); got.How == "push" {
						keys[got.Key] = true
					}
					if took := got.At.Sub(began); took > c.took+20*time.Second+pushLife*time.Duration(strings.Count(c.calls, "push*")) {
						t.Errorf("a %s after %v", got.How, took)
					}
				}
				if got := runs(ways, c.calls); got != c.calls {
					t.Errorf("calls %q, want %q", got, c.calls)
				}
				if len(keys) > 1 || keys[""] {
					t.Errorf("retry keys %v", keys)
				}
				if n := len(ways); n > 0 && p.got()[n-1].At.Sub(began) < c.took {
					t.Errorf("the last call came after %v, want at least %v", p.got()[n-1].At.Sub(began), c.took)
				}
			})
		})
	}
}

// runs joins ways; one of which the pattern wants many is given as it stands there.
func runs(ways []string, pattern string) string {
	var out []string
	for _, w := range ways {
		many := w + "*"
		if !strings.Contains(pattern, many) {
			out = append(out, w)
		} else if len(out) == 0 || out[len(out)-1] != many {
			out = append(out, many)
		}
	}
	return strings.Join(out, " ")
}

// A reply that waits for its next try holds back what the resident says next,
// and nobody else.
func TestOrderSurvivesFaults(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		failures, others := 4, 0
		p := newPlatform(func(c call) error {
			switch {
			case c.To == "tb-01":
				others++
			case c.To == "ta-01" && (failures > 0 || others == 0): // until the other is answered
				failures--
				return &ward.Error{Kind: ward.Unavailable, Message: "no"}
			}
			return nil
		})
		l := start(t, dir, p, nil)
		l.receive(t, message("a", 1), message("a", 2))
		l.receive(t, message("b", 1))
		l.settled(t, map[string]int{"delivered": 3})
		got := slices.DeleteFunc(p.said(), func(s string) bool { return s == "re: b-01" })
		want := append(slices.Repeat([]string{"re: a-01"}, max(5, len(got)-1)), "re: a-02")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
	})
}

func TestFailingAnswers(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		tries := map[string]int{}
		p := newPlatform(nil)
		l := start(t, dir, p, func(o *LINEOptions) {
			o.Workers = 1
			o.Answer = func(ctx context.Context, e ward.Event) ([]byte, error) {
				tries[e.ID]++
				switch e.ID {
				case "a-01":
					panic("秘密の言葉")
				case "a-02":
					return nil, fmt.Errorf("秘密の言葉")
				case "a-03":
					<-ctx.Done() // takes for ever
					return nil, ctx.Err()
				case "a-04":
					if tries[e.ID] == 1 {
						var none []int
						_ = none[tries[e.ID]]
					}
				case "a-05":
					return nil, nil
				}
				return []byte("re: " + e.ID), nil
			}
		})
		for n := range 6 {
			l.receive(t, message("a", n))
		}
		l.receive(t, message("b", 0))
		l.settled(t, map[string]int{"delivered": 3, "quarantined": 3, "silent": 1})
		if diff := cmp.Diff(map[string]int{"a-00": 1, "a-01": 3, "a-02": 3, "a-03": 3, "a-04": 2, "a-05": 1, "b-00": 1}, tries); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		aside, err := l.store.Quarantined(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range aside {
			if q.Reason == "" || strings.Contains(q.Reason, "秘密") {
				t.Errorf("%s: reason %q", q.Event.ID, q.Reason)
			}
		}
	})
}

func TestLoading(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(nil)
		l := start(t, dir, p, func(o *LINEOptions) {
			o.Answer = func(_ context.Context, e ward.Event) ([]byte, error) {
				<-time.After(time.Duration(e.At.UnixMilli()) * 700 * time.Millisecond)
				return e.Body, nil
			}
		})
		silent := message("a", 3)
		silent.ReplyToken = ""
		l.receive(t, message("a", 1), message("a", 2), silent)
		l.settled(t, map[string]int{"delivered": 2, "expired": 1})
		var got []string
		for _, c := range p.got() {
			got = append(got, c.How+" "+c.To)
		}
		if diff := cmp.Diff([]string{"reply ta-01", "loading a", "reply ta-02"}, got); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
