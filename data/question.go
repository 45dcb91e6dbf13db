package data

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"madoguchi/ward"
)

const insertUnanswered recordSQL = `
INSERT INTO unanswered (text, at, channel, verdict, message_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (text, at, channel) DO NOTHING`

// RecordUnanswered keeps a question that found nothing. The same question of
// the same channel at the same millisecond is the same event. Of a message that
// was taken back nothing is kept.
func (s *Store) RecordUnanswered(ctx context.Context, u ward.Unanswered) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if gone, err := unsent(ctx, tx, u.MessageID); err != nil || gone {
			return err
		}
		_, err := tx.ExecContext(ctx, string(insertUnanswered), clean(u.Text), millis(u.At), string(u.Channel),
			string(u.Verdict), clean(u.MessageID))
		return err
	})
	if err != nil {
		return fmt.Errorf("record unanswered question: %w", err)
	}
	return nil
}

// UnansweredGroup is one text that found nothing, however often it was asked.
type UnansweredGroup struct {
	Text  string
	Count int       // times asked, at least 1
	Last  time.Time // when it was last asked
}

const selectUnanswered recordSQL = `
SELECT text, count(*), max(at) FROM unanswered
GROUP BY text ORDER BY max(at) DESC, text LIMIT $1`

// Unanswered gives the questions that found nothing, the latest first.
func (s *Store) Unanswered(ctx context.Context, limit int) (groups []UnansweredGroup, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		groups, err = list(ctx, tx, selectUnanswered, func(scan scanner) (g UnansweredGroup, err error) {
			var last int64
			err = scan(&g.Text, &g.Count, &last)
			g.Last = instant(last)
			return g, err
		}, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list unanswered questions: %w", err)
	}
	return groups, nil
}

const upsertFeedback recordSQL = `
INSERT INTO feedback (answer_id, document_id, question, channel, helpful, at, message_id, month, person)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (answer_id) DO UPDATE SET document_id = excluded.document_id, question = excluded.question,
  channel = excluded.channel, helpful = excluded.helpful, at = excluded.at, message_id = excluded.message_id,
  month = excluded.month, person = excluded.person
WHERE feedback.at <= excluded.at`

// RecordFeedback keeps a vote on one answer. A later vote on the same answer
// replaces the earlier one, also when they arrive in the other order. Of a
// message that was taken back the question is not kept.
func (s *Store) RecordFeedback(ctx context.Context, f ward.Feedback) error {
	if f.AnswerID == "" {
		return &ward.Error{Kind: ward.Invalid, Message: "どの回答への評価か分かりません。"}
	}
	p, err := s.person(ctx, f.Channel, f.Resident)
	if err != nil {
		return fmt.Errorf("record feedback: %w", err)
	}
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		gone, err := unsent(ctx, tx, f.MessageID)
		if err != nil {
			return err
		}
		if gone {
			f.Question = ""
		}
		_, err = tx.ExecContext(ctx, string(upsertFeedback), clean(f.AnswerID), clean(f.DocumentID),
			clean(f.Question), string(f.Channel), bit(f.Helpful), millis(f.At), clean(f.MessageID), p.month, p.hash)
		return err
	})
	if err != nil {
		return fmt.Errorf("record feedback: %w", err)
	}
	return nil
}

// bit is a bool as every engine stores it in an integer.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

const selectFeedback recordSQL = `
SELECT answer_id, document_id, question, channel, helpful, at, message_id FROM feedback
ORDER BY at DESC, answer_id LIMIT $1`

// Feedback gives the votes, the latest first.
func (s *Store) Feedback(ctx context.Context, limit int) (votes []ward.Feedback, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		votes, err = list(ctx, tx, selectFeedback, func(scan scanner) (f ward.Feedback, err error) {
			var at int64
			err = scan(&f.AnswerID, &f.DocumentID, &f.Question, &f.Channel, &f.Helpful, &at, &f.MessageID)
			f.At = instant(at)
			return f, err
		}, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list feedback: %w", err)
	}
	return votes, nil
}

// scanner is the Scan of one row.
type scanner func(dest ...any) error

// list runs a query and makes one T of each row.
func list[T any](ctx context.Context, tx *sql.Tx, query recordSQL, row func(scanner) (T, error), args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, string(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		t, err := row(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
