package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/ward"
)

func TestParseSchedule(t *testing.T) {
	for _, bad := range []string{"", "nightly", "61 2 * * *", "* * *", "0 0 31 2 *", "* * * * *", "@every 1s"} {
		if _, err := ParseSchedule(bad); ward.KindOf(err) != ward.Invalid {
			t.Errorf("ParseSchedule(%q): kind %q, want invalid", bad, ward.KindOf(err))
		}
	}
}

func TestScheduleIsReadInJapan(t *testing.T) {
	s, err := ParseSchedule("30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	evening := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC) // 21:00 in Japan
	want := time.Date(2026, 4, 1, 17, 30, 0, 0, time.UTC)   // 02:30 on the 2nd
	if got := s.Next(evening); !got.Equal(want) {
		t.Errorf("Next = %v, want %v", got.UTC(), want)
	}
}

// A crawl that fails does not stop the schedule, and one that takes longer
// than a day makes the times in between pass.
func TestCrawl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := ParseSchedule("30 2 * * *")
		if err != nil {
			t.Fatal(err)
		}
		var starts []time.Time
		done := make(chan struct{})
		go func() {
			defer close(done)
			Crawl(ctx, func(context.Context) Schedule { return s }, time.Now, slog.New(slog.DiscardHandler), func(context.Context) error {
				starts = append(starts, time.Now())
				switch len(starts) {
				case 1:
					return errors.New("site is down")
				case 2:
					<-time.After(30 * time.Hour)
				case 3:
					cancel()
				}
				return nil
			})
		}()
		<-done
		if len(starts) != 3 {
			t.Fatalf("crawled %d times, want 3", len(starts))
		}
		if got := starts[1].Sub(starts[0]); got != 24*time.Hour {
			t.Errorf("second crawl %v after the first, want 24h", got)
		}
		if got := starts[2].Sub(starts[1]); got != 48*time.Hour {
			t.Errorf("third crawl %v after the second, want 48h: the day of the long crawl passes", got)
		}
	})
}

// A schedule that is changed holds without a restart, and the time of the one
// before passes.
func TestCrawlFollowsTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now() // 09:00 in Japan
		var starts []time.Duration
		schedule := func(context.Context) Schedule {
			text := "0 12 * * *"
			if time.Since(begin) > time.Hour {
				text = "0 15 * * *"
			}
			s, err := ParseSchedule(text)
			if err != nil {
				t.Error(err)
			}
			return s
		}
		Crawl(ctx, schedule, time.Now, slog.New(slog.DiscardHandler), func(context.Context) error {
			starts = append(starts, time.Since(begin))
			cancel()
			return nil
		})
		if len(starts) != 1 || starts[0] != 6*time.Hour {
			t.Errorf("crawled after %v, want 6h", starts)
		}
	})
}
