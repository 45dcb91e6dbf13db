package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/data"
	"madoguchi/ward"
)

// call is one call that the platform got.
type call struct {
	How      string // reply, push, loading
	To       string // token, or resident
	Messages string
	Key      string // retry key
}

// platform is LINE as far as replies go. Its faults are taken in order, one per
// call; with none left a call succeeds.
type platform struct {
	mu      sync.Mutex
	calls   []call
	faults  []error
	changed chan struct{}
}

func newPlatform(faults ...error) *platform {
	return &platform{faults: faults, changed: make(chan struct{}, 1)}
}

func (p *platform) take(ctx context.Context, c call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, c)
	select {
	case p.changed <- struct{}{}:
	default:
	}
	if c.How == "loading" || len(p.faults) == 0 {
		return nil
	}
	err := p.faults[0]
	p.faults = p.faults[1:]
	return err
}

func (p *platform) Reply(ctx context.Context, token string, messages []byte) error {
	return p.take(ctx, call{How: "reply", To: token, Messages: string(messages)})
}

func (p *platform) Push(ctx context.Context, to ward.Resident, messages []byte, key string) error {
	return p.take(ctx, call{"push", string(to), string(messages), key})
}

func (p *platform) Loading(ctx context.Context, to ward.Resident, _ int) error {
	return p.take(ctx, call{How: "loading", To: string(to)})
}

func (p *platform) got() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *platform) said() (texts []string) {
	for _, c := range p.got() {
		texts = append(texts, c.Messages)
	}
	return texts
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// counter is a LINE at work on a store of its own.
type counter struct {
	*LINE
	platform *platform
	store    *data.Store
	stop     func()
}

// start opens dir and sets a LINE to work. Its answer to an event is "re: " and
// the body.
func start(t *testing.T, dir string, p *platform, change func(*LINEOptions)) *counter {
	t.Helper()
	store, err := data.Open(t.Context(), data.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	o := LINEOptions{Store: store, Send: p, Log: quiet(), Now: time.Now,
		Answer: func(_ context.Context, e ward.Event) ([]byte, error) { return []byte("re: " + string(e.Body)), nil }}
	if change != nil {
		change(&o)
	}
	l, err := NewLINE(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	c := &counter{LINE: l, platform: p, store: store}
	c.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(c.stop)
	return c
}

func (c *counter) receive(t *testing.T, events ...ward.Event) {
	t.Helper()
	if err := c.Receive(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// settled waits until the store counts what is wanted, and nothing else.
func (c *counter) settled(t *testing.T, want map[string]int) {
	t.Helper()
	var got map[string]int
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		var err error
		if got, err = c.store.EventCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		if cmp.Equal(got, want) {
			return
		}
		select {
		case <-c.platform.changed:
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("events (-want +got):\n%s", cmp.Diff(want, got))
}

// message is the n-th message of a resident, come just now.
func message(resident string, n int) ward.Event {
	id := fmt.Sprintf("%s-%02d", resident, n)
	return ward.Event{ID: id, Resident: ward.Resident(resident), Kind: ward.MessageEvent, At: time.UnixMilli(int64(n)),
		ReceivedAt: time.Now(), MessageID: "m" + id, ReplyToken: "t" + id, Body: []byte(id)}
}

func TestEachResidentInOrder(t *testing.T) {
	c := start(t, t.TempDir(), newPlatform(), nil)
	var all []ward.Event
	want := map[string][]string{}
	for _, r := range []string{"a", "b", "c", "d"} {
		for n := range 20 {
			all = append(all, message(r, n))
			want[r] = append(want[r], fmt.Sprintf("re: %s-%02d", r, n))
		}
	}
	shuffled := append(slices.Clone(all), all[:30]...)
	rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	c.receive(t, shuffled...)
	c.receive(t, all...) // redelivered
	c.settled(t, map[string]int{"delivered": 80})
	got := map[string][]string{}
	for _, s := range c.platform.said() {
		r := strings.TrimPrefix(s, "re: ")[:1]
		got[r] = append(got[r], s)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

func failure(k ward.ErrorKind) error { return &ward.Error{Kind: k, Message: "x", Err: errors.New("y")} }
