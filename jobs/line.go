package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"madoguchi/data"
	"madoguchi/ward"
)

// Times and sizes of the work on LINE's events. A step is answering one event
// or sending one reply; steps end well within data.TurnLease.
const (
	answerTimeout = 10 * time.Second
	sendTimeout   = 10 * time.Second
	storeTimeout  = 10 * time.Second
	turnBudget    = 20 * time.Second // then another resident may have the worker
	jobTimeout    = 60 * time.Second // a turn's budget and its last steps
	rescueAfter   = 90 * time.Second // of a job whose process died; its turn was rescued long before
	softStop      = 10 * time.Second // for steps under way at the end

	wakeEvery   = time.Second
	forgetEvery = time.Hour
	keepJobs    = time.Minute // a job that is done is worth nothing

	fetchCooldown  = 20 * time.Millisecond
	fetchPoll      = time.Second
	defaultWorkers = 50
	queueName      = "line"
)

// Sender is LINE, as far as replies need it. The kinds of its errors are those
// of bot/line.
type Sender interface {
	Reply(ctx context.Context, replyToken string, messages []byte) error
	Push(ctx context.Context, to ward.Resident, messages []byte, retryKey string) error
	Loading(ctx context.Context, to ward.Resident, seconds int) error
}

// LINEOptions are the parts of a LINE. Store, Answer, Send, Log and Now are
// required.
type LINEOptions struct {
	Store *data.Store
	// Answer gives what is said to an event, as it is sent; none when nothing is
	// said. It may be called again for the same event and must then answer the
	// same and move nothing.
	Answer func(ctx context.Context, e ward.Event) (messages []byte, err error)
	// Forget is told of a message that was taken back, after the store forgot it
	// and before anything else of that resident is answered. It may be nil.
	Forget func(ctx context.Context, e ward.Event) error
	Send   Sender
	// PushAllowed lets a reply whose token is dead, and that was certainly not
	// delivered, be pushed. A push is one of the month's messages.
	PushAllowed bool
	Workers     int // residents worked on at once; 0: 50
	Log         *slog.Logger
	Now         func() time.Time
}

// LINE works on LINE's events. It is safe for concurrent use.
type LINE struct {
	LINEOptions
	queue    *river.Client[*sql.Tx]
	door     doorway
	answers  chan struct{} // holds one for each answer being made
	stopping atomic.Bool
}

// NewLINE checks the options and brings the queue's tables up to date.
func NewLINE(ctx context.Context, o LINEOptions) (*LINE, error) {
	if o.Store == nil || o.Answer == nil || o.Send == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("new LINE: Store, Answer, Send, Log and Now are required")
	}
	if o.Workers == 0 {
		o.Workers = defaultWorkers
	}
	driver, err := queueDriver(ctx, o.Store, o.Log)
	if err != nil {
		return nil, fmt.Errorf("migrate job queue: %w", err)
	}
	l := &LINE{LINEOptions: o, answers: make(chan struct{}, runtime.GOMAXPROCS(0))}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &turnWorker{line: l}); err != nil {
		return nil, fmt.Errorf("new LINE: %w", err)
	}
	l.queue, err = river.NewClient(driver, &river.Config{
		Queues:        map[string]river.QueueConfig{queueName: {MaxWorkers: o.Workers}},
		Workers:       workers,
		Logger:        o.Log,
		FetchCooldown: fetchCooldown, FetchPollInterval: fetchPoll,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: softStop,
		MaxAttempts:                 1, // what a job leaves undone gets another job
		CompletedJobRetentionPeriod: keepJobs, DiscardedJobRetentionPeriod: keepJobs, CancelledJobRetentionPeriod: keepJobs,
	})
	if err != nil {
		return nil, fmt.Errorf("new LINE: %w", err)
	}
	return l, nil
}

// queueDriver is River on the store's database, its tables up to date.
func queueDriver(ctx context.Context, s *data.Store, log *slog.Logger) (driver riverdriver.Driver[*sql.Tx], err error) {
	db, listen := s.Queue()
	if driver = riversqlite.New(db); listen != nil {
		driver = riverdatabasesql.NewWithPgxListener(db, listen)
	}
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return nil, err
	}
	return driver, s.SetUp(ctx, func(ctx context.Context) error {
		_, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}

// enqueue makes a job for each turn, in the transaction that makes the turns.
func (l *LINE) enqueue(ctx context.Context, tx *sql.Tx, turns []data.Turn) error {
	jobs := make([]river.InsertManyParams, len(turns))
	for i, t := range turns {
		jobs[i] = river.InsertManyParams{Args: turnArgs{t.Resident, t.Number}, InsertOpts: &river.InsertOpts{Queue: queueName}}
	}
	_, err := l.queue.InsertManyFastTx(ctx, tx, jobs)
	return err
}

// Run works until ctx ends and then finishes the steps under way.
func (l *LINE) Run(ctx context.Context) error {
	if err := l.Store.FreeTurns(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.stopping.Store(true) })()
	if err := l.queue.Start(ctx); err != nil {
		return fmt.Errorf("start job queue: %w", err)
	}
	l.sweep(ctx)
	<-l.queue.Stopped()
	return nil
}

// sweep wakes what no job covers and forgets what is old, until ctx ends.
func (l *LINE) sweep(ctx context.Context) {
	wake, forget := time.NewTicker(wakeEvery), time.NewTicker(forgetEvery)
	defer wake.Stop()
	defer forget.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-wake.C:
			_, err = l.Store.WakeOverdue(ctx, l.enqueue)
		case <-forget.C:
			_, err = l.Store.SweepEvents(ctx)
		}
		if err != nil && ctx.Err() == nil {
			l.Log.ErrorContext(ctx, "line events not swept", "error", err)
		}
	}
}
