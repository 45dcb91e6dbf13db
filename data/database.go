package data

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"madoguchi/ward"
)

// Statements are constants of these types, written in the SQL that SQLite and
// PostgreSQL share: $n placeholders, no JSON lists, no engine's own functions.
// A test finds all of them in the source and prepares each.
type (
	recordSQL  string // on the records
	sessionSQL string // on the sessions

	postgresSQL string // on the records, in PostgreSQL alone
)

// maxRows is how many rows one statement inserts: enough to spare round trips,
// few enough that the texts stay prepared.
const maxRows = 16

// rows is q, which inserts one row of so many columns that is given by $1 to
// $width, for n rows.
func (q recordSQL) rows(n, width int) recordSQL {
	const values, conflict = "VALUES ", "\nON CONFLICT"
	head, rest, _ := strings.Cut(string(q), values)
	row, tail, _ := strings.Cut(rest, conflict)
	all := make([]string, n)
	for i := range all {
		all[i] = placeholder.ReplaceAllStringFunc(row, func(p string) string {
			k, _ := strconv.Atoi(p[1:]) // it is digits
			return "$" + strconv.Itoa(k+i*width)
		})
	}
	return recordSQL(head + values + strings.Join(all, ", ") + conflict + tail)
}

var placeholder = regexp.MustCompile(`\$\d+`)

//go:embed schema
var schema embed.FS

const (
	busyTimeout = 5 * time.Second // a lock held longer is an error
	readers     = 4               // connections that only read
)

// database is one SQLite file or one PostgreSQL. A file has one connection that
// writes and a few that read: several writers starve each other for seconds
// without an error.
type database struct {
	writer, reader *sql.DB        // the same for PostgreSQL
	doorway        *sql.DB        // writes that must not queue behind others; nil for SQLite
	reading        *sql.TxOptions // what makes a read one consistent state
	committer      *committer
	vacuuming      sync.Mutex
	listener       *pgxpool.Pool // nil for SQLite
	worker         *worker       // nil for SQLite
}

// openSQLite opens the file, makes it if missing, and applies the migrations
// of the folder. synchronous is FULL or NORMAL.
func openSQLite(ctx context.Context, file, synchronous, migrations string, log *slog.Logger) (_ *database, err error) {
	file, err = filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", file, err)
	}
	d := &database{}
	defer func() {
		if err != nil {
			err = errors.Join(explain(err), d.close())
		}
	}()
	d.writer = sql.OpenDB(connector{&sqlite.Driver{}, dsn(file, synchronous, "_txlock=immediate")})
	d.writer.SetMaxOpenConns(1)
	if err := migrate(ctx, d.writer, goose.DialectSQLite3, migrations, log); err != nil {
		return nil, fmt.Errorf("migrate %s: %w", file, err)
	}
	d.committer = newCommitter(d.writer, 1, 0)
	d.reader = sql.OpenDB(connector{&sqlite.Driver{}, dsn(file, synchronous, "_pragma=query_only(1)")})
	d.reader.SetMaxOpenConns(readers)
	return d, nil
}

func dsn(file, synchronous, more string) string {
	u := url.URL{Scheme: "file", Path: file}
	return u.String() + "?" + strings.Join([]string{
		fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeout.Milliseconds()),
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(" + synchronous + ")",
		"_pragma=foreign_keys(1)",
		"_pragma=secure_delete(1)", // what is deleted is overwritten
		more,
	}, "&")
}

func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, folder string, log *slog.Logger, more ...goose.ProviderOption) error {
	files, err := fs.Sub(schema, folder)
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, db, files, append(more, goose.WithDisableGlobalRegistry(true), goose.WithSlog(log))...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	_, err = p.Up(ctx)
	return err
}

func (d *database) close() error {
	if d.committer != nil {
		d.committer.close()
	}
	if d.listener != nil {
		d.listener.Close()
	}
	d.worker.close()
	var errs []error
	for _, db := range []*sql.DB{d.doorway, d.reader, d.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// write runs f in a write transaction. When f or the commit fails, nothing of
// it is stored.
func (d *database) write(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	if d.listener != nil { // what it locks nobody knows
		return explain(inTx(ctx, d.writer, nil, f))
	}
	return explain(d.committer.write(ctx, "", f))
}

// writeOf is write for an f that locks only what is of key, so that it can be
// kept together with others.
func (d *database) writeOf(ctx context.Context, key string, f func(context.Context, *sql.Tx) error) error {
	return explain(d.committer.write(ctx, key, f))
}

// intake is write for those who must not wait behind everybody else.
func (d *database) intake(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	if d.doorway != nil {
		return explain(inTx(ctx, d.doorway, nil, f))
	}
	return d.write(ctx, f)
}

// scrub takes what was deleted out of the files: in SQLite out of the
// write-ahead log, where it can still be read; in PostgreSQL out of the tables,
// where it stands as rows that nothing shows any more.
func (d *database) scrub(ctx context.Context) error {
	if d.listener != nil {
		d.vacuuming.Lock() // two would wait for each other's tables
		defer d.vacuuming.Unlock()
		_, err := d.writer.ExecContext(ctx, vacuum)
		return explain(err)
	}
	var busy, frames, moved int
	err := d.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	if err == nil && busy != 0 {
		err = unavailable("データのファイルが使用中です。しばらくしてからやり直してください。", nil)
	}
	return explain(err)
}

// read runs f on one consistent state.
func (d *database) read(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return explain(inTx(ctx, d.reader, d.reading, f))
}

func inTx(ctx context.Context, db *sql.DB, o *sql.TxOptions, f func(context.Context, *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := f(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// explain gives a database's error its kind and its sentence. What already
// has one, or is a fault of ours, stays as it is.
func explain(err error) error {
	var w *ward.Error
	var e *sqlite.Error
	switch {
	case err == nil || errors.As(err, &w):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return unavailable("記録が時間内に終わりませんでした。", err)
	case !errors.As(err, &e):
		return explainPostgres(err)
	}
	switch e.Code() & 0xff { // the low byte is the kind, the rest its detail
	case sqlite3.SQLITE_FULL:
		return unavailable("ディスクがいっぱいで保存できません。空きを作ってください。", err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return unavailable("データのファイルを読み書きできません。ディスクの空きと権限を確かめてください。", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return unavailable("データのファイルが使用中です。しばらくしてからやり直してください。", err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return unavailable("データのファイルが壊れています。バックアップから戻してください。", err)
	}
	return err
}

func unavailable(sentence string, cause error) error {
	return &ward.Error{Kind: ward.Unavailable, Message: sentence, Err: cause}
}

// clean makes text fit for every engine.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// millis and instant are the only places where a time becomes a number and
// back.
func millis(t time.Time) int64   { return t.UnixMilli() }
func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
