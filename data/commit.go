package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// maxGroup is how many writes share one commit at most.
const maxGroup = 64

// change is one write: everything f does, or nothing.
type change struct {
	f    func(context.Context, *sql.Tx) error
	done chan error
}

// committer does the writes of one connection, one after the other. Those that
// wait while a commit is under way share the next one, because a commit costs
// more than what is in it. Each has a savepoint, so that one that fails takes
// nothing back but its own.
type committer struct {
	db      *sql.DB
	changes chan *change
	stop    chan struct{}
	stopped chan struct{}
	close   func()
}

func newCommitter(db *sql.DB) *committer {
	c := &committer{db: db, changes: make(chan *change), stop: make(chan struct{}), stopped: make(chan struct{})}
	c.close = sync.OnceFunc(func() {
		close(c.stop)
		<-c.stopped
	})
	go c.run()
	return c
}

// write does f and returns when it is on the disk. The ctx that f is given does
// not end: a statement that is broken off would take the others' writes with
// it. Once f has begun the caller waits for it, so that it knows how it ended.
func (c *committer) write(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &change{f, make(chan error, 1)}
	select {
	case c.changes <- w:
		return <-w.done
	case <-ctx.Done():
		return ctx.Err()
	case <-c.stop:
		return sql.ErrConnDone
	}
}

func (c *committer) run() {
	defer close(c.stopped)
	for {
		select {
		case <-c.stop:
			return
		case first := <-c.changes:
			c.commit(context.Background(), first)
		}
	}
}

// commit does first and what else waits by the time the connection is free.
func (c *committer) commit(ctx context.Context, first *change) {
	group, failed := []*change{first}, map[*change]error{}
	err := inTx(ctx, c.db, nil, func(ctx context.Context, tx *sql.Tx) error {
		group = c.waiting(group)
		if len(group) == 1 {
			return first.f(ctx, tx)
		}
		for _, w := range group {
			own, err := inSavepoint(ctx, tx, w.f)
			if err != nil {
				return err
			}
			failed[w] = own
		}
		return nil
	})
	for _, w := range group {
		if err != nil { // then everybody's
			w.done <- err
		} else {
			w.done <- failed[w]
		}
	}
}

func (c *committer) waiting(group []*change) []*change {
	for len(group) < maxGroup {
		select {
		case w := <-c.changes:
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

// inSavepoint does f, or nothing of it. own is f's error; err says that the
// whole transaction is lost, as it is when the disk is full.
func inSavepoint(ctx context.Context, tx *sql.Tx, f func(context.Context, *sql.Tx) error) (own, err error) {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT change"); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	own = f(ctx, tx)
	if own != nil {
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO change"); err != nil {
			return nil, errors.Join(own, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "RELEASE change"); err != nil {
		return nil, fmt.Errorf("end: %w", err)
	}
	return own, nil
}
