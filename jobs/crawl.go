package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"madoguchi/ward"
)

// Schedule is a cron expression of five fields, read in Japan's time.
type Schedule struct {
	text string
	cron cron.Schedule
}

// A schedule that staff may set must leave the ward's site alone in between.
const (
	minCrawlGap   = 30 * time.Minute
	gapsLooked    = 100 // times of a schedule that are looked at for that
	scheduleEvery = 30 * time.Second
)

// ParseSchedule reads a cron expression such as "30 2 * * *" or "@daily".
// What it cannot read, never comes or comes too often is a ward.Invalid error
// that says so.
func ParseSchedule(text string) (Schedule, error) {
	s, err := cron.ParseStandard(text)
	if err != nil {
		return Schedule{}, &ward.Error{Kind: ward.Invalid, Message: "巡回の予定「" + text + "」を読み取れません。cron の5項目（例: 30 2 * * *）で書いてください。", Err: err}
	}
	parsed := Schedule{text, s}
	at := parsed.Next(time.Date(2026, time.January, 1, 0, 0, 0, 0, ward.Japan()))
	for range gapsLooked {
		next := parsed.Next(at)
		if next.IsZero() {
			return Schedule{}, &ward.Error{Kind: ward.Invalid, Message: "巡回の予定「" + text + "」の日は来ません。"}
		}
		if next.Sub(at) < minCrawlGap {
			return Schedule{}, &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("巡回の予定「%s」は多すぎます。%d分以上あけてください。", text, int(minCrawlGap.Minutes()))}
		}
		at = next
	}
	return parsed, nil
}

// Next is the first time of the schedule after t.
func (s Schedule) Next(t time.Time) time.Time { return s.cron.Next(t.In(ward.Japan())) }

// String gives the expression as it was written.
func (s Schedule) String() string { return s.text }

// Crawl runs crawl at each time of the schedule until ctx ends. schedule is
// asked again every half minute, so that one that staff changed holds from then
// on in every process. A crawl that is still running when its next time comes
// makes that time pass: two never run at once. Errors go to the log.
func Crawl(ctx context.Context, schedule func(context.Context) Schedule, now func() time.Time, log *slog.Logger, crawl func(context.Context) error) {
	s := schedule(ctx)
	next := s.Next(now())
	log.Info("next crawl", "at", next.Format(time.RFC3339))
	for sleep(ctx, min(next.Sub(now()), scheduleEvery)) {
		fresh := schedule(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case fresh.text != s.text: // the time of the one before passes
			s = fresh
		case now().Before(next):
			continue
		default:
			if err := crawl(ctx); err != nil && ctx.Err() == nil {
				log.Error("crawl failed", "err", err)
			}
		}
		next = s.Next(now())
		log.Info("next crawl", "at", next.Format(time.RFC3339))
	}
}

// sleep waits; it is false when ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	wake := time.NewTimer(d)
	defer wake.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake.C:
		return true
	}
}
