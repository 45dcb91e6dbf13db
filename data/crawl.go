package data

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"madoguchi/ward"
)

const (
	deleteCrawl recordSQL = `DELETE FROM crawl WHERE started = $1`

	insertCrawl recordSQL = `
INSERT INTO crawl (started, finished, added, changed, unchanged, gone, kept) VALUES ($1, $2, $3, $4, $5, $6, $7)`

	insertCrawlFailure recordSQL = `
INSERT INTO crawl_failure (started, reason, pages) VALUES ($1, $2, $3)`

	insertCrawlChange recordSQL = `
INSERT INTO crawl_change (started, url, title, what) VALUES ($1, $2, $3, $4)
ON CONFLICT (started, url) DO UPDATE SET title = excluded.title, what = excluded.what`
)

// RecordCrawl keeps a run and its change list. A run with the same start
// replaces it.
func (s *Store) RecordCrawl(ctx context.Context, run ward.CrawlRun) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return writeCrawl(ctx, tx, run) })
	if err != nil {
		return fmt.Errorf("record crawl: %w", err)
	}
	return nil
}

func writeCrawl(ctx context.Context, tx *sql.Tx, run ward.CrawlRun) error {
	started := millis(run.Started)
	if _, err := tx.ExecContext(ctx, string(deleteCrawl), started); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(insertCrawl), started, millis(run.Finished),
		run.New, run.Changed, run.Unchanged, run.Gone, clean(run.Kept)); err != nil {
		return err
	}
	for reason, pages := range run.Failed {
		if _, err := tx.ExecContext(ctx, string(insertCrawlFailure), started, clean(reason), pages); err != nil {
			return err
		}
	}
	insert, err := tx.PrepareContext(ctx, string(insertCrawlChange)) // a first crawl has thousands
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, c := range run.Changes {
		if _, err := insert.ExecContext(ctx, started, clean(c.URL), clean(c.Title), string(c.What)); err != nil {
			return err
		}
	}
	return nil
}

const (
	selectCrawls recordSQL = `
SELECT started, finished, added, changed, unchanged, gone, kept FROM crawl
ORDER BY started DESC LIMIT $1`

	selectCrawlFailures recordSQL = `SELECT reason, pages FROM crawl_failure WHERE started = $1`

	selectCrawlChanges recordSQL = `
SELECT url, title, what FROM crawl_change WHERE started = $1 ORDER BY url`
)

// Crawls gives the latest runs, the last one first, without their change
// lists: those can hold every page of the site. See Changes.
func (s *Store) Crawls(ctx context.Context, limit int) (runs []ward.CrawlRun, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		runs, err = list(ctx, tx, selectCrawls, scanCrawl, limit)
		for i := range runs {
			if err == nil {
				runs[i].Failed, err = crawlFailures(ctx, tx, millis(runs[i].Started))
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list crawls: %w", err)
	}
	return runs, nil
}

func scanCrawl(scan scanner) (r ward.CrawlRun, err error) {
	var started, finished int64
	err = scan(&started, &finished, &r.New, &r.Changed, &r.Unchanged, &r.Gone, &r.Kept)
	r.Started, r.Finished = instant(started), instant(finished)
	return r, err
}

func crawlFailures(ctx context.Context, tx *sql.Tx, started int64) (map[string]int, error) {
	failed := map[string]int{}
	_, err := list(ctx, tx, selectCrawlFailures, func(scan scanner) (struct{}, error) {
		var reason string
		var pages int
		err := scan(&reason, &pages)
		failed[reason] = pages
		return struct{}{}, err
	}, started)
	return failed, err
}

// Changes gives the change list of the run that started then, by address;
// empty when there is no such run.
func (s *Store) Changes(ctx context.Context, started time.Time) (changes []ward.PageChange, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		changes, err = list(ctx, tx, selectCrawlChanges, func(scan scanner) (c ward.PageChange, err error) {
			err = scan(&c.URL, &c.Title, &c.What)
			return c, err
		}, millis(started))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	return changes, nil
}
