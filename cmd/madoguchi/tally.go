package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// Limits of the tally.
const (
	tallyQueue   = 2048            // questions that wait to be counted; more are not counted
	tallyWriters = 8               // at once, so that they share commits
	tallyTimeout = 5 * time.Second // for one question
)

// tally is the staff's desk with one difference: that a question was asked is
// counted after it was answered, because nobody should wait for a figure. What
// the process has not written yet when it is killed is missing in the figures.
type tally struct {
	*data.Store
	log     *slog.Logger
	queue   chan ward.Asked
	stop    chan struct{}
	writers sync.WaitGroup
}

func newTally(store *data.Store, log *slog.Logger) *tally {
	t := &tally{Store: store, log: log, queue: make(chan ward.Asked, tallyQueue), stop: make(chan struct{})}
	for range tallyWriters {
		t.writers.Go(t.write)
	}
	return t
}

// RecordQuestion takes a question to be counted.
func (t *tally) RecordQuestion(_ context.Context, a ward.Asked) error {
	select {
	case t.queue <- a:
		return nil
	default:
		return &ward.Error{Kind: ward.TooMany, Message: "数えるのを待つ質問が多すぎるので、数えませんでした。"}
	}
}

func (t *tally) write() {
	for {
		select {
		case a := <-t.queue:
			t.count(a)
		case <-t.stop:
			for {
				select {
				case a := <-t.queue:
					t.count(a)
				default:
					return
				}
			}
		}
	}
}

func (t *tally) count(a ward.Asked) {
	ctx, cancel := context.WithTimeout(context.Background(), tallyTimeout)
	defer cancel()
	if err := t.Store.RecordQuestion(ctx, a); err != nil {
		t.log.Warn("question not counted", "error", err)
	}
}

// close counts what waits and ends.
func (t *tally) close() {
	close(t.stop)
	t.writers.Wait()
}
