package main

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"madoguchi/bot"
	"madoguchi/crawler"
	"madoguchi/data"
	"madoguchi/index"
	"madoguchi/ward"
	"madoguchi/web"
)

// counter is a running counter: what is kept, the index, the conversation,
// and the one crawl or re-index that may be under way.
type counter struct {
	cfg   *config
	log   *slog.Logger
	store *data.Store
	redis *data.RedisSessions // nil without Redis
	shelf *shelf
	fixes *inForce
	tally *tally
	bot   *bot.Bot
	works *works // what the console may have done, nil where there is none

	work     sync.Mutex // held by the one run that is under way
	underWay underWay

	samples []string // logins of the demo's people
}

// openCounter takes the data directory. The index may be missing or damaged:
// the counter then runs without until reindex has made one.
func openCounter(ctx context.Context, cfg *config, log *slog.Logger) (*counter, error) {
	store, err := data.Open(ctx, data.Options{Dir: cfg.dataDir, DatabaseURL: string(cfg.databaseURL), Log: log})
	if err != nil {
		return nil, err
	}
	c := &counter{cfg: cfg, log: log, store: store, fixes: &inForce{store: store, log: log}}
	c.shelf = &shelf{options: cfg.indexOptions(log), verdicts: web.NewVerdicts(), inForce: c.fixes}
	var sessions bot.Sessions = store.Sessions()
	if cfg.redisURL != "" {
		c.redis, err = data.OpenRedis(data.RedisOptions{URL: string(cfg.redisURL), CAFile: cfg.redisCA})
		if err != nil {
			return nil, errors.Join(err, store.Close())
		}
		sessions = c.redis
	}
	c.tally = newTally(store, log)
	c.bot, err = bot.New(bot.Options{
		Searcher: c.shelf, Sessions: sessions, Desk: c.tally, WardName: cfg.wardName, Now: time.Now, Log: log,
		Contact: bot.Contact{URL: cfg.contactURL, Phone: cfg.contactPhone}, SiteURL: cfg.siteURL, TermsURL: cfg.termsURL, Stops: c.fixes.stops,
	})
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *counter) close() error {
	c.tally.close()
	errs := []error{c.shelf.close(), c.store.Close()}
	if c.redis != nil {
		errs = append(errs, c.redis.Close())
	}
	return errors.Join(errs...)
}

// ready are the checks of /readyz.
func (c *counter) ready() map[string]func(context.Context) error {
	checks := map[string]func(context.Context) error{"index": c.shelf.ready, "records": c.store.Ready}
	if c.redis != nil {
		checks["sessions"] = c.redis.Ready
	}
	return checks
}

// errBusy is for whoever asks for a crawl while one runs.
func errBusy() error {
	return &ward.Error{Kind: ward.Conflict, Message: "巡回か索引づくりがすでに動いています。終わるまでお待ちください"}
}

// crawlOptions is what one crawl is told apart from the configuration.
type crawlOptions struct {
	by       ward.Actor // who started it; zero is the program
	full     bool
	progress func(crawler.Progress) // may be nil
}

// crawled is what a crawl came to: the pages, and the index made of them.
type crawled struct {
	crawler.Summary
	index index.Stats
}

// crawl fetches the site, makes a new index and keeps the run's record. What
// the crawl learned stays even when the index cannot be made.
func (c *counter) crawl(ctx context.Context, o crawlOptions) (crawled, error) {
	if !c.work.TryLock() {
		return crawled{}, errBusy()
	}
	defer c.work.Unlock()
	return c.crawlHeld(ctx, o)
}

func errNoSite() error {
	return invalidf("区のサイトのURLがありません。--site-url か MADOGUCHI_SITE_URL で指定してください")
}

// crawlHeld is crawl by the holder of work.
func (c *counter) crawlHeld(ctx context.Context, o crawlOptions) (out crawled, err error) {
	if c.cfg.siteURL == "" {
		return out, errNoSite()
	}
	row := c.begin(ctx, ward.RunCrawl, o.by, phaseSite)
	defer func() { c.finish(ctx, row, out.index, out.Kept, err) }()
	if err := os.MkdirAll(c.cfg.pagesDir(), 0o700); err != nil {
		return out, &ward.Error{Kind: ward.Unavailable, Message: c.cfg.pagesDir() + " を作れません", Err: err}
	}
	pages, err := crawler.OpenPages(c.cfg.pagesDir(), false)
	if err != nil {
		return out, err
	}
	defer pages.Close()
	reader, err := c.cfg.pdfReader()
	if err != nil {
		return out, err
	}
	out.Summary, err = crawler.Run(ctx, crawler.Options{
		Site: c.cfg.siteURL, Hosts: split(c.cfg.siteHosts), Pages: pages, Contact: c.cfg.publicURL,
		Delay: c.cfg.crawlDelay, Full: o.full, PDFs: c.cfg.crawlPDFs, PDF: reader.Text,
		Progress: func(p crawler.Progress) {
			c.underWay.crawling(p)
			if o.progress != nil {
				o.progress(p)
			}
		}, Log: c.log, Now: time.Now,
	})
	if err != nil {
		return out, err
	}
	run := crawlRun(out.Summary)
	if err := c.store.RecordCrawl(ctx, run); err != nil {
		return out, err
	}
	c.underWay.phase(phaseIndex)
	out.index, err = c.build(ctx, pages)
	var refused *index.Refused
	if errors.As(err, &refused) {
		run.Kept = strings.TrimSpace(run.Kept + " " + refusedSentence(refused))
		err = errors.Join(err, c.store.RecordCrawl(ctx, run))
	}
	return out, err
}

// reindex makes a new index from the kept pages alone.
func (c *counter) reindex(ctx context.Context) (index.Stats, error) {
	if !c.work.TryLock() {
		return index.Stats{}, errBusy()
	}
	defer c.work.Unlock()
	return c.reindexHeld(ctx, ward.System())
}

// reindexHeld is reindex by the holder of work.
func (c *counter) reindexHeld(ctx context.Context, by ward.Actor) (stats index.Stats, err error) {
	pages, err := crawler.OpenPages(c.cfg.pagesDir(), true)
	if err != nil {
		return stats, err // no pages is no run: a first start asks so
	}
	defer pages.Close()
	row := c.begin(ctx, ward.RunReindex, by, phaseIndex)
	defer func() { c.finish(ctx, row, stats, "", err) }()
	return c.build(ctx, pages)
}

// build makes a generation from the kept pages and takes it into use.
func (c *counter) build(ctx context.Context, pages *crawler.Pages) (index.Stats, error) {
	o := c.shelf.options
	o.Fixes = c.fixes.now(ctx).Fixes
	stats, err := index.Build(ctx, o, documents(ctx, pages))
	if err != nil {
		return stats, err
	}
	return stats, c.shelf.refresh(ctx)
}

// use makes a kept generation the live one.
func (c *counter) use(ctx context.Context, generation int, by ward.Actor) (stats index.Stats, err error) {
	if !c.work.TryLock() {
		return stats, errBusy()
	}
	defer c.work.Unlock()
	row := c.begin(ctx, ward.RunRollback, by, phaseChoose)
	defer func() { c.finish(ctx, row, stats, "", err) }()
	stats, err = index.Use(ctx, c.shelf.options, generation)
	if err != nil {
		return stats, err
	}
	return stats, c.shelf.refresh(ctx)
}

// errStop ends the walk over the pages when the index wants no more.
var errStop = errors.New("stop")

// documents turns the kept pages into the sequence that the index reads.
func documents(ctx context.Context, pages *crawler.Pages) iter.Seq2[ward.Document, error] {
	return func(yield func(ward.Document, error) bool) {
		err := pages.Documents(ctx, func(d ward.Document) error {
			if !yield(d, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(ward.Document{}, err)
		}
	}
}
