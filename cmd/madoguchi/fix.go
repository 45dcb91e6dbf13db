package main

import (
	"context"
	"log/slog"
	"sync"

	"madoguchi/data"
	"madoguchi/ward"
)

// inForce is what staff decided that the counter goes by. Each question asks the
// store whether that has changed, because what is stopped must be stopped at once
// in every process. While the store cannot say, what was last known holds.
type inForce struct {
	store *data.Store
	log   *slog.Logger

	mu   sync.Mutex
	last ward.InForce
}

func (f *inForce) now(ctx context.Context) ward.InForce {
	f.mu.Lock()
	known := f.last
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
