package data

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"
)

// maxGroup is how many writes share one commit at most.
const maxGroup = 64

// change is one write: everything f does, or nothing.
type change struct {
	key  string // of what f locks, "" where nobody else can want it
	ctx  context.Context
	f    func(context.Context, *sql.Tx) error
	done chan error
}

// committer does writes, each worker one group after the other. Those that wait
// while a commit is under way share the next one, because a commit costs more
// than what is in it. When one of them fails, each is done over by itself: f may
// be called twice. A group takes its locks in the order of the keys, so that two
// groups never wait for each other.
type committer struct {
	db      *sql.DB
	limit   time.Duration // of one group; 0: none, it is never broken off
	changes chan *change
	stop    chan struct{}
	workers sync.WaitGroup
	close   func()
}

func newCommitter(db *sql.DB, workers int, limit time.Duration) *committer {
	c := &committer{db: db, limit: limit, changes: make(chan *change), stop: make(chan struct{})}
	c.close = sync.OnceFunc(func() {
		close(c.stop)
		c.workers.Wait()
	})
	for range workers {
		c.workers.Go(c.run)
	}
	return c
}

// write does f and returns when it is on the disk. Once f has begun the caller
// waits for it, so that it knows how it ended. In SQLite the ctx that f is given
// does not end: a statement that is broken off would take the others' writes
// with it, for no gain. Over a network it ends with the first deadline in the
// group.
func (c *committer) write(ctx context.Context, key string, f func(context.Context, *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &change{key, ctx, f, make(chan error, 1)}
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
	for {
		select {
		case <-c.stop:
			return
		case first := <-c.changes:
			c.commit(first)
		}
	}
}

// commit does first and what else waits by the time the connection is free.
func (c *committer) commit(first *change) {
	group := c.waiting([]*change{first})
	ctx, cancel := c.bounded(group...)
	defer cancel()
	err := inTx(ctx, c.db, nil, func(ctx context.Context, tx *sql.Tx) error {
		if c.limit == 0 { // another may have had the one connection until now
			group = c.waiting(group)
		}
		slices.SortStableFunc(group, func(a, b *change) int { return cmp.Compare(a.key, b.key) })
		for _, w := range group {
			if err := w.f(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range group {
		if err != nil && len(group) > 1 {
			w.done <- c.alone(w)
		} else {
			w.done <- err
		}
	}
}

func (c *committer) alone(w *change) error {
	ctx, cancel := c.bounded(w)
	defer cancel()
	return inTx(ctx, c.db, nil, w.f)
}

// bounded is a ctx for the work of a group.
func (c *committer) bounded(group ...*change) (context.Context, context.CancelFunc) {
	if c.limit == 0 {
		return context.Background(), func() {}
	}
	end := time.Now().Add(c.limit)
	for _, w := range group {
		if d, ok := w.ctx.Deadline(); ok && d.Before(end) {
			end = d
		}
	}
	return context.WithDeadline(context.Background(), end)
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
