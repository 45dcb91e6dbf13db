package jobs

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"madoguchi/ward"
)

const (
	// receiveTimeout is below the two seconds that LINE waits.
	receiveTimeout = 1500 * time.Millisecond
	maxReceived    = 200 // events kept in one transaction, more only if they come in one call

	// crowd is how many calls at the door, LINE waiting for each, make answers
	// wait: as many come in ten milliseconds at 500 a second. An answer looks again
	// after breath and does not wait longer than patience.
	crowd    = 5
	breath   = 2 * time.Millisecond
	patience = 50 * time.Millisecond
)

// doorway gathers calls of Receive that come while one transaction is under
// way: they share the next, and with it its commit. What is kept gathers in the
// same way for its jobs, which nobody who calls has to wait for.
type doorway struct {
	mu      sync.Mutex
	waiting []*receipt
	open    bool // somebody is keeping what waits
	kept    []ward.Event
	waking  bool // somebody is making jobs for what is kept
	calls   atomic.Int64
}

type receipt struct {
	events []ward.Event
	done   chan error
}

// Receive keeps the events, each once, and has them worked on. When it returns
// nil they are on the disk.
func (l *LINE) Receive(ctx context.Context, events []ward.Event) error {
	l.door.calls.Add(1)
	defer l.door.calls.Add(-1)
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
	_, unwoken, err := l.Store.ReceiveEvents(ctx, events, l.enqueue)
	if err != nil {
		return err
	}
	l.door.mu.Lock()
	defer l.door.mu.Unlock()
	l.door.kept = append(l.door.kept, unwoken...)
	if !l.door.waking && len(unwoken) > 0 {
		l.door.waking = true
		go l.wakeAll(context.WithoutCancel(ctx))
	}
	return nil
}

// wakeAll makes jobs for what is kept until nothing is left. What it fails to
// make, or a kill keeps it from, the sweep makes.
func (l *LINE) wakeAll(ctx context.Context) {
	for {
		events := l.door.unwoken()
		if len(events) == 0 {
			return
		}
		if err := l.wake(ctx, events); err != nil {
			l.Log.ErrorContext(ctx, "line events not worked on yet", "events", len(events), "error", err)
		}
		<-time.After(fetchCooldown) // sooner the queue would not look
	}
}

func (l *LINE) wake(ctx context.Context, events []ward.Event) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return l.Store.WakeResidents(ctx, events, l.enqueue)
}

// unwoken gives the events to make jobs for together; none ends the waking.
func (d *doorway) unwoken() (events []ward.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(d.kept), maxReceived)
	events = slices.Clone(d.kept[:n])
	d.kept = slices.Delete(d.kept, 0, n)
	d.waking = n > 0
	return events
}

// giveWay waits while many calls are at the door: who answers LINE late is not
// delivered to, who answers a resident a little later is.
func (d *doorway) giveWay(ctx context.Context) {
	if d.calls.Load() < crowd {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(breath)
	defer again.Stop()
	for d.calls.Load() >= crowd {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
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
