package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"madoguchi/ward"
)

const (
	postgresConnections = 10 // for work, the queue and reading: more only get into each other's way
	postgresCommitters  = 3  // of them, for steps of turns, several in one transaction
	postgresGroup       = 10 * time.Second
	postgresDoorway     = 2 // for what comes in, which comes in groups
	postgresDial        = 3 * time.Second
	// setupLock is the advisory lock under which one process at a time brings
	// tables up to date that are not ours; lockTries are seconds.
	setupLock = 7_351_040_223
	// workerLock is the space of the workers' advisory locks.
	workerLock = 735_104_022
	lockTries  = 120
)

// vacuum frees the rows that were overwritten or deleted in the tables that hold
// residents' words, and what their indexes hold of them.
const vacuum = `VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) event, reply, unanswered, feedback, session, asked_month, fix_question`

// postgresLimits bound what the server does for us, also when we are gone: a
// statement whose process has died would else run on for ever.
func postgresLimits() map[string]string {
	return map[string]string{
		"statement_timeout":                   "10s",
		"lock_timeout":                        "5s",
		"idle_in_transaction_session_timeout": "30s",
		"application_name":                    "madoguchi",
	}
}

// postgresReading makes a transaction one consistent state that changes nothing.
func postgresReading() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// postgresConfig reads a URL and sets what it leaves open.
func postgresConfig(url string) (*pgxpool.Config, error) {
	listen, err := pgxpool.ParseConfig(url)
	if err != nil || !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		// The cause may repeat the address, and with it the password.
		return nil, &ward.Error{Kind: ward.Invalid, Message: "データベースのURL（MADOGUCHI_DATABASE_URL）を読み取れません。postgres://ユーザー:パスワード@ホスト/名前 の形で書いてください。"}
	}
	config := listen.ConnConfig
	if config.ConnectTimeout == 0 || config.ConnectTimeout > postgresDial {
		config.ConnectTimeout = postgresDial
	}
	for name, value := range postgresLimits() {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	return listen, nil
}

// openPostgres connects and applies the migrations. What the URL sets itself
// it keeps.
func openPostgres(ctx context.Context, url string, log *slog.Logger) (_ *database, err error) {
	listen, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	config := listen.ConnConfig
	d := &database{worker: newWorker(), reading: postgresReading()}
	defer func() {
		if err != nil {
			err = errors.Join(explain(err), d.close())
		}
	}()
	d.writer = stdlib.OpenDB(*config)
	d.writer.SetMaxOpenConns(postgresConnections + 1) // the worker's is never free
	d.writer.SetMaxIdleConns(postgresConnections)
	d.reader = d.writer
	d.committer = newCommitter(d.writer, postgresCommitters, postgresGroup)
	d.doorway = stdlib.OpenDB(*config)
	d.doorway.SetMaxOpenConns(postgresDoorway)
	d.doorway.SetMaxIdleConns(postgresDoorway)
	listen.MinConns, listen.MaxConns = 0, 1
	if d.listener, err = pgxpool.NewWithConfig(ctx, listen); err != nil {
		return nil, fmt.Errorf("open listener: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockTries))
	if err != nil {
		return nil, fmt.Errorf("make lock: %w", err)
	}
	if err := migrate(ctx, d.writer, goose.DialectPostgres, "schema/postgres", log, goose.WithSessionLocker(locker)); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return d, nil
}

// alone runs f while no other process runs one.
func alone(ctx context.Context, db *sql.DB, f func(context.Context) error) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(setupLock), lock.WithLockTimeout(1, lockTries))
	if err != nil {
		return fmt.Errorf("make lock: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return errors.Join(f(ctx), locker.SessionUnlock(ctx, conn))
}

// explainPostgres is explain for what PostgreSQL, or the way to it, says.
func explainPostgres(err error) error {
	var said *pgconn.PgError
	var dial *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &said):
		return explainCode(said.Code, err)
	case errors.As(err, &dial), errors.As(err, &network), pgconn.SafeToRetry(err), errors.Is(err, net.ErrClosed):
		return unavailable("データベースにつながりません。", err)
	}
	return err
}

func explainCode(code string, err error) error {
	switch {
	case code == "53100": // disk full
		return unavailable("データベースのディスクがいっぱいで保存できません。空きを作ってください。", err)
	case code == "57014": // a timeout of ours
		return unavailable("記録が時間内に終わりませんでした。", err)
	case code == "55P03", strings.HasPrefix(code, "40"): // locked, deadlock, serialization
		return unavailable("データベースが混み合っています。しばらくしてからやり直してください。", err)
	case code == "28P01", code == "28000", code == "3D000", code == "42501":
		return unavailable("データベースに入れません。URLと権限を確かめてください。", err)
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57"), strings.HasPrefix(code, "58"), code == "25006":
		return unavailable("データベースが使えません。", err)
	}
	return err
}
