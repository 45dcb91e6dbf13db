package jobs

import (
	"context"
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

// japan has no daylight saving time, so the machine needs no zone files.
func japan() *time.Location { return time.FixedZone("JST", 9*60*60) }

// ParseSchedule reads a cron expression such as "30 2 * * *" or "@daily".
// What it cannot read is a ward.Invalid error that says so.
func ParseSchedule(text string) (Schedule, error) {
	s, err := cron.ParseStandard(text)
	if err != nil {
		return Schedule{}, &ward.Error{Kind: ward.Invalid, Message: "巡回の予定「" + text + "」を読み取れません。cron の5項目（例: 30 2 * * *）で書いてください。", Err: err}
	}
	return Schedule{text, s}, nil
}

// Next is the first time of the schedule after t.
func (s Schedule) Next(t time.Time) time.Time { return s.cron.Next(t.In(japan())) }

// String gives the expression as it was written.
func (s Schedule) String() string { return s.text }

// Crawl runs crawl at each time of the schedule until ctx ends. A crawl that
// is still running when its next time comes makes that time pass: two never
// run at once. Errors go to the log.
func Crawl(ctx context.Context, s Schedule, now func() time.Time, log *slog.Logger, crawl func(context.Context) error) {
	for {
		next := s.Next(now())
		log.Info("next crawl", "at", next.Format(time.RFC3339))
		wake := time.NewTimer(next.Sub(now()))
		select {
		case <-ctx.Done():
			wake.Stop()
			return
		case <-wake.C:
		}
		if err := crawl(ctx); err != nil && ctx.Err() == nil {
			log.Error("crawl failed", "err", err)
		}
	}
}
