package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"madoguchi/ward"
)

// Options tell Open where and with what clock.
type Options struct {
	Dir string // made if missing; readable by its owner only
	// DatabaseURL is postgres://… to keep everything in a PostgreSQL that several
	// processes may share; "" keeps it in Dir.
	DatabaseURL string
	Log         *slog.Logger     // nil: nothing is logged
	Now         func() time.Time // nil: time.Now
}

// Store is an open data directory. It is safe for concurrent use.
type Store struct {
	records  *database
	sessions *Sessions
	lock     *os.File
	dir      string
	now      func() time.Time
	changes  atomic.Int64 // see OwnChanges
	people   people
}

// Open takes the data directory, brings the tables up to date and gives the
// store. It fails with ward.Conflict when another process has the directory
// and with ward.Unavailable when it cannot be used.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	if o.Dir == "" {
		return nil, &ward.Error{Kind: ward.Invalid, Message: "データの置き場所（MADOGUCHI_DATA_DIR）が指定されていません。"}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{dir: o.Dir, now: o.Now}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.lock, err = lockDir(o.Dir); err != nil {
		return nil, err
	}
	if o.DatabaseURL != "" {
		if s.records, err = openPostgres(ctx, o.DatabaseURL, o.Log); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		s.sessions = &Sessions{db: s.records, now: o.Now}
		return s, nil
	}
	if s.records, err = openSQLite(ctx, filepath.Join(o.Dir, "records.db"), "FULL", "schema/sqlite/records", o.Log); err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	sessions, err := openSQLite(ctx, filepath.Join(o.Dir, "sessions.db"), "NORMAL", "schema/sqlite/sessions", o.Log)
	if err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	s.sessions = &Sessions{db: sessions, now: o.Now}
	return s, nil
}

// Close gives the data directory free. The store cannot be used afterwards.
func (s *Store) Close() error {
	var errs []error
	if s.records != nil {
		errs = append(errs, s.records.close())
	}
	if s.sessions != nil && s.sessions.db != s.records {
		errs = append(errs, s.sessions.db.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// Sessions are the conversations kept in this directory.
func (s *Store) Sessions() *Sessions { return s.sessions }

// Queue is the database for the job queue, which keeps its tables beside ours
// so that a job is made in the transaction that makes its work, and where it
// can listen for jobs, nil where there is no such thing (SQLite). Then there is
// one connection: whoever holds a transaction must not ask the queue for
// anything outside of it.
func (s *Store) Queue() (db *sql.DB, listen *pgxpool.Pool) {
	return s.records.writer, s.records.listener
}

// SetUp runs f, which brings tables in Queue up to date, while no other process
// does.
func (s *Store) SetUp(ctx context.Context, f func(context.Context) error) error {
	if s.records.listener == nil {
		return f(ctx) // the directory is ours alone
	}
	return explain(alone(ctx, s.records.writer, f))
}

// Scrub makes unreadable in the files what was deleted from them; of
// PostgreSQL's files only in the tables, and there as far as nobody still looks
// at them as they were. It may be repeated until it succeeds.
func (s *Store) Scrub(ctx context.Context) error {
	err := s.records.scrub(ctx)
	if s.sessions.db != s.records {
		err = errors.Join(err, s.sessions.db.scrub(ctx))
	}
	if err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	return nil
}

// minFree is how much room the disk must have for the store to be ready:
// enough for the write-ahead logs and for a person to come and look.
const minFree = 64 << 20

// Ready says in a sentence what keeps the store from working: the records do
// not answer, or the disk is nearly full.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.Crawls(ctx, 1); err != nil {
		return err
	}
	free, err := freeSpace(s.dir)
	if err != nil {
		return unavailable("データの置き場所が読めません。", err)
	}
	if free < minFree {
		return unavailable(fmt.Sprintf("データの置き場所の空きが残り%dMBです。空きを作ってください。", free>>20), nil)
	}
	return nil
}

// Counts are the sizes of what is kept.
type Counts struct {
	Unanswered int // times that a question found nothing
	Helpful    int // はい
	Unhelpful  int // いいえ
	Crawls     int
}

const selectCounts recordSQL = `
SELECT (SELECT count(*) FROM unanswered),
       (SELECT count(*) FROM feedback WHERE helpful = 1),
       (SELECT count(*) FROM feedback WHERE helpful = 0),
       (SELECT count(*) FROM crawl)`

// Counts gives the sizes of what is kept.
func (s *Store) Counts(ctx context.Context) (c Counts, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, string(selectCounts)).Scan(&c.Unanswered, &c.Helpful, &c.Unhelpful, &c.Crawls)
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count records: %w", err)
	}
	return c, nil
}
