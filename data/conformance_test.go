package data_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/data"
	"madoguchi/ward"
)

// clock is a Now that tests move.
type clock struct {
	mu     sync.Mutex
	at     time.Time
	onPass func(time.Duration) // for a store with a clock of its own
}

func newClock() *clock {
	// Just after midnight in Japan: still the day before in UTC.
	return &clock{at: time.Date(2026, 4, 1, 0, 30, 0, 0, jst())}
}

func jst() *time.Location { return time.FixedZone("JST", 9*60*60) }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	if c.onPass != nil {
		c.onPass(d)
	}
}

// sessionStore is what every implementation of sessions must be.
type sessionStore interface {
	Get(ctx context.Context, key string) (value []byte, version int64, err error)
	CompareAndSwap(ctx context.Context, key string, value []byte, version int64, ttl time.Duration) error
	Delete(ctx context.Context, key string) error
}

func openSQLite(t *testing.T, dir string, c *clock) *data.Store {
	t.Helper()
	s, err := data.Open(t.Context(), data.Options{Dir: dir, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSQLite(t *testing.T) {
	t.Run("records", func(t *testing.T) {
		testRecords(t, func(t *testing.T) *data.Store { return openSQLite(t, t.TempDir(), newClock()) })
	})
	t.Run("events", func(t *testing.T) {
		testEvents(t, func(t *testing.T, c *clock) *data.Store { return openSQLite(t, t.TempDir(), c) })
	})
	t.Run("audit", func(t *testing.T) {
		testAudit(t, func(t *testing.T, c *clock) *data.Store { return openSQLite(t, t.TempDir(), c) })
	})
	t.Run("figures", func(t *testing.T) {
		testFigures(t, func(t *testing.T, c *clock) *data.Store { return openSQLite(t, t.TempDir(), c) })
	})
	t.Run("asked", func(t *testing.T) {
		testAsked(t, func(t *testing.T, c *clock) *data.Store { return openSQLite(t, t.TempDir(), c) })
	})
	t.Run("staff", func(t *testing.T) {
		testStaff(t, func(t *testing.T, c *clock) *data.Store { return openSQLite(t, t.TempDir(), c) })
	})
	t.Run("runs", func(t *testing.T) {
		testRuns(t, func(t *testing.T, c *clock) *data.Store { return openSQLite(t, t.TempDir(), c) })
	})
	t.Run("sessions", func(t *testing.T) {
		testSessions(t, func(t *testing.T, c *clock) sessionStore { return openSQLite(t, t.TempDir(), c).Sessions() })
	})
}

// testRecords is the contract of the records; every engine passes it.
func testRecords(t *testing.T, open func(*testing.T) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store){
		"unanswered": testUnanswered,
		"feedback":   testFeedback,
		"crawls":     testCrawls,
		"hostile":    testHostileText,
		"fixes":      testFixes,
		"fix list":   testFixList,
		"stops":      testStops,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// testEvents is the contract of events, turns and replies; every engine passes it.
func testEvents(t *testing.T, open func(*testing.T, *clock) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store, *clock){
		"order":      testEventsInOrder,
		"reply":      testReply,
		"failures":   testFailures,
		"retention":  testRetention,
		"unsend":     testUnsend,
		"unsend fix": testUnsendFix,
		"open":       testOpenQuestions,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			test(t, open(t, c), c)
		})
	}
}

func testUnanswered(t *testing.T, s *data.Store) {
	start := newClock().at
	asked := []ward.Unanswered{
		{Text: "ドローンを飛ばしたい", Channel: ward.Web, Verdict: ward.Nothing, At: start},
		{Text: "犬の散歩", Channel: ward.LINE, Verdict: ward.Unsure, At: start.Add(time.Hour)},
		{Text: "ドローンを飛ばしたい", Channel: ward.LINE, Verdict: ward.Nothing, At: start.Add(2 * time.Hour).UTC()},
	}
	for _, u := range append(asked, asked...) { // each write repeated: nothing may change
		must(t, s.RecordUnanswered(t.Context(), u))
	}
	got, err := s.Unanswered(t.Context(), 10)
	want := []data.UnansweredGroup{
		{Text: "ドローンを飛ばしたい", Count: 2, Last: start.Add(2 * time.Hour)},
		{Text: "犬の散歩", Count: 1, Last: start.Add(time.Hour)},
	}
	same(t, got, want, err)
	got, err = s.Unanswered(t.Context(), 1)
	same(t, got, want[:1], err)
	counts, err := s.Counts(t.Context())
	same(t, counts, data.Counts{Unanswered: 3}, err)
}

func testFeedback(t *testing.T, s *data.Store) {
	start := newClock().at
	no := ward.Feedback{AnswerID: "a1", DocumentID: "p12", Question: "住民票の写し", Channel: ward.Web, At: start}
	yes := no
	yes.Helpful, yes.At = true, start.Add(time.Minute)
	other := ward.Feedback{AnswerID: "a2", DocumentID: "p13", Question: "粗大ごみ", Channel: ward.LINE, Helpful: true, At: start.Add(time.Second)}
	for _, f := range []ward.Feedback{no, yes, other, other, no} { // the repeated first vote comes too late
		must(t, s.RecordFeedback(t.Context(), f))
	}
	got, err := s.Feedback(t.Context(), 10)
	same(t, got, []ward.Feedback{yes, other}, err)
	counts, err := s.Counts(t.Context())
	same(t, counts, data.Counts{Helpful: 2}, err)
	if err := s.RecordFeedback(t.Context(), ward.Feedback{At: start}); ward.KindOf(err) != ward.Invalid {
		t.Errorf("a vote on no answer: %v, want invalid", err)
	}
}

func testCrawls(t *testing.T, s *data.Store) {
	start := newClock().at
	first := ward.CrawlRun{
		Started: start, Finished: start.Add(time.Hour), New: 2, Failed: map[string]int{},
		Changes: []ward.PageChange{
			{URL: "https://www.city.example.lg.jp/a.html", Title: "住民票", What: ward.PageNew},
			{URL: "https://www.city.example.lg.jp/b.html", Title: "印鑑登録", What: ward.PageNew},
		},
	}
	second := ward.CrawlRun{
		Started: start.Add(24 * time.Hour), Finished: start.Add(25 * time.Hour), Changed: 1, Unchanged: 1, Gone: 3,
		Failed: map[string]int{"時間切れ": 2, "503": 1}, Kept: "ページが半分以下になりました",
		Changes: []ward.PageChange{{URL: "https://www.city.example.lg.jp/a.html", Title: "住民票の写し", What: ward.PageChanged}},
	}
	partial := second
	partial.Changes = []ward.PageChange{{URL: "https://www.city.example.lg.jp/z.html", What: ward.PageGone}}
	for _, run := range []ward.CrawlRun{first, partial, second, second} {
		must(t, s.RecordCrawl(t.Context(), run))
	}
	got, err := s.Crawls(t.Context(), 10)
	headers := []ward.CrawlRun{second, first}
	headers[0].Changes, headers[1].Changes = nil, nil
	same(t, got, headers, err)
	got, err = s.Crawls(t.Context(), 1)
	same(t, got, headers[:1], err)
	for _, run := range []ward.CrawlRun{first, second} {
		changes, err := s.Changes(t.Context(), run.Started.UTC())
		same(t, changes, run.Changes, err)
	}
	changes, err := s.Changes(t.Context(), start.Add(time.Minute))
	same(t, changes, nil, err)
}

func testHostileText(t *testing.T, s *data.Store) {
	for in, want := range map[string]string{
		"a\x00b":                          "ab",
		"\xff\xfe途中":                      "\uFFFD途中",
		"'); DROP TABLE unanswered; --":   "'); DROP TABLE unanswered; --",
		"𠮷野家 👨‍👩‍👧 $1 ? :x":               "𠮷野家 👨‍👩‍👧 $1 ? :x",
		"<script>alert(1)</script>\r\n\t": "<script>alert(1)</script>\r\n\t",
		"":                                "",
	} {
		at := newClock().at.Add(time.Duration(len(in)) * time.Minute)
		must(t, s.RecordUnanswered(t.Context(), ward.Unanswered{Text: in, At: at}))
		must(t, s.RecordFeedback(t.Context(), ward.Feedback{AnswerID: "x" + in, Question: in, At: at}))
		must(t, s.RecordCrawl(t.Context(), ward.CrawlRun{
			Started: at, Kept: in, Failed: map[string]int{in: 1}, Changes: []ward.PageChange{{URL: in, Title: in}},
		}))
		groups, err := s.Unanswered(t.Context(), 100)
		found := false
		for _, g := range groups {
			found = found || g.Text == want && g.Last.Equal(at)
		}
		if err != nil || !found {
			t.Errorf("%q is not kept as %q: %v %v", in, want, groups, err)
		}
		changes, err := s.Changes(t.Context(), at)
		same(t, changes, []ward.PageChange{{URL: want, Title: want}}, err)
	}
}

// testSessions is the contract of sessions; SQL and Redis alike pass it.
func testSessions(t *testing.T, open func(*testing.T, *clock) sessionStore) {
	for name, test := range map[string]func(*testing.T, sessionStore, *clock){
		"swap":    testSwap,
		"expiry":  testExpiry,
		"race":    testRace,
		"refused": testRefused,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			test(t, open(t, c), c)
		})
	}
}

func testSwap(t *testing.T, s sessionStore, c *clock) {
	ctx := t.Context()
	stored := func(want string) int64 {
		t.Helper()
		value, version, err := s.Get(ctx, "k")
		same(t, string(value), want, err)
		return version
	}
	if v := stored(""); v != 0 {
		t.Fatalf("version of none is %d, want 0", v)
	}
	conflict(t, s.CompareAndSwap(ctx, "k", []byte("a"), 7, time.Hour))
	must(t, s.CompareAndSwap(ctx, "k", []byte("a"), 0, time.Hour))
	v1 := stored("a")
	conflict(t, s.CompareAndSwap(ctx, "k", []byte("b"), 0, time.Hour))
	must(t, s.CompareAndSwap(ctx, "k", []byte("b"), v1, time.Hour))
	conflict(t, s.CompareAndSwap(ctx, "k", []byte("c"), v1, time.Hour))
	v2 := stored("b")

	must(t, s.Delete(ctx, "k"))
	must(t, s.Delete(ctx, "k"))
	stored("")
	conflict(t, s.CompareAndSwap(ctx, "k", []byte("c"), v2, time.Hour))
	c.pass(time.Second)
	must(t, s.CompareAndSwap(ctx, "k", []byte("new"), 0, time.Hour))
	conflict(t, s.CompareAndSwap(ctx, "k", []byte("c"), v1, time.Hour)) // a version never comes back
	stored("new")
	must(t, s.CompareAndSwap(ctx, "other", []byte{}, 0, time.Hour))
	value, version, err := s.Get(ctx, "other")
	if len(value) != 0 || version == 0 || err != nil {
		t.Errorf("empty value: %q, version %d, %v", value, version, err)
	}
}

func testExpiry(t *testing.T, s sessionStore, c *clock) {
	ctx := t.Context()
	must(t, s.CompareAndSwap(ctx, "k", []byte("a"), 0, time.Hour))
	_, v, err := s.Get(ctx, "k")
	must(t, err)
	c.pass(59 * time.Minute)
	must(t, s.CompareAndSwap(ctx, "k", []byte("b"), v, time.Hour)) // lives on for an hour from now
	c.pass(59 * time.Minute)
	value, v, err := s.Get(ctx, "k")
	same(t, string(value), "b", err)
	c.pass(time.Minute)
	value, none, err := s.Get(ctx, "k")
	if value != nil || none != 0 || err != nil {
		t.Errorf("expired: %q, version %d, %v; want nil, 0, nil", value, none, err)
	}
	conflict(t, s.CompareAndSwap(ctx, "k", []byte("c"), v, time.Hour))
	must(t, s.CompareAndSwap(ctx, "k", []byte("d"), 0, time.Hour))
	value, _, err = s.Get(ctx, "k")
	same(t, string(value), "d", err)
}

// testRace counts up from many sides at once; no step may be lost.
func testRace(t *testing.T, s sessionStore, _ *clock) {
	const workers, steps = 8, 10
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for done := 0; done < steps; {
				value, version, err := s.Get(t.Context(), "k")
				if err == nil {
					err = s.CompareAndSwap(t.Context(), "k", append(value, 'x'), version, time.Hour)
				}
				switch {
				case err == nil:
					done++
				case ward.KindOf(err) != ward.Conflict:
					t.Errorf("swap: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	value, _, err := s.Get(t.Context(), "k")
	same(t, len(value), workers*steps, err)
}

func testRefused(t *testing.T, s sessionStore, _ *clock) {
	for name, c := range map[string]struct {
		key   string
		value []byte
		ttl   time.Duration
		want  ward.ErrorKind
	}{
		"no key":       {"", []byte("a"), time.Hour, ward.Invalid},
		"long key":     {fmt.Sprintf("%0*d", data.MaxSessionKey+1, 0), []byte("a"), time.Hour, ward.Invalid},
		"large value":  {"k", make([]byte, data.MaxSessionValue+1), time.Hour, ward.TooLarge},
		"no value":     {"k", nil, time.Hour, ward.Internal},
		"no time":      {"k", []byte("a"), 0, ward.Internal},
		"time is over": {"k", []byte("a"), -time.Hour, ward.Internal},
	} {
		if err := s.CompareAndSwap(t.Context(), c.key, c.value, 0, c.ttl); ward.KindOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t *testing.T, got, want T, err error) {
	t.Helper()
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func conflict(t *testing.T, err error) {
	t.Helper()
	var e *ward.Error
	if !errors.As(err, &e) || e.Kind != ward.Conflict {
		t.Fatalf("got %v, want a conflict", err)
	}
}
