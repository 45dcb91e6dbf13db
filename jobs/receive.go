package jobs

import (
	"context"
	"slices"
	"sync"
	"time"

	"madoguchi/ward"
)

const (
	// receiveTimeout is below the two seconds that LINE waits.
	receiveTimeout = 1500 * time.Millisecond
	maxReceived    = 200 // events kept in one transaction, more only if they come in one call
)

// doorway gathers calls of Receive that come while one transaction is under
// way: they share the next, and with it its commit and its making of jobs.
type doorway struct {
	mu      sync.Mutex
	waiting []*receipt
	open    bool // somebody is keeping what waits
}

type receipt struct {
	events []ward.Event
	done   chan error
}

// Receive keeps the events, each once, and has them worked on. When it returns
// nil they are on the disk.
func (l *LINE) Receive(ctx context.Context, events []ward.Event) error {
	ctx, cancel := context.WithTimeout(ctx, receiveTimeout)
	defer cancel()
	r := &receipt{events, make(chan error, 1)}
	l.door.mu.Lock()
	l.door.waiting = append(l.door.waiting, r)
	first := !l.door.open
	l.door.open = true
	l.door.mu.Unlock()
	if first {
		go l.keepAll(context.WithoutCancel(ctx))
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done(): // it may be kept all the same; LINE sends it again
		return &ward.Error{Kind: ward.Unavailable, Message: "記録が時間内に終わりませんでした。", Err: ctx.Err()}
	}
}

// keepAll keeps what waits until nothing does.
func (l *LINE) keepAll(ctx context.Context) {
	for {
		group := l.door.next()
		if group == nil {
			return
		}
		var events []ward.Event
		for _, r := range group {
			events = append(events, r.events...)
		}
		err := l.keep(ctx, events)
		for _, r := range group {
			if err != nil && len(group) > 1 && ward.KindOf(err) != ward.Unavailable { // it may be the fault of one
				r.done <- l.keep(ctx, r.events)
			} else {
				r.done <- err
			}
		}
	}
}

func (l *LINE) keep(ctx context.Context, events []ward.Event) error {
	ctx, cancel := context.WithTimeout(ctx, receiveTimeout)
	defer cancel()
	_, err := l.Store.ReceiveEvents(ctx, events, l.enqueue)
	return err
}

// next gives the calls to keep together; when none waits it closes the door.
func (d *doorway) next() (group []*receipt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for i, r := range d.waiting {
		if n += len(r.events); n > maxReceived && i > 0 {
			break
		}
		group = append(group, r)
	}
	d.waiting = slices.Delete(d.waiting, 0, len(group))
	d.open = group != nil
	return group
}
