package data

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"madoguchi/ward"
)

// maxSkew is how far our clock may be from the database's. Several processes
// compare their own clocks with times that others wrote, and a lease that one
// thinks is over may be young to its holder.
const maxSkew = 2 * time.Second

// worker is this process among those that work turns in one PostgreSQL. Its id
// is locked on a connection of its own, so that the server itself knows at once
// when the process is gone, whatever the clocks say.
type worker struct {
	id   int64
	now  func() time.Time // held against the database's clock
	mu   sync.Mutex
	conn *sql.Conn
}

// Statements of PostgreSQL alone.
const (
	lockWorker   postgresSQL = `SELECT pg_try_advisory_lock($1, $2)`
	workerIsGone postgresSQL = `SELECT pg_try_advisory_xact_lock($1, $2)`
	selectClock  postgresSQL = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT`

	insertWorker  postgresSQL = `INSERT INTO worker (id) VALUES ($1) ON CONFLICT (id) DO NOTHING`
	selectWorkers postgresSQL = `SELECT id FROM worker WHERE id <> $1 ORDER BY id`
	deleteWorker  postgresSQL = `DELETE FROM worker WHERE id = $1`
)

const (
	selectHeld recordSQL = `SELECT resident, turn FROM talk WHERE holder = $1 AND held = 1 ORDER BY resident`

	freeTurn recordSQL = `
UPDATE talk SET turn = turn + 1, held = 0, wake_at = $3 WHERE resident = $1 AND turn = $2 AND held = 1`
)

func newWorker() *worker {
	return &worker{id: 1 + rand.Int64N(1<<31-1), now: time.Now} // the lock takes 31 bits
}

// holder is the id under which turns are held: 0 where there is no other process.
func (w *worker) holder() int64 {
	if w == nil {
		return 0
	}
	return w.id
}

func (w *worker) close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop()
}

// drop ends the connection: in the pool it would go on holding the lock.
func (w *worker) drop() {
	if w.conn != nil {
		_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // as it is meant to be
	}
	w.conn = nil
}

// show makes sure that the others see this process, and that its clock is right.
func (w *worker) show(ctx context.Context, d *database) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		if err := w.checkClock(ctx); err == nil || ward.KindOf(err) == ward.Unavailable {
			return err
		}
		w.drop() // without it the lock is gone
	}
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return err
	}
	var locked bool
	err = conn.QueryRowContext(ctx, string(lockWorker), workerLock, w.id).Scan(&locked)
	if err == nil && !locked {
		err = errors.New("our own lock is still held by a connection that broke")
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, string(insertWorker), w.id)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w.conn = conn
	return w.checkClock(ctx)
}

// checkClock fails with ward.Unavailable when our clock and the database's
// differ by more than maxSkew.
func (w *worker) checkClock(ctx context.Context) error {
	before := w.now()
	var at int64
	if err := w.conn.QueryRowContext(ctx, string(selectClock)).Scan(&at); err != nil {
		return err
	}
	if t := instant(at); t.Before(before.Add(-maxSkew)) || t.After(w.now().Add(maxSkew)) {
		return unavailable(fmt.Sprintf("このコンピューターの時計が、データベースの時計と%.0f秒ちがいます。時刻合わせ（NTP）を確かめてください。", t.Sub(before).Seconds()), nil)
	}
	return nil
}

// freeDead makes overdue the turns of processes that are gone.
func (s *Store) freeDead(ctx context.Context) error {
	w := s.records.worker
	if w == nil {
		return nil
	}
	if err := w.show(ctx, s.records); err != nil {
		return explain(err)
	}
	var others []int64
	err := s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		others, err = list(ctx, tx, recordSQL(selectWorkers), func(scan scanner) (id int64, err error) {
			err = scan(&id)
			return id, err
		}, w.id)
		return err
	})
	for _, id := range others {
		if err == nil {
			err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.bury(ctx, tx, id) })
		}
	}
	return err
}

// bury frees the turns of a process if it is gone; of two that find it so one
// does.
func (s *Store) bury(ctx context.Context, tx *sql.Tx, id int64) error {
	var gone bool
	if err := tx.QueryRowContext(ctx, string(workerIsGone), workerLock, id).Scan(&gone); err != nil || !gone {
		return err
	}
	held, err := list(ctx, tx, selectHeld, scanTurn, id)
	if err != nil {
		return err
	}
	for _, t := range held {
		if _, err := tx.ExecContext(ctx, string(freeTurn), clean(string(t.Resident)), t.Number, millis(s.now())); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, string(deleteWorker), id)
	return err
}
