package data

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"madoguchi/ward"
)

// Reply is what is said to one event, kept from before the first try until
// there is an outcome.
type Reply struct {
	EventID    string // set by the store, as are Resident, ReplyToken and ReceivedAt
	Resident   ward.Resident
	ReplyToken string
	ReceivedAt time.Time
	Messages   []byte // the bytes that are sent, at every try the same
	RetryKey   string // of a push; made before the first try
	Push       bool   // by push, no longer by token
	// Uncertain says that an earlier try may have been delivered: it got no
	// answer, or its process died.
	Uncertain bool
	Tries     int       // this one included
	NextTry   time.Time // of one that is to be tried again
	Outcome   Outcome
}

// Outcome says what became of a reply.
type Outcome string

// The outcomes. Every reply gets exactly one.
const (
	UnderWay  Outcome = ""
	Delivered Outcome = "delivered"
	Expired   Outcome = "expired" // certainly not delivered: the token was too old and no push allowed
	Unclear   Outcome = "unknown" // a try may have been delivered; it was not repeated in another way
	OverQuota Outcome = "quota"   // the month's pushes are used up
	Refused   Outcome = "refused" // LINE does not take it: a fault of ours
	Unsent    Outcome = "unsent"  // the resident took the message back first
)

const insertReply recordSQL = `
INSERT INTO reply (event_id, resident, reply_token, retry_key, messages, received, push, uncertain, tries, next_try, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $6, $9)`

// keepReply keeps the reply to e and, unless it has its outcome already, hands
// it out for its first try.
func keepReply(ctx context.Context, tx *sql.Tx, t Turn, e ward.Event, r Reply) (Reply, error) {
	r.EventID, r.Resident, r.ReplyToken, r.ReceivedAt, r.NextTry, r.Tries = e.ID, t.Resident, e.ReplyToken, e.ReceivedAt, e.ReceivedAt, 1
	if r.Outcome != UnderWay {
		r.Messages, r.ReplyToken, r.Tries = []byte{}, "", 0
	}
	_, err := tx.ExecContext(ctx, string(insertReply), clean(r.EventID), clean(string(r.Resident)), clean(r.ReplyToken), r.RetryKey,
		r.Messages, millis(r.ReceivedAt), bit(r.Push), r.Tries, string(r.Outcome))
	return r, err
}

const (
	selectReply recordSQL = `
SELECT event_id, reply_token, retry_key, messages, received, push, uncertain, tries + 1, next_try
FROM reply WHERE resident = $1 AND outcome = ''`

	tryReply recordSQL = `UPDATE reply SET tries = tries + 1, uncertain = 1 WHERE event_id = $1 AND outcome = ''`
)

// underWay gives the reply that is not settled yet, nil when there is none.
func underWay(ctx context.Context, tx *sql.Tx, of ward.Resident) (*Reply, error) {
	r := &Reply{Resident: of}
	var received, next int64
	err := tx.QueryRowContext(ctx, string(selectReply), clean(string(of))).Scan(&r.EventID, &r.ReplyToken, &r.RetryKey,
		&r.Messages, &received, &r.Push, &r.Uncertain, &r.Tries, &next)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	r.ReceivedAt, r.NextTry = instant(received), instant(next)
	return r, err
}

const settleReply recordSQL = `
UPDATE reply SET push = $2, uncertain = $3, next_try = $4, outcome = $5,
  messages = CASE WHEN $5 = '' THEN messages ELSE $6 END,
  reply_token = CASE WHEN $5 = '' THEN reply_token ELSE '' END
WHERE event_id = $1 AND outcome = ''`

// SettleReply keeps what a try came to: the Outcome or, while that is UnderWay,
// when and how to try again. It gives what is next in the turn; nothing of the
// resident's is done before the reply has its outcome.
func (s *Store) SettleReply(ctx context.Context, t Turn, r Reply) (Work, error) {
	return s.step(ctx, t, "settle reply", func(ctx context.Context, tx *sql.Tx) (Work, error) {
		_, err := tx.ExecContext(ctx, string(settleReply), clean(r.EventID), bit(r.Push), bit(r.Uncertain),
			millis(r.NextTry), string(r.Outcome), []byte{})
		switch {
		case err != nil:
			return Work{}, err
		case r.Outcome == UnderWay:
			return s.next(ctx, tx, t)
		}
		return s.nextEvent(ctx, tx, t)
	})
}
