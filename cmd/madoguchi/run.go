package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"madoguchi/crawler"
	"madoguchi/data"
	"madoguchi/index"
	"madoguchi/jobs"
	"madoguchi/ward"
	"madoguchi/web/console"
)

// Limits of keeping a run.
const (
	finishTimeout = 2 * time.Minute // to compare two indexes and keep the outcome, also at the service's end
	maxSources    = 5000            // curated answers whose source page is looked at
)

// What a run is at, as the console shows it.
const (
	phaseSite    = "区のサイトを読んでいます"
	phaseIndex   = "索引を作り、お手本の質問で確かめています"
	phaseCompare = "変わった回答を調べています"
	phaseChoose  = "索引を入れ替えています"
)

// underWay is what the one run that may be under way is at.
type underWay struct {
	mu  sync.Mutex
	now console.Progress
}

func (u *underWay) change(f func(*console.Progress)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f(&u.now)
}

func (u *underWay) phase(name string) { u.change(func(p *console.Progress) { p.Phase = name }) }

func (u *underWay) crawling(now crawler.Progress) {
	u.change(func(p *console.Progress) { p.Done, p.Queued, p.Failed = now.Done, now.Queued, now.Failed })
}

// recorded is a run with its row in the store.
type recorded struct {
	ward.IndexRun
	stop func() // ends its signs of life
}

// begin keeps that a run begins, and that it goes on. A store that cannot keep
// it must not keep the site from being read.
func (c *counter) begin(ctx context.Context, kind ward.RunKind, by ward.Actor, phase string) *recorded {
	if by.Staff == "" {
		by = ward.System()
	}
	now := time.Now()
	r := &recorded{IndexRun: ward.IndexRun{ID: rand.Text(), Kind: kind, By: by, Started: now, Before: index.Live(c.shelf.options)}}
	c.underWay.change(func(p *console.Progress) {
		*p = console.Progress{UnderWay: true, Kind: kind, Phase: phase, Since: now}
	})
	if err := c.store.BeginRun(ctx, r.IndexRun); err != nil {
		c.log.Warn("run not kept", "err", err)
	}
	alive, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		every(alive, ward.RunBeat, func() {
			if err := c.store.BeatRun(alive, r.ID); err != nil && alive.Err() == nil {
				c.log.Warn("run not kept", "err", err)
			}
		})
	})
	r.stop = func() { cancel(); wg.Wait() }
	return r
}

// finish keeps what the run came to. kept says why the crawl's pages were
// kept, failure why it did not go well.
func (c *counter) finish(ctx context.Context, r *recorded, s index.Stats, kept string, failure error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	defer c.underWay.change(func(p *console.Progress) { *p = console.Progress{} })
	r.Generation, r.Documents, r.Kept = s.Generation, s.Documents, kept
	if j := s.Judgement; j != nil && r.Kind != ward.RunRollback {
		r.Judgement = ward.JudgementCounts{Goldens: j.Goldens, Asked: j.Asked, Answered: j.Answered, Before: j.Before,
			Lost: len(j.Lost), Gained: len(j.Gained), Unanswered: len(j.Unanswered), PagesGone: len(j.Gone)}
	}
	var refused *index.Refused
	r.Refused = errors.As(failure, &refused)
	switch {
	case r.Refused: // its sentence quotes goldens, which can be residents' words
	case errors.Is(failure, context.Canceled):
		r.Error = "サービスが止まったので、途中でやめました。"
	case failure != nil:
		r.Error = sentence(failure)
	}
	var changes ward.Changes
	var sources []ward.SourceChange
	if failure == nil && s.Generation > 0 && s.Generation != r.Before {
		c.underWay.phase(phaseCompare)
		changes, sources = c.changed(ctx, r.Before, s.Generation)
	}
	r.Changes = changes.Counts
	r.stop()
	r.Finished = time.Now()
	if err := c.store.FinishRun(ctx, r.IndexRun, changes.Answers, sources); err != nil {
		c.log.Warn("run not kept", "err", err)
	}
}

// changed compares the index that was in use with the one that is.
func (c *counter) changed(ctx context.Context, before, after int) (ward.Changes, []ward.SourceChange) {
	changes, err := index.Compare(ctx, c.shelf.options, before, after)
	if err != nil && before > 0 { // the one before is gone or damaged: everything is new
		c.log.Warn("the index before cannot be compared with", "generation", before, "err", err)
		changes, err = index.Compare(ctx, c.shelf.options, 0, after)
	}
	if err != nil {
		c.log.Warn("changes of answers are not known", "err", err)
		return ward.Changes{}, nil
	}
	fixes, err := c.store.Fixes(ctx, data.FixFilter{Kind: ward.FixAnswer}, maxSources, 0)
	if err != nil {
		c.log.Warn("curated answers with a changed source are not known", "err", err)
	}
	return changes, changes.Sources(fixes)
}

// refusedSentence says that the gate refused, without the words of a golden.
func refusedSentence(r *index.Refused) string {
	return fmt.Sprintf("作った索引 %d は、お手本の質問に前より答えられないので使いません（前 %d 件、今回 %d 件）。", r.Generation, r.Judgement.Before, r.Judgement.Answered)
}

// works is what the console may have done. Its work goes on when whoever asked
// has left.
type works struct {
	*counter
	background func(func(context.Context))

	mu     sync.Mutex
	owners ward.Owners
	of     int // generation that owners is of
}

// inBackground runs work beside the service. wait ends it and waits for it.
func inBackground(ctx context.Context) (run func(func(context.Context)), wait func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	return func(f func(context.Context)) { wg.Go(func() { f(ctx) }) }, func() { cancel(); wg.Wait() }
}

// Start begins a crawl or makes the index anew.
func (w *works) Start(_ context.Context, kind ward.RunKind, by ward.Actor) error {
	if kind != ward.RunCrawl && kind != ward.RunReindex {
		return invalidf("何をするかを選んでください。")
	}
	if kind == ward.RunCrawl && w.cfg.siteURL == "" {
		return errNoSite()
	}
	if !w.work.TryLock() {
		return errBusy()
	}
	w.underWay.change(func(p *console.Progress) { // seen by whoever looks right after
		*p = console.Progress{UnderWay: true, Kind: kind, Since: time.Now()}
	})
	w.background(func(ctx context.Context) {
		defer w.work.Unlock()
		defer w.underWay.change(func(p *console.Progress) { *p = console.Progress{} })
		var err error
		if kind == ward.RunCrawl {
			_, err = w.crawlHeld(ctx, crawlOptions{by: by})
		} else {
			_, err = w.reindexHeld(ctx, by)
		}
		if err != nil && ctx.Err() == nil {
			w.log.Warn("run from the console failed", "kind", kind, "err", withoutGoldens(err))
		}
	})
	return nil
}

// withoutGoldens is an error for the log: that of the gate quotes goldens, which
// can be residents' words.
func withoutGoldens(err error) error {
	var refused *index.Refused
	if errors.As(err, &refused) {
		return refused
	}
	return err
}

// Progress is what is under way.
func (w *works) Progress() console.Progress {
	w.underWay.mu.Lock()
	defer w.underWay.mu.Unlock()
	return w.underWay.now
}

// Generations are the kept indexes, the newest first.
func (w *works) Generations(context.Context) ([]console.Generation, error) {
	all, err := index.Generations(w.shelf.options)
	if err != nil {
		return nil, err
	}
	var out []console.Generation
	for i := len(all) - 1; i >= 0; i-- {
		g := console.Generation{Number: all[i].Generation, Documents: all[i].Documents, BuiltAt: all[i].BuiltAt, Live: all[i].Live}
		if j := all[i].Judgement; j != nil {
			g.Judged, g.Refused, g.Asked, g.Answered = true, j.Refused, j.Asked-len(j.Gone), j.Answered
			g.Lost, g.Unanswered, g.Gone = j.Lost, j.Unanswered, j.Gone
		}
		out = append(out, g)
	}
	return out, nil
}

// Use makes generation n the one in use.
func (w *works) Use(ctx context.Context, n int, by ward.Actor) error {
	_, err := w.use(context.WithoutCancel(ctx), n, by) // half of it must not be
	return err
}

// Owners reads the index in use once for each generation.
func (w *works) Owners(ctx context.Context) (ward.Owners, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	live := index.Live(w.shelf.options)
	if live == 0 || live == w.of {
		return w.owners, nil
	}
	owners, err := index.Owners(ctx, w.shelf.options, live)
	if err != nil {
		return owners, err
	}
	w.owners, w.of = owners, live
	return owners, nil
}

// Schedule is when a schedule comes next, or why it cannot be.
func (w *works) Schedule(text string) (time.Time, error) {
	s, err := jobs.ParseSchedule(text)
	if err != nil {
		return time.Time{}, err
	}
	return s.Next(time.Now()), nil
}

// follow gives the schedule that staff set, else that of the configuration.
// While the store cannot say, the last one holds.
func (c *counter) follow(configured jobs.Schedule) func(context.Context) jobs.Schedule {
	last := configured
	return func(ctx context.Context) jobs.Schedule {
		set, err := c.store.Schedule(ctx)
		if err != nil {
			return last
		}
		last = configured
		if set.Cron == "" {
			return last
		}
		parsed, err := jobs.ParseSchedule(set.Cron)
		if err != nil { // of another version of ours
			c.log.Warn("the schedule of the console cannot be read", "err", err)
			return last
		}
		last = parsed
		return last
	}
}
