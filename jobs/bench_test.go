package jobs

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

// BenchmarkReceive keeps events that come at 500 a second, one per call, while
// they are worked on: how long until one is on the disk, and until its reply
// is sent. Run it with -benchtime 30000x for a minute.
func BenchmarkReceive(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkReceive(b, "") })
	server := wardtest.StartPostgres(b)
	b.Run("postgres", func(b *testing.B) { benchmarkReceive(b, server.Database(b)) })
}

func benchmarkReceive(b *testing.B, database string) {
	store, err := data.Open(b.Context(), data.Options{Dir: b.TempDir(), DatabaseURL: database})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	s := &stopwatch{began: map[string]time.Time{}, all: make(chan struct{}), want: b.N}
	l, err := NewLINE(b.Context(), LINEOptions{Store: store, Send: s, Log: quiet(), Now: time.Now,
		Answer: func(_ context.Context, e ward.Event) ([]byte, error) { return e.Body, nil }})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var running, calls sync.WaitGroup
	running.Go(func() {
		if err := l.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	kept := make([]time.Duration, b.N)
	before := processor(b)
	b.ResetTimer()
	tick := time.NewTicker(2 * time.Millisecond)
	for i := range b.N {
		<-tick.C
		calls.Go(func() {
			e := message(string(rune('a'+i%997)), i)
			began := time.Now()
			s.start(e.ReplyToken, began)
			if err := l.Receive(b.Context(), []ward.Event{e}); err != nil {
				b.Error(err)
				s.done(0)
			}
			kept[i] = time.Since(began)
		})
	}
	calls.Wait()
	<-s.all
	b.StopTimer()
	cancel()
	running.Wait()
	b.ReportMetric(float64((processor(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	report(b, kept, "kept")
	report(b, s.took, "replied")
}

// processor is the time that this process has had a core.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, all []time.Duration, what string) {
	slices.Sort(all)
	ms := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000 }
	b.ReportMetric(ms(0.5), what+"-p50-ms")
	b.ReportMetric(ms(0.99), what+"-p99-ms")
}

// stopwatch is LINE and measures how long each reply took to come.
type stopwatch struct {
	mu    sync.Mutex
	began map[string]time.Time
	took  []time.Duration
	want  int
	all   chan struct{}
}

func (s *stopwatch) start(token string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began[token] = at
}

func (s *stopwatch) Reply(_ context.Context, token string, _ []byte) error {
	s.mu.Lock()
	took := time.Since(s.began[token])
	s.mu.Unlock()
	s.done(took)
	return nil
}

func (s *stopwatch) done(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.took = append(s.took, took); len(s.took) == s.want {
		close(s.all)
	}
}

func (s *stopwatch) Push(context.Context, ward.Resident, []byte, string) error { return nil }
func (s *stopwatch) Loading(context.Context, ward.Resident, int) error         { return nil }
