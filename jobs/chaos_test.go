package jobs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("JOBS_TEST_DIR"); dir != "" { // the process that is killed
		if err := serveUntilKilled(dir, os.Getenv("JOBS_TEST_DATABASE"), os.Getenv("JOBS_TEST_LINE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serveUntilKilled is a whole counter as far as events go: it takes them over
// HTTP, answers each with its own body, and tells its address on standard
// output.
func serveUntilKilled(dir, database, platform string) error {
	store, err := data.Open(context.Background(), data.Options{Dir: dir, DatabaseURL: database})
	if err != nil {
		return err
	}
	l, err := NewLINE(context.Background(), LINEOptions{
		Store: store, Send: remote(platform), PushAllowed: true, Log: quiet(), Now: time.Now,
		Answer: func(_ context.Context, e ward.Event) ([]byte, error) { return e.Body, nil },
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go l.Run(context.Background())
	fmt.Println(listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var events []ward.Event
		err := json.NewDecoder(r.Body).Decode(&events)
		if r.URL.Path == "/counts" {
			counts, err := store.EventCounts(r.Context())
			if err == nil {
				err = json.NewEncoder(w).Encode(counts)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			return
		}
		if err == nil {
			err = l.Receive(r.Context(), events)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
}

// remote sends to the platform of the parent process.
type remote string

func (r remote) call(ctx context.Context, what string, c call) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(r)+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return &ward.Error{Kind: ward.Unknown, Message: "?", Err: err}
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return nil
	}
	kind, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return &ward.Error{Kind: ward.ErrorKind(kind), Message: "no"}
}

func (r remote) Reply(ctx context.Context, token string, messages []byte) error {
	return r.call(ctx, "/reply", call{To: token, Messages: string(messages)})
}

func (r remote) Push(ctx context.Context, to ward.Resident, messages []byte, key string) error {
	return r.call(ctx, "/push", call{To: string(to), Messages: string(messages), Key: key})
}

func (r remote) Loading(context.Context, ward.Resident, int) error { return nil }

// chaos is the world around the process that is killed: LINE with its faults,
// its ledger, and whoever pulls the plug.
type chaos struct {
	t                                            *testing.T
	rand                                         *rand.Rand
	mu                                           sync.Mutex
	tokens                                       map[string]bool // used up
	keys                                         map[string]bool
	said                                         map[string]int // how often each event's answer was delivered
	calls, pushes, faults, kills, posts, refused int
	killAt                                       int // calls
	child                                        *exec.Cmd
	addr                                         string
	exited                                       chan struct{}
	dir, line, database                          string
}

// ServeHTTP is LINE: it takes a token once, and now and then it fails, before
// or after it took the reply.
func (c *chaos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in call
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		c.t.Error(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	dice := c.rand.IntN(200)
	fail := func(k ward.ErrorKind) {
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, string(k))
	}
	defer func() {
		if c.killAt > 0 && c.calls >= c.killAt { // perhaps in the middle of a call
			c.killAt = 0
			c.kills++
			c.child.Process.Kill()
		}
	}()
	switch dice {
	case 0:
		c.faults++
		fail(ward.TooMany)
		return
	case 1:
		c.faults++
		fail(ward.Unavailable)
		return
	}
	used, name, spent := c.tokens, in.To, ward.Expired
	if r.URL.Path == "/push" {
		c.pushes++
		used, name, spent = c.keys, in.Key, ward.Conflict
	}
	if used[name] {
		c.refused++
		fail(spent)
		return
	}
	used[name] = true
	c.said[in.Messages]++
	if dice == 2 {
		c.faults++
		panic(http.ErrAbortHandler) // it took the reply, and nobody hears of it
	}
}

// start starts the process anew.
func (c *chaos) start() {
	c.t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "JOBS_TEST_DIR="+c.dir, "JOBS_TEST_LINE="+c.line, "JOBS_TEST_DATABASE="+c.database)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		c.t.Fatal(err)
	}
	read := bufio.NewScanner(out)
	read.Scan()
	exited := make(chan struct{})
	go func() { child.Wait(); close(exited) }()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.child, c.addr, c.exited = child, "http://"+read.Text(), exited
}

// plug has the process killed after some more calls, and starts it again, so
// many times.
func (c *chaos) plug(times, within int) {
	for range times {
		c.mu.Lock()
		c.killAt = c.calls + 1 + c.rand.IntN(within)
		exited := c.exited
		c.mu.Unlock()
		<-exited
		c.start()
	}
}

// deliver posts a batch until it is taken, as LINE's redelivery does.
func (c *chaos) deliver(events []ward.Event) {
	body, err := json.Marshal(events)
	if err != nil {
		c.t.Fatal(err)
	}
	for {
		c.mu.Lock()
		c.posts++
		addr := c.addr
		c.mu.Unlock()
		res, err := http.Post(addr, "application/json", bytes.NewReader(body))
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		<-time.After(30 * time.Millisecond)
	}
}

func (c *chaos) counts() (counts map[string]int) {
	c.mu.Lock()
	addr := c.addr
	c.mu.Unlock()
	res, err := http.Get(addr + "/counts")
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&counts); err != nil {
		c.t.Error(err)
	}
	return counts
}

// flood makes n events of some residents in batches: a fifth comes again later,
// a tenth comes out of order.
func flood(r *rand.Rand, n, residents int) (batches [][]ward.Event) {
	start := time.Now()
	var all []ward.Event
	for i := range n {
		who := fmt.Sprintf("r%03d", r.IntN(residents))
		id := fmt.Sprintf("%s-%06d", who, i)
		all = append(all, ward.Event{ID: id, Resident: ward.Resident(who), Kind: ward.MessageEvent, At: start.Add(time.Duration(i) * time.Millisecond),
			MessageID: "m" + id, ReplyToken: "t" + id, Body: []byte(id)})
	}
	for range n / 5 {
		i := r.IntN(len(all))
		all = slices.Insert(all, min(len(all), i+1+r.IntN(200)), all[i])
	}
	for range n / 10 {
		i := r.IntN(len(all))
		j := min(len(all)-1, i+r.IntN(50))
		all[i], all[j] = all[j], all[i]
	}
	for len(all) > 0 {
		k := min(len(all), 1+r.IntN(8))
		batches = append(batches, all[:k])
		all = all[k:]
	}
	return batches
}

// TestKilledAtAnyTime kills the process again and again while events come twice
// and out of order and LINE fails: each event is answered exactly once.
// JOBS_CHAOS=long makes it 10,000 events and
// 20 kills, on PostgreSQL as well.
func TestKilledAtAnyTime(t *testing.T) {
	events, kills := 1500, 5
	if os.Getenv("JOBS_CHAOS") == "long" {
		events, kills = 10_000, 20
		t.Run("postgres", func(t *testing.T) { testKilled(t, events, kills, wardtest.StartPostgres(t).Database(t)) })
	}
	t.Run("sqlite", func(t *testing.T) { testKilled(t, events, kills, "") })
}

func testKilled(t *testing.T, events, kills int, database string) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := &chaos{t: t, rand: rand.New(rand.NewPCG(seed, 1)), tokens: map[string]bool{}, keys: map[string]bool{}, said: map[string]int{},
		dir: t.TempDir(), database: database}
	platform := httptest.NewServer(c)
	defer platform.Close()
	c.line = platform.URL
	c.start()
	began := time.Now()
	batches := flood(rand.New(rand.NewPCG(seed, 2)), events, 100)
	var wg sync.WaitGroup
	queue := make(chan []ward.Event)
	for range 8 {
		wg.Go(func() {
			for b := range queue {
				now := time.Now()
				for i := range b {
					b[i].ReceivedAt = now
				}
				c.deliver(b)
			}
		})
	}
	wg.Go(func() {
		defer close(queue)
		for _, b := range batches {
			queue <- b
		}
	})
	wg.Go(func() { c.plug(kills, max(2, events*2/3/kills)) })
	wg.Wait()
	for end := time.Now().Add(3 * time.Minute); ; {
		counts := c.counts()
		if counts != nil && counts["new"]+counts["under way"] == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("still not done: %v", counts)
		}
		<-time.After(100 * time.Millisecond)
	}
	took := time.Since(began)
	counts := c.counts()
	c.child.Process.Kill()
	<-c.exited

	t.Logf("%d events in %d posts, %d kills, %.1f s (%.0f events/s): %v", events, c.posts, c.kills, took.Seconds(), float64(events)/took.Seconds(), counts)
	t.Logf("%d calls, %d of them pushes, %d faults, %d refused as used", c.calls, c.pushes, c.faults, c.refused)
	if c.kills != kills {
		t.Errorf("killed %d times, want %d", c.kills, kills)
	}
	if len(c.said) != events {
		t.Errorf("%d of %d events were answered", len(c.said), events)
	}
	for id, n := range c.said {
		if n != 1 {
			t.Errorf("%s was answered %d times", id, n)
		}
	}
	if sum := counts["delivered"] + counts["unknown"] + counts["expired"]; sum != events {
		t.Errorf("%d have an outcome, want %d: %v", sum, events, counts)
	}
}
