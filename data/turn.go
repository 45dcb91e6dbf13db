package data

import (
	"cmp"
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
	// job is made for it: longer than jobs wait in a burst, which more jobs would
	// make worse, and shorter than a reply token lives.
	jobGrace = 30 * time.Second
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

const (
	wakeTalk recordSQL = `
INSERT INTO talk (resident, turn, held, wake_at) VALUES ($1, 0, 0, $2)
ON CONFLICT (resident) DO UPDATE SET wake_at = excluded.wake_at
WHERE talk.wake_at IS NULL
RETURNING resident, turn`

	hurryTalk recordSQL = `
UPDATE talk SET wake_at = $2 WHERE resident = $1 AND held = 0 AND wake_at IS NOT NULL RETURNING resident, turn`
)

// WakeResidents makes jobs for those whom the events, which are kept, belong to.
// If it fails, or never comes, WakeOverdue makes them.
func (s *Store) WakeResidents(ctx context.Context, events []ward.Event, enqueue Enqueue) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.wake(ctx, tx, events, enqueue) })
	if err != nil {
		return fmt.Errorf("wake residents: %w", err)
	}
	return nil
}

func (s *Store) wake(ctx context.Context, tx *sql.Tx, events []ward.Event, enqueue Enqueue) error {
	turns, err := s.turnsFor(ctx, tx, events)
	if err != nil || len(turns) == 0 {
		return err
	}
	return enqueue(ctx, tx, turns)
}

// turnsFor gives the turns that need a job: those of residents who waited for
// nothing. Whoever waits already has a job, and a worker looks again before it
// ends a turn. The taking back of a message does not wait for a reply's next try.
func (s *Store) turnsFor(ctx context.Context, tx *sql.Tx, events []ward.Event) (turns []Turn, err error) {
	urgent := map[ward.Resident]bool{}
	for _, e := range events {
		if e.Kind != ward.MalformedEvent {
			urgent[e.Resident] = urgent[e.Resident] || rank(e) == rankFirst
		}
	}
	at := millis(s.now().Add(jobGrace))
	for some := range slices.Chunk(slices.Sorted(maps.Keys(urgent)), maxRows) {
		var args []any
		for _, r := range some {
			args = append(args, clean(string(r)), at)
		}
		woken, err := list(ctx, tx, wakeTalk.rows(len(some), len(args)/len(some)), scanTurn, args...)
		if err != nil {
			return nil, err
		}
		turns = append(turns, woken...)
	}
	for _, t := range turns {
		delete(urgent, t.Resident)
	}
	for _, r := range slices.Sorted(maps.Keys(urgent)) {
		if !urgent[r] {
			continue
		}
		hurried, err := list(ctx, tx, hurryTalk, scanTurn, clean(string(r)), at)
		if err != nil {
			return nil, err
		}
		turns = append(turns, hurried...)
	}
	return turns, nil
}

func scanTurn(scan scanner) (t Turn, err error) {
	err = scan(&t.Resident, &t.Number)
	return t, err
}

const takeTurn recordSQL = `
UPDATE talk SET held = 1, wake_at = $3, holder = $4 WHERE resident = $1 AND turn = $2 AND held = 0
RETURNING EXISTS (SELECT 1 FROM reply WHERE resident = $1 AND outcome = '')`

// TakeTurn takes the turn and gives its first work. A turn that is over or
// taken has none.
func (s *Store) TakeTurn(ctx context.Context, t Turn) (w Work, err error) {
	err = s.records.writeOf(ctx, clean(string(t.Resident)), func(ctx context.Context, tx *sql.Tx) error {
		var replying bool
		err := tx.QueryRowContext(ctx, string(takeTurn), clean(string(t.Resident)), t.Number, s.lease(), s.records.worker.holder()).Scan(&replying)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			w, err = Work{}, nil
		case err == nil && replying:
			w, err = s.next(ctx, tx, t)
		case err == nil:
			w, err = s.nextEvent(ctx, tx, t)
		}
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
	err = s.records.writeOf(ctx, clean(string(t.Resident)), func(ctx context.Context, tx *sql.Tx) error {
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
	now := s.now()
	if t.Last {
		return Work{}, endTurn(ctx, tx, t, &now)
	}
	w, err := takeEvent(ctx, tx, t.Resident, rankFirst)
	switch {
	case err != nil || w.Event != nil:
		return w, err
	case reply.NextTry.After(now):
		return Work{}, endTurn(ctx, tx, t, &reply.NextTry)
	}
	_, err = tx.ExecContext(ctx, string(tryReply), reply.EventID)
	return Work{Reply: reply}, err
}

// nextEvent is next where no reply is under way.
func (s *Store) nextEvent(ctx context.Context, tx *sql.Tx, t Turn) (Work, error) {
	if t.Last {
		now := s.now() // if nothing is left, the next turn finds that out
		return Work{}, endTurn(ctx, tx, t, &now)
	}
	w, err := takeEvent(ctx, tx, t.Resident, rankInTurn)
	if err == nil && w.Event == nil {
		err = endTurn(ctx, tx, t, nil)
	}
	return w, err
}

const tryEvent recordSQL = `
UPDATE event SET tries = tries + 1 WHERE id = (
  SELECT id FROM event WHERE resident = $1 AND state = 'new' AND rank <= $2 ORDER BY rank, at, id LIMIT 1)
RETURNING id, kind, at, received, message_id, reply_token, body, tries,
  kind <> 'unsend' AND EXISTS (SELECT 1 FROM tombstone WHERE message_id = event.message_id)`

// takeEvent hands out the event whose turn it is, of those up to a rank. What
// was handed out too often is set aside, what was taken back is passed over.
func takeEvent(ctx context.Context, tx *sql.Tx, of ward.Resident, rank int) (Work, error) {
	for {
		e, tries, gone := &ward.Event{Resident: of}, 0, false
		var at, received int64
		err := tx.QueryRowContext(ctx, string(tryEvent), clean(string(of)), rank).Scan(&e.ID, &e.Kind, &at, &received,
			&e.MessageID, &e.ReplyToken, &e.Body, &tries, &gone)
		e.At, e.ReceivedAt = instant(at), instant(received)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return Work{}, nil
		case err != nil:
			return Work{}, err
		case gone:
			err = unsend(ctx, tx, e.MessageID)
		case tries > maxHandouts:
			_, err = tx.ExecContext(ctx, string(failEvent), e.ID, stateQuarantined, "every process that worked it died")
		default:
			return Work{Event: e, Tries: tries}, nil
		}
		if err != nil {
			return Work{}, err
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
	selectOverdue recordSQL = `
SELECT resident, turn FROM talk WHERE wake_at <= $1 ORDER BY wake_at, resident LIMIT $2`

	// selectUnwoken finds whose events nobody was woken for.
	selectUnwoken recordSQL = `
SELECT DISTINCT e.resident, COALESCE(t.turn, 0) FROM event e LEFT JOIN talk t ON t.resident = e.resident
WHERE e.state = 'new' AND t.wake_at IS NULL ORDER BY e.resident LIMIT $1`

	wakeOverdue recordSQL = `
UPDATE talk SET turn = turn + held, held = 0, wake_at = $4
WHERE resident = $1 AND turn = $2 AND wake_at <= $3
RETURNING resident, turn`
)

// WakeOverdue makes jobs for turns that are due and have none: a reply to be
// tried again, a turn whose worker died, a job that was lost, an event whose
// process died before WakeResidents. It says how many and does a limited number
// at once.
func (s *Store) WakeOverdue(ctx context.Context, enqueue Enqueue) (n int, err error) {
	if err := s.freeDead(ctx); err != nil {
		return 0, fmt.Errorf("free turns: %w", err)
	}
	now := s.now()
	var overdue, unwoken []Turn
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) (err error) { // most often there are none: do not disturb the writers
		if overdue, err = list(ctx, tx, selectOverdue, scanTurn, millis(now), wakeAtOnce); err == nil {
			unwoken, err = list(ctx, tx, selectUnwoken, scanTurn, wakeAtOnce)
		}
		return err
	})
	all := append(overdue, unwoken...)
	if err == nil && len(all) > 0 {
		slices.SortFunc(all, func(a, b Turn) int { return cmp.Compare(a.Resident, b.Resident) }) // one order for all transactions
		err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			woken, err := wakeAll(ctx, tx, all, now)
			if n = len(woken); n == 0 {
				return err
			}
			return enqueue(ctx, tx, woken)
		})
	}
	if err != nil {
		return 0, fmt.Errorf("wake overdue turns: %w", err)
	}
	return n, nil
}

// wakeAll gives those of the turns that still need a job.
func wakeAll(ctx context.Context, tx *sql.Tx, all []Turn, now time.Time) (woken []Turn, err error) {
	at := millis(now.Add(jobGrace))
	for _, t := range all {
		w, err := list(ctx, tx, wakeOverdue, scanTurn, clean(string(t.Resident)), t.Number, millis(now), at)
		if err == nil && len(w) == 0 {
			w, err = list(ctx, tx, wakeTalk, scanTurn, clean(string(t.Resident)), at)
		}
		if err != nil {
			return nil, err
		}
		woken = append(woken, w...)
	}
	return woken, nil
}

const freeTurns recordSQL = `
UPDATE talk SET turn = turn + held, held = 0, wake_at = $1 WHERE wake_at IS NOT NULL`

// FreeTurns makes overdue the turns that a process before this one left. It
// comes before the first TakeTurn. In a PostgreSQL it makes this process known
// to the others, and fails with ward.Unavailable if our clock is not the
// database's.
func (s *Store) FreeTurns(ctx context.Context) error {
	err := s.freeDead(ctx)
	if s.records.worker == nil { // the directory is ours alone: nobody else is at work
		err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, string(freeTurns), millis(s.now()))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("free turns: %w", err)
	}
	return nil
}
