package jobs

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"madoguchi/data"
	"madoguchi/ward"
)

const (
	maxTries       = 3 // of an event, before it is set aside
	eventBackoff   = 500 * time.Millisecond
	loadingAfter   = time.Second
	loadingSeconds = 10 // as long as an answer may take
)

// turnArgs make a job the wake-up for one turn of one resident. What there is
// to do stands in the store.
type turnArgs struct {
	Resident ward.Resident `json:"resident"`
	Number   int64         `json:"turn"`
}

func (turnArgs) Kind() string { return "line_turn" }

type turnWorker struct {
	river.WorkerDefaults[turnArgs]
	line *LINE
}

// Work does what the resident waits for, step by step, until nothing is left.
// A turn that another worker has taken over is left to it.
func (w *turnWorker) Work(ctx context.Context, job *river.Job[turnArgs]) error {
	l, began := w.line, time.Now()
	turn := data.Turn{Resident: job.Args.Resident, Number: job.Args.Number}
	work, err := l.Store.TakeTurn(ctx, turn)
	for err == nil && (work.Event != nil || work.Reply != nil) {
		turn.Last = l.stopping.Load() || time.Since(began) > turnBudget
		work, err = l.step(ctx, turn, work)
	}
	if ward.KindOf(err) == ward.Conflict {
		return nil
	}
	return err
}

// step does one piece of work and keeps what it came to, also when ctx has
// ended meanwhile.
func (l *LINE) step(ctx context.Context, turn data.Turn, work data.Work) (data.Work, error) {
	if work.Event == nil {
		settled := l.send(ctx, *work.Reply)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		return l.Store.SettleReply(ctx, turn, settled)
	}
	e := *work.Event
	messages, failed := l.answer(ctx, e)
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	switch {
	case failed == nil:
		return l.Store.FinishEvent(ctx, turn, e, l.newReply(e, messages))
	case stopped:
		return data.Work{}, l.Store.PostponeEvent(ctx, turn, e.ID, "stopped", l.Now())
	case work.Tries < maxTries:
		return data.Work{}, l.Store.PostponeEvent(ctx, turn, e.ID, failed.Error(), l.Now().Add(time.Duration(work.Tries)*eventBackoff))
	}
	l.Log.ErrorContext(ctx, "event quarantined", "kind", e.Kind, "tries", work.Tries, "reason", failed)
	return l.Store.QuarantineEvent(ctx, turn, e.ID, failed.Error())
}

// newReply is the reply to e as it is kept; nil when nothing is said.
func (l *LINE) newReply(e ward.Event, messages []byte) *data.Reply {
	if len(messages) == 0 {
		return nil
	}
	r := data.Reply{Messages: messages, RetryKey: uuid.NewString(), Resident: e.Resident, ReceivedAt: e.ReceivedAt, NextTry: l.Now()}
	if e.ReplyToken == "" || !worthAt(r, l.Now()) {
		r = l.givenUp(r)
	}
	return &r
}

// answer finds out what is said to e. Its error holds none of the resident's
// words.
//
// As many are made at once as there are processors: more would not be done
// sooner, and what comes in would have to wait behind them for a processor.
func (l *LINE) answer(ctx context.Context, e ward.Event) (messages []byte, err error) {
	if e.Kind == ward.UnsendEvent {
		ctx, cancel := context.WithTimeout(ctx, answerTimeout)
		defer cancel()
		return nil, l.guarded(ctx, "forget", func() error { return l.forget(ctx, e) })
	}
	l.answers <- struct{}{}
	defer func() { <-l.answers }()
	l.door.giveWay(ctx)
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	defer l.showLoading(ctx, e)()
	err = l.guarded(ctx, "answer", func() (err error) {
		messages, err = l.Answer(ctx, e)
		return err
	})
	return messages, err
}

// forget makes a message that was taken back unreadable.
func (l *LINE) forget(ctx context.Context, e ward.Event) error {
	if l.Forget != nil {
		if err := l.Forget(ctx, e); err != nil {
			return err
		}
	}
	return l.Store.Scrub(ctx)
}

// guarded runs f. Of an error or a panic it tells what holds no resident's
// words: the kind, the place.
func (l *LINE) guarded(ctx context.Context, what string, f func() error) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err = fmt.Errorf("%s: panic of type %T", what, p)
		if fault, ok := p.(runtime.Error); ok {
			err = fmt.Errorf("%s: panic: %w", what, fault)
		}
		l.Log.ErrorContext(ctx, "panic", "in", what, "stack", string(debug.Stack()))
	}()
	if err := f(); err != nil {
		return fmt.Errorf("%s: %s (%T)", what, ward.KindOf(err), err)
	}
	return nil
}

// showLoading shows that the counter is at work if the answer takes long. The
// function it gives ends that, and returns when nothing of it can come after
// the answer.
func (l *LINE) showLoading(ctx context.Context, e ward.Event) (end func()) {
	if e.Resident == "" || e.ReplyToken == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	shown := make(chan struct{})
	timer := time.AfterFunc(loadingAfter, func() {
		defer close(shown)
		if err := l.Send.Loading(ctx, e.Resident, loadingSeconds); err != nil && ctx.Err() == nil {
			l.Log.DebugContext(ctx, "loading not shown", "kind", ward.KindOf(err))
		}
	})
	return func() {
		cancel()
		if !timer.Stop() {
			<-shown
		}
	}
}
