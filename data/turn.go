package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"madoguchi/ward"
)

const (
	// TurnLease is how long a worker may be silent before its turn is given to
	// another; each step of the turn begins it anew.
	TurnLease = 20 * time.Second
	// jobGrace is how long a job may take to come to its turn before another
	// job is made for it.
	jobGrace = 15 * time.Second
	// wakeAtOnce is how many overdue turns get their jobs in one transaction.
	wakeAtOnce = 200
)

// Turn is a worker's right to do what one resident is waiting for, alone. The
// number is that of the turn: a late job or a late worker has an old one, and
// every step refuses it.
type Turn struct {
	Resident ward.Resident
	Number   int64
	// Last makes the next step the last one: the turn ends whatever is left.
	Last bool
}

// Work is what to do next in a turn: a reply to send, or an event to answer, or
// neither when the turn is over.
type Work struct {
	Reply *Reply
	Event *ward.Event
	Tries int // times the event was handed out, this one included
}

const wakeTalk recordSQL = `
INSERT INTO talk (resident, turn, held, wake_at) VALUES ($1, 0, 0, $2)
ON CONFLICT (resident) DO UPDATE SET wake_at = excluded.wake_at
WHERE talk.wake_at IS NULL OR (talk.held = 0 AND $3 = 1)
RETURNING turn`

// wake gives the turns that need a job: those of residents who waited for
// nothing. Whoever waits already has a job, and a worker looks again before it
// ends a turn. The taking back of a message does not wait for a reply's next try.
func (s *Store) wake(ctx context.Context, tx *sql.Tx, events []ward.Event) (turns []Turn, err error) {
	urgent := map[ward.Resident]bool{}
	for _, e := range events {
		if e.Kind != ward.MalformedEvent {
			urgent[e.Resident] = urgent[e.Resident] || rank(e) == 0
		}
	}
	at := millis(s.now().Add(jobGrace))
	for _, r := range slices.Sorted(maps.Keys(urgent)) {
		t := Turn{Resident: r}
		err := tx.QueryRowContext(ctx, string(wakeTalk), clean(string(r)), at, bit(urgent[r])).Scan(&t.Number)
		switch {
		case err == nil:
			turns = append(turns, t)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return turns, nil
}

const takeTurn recordSQL = `
UPDATE talk SET held = 1, wake_at = $3 WHERE resident = $1 AND turn = $2 AND held = 0`

// TakeTurn takes the turn and gives its first work. A turn that is over or
// taken has none.
func (s *Store) TakeTurn(ctx context.Context, t Turn) (w Work, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, string(takeTurn), clean(string(t.Resident)), t.Number, s.lease())
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		w, err = s.next(ctx, tx, t)
		return err
	})
	if err != nil {
		return Work{}, fmt.Errorf("take turn: %w", err)
	}
	return w, nil
}

func (s *Store) lease() int64 { return millis(s.now().Add(TurnLease)) }

const holdTurn recordSQL = `
UPDATE talk SET wake_at = $3 WHERE resident = $1 AND turn = $2 AND held = 1`

// hold makes sure that t is still ours, and prolongs it. It fails with
// ward.Conflict when it is another's by now.
func (s *Store) hold(ctx context.Context, tx *sql.Tx, t Turn) error {
	r, err := tx.ExecContext(ctx, string(holdTurn), clean(string(t.Resident)), t.Number, s.lease())
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = &ward.Error{Kind: ward.Conflict, Message: "処理の順番がほかに移りました。"}
	}
	return err
}

// step does one step of a turn that is still ours, and gives what is next.
func (s *Store) step(ctx context.Context, t Turn, what string, do func(context.Context, *sql.Tx) (Work, error)) (w Work, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.hold(ctx, tx, t); err != nil {
			return err
		}
		w, err = do(ctx, tx)
		return err
	})
	if err != nil {
		return Work{}, fmt.Errorf("%s: %w", what, err)
	}
	return w, nil
}

// next hands out what is first: a message to take back, else the reply under
// way, else the oldest event. When there is nothing, or the reply is to be
// tried again later, it ends the turn.
func (s *Store) next(ctx context.Context, tx *sql.Tx, t Turn) (Work, error) {
	reply, err := underWay(ctx, tx, t.Resident)
	if err != nil {
		return Work{}, err
	}
	if reply == nil {
		return s.nextEvent(ctx, tx, t)
	}
	e, tries, err := firstEvent(ctx, tx, t.Resident)
	now := s.now()
	switch {
	case err != nil:
		return Work{}, err
	case t.Last:
		return Work{}, endTurn(ctx, tx, t, &now)
	case e != nil && rank(*e) == 0:
		return handOut(ctx, tx, e, tries)
	case reply.NextTry.After(now):
		return Work{}, endTurn(ctx, tx, t, &reply.NextTry)
	}
	_, err = tx.ExecContext(ctx, string(tryReply), reply.EventID)
	return Work{Reply: reply}, err
}

// nextEvent is next where no reply is under way.
func (s *Store) nextEvent(ctx context.Context, tx *sql.Tx, t Turn) (Work, error) {
	e, tries, err := firstEvent(ctx, tx, t.Resident)
	now := s.now()
	switch {
	case err != nil:
		return Work{}, err
	case e == nil:
		return Work{}, endTurn(ctx, tx, t, nil)
	case t.Last:
		return Work{}, endTurn(ctx, tx, t, &now)
	}
	return handOut(ctx, tx, e, tries)
}

const (
	selectEvent recordSQL = `
SELECT e.id, e.kind, e.at, e.received, e.message_id, e.reply_token, e.body, e.tries + 1, t.message_id IS NOT NULL
FROM event e LEFT JOIN tombstone t ON t.message_id = e.message_id AND e.kind <> 'unsend'
WHERE e.resident = $1 AND e.state = 'new' ORDER BY e.rank, e.at, e.id LIMIT 1`

	tryEvent recordSQL = `UPDATE event SET tries = tries + 1 WHERE id = $1`
)

func handOut(ctx context.Context, tx *sql.Tx, e *ward.Event, tries int) (Work, error) {
	_, err := tx.ExecContext(ctx, string(tryEvent), e.ID)
	return Work{Event: e, Tries: tries}, err
}

// firstEvent gives the event whose turn it is, nil when there is none. What was
// handed out too often is set aside, what was taken back is passed over.
func firstEvent(ctx context.Context, tx *sql.Tx, of ward.Resident) (*ward.Event, int, error) {
	for {
		e, tries, gone := &ward.Event{Resident: of}, 0, false
		var at, received int64
		err := tx.QueryRowContext(ctx, string(selectEvent), clean(string(of))).Scan(&e.ID, &e.Kind, &at, &received,
			&e.MessageID, &e.ReplyToken, &e.Body, &tries, &gone)
		e.At, e.ReceivedAt = instant(at), instant(received)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil, 0, nil
		case err != nil:
			return nil, 0, err
		case gone:
			err = unsend(ctx, tx, e.MessageID)
		case tries > maxHandouts:
			_, err = tx.ExecContext(ctx, string(failEvent), e.ID, stateQuarantined, "every process that worked it died")
		default:
			return e, tries, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

const releaseTurn recordSQL = `
UPDATE talk SET held = 0, turn = turn + 1, wake_at = $3 WHERE resident = $1 AND turn = $2 AND held = 1`

// endTurn gives the turn back. again is when something is left to do, nil when
// nothing is.
func endTurn(ctx context.Context, tx *sql.Tx, t Turn, again *time.Time) error {
	var at *int64
	if again != nil {
		ms := millis(*again)
		at = &ms
	}
	_, err := tx.ExecContext(ctx, string(releaseTurn), clean(string(t.Resident)), t.Number, at)
	return err
}

const (
	selectOverdue recordSQL = `SELECT count(*) FROM talk WHERE wake_at <= $1`

	wakeOverdue recordSQL = `
UPDATE talk SET turn = turn + held, held = 0, wake_at = $2
WHERE wake_at <= $1 AND resident IN (SELECT resident FROM talk WHERE wake_at <= $1 ORDER BY wake_at, resident LIMIT $3)
RETURNING resident, turn`
)

// WakeOverdue makes jobs for turns that are due and have none: a reply to be
// tried again, a turn whose worker died, a job that was lost. It says how many
// and does a limited number at once.
func (s *Store) WakeOverdue(ctx context.Context, enqueue Enqueue) (n int, err error) {
	now := s.now()
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error { // most often there are none: do not disturb the writers
		return tx.QueryRowContext(ctx, string(selectOverdue), millis(now)).Scan(&n)
	})
	if err == nil && n > 0 {
		err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			turns, err := list(ctx, tx, wakeOverdue, func(scan scanner) (t Turn, err error) {
				err = scan(&t.Resident, &t.Number)
				return t, err
			}, millis(now), millis(now.Add(jobGrace)), wakeAtOnce)
			n = len(turns)
			if err != nil || n == 0 {
				return err
			}
			return enqueue(ctx, tx, turns)
		})
	}
	if err != nil {
		return 0, fmt.Errorf("wake overdue turns: %w", err)
	}
	return n, nil
}

const freeTurns recordSQL = `
UPDATE talk SET turn = turn + held, held = 0, wake_at = $1 WHERE wake_at IS NOT NULL`

// FreeTurns makes every turn overdue that a process before this one left. Only
// where the data directory is ours alone can nobody else be at work on them;
// elsewhere it does nothing, and they are free when their lease ends.
func (s *Store) FreeTurns(ctx context.Context) error {
	if s.records.listener != nil {
		return nil
	}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, string(freeTurns), millis(s.now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("free turns: %w", err)
	}
	return nil
}
