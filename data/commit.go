package data

import (
	"context"
	"database/sql"
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
// more than what is in it. When one of them fails, each is done over by itself:
// f may be called twice.
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
	group := []*change{first}
	err := inTx(ctx, c.db, nil, func(ctx context.Context, tx *sql.Tx) error {
		group = c.waiting(group)
		for _, w := range group {
			if err := w.f(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range group {
		if err != nil && len(group) > 1 {
			w.done <- inTx(ctx, c.db, nil, w.f)
		} else {
			w.done <- err
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
