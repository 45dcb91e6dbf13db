package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// inForceFor is how long another process may go by what was in force before.
const inForceFor = 100 * time.Millisecond

// inForce is what staff decided that the counter goes by. What this process
// stores holds from the next question on, what another one stores within
// inForceFor. While the store cannot say, what was last known holds.
type inForce struct {
	store *data.Store
	log   *slog.Logger

	mu    sync.Mutex
	last  ward.InForce
	asked time.Time // the store, for whether it has changed
	own   int64     // changes of this process by then
}

func (f *inForce) now(ctx context.Context) ward.InForce {
	f.mu.Lock()
	known, own, now := f.last, f.store.OwnChanges(), time.Now()
	if known.Version > 0 && own == f.own && now.Sub(f.asked) < inForceFor {
		f.mu.Unlock()
		return known
	}
	f.asked, f.own = now, own
	f.mu.Unlock()
	changed, isNew, err := f.store.InForce(ctx, known.Version)
	if err != nil {
		if ctx.Err() == nil {
			f.log.WarnContext(ctx, "fixes and stops not read: those last known hold", "error", err)
		}
		return known
	}
	if !isNew {
		return known
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if changed.Version > f.last.Version {
		f.last = changed
	}
	return f.last
}

// stops are those in force.
func (f *inForce) stops(ctx context.Context) []ward.Stop { return f.now(ctx).Stops }
