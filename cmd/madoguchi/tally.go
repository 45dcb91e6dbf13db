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
	tallyQueue   = 8192             // questions that wait to be counted; more are not counted
	tallyBatch   = 64               // that share a commit
	tallyTimeout = 10 * time.Second // for one
)

// tally is the staff's desk with one difference: that a question was asked is
// counted after it was answered, because nobody should wait for a figure. What
// the process has not written yet when it is killed is missing in the figures.
type tally struct {
	*data.Store
	log    *slog.Logger
	queue  chan ward.Asked
	stop   chan struct{}
	writer sync.WaitGroup
}

func newTally(store *data.Store, log *slog.Logger) *tally {
	t := &tally{Store: store, log: log, queue: make(chan ward.Asked, tallyQueue), stop: make(chan struct{})}
	t.writer.Go(t.write)
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
			for len(t.queue) > 0 {
				t.count(<-t.queue)
			}
			return
		}
	}
}

// count counts first and what else waits.
func (t *tally) count(first ward.Asked) {
	batch := []ward.Asked{first}
	for len(batch) < tallyBatch && len(t.queue) > 0 { // nobody else takes
		batch = append(batch, <-t.queue)
	}
	ctx, cancel := context.WithTimeout(context.Background(), tallyTimeout)
	defer cancel()
	if err := t.Store.RecordQuestions(ctx, batch); err != nil {
		t.log.Warn("questions not counted", "questions", len(batch), "error", err)
	}
}

// close counts what waits and ends.
func (t *tally) close() {
	close(t.stop)
	t.writer.Wait()
}
