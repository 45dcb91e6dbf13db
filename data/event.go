package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"madoguchi/ward"
)

// KeepEvents is how long the id of an event is remembered, and with it that
// the event was done: LINE does not say until when it may send one again.
const KeepEvents = 8 * 24 * time.Hour

// maxHandouts is how often an event is handed to a worker. Who is handed it
// and never comes back was killed, perhaps by it.
const maxHandouts = 6

// The states of an event.
const (
	stateNew         = "new"
	stateAnswered    = "answered" // its reply says what became of it
	stateSilent      = "silent"   // there was nothing to say
	stateUnsent      = "unsent"   // the resident took the message back
	stateQuarantined = "quarantined"
)

// Enqueue makes a job for each turn, in the transaction that makes the turns.
type Enqueue func(ctx context.Context, tx *sql.Tx, turns []Turn) error

const (
	insertEvent recordSQL = `
INSERT INTO event (id, resident, kind, rank, at, received, message_id, reply_token, body, state, tries, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
  CASE WHEN $3 <> 'unsend' AND EXISTS (SELECT 1 FROM tombstone WHERE message_id = $7) THEN 'unsent' ELSE $10 END, 0, '')
ON CONFLICT (id) DO NOTHING
RETURNING id, state`

	insertTombstone recordSQL = `
INSERT INTO tombstone (message_id, at) VALUES ($1, $2) ON CONFLICT (message_id) DO NOTHING`

	selectTombstone recordSQL = `SELECT 1 FROM tombstone WHERE message_id = $1`
)

// ReceiveEvents keeps the events, all or none. What is known already by its id
// is dropped; n says how many were not. A message that was taken back is kept
// without its body, also when the taking back comes first or in the same call. A
// malformed event goes into quarantine.
//
// In PostgreSQL it locks nothing that a worker may hold: whoever is to be told
// that the events are kept waits for nobody's turn. It gives those whose
// residents WakeResidents is then to wake. SQLite has one writer, who waits for
// nobody, and they are woken in the same transaction.
func (s *Store) ReceiveEvents(ctx context.Context, events []ward.Event, enqueue Enqueue) (n int, unwoken []ward.Event, err error) {
	// One order for all transactions, so that no two wait for each other.
	events = slices.SortedFunc(slices.Values(events), func(a, b ward.Event) int { return cmp.Compare(a.ID, b.ID) })
	err = s.records.intake(ctx, func(ctx context.Context, tx *sql.Tx) error {
		fresh, err := keepEvents(ctx, tx, events, s.now())
		if err != nil {
			return err
		}
		n, unwoken = len(fresh), fresh
		for _, e := range fresh {
			if e.Kind == ward.UnsendEvent {
				if err := unsend(ctx, tx, e.MessageID); err != nil {
					return err
				}
			}
		}
		if s.records.doorway != nil {
			return nil
		}
		unwoken = nil
		return s.wake(ctx, tx, fresh, enqueue)
	})
	if err != nil {
		return 0, nil, fmt.Errorf("receive events: %w", err)
	}
	return n, unwoken, nil
}

// keepEvents stores what is not known yet and gives it.
func keepEvents(ctx context.Context, tx *sql.Tx, events []ward.Event, now time.Time) (fresh []ward.Event, err error) {
	for _, e := range events {
		if e.Kind == ward.UnsendEvent && e.MessageID != "" {
			if _, err := tx.ExecContext(ctx, string(insertTombstone), clean(e.MessageID), millis(now)); err != nil {
				return nil, err
			}
		}
	}
	for some := range slices.Chunk(events, maxRows) {
		kept, err := insertEvents(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			state, ok := kept[clean(e.ID)]
			if !ok { // known
				continue
			}
			delete(kept, clean(e.ID))
			if state == stateUnsent {
				if err := unsend(ctx, tx, e.MessageID); err != nil {
					return nil, err
				}
			}
			fresh = append(fresh, e)
		}
	}
	return fresh, nil
}

// insertEvents keeps the events that are not known and gives their states.
func insertEvents(ctx context.Context, tx *sql.Tx, events []ward.Event) (states map[string]string, err error) {
	var args []any
	for _, e := range events {
		state := stateNew
		if e.Kind == ward.MalformedEvent {
			state = stateQuarantined
		}
		args = append(args, clean(e.ID), clean(string(e.Resident)), clean(string(e.Kind)), rank(e),
			millis(e.At), millis(e.ReceivedAt), clean(e.MessageID), clean(e.ReplyToken), e.Body, state)
	}
	states = map[string]string{}
	_, err = list(ctx, tx, insertEvent.rows(len(events), len(args)/len(events)), func(scan scanner) (struct{}, error) {
		var id, state string
		err := scan(&id, &state)
		states[id] = state
		return struct{}{}, err
	}, args...)
	return states, err
}

// The ranks of an event.
const (
	rankFirst  = 0 // the taking back of a message, before everything else
	rankInTurn = 1
)

func rank(e ward.Event) int {
	if e.Kind == ward.UnsendEvent {
		return rankFirst
	}
	return rankInTurn
}

func unsent(ctx context.Context, tx *sql.Tx, messageID string) (bool, error) {
	if messageID == "" {
		return false, nil
	}
	var one int
	err := tx.QueryRowContext(ctx, string(selectTombstone), clean(messageID)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

const (
	unsendEvent recordSQL = `
UPDATE event SET body = $2, reply_token = '', state = CASE WHEN state = 'new' THEN 'unsent' ELSE state END
WHERE message_id = $1 AND kind <> 'unsend'`

	unsendReply recordSQL = `
UPDATE reply SET messages = $2, reply_token = '', outcome = CASE WHEN outcome = '' THEN 'unsent' ELSE outcome END
WHERE event_id IN (SELECT id FROM event WHERE message_id = $1)`

	unsendUnanswered recordSQL = `DELETE FROM unanswered WHERE message_id = $1`
	unsendFeedback   recordSQL = `UPDATE feedback SET question = '' WHERE message_id = $1`
)

// unsend deletes a message and what came of it: the event's body, the reply
// under way, the unanswered question, the question beside a vote, that it was asked.
func unsend(ctx context.Context, tx *sql.Tx, messageID string) error {
	if messageID == "" {
		return nil
	}
	for _, q := range []recordSQL{unsendEvent, unsendReply} {
		if _, err := tx.ExecContext(ctx, string(q), clean(messageID), []byte{}); err != nil {
			return err
		}
	}
	if err := unsendFixes(ctx, tx, messageID); err != nil { // before what tells which they are
		return err
	}
	for _, q := range []recordSQL{unsendUnanswered, unsendFeedback, unsendAsked} {
		if _, err := tx.ExecContext(ctx, string(q), clean(messageID)); err != nil {
			return err
		}
	}
	return nil
}

const finishEvent recordSQL = `
UPDATE event SET body = $3, reply_token = '',
  state = CASE WHEN kind <> 'unsend' AND EXISTS (SELECT 1 FROM tombstone WHERE message_id = event.message_id) THEN 'unsent' ELSE $2 END
WHERE id = $1 AND state = 'new'
RETURNING state`

// FinishEvent says that an event is done, and with what reply: nil when there
// is nothing to say. Both are kept or neither. It gives what is next in the
// turn, which is the reply if one is to be sent. No reply is kept to a message
// that was taken back meanwhile.
func (s *Store) FinishEvent(ctx context.Context, t Turn, e ward.Event, reply *Reply) (Work, error) {
	return s.step(ctx, t, "finish event", func(ctx context.Context, tx *sql.Tx) (Work, error) {
		state := stateSilent
		if reply != nil {
			state = stateAnswered
		}
		err := tx.QueryRowContext(ctx, string(finishEvent), clean(e.ID), state, []byte{}).Scan(&state)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && rank(e) == rankFirst: // done before, or a reply may be under way
			return s.next(ctx, tx, t)
		case err != nil:
			return Work{}, err
		case state != stateAnswered:
			return s.nextEvent(ctx, tx, t)
		}
		kept, err := keepReply(ctx, tx, t, e, *reply)
		if err != nil || kept.Outcome == UnderWay {
			return Work{Reply: &kept}, err
		}
		return s.nextEvent(ctx, tx, t)
	})
}

const failEvent recordSQL = `
UPDATE event SET state = $2, reason = $3 WHERE id = $1 AND state = 'new'`

// QuarantineEvent sets an event aside that cannot be worked, with a reason that
// holds none of the resident's words, and gives what is next in the turn.
func (s *Store) QuarantineEvent(ctx context.Context, t Turn, eventID, reason string) (Work, error) {
	return s.step(ctx, t, "quarantine event", func(ctx context.Context, tx *sql.Tx) (Work, error) {
		if _, err := tx.ExecContext(ctx, string(failEvent), clean(eventID), stateQuarantined, clean(reason)); err != nil {
			return Work{}, err
		}
		return s.next(ctx, tx, t)
	})
}

// PostponeEvent ends the turn without having done the event: the next one
// begins with it, not before again.
func (s *Store) PostponeEvent(ctx context.Context, t Turn, eventID, reason string, again time.Time) error {
	err := s.records.writeOf(ctx, clean(string(t.Resident)), func(ctx context.Context, tx *sql.Tx) error {
		if err := s.hold(ctx, tx, t); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(failEvent), clean(eventID), stateNew, clean(reason)); err != nil {
			return err
		}
		return endTurn(ctx, tx, t, &again)
	})
	if err != nil {
		return fmt.Errorf("postpone event: %w", err)
	}
	return nil
}

// Quarantined is an event that was set aside.
type Quarantined struct {
	Event  ward.Event
	Tries  int    // 0: it could not even be read
	Reason string // of the last failure, if there was one
}

const selectQuarantined recordSQL = `
SELECT id, resident, kind, at, received, message_id, body, tries, reason FROM event
WHERE state = 'quarantined' ORDER BY received DESC, id LIMIT $1`

// Quarantined gives the events that were set aside, the latest first.
func (s *Store) Quarantined(ctx context.Context, limit int) (all []Quarantined, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		all, err = list(ctx, tx, selectQuarantined, func(scan scanner) (q Quarantined, err error) {
			var at, received int64
			e := &q.Event
			err = scan(&e.ID, &e.Resident, &e.Kind, &at, &received, &e.MessageID, &e.Body, &q.Tries, &q.Reason)
			e.At, e.ReceivedAt = instant(at), instant(received)
			return q, err
		}, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list quarantined events: %w", err)
	}
	return all, nil
}

const selectEventCounts recordSQL = `
SELECT CASE WHEN e.state <> 'answered' THEN e.state WHEN r.outcome = '' THEN 'under way' ELSE r.outcome END, count(*)
FROM event e LEFT JOIN reply r ON r.event_id = e.id GROUP BY 1`

// EventCounts says what became of the events that are remembered: new, silent,
// unsent, quarantined or, where there is a reply, "under way" or its outcome.
func (s *Store) EventCounts(ctx context.Context) (counts map[string]int, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		counts = map[string]int{}
		_, err := list(ctx, tx, selectEventCounts, func(scan scanner) (struct{}, error) {
			var state string
			var n int
			err := scan(&state, &n)
			counts[state] = n
			return struct{}{}, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	return counts, nil
}

const (
	deleteEvents     recordSQL = `DELETE FROM event WHERE received < $1 AND state <> 'new'`
	deleteTombstones recordSQL = `DELETE FROM tombstone WHERE at < $1`
	deleteTalks      recordSQL = `DELETE FROM talk WHERE wake_at IS NULL AND resident NOT IN (SELECT resident FROM event)`
)

// SweepEvents forgets the events that were received longer than KeepEvents ago,
// those in quarantine too, and says how many.
func (s *Store) SweepEvents(ctx context.Context) (removed int, err error) {
	before := millis(s.now().Add(-KeepEvents))
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, string(deleteEvents), before)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		removed = int(n)
		if _, err := tx.ExecContext(ctx, string(deleteTombstones), before); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, string(deleteTalks))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep events: %w", err)
	}
	return removed, nil
}
