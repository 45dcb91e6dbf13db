package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/data"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

// call is one call that the platform got.
type call struct {
	How      string // reply, push, loading
	To       string // token, or resident
	Messages string
	Key      string // retry key
	At       time.Time
}

// platform is LINE as far as replies go.
type platform struct {
	fault   func(c call) error // nil: every call succeeds
	mu      sync.Mutex
	calls   []call
	changed chan struct{}
}

func newPlatform(fault func(call) error) *platform {
	return &platform{fault: fault, changed: make(chan struct{}, 1)}
}

func (p *platform) take(ctx context.Context, c call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.At = time.Now()
	p.calls = append(p.calls, c)
	select {
	case p.changed <- struct{}{}:
	default:
	}
	if c.How == "loading" || p.fault == nil {
		return nil
	}
	return p.fault(c)
}

func (p *platform) Reply(ctx context.Context, token string, messages []byte) error {
	return p.take(ctx, call{How: "reply", To: token, Messages: string(messages)})
}

func (p *platform) Push(ctx context.Context, to ward.Resident, messages []byte, key string) error {
	return p.take(ctx, call{How: "push", To: string(to), Messages: string(messages), Key: key})
}

func (p *platform) Loading(ctx context.Context, to ward.Resident, _ int) error {
	return p.take(ctx, call{How: "loading", To: string(to)})
}

func (p *platform) got() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// said gives the messages of all replies and pushes.
func (p *platform) said() (texts []string) {
	for _, c := range p.got() {
		if c.How != "loading" {
			texts = append(texts, c.Messages)
		}
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
	return startOn(t, dir, "", p, change)
}

func startOn(t *testing.T, dir, database string, p *platform, change func(*LINEOptions)) *counter {
	t.Helper()
	store, err := data.Open(t.Context(), data.Options{Dir: dir, DatabaseURL: database})
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

// settled waits, in a bubble's time, until the store counts what is wanted and
// nothing else.
func (c *counter) settled(t *testing.T, want map[string]int) {
	t.Helper()
	var got map[string]int
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
		var err error
		if got, err = c.store.EventCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		if cmp.Equal(got, want) {
			return
		}
		select {
		case <-c.platform.changed:
		case <-time.After(250 * time.Millisecond):
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
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { testInOrder(t, start(t, dir, newPlatform(nil), nil)) })
}

// On PostgreSQL two services share the work.
func TestPostgres(t *testing.T) {
	url := wardtest.StartPostgres(t).Database(t)
	p := newPlatform(nil)
	first := startOn(t, t.TempDir(), url, p, nil)
	testInOrder(t, first, startOn(t, t.TempDir(), url, p, nil))
}

// testInOrder has the events of some residents come mixed up and twice.
func testInOrder(t *testing.T, services ...*counter) {
	t.Helper()
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
	for _, c := range services {
		c.receive(t, shuffled...)
		c.receive(t, all...) // redelivered
	}
	c := services[0]
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

// Stopping lets the step under way finish and leaves the rest to the next start.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	for _, slow := range []time.Duration{time.Second / 2, time.Hour} { // one ends by itself, one must be broken off
		synctest.Test(t, func(t *testing.T) {
			entered := make(chan struct{})
			answer := func(ctx context.Context, e ward.Event) ([]byte, error) {
				close(entered)
				select {
				case <-time.After(slow):
					return e.Body, nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			p := newPlatform(nil)
			first := start(t, dir, p, func(o *LINEOptions) { o.Answer = answer })
			who := slow.String()
			first.receive(t, message(who, 1), message(who, 2))
			<-entered
			first.stop()
			second := start(t, dir, p, nil)
			for len(p.said()) < 2 {
				<-p.changed
			}
			second.stop()
			want := []string{who + "-01", "re: " + who + "-02"}
			if slow > softStop {
				want[0] = "re: " + who + "-01"
			}
			if diff := cmp.Diff(want, p.said()); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

// A message that is taken back while its answer is made is not answered, whoever
// keeps something of it is told afterwards, and then its words are nowhere in
// the directory.
func TestUnsend(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var log []string
		entered, goOn := make(chan struct{}), make(chan struct{})
		p := newPlatform(nil)
		var l *counter
		l = start(t, dir, p, func(o *LINEOptions) {
			o.Answer = func(ctx context.Context, e ward.Event) ([]byte, error) {
				log = append(log, "answer "+e.MessageID)
				if e.MessageID == "ma-01" {
					close(entered)
					<-goOn
				}
				return e.Body, l.store.RecordUnanswered(ctx, ward.Unanswered{Text: string(e.Body), At: e.At, MessageID: e.MessageID})
			}
			o.Forget = func(_ context.Context, e ward.Event) error {
				if log = append(log, "forget "+e.MessageID); len(log) == 2 {
					return errors.New("sessions are away")
				}
				return nil
			}
		})
		const words = "わたしのひみつ"
		secret := message("a", 1)
		secret.Body = []byte(words)
		l.receive(t, secret, message("a", 2))
		<-entered
		if len(holding(t, dir, words)) == 0 {
			t.Error("the words are nowhere: the test looks in the wrong place")
		}
		back := message("a", 3)
		back.Kind, back.MessageID, back.ReplyToken = ward.UnsendEvent, "ma-01", ""
		l.receive(t, back)
		close(goOn)
		l.settled(t, map[string]int{"unsent": 1, "silent": 1, "delivered": 1})
		if diff := cmp.Diff([]string{"answer ma-01", "forget ma-01", "forget ma-01", "answer ma-02"}, log); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a-02"}, p.said()); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		if in := holding(t, dir, words); in != nil {
			t.Errorf("the words are still in %v", in)
		}
	})
}

// holding names the files of dir that words stand in.
func holding(t *testing.T, dir, words string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), words) {
			names = append(names, f.Name())
		}
	}
	return names
}

func TestNewLINE(t *testing.T) {
	if _, err := NewLINE(t.Context(), LINEOptions{}); err == nil {
		t.Error("a LINE without parts was made")
	}
}

// What is malformed is kept and harms nobody.
func TestMalformed(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := start(t, dir, newPlatform(nil), nil)
		bad := ward.Event{ID: "bad-1", Kind: ward.MalformedEvent, Body: []byte("{"), At: time.Now(), ReceivedAt: time.Now()}
		l.receive(t, bad, message("a", 1))
		l.settled(t, map[string]int{"quarantined": 1, "delivered": 1})
	})
}
