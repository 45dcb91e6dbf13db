package data

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"madoguchi/ward"
)

// KeepAsked is how long it is kept that a question was asked: a year and a
// month, so that a month can be held against the same month a year before.
const KeepAsked = 400 * 24 * time.Hour

// What a hash of a person is made with.
const (
	peopleKeySize = 32 // bytes
	personSize    = 8  // bytes: that two of a million residents share one does not happen
)

const (
	insertAsked recordSQL = `
INSERT INTO asked (key, at, day, hour, month, person, channel, verdict, stopped, chosen, fix, document_id, topic, section, took)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, $14)
ON CONFLICT (key) DO NOTHING`

	chooseAsked recordSQL = `
UPDATE asked SET chosen = 1, document_id = $2, topic = $3, section = $4
WHERE key = $1 AND chosen = 0 AND verdict = 'choices' AND stopped = 0`

	unsendAsked recordSQL = `DELETE FROM asked WHERE key = $1`

	unsendLateAsked recordSQL = `DELETE FROM asked WHERE at >= $1 AND key IN (SELECT message_id FROM tombstone)`
)

const askedColumns = 14 // that are given

// RecordQuestion keeps that a question was asked, or that a candidate of one
// was chosen: the first choice counts. The same record again changes nothing. Of
// a message that was taken back nothing is kept.
func (s *Store) RecordQuestion(ctx context.Context, a ward.Asked) error {
	return s.RecordQuestions(ctx, []ward.Asked{a})
}

// RecordQuestions is RecordQuestion for many, in one transaction.
func (s *Store) RecordQuestions(ctx context.Context, asked []ward.Asked) error {
	asked = slices.Clone(asked)
	slices.SortStableFunc(asked, func(a, b ward.Asked) int { return cmp.Compare(a.Key, b.Key) }) // two never wait for each other
	var questions, chosen [][]any
	first := int64(endOfTime)
	for _, a := range asked {
		if a.Key == "" {
			return &ward.Error{Kind: ward.Invalid, Message: "どの質問のことか分かりません。"}
		}
		if a.Chosen {
			chosen = append(chosen, []any{clean(a.Key), clean(a.DocumentID), clean(a.Topic), clean(a.Section)})
			continue
		}
		p, err := s.person(ctx, a.Channel, a.Resident)
		if err != nil {
			return fmt.Errorf("record question: %w", err)
		}
		at := millis(a.At)
		first = min(first, at)
		questions = append(questions, []any{clean(a.Key), at, dayOf(at), hourOf(at), p.month, p.hash, string(a.Channel), string(a.Verdict),
			bit(a.Stopped), clean(a.Fix), clean(a.DocumentID), clean(a.Topic), clean(a.Section), a.Took.Milliseconds()})
	}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return writeAsked(ctx, tx, questions, chosen, first)
	})
	if err != nil {
		return fmt.Errorf("record question: %w", err)
	}
	return nil
}

// writeAsked writes questions, the first of which was asked at first, and then
// what was chosen of them. A round trip for each would keep a burst waiting.
func writeAsked(ctx context.Context, tx *sql.Tx, questions, chosen [][]any, first int64) error {
	for some := range slices.Chunk(questions, maxRows) {
		if _, err := tx.ExecContext(ctx, string(insertAsked.rows(len(some), askedColumns)), slices.Concat(some...)...); err != nil {
			return err
		}
	}
	for _, args := range chosen {
		if _, err := tx.ExecContext(ctx, string(chooseAsked), args...); err != nil {
			return err
		}
	}
	if len(questions) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, string(unsendLateAsked), first)
	return err
}

// Japan is nine hours ahead of UTC all year.
const (
	hourMillis  = int64(time.Hour / time.Millisecond)
	dayMillis   = 24 * hourMillis
	japanMillis = 9 * hourMillis
)

// dayOf counts the days since 1970-01-01 in Japan, hourOf the hours of that
// day. Nobody asked anything before.
func dayOf(ms int64) int64  { return (ms + japanMillis) / dayMillis }
func hourOf(ms int64) int64 { return (ms + japanMillis) % dayMillis / hourMillis }

// monthOf counts the calendar months in Japan since the year 0.
func monthOf(t time.Time) int64 {
	t = t.In(ward.Japan())
	return int64(t.Year())*12 + int64(t.Month()) - 1
}

// person is somebody without a name: the same hash in the same month is the
// same person. Over two months nobody can tell, for each has its own key, and
// once a month is over its key is gone: then not even who has the whole
// database and a resident's id can find that resident's rows. The month is that
// of the recording, so that a message from just before midnight on the last day
// needs no key that is gone.
type person struct {
	month int64
	hash  string
}

// people holds the key of one month, so that it is read once.
type people struct {
	mu    sync.Mutex
	month int64
	key   []byte
}

const (
	insertMonth recordSQL = `INSERT INTO asked_month (month, key) VALUES ($1, $2) ON CONFLICT (month) DO NOTHING`
	selectMonth recordSQL = `SELECT key FROM asked_month WHERE month = $1`
)

// person hashes a resident. At the first question of a month it makes the key,
// in a transaction of its own, for all who share the database.
func (s *Store) person(ctx context.Context, c ward.Channel, r ward.Resident) (person, error) {
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	month := monthOf(s.now())
	if s.people.key == nil || s.people.month != month {
		fresh := make([]byte, peopleKeySize)
		_, _ = rand.Read(fresh) // never fails
		var key []byte
		err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, string(insertMonth), month, fresh); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, string(selectMonth), month).Scan(&key)
		})
		if err != nil {
			return person{}, err
		}
		s.people.month, s.people.key = month, key
	}
	h := hmac.New(sha256.New, s.people.key)
	h.Write([]byte(string(c) + "\x00" + string(r)))
	return person{month, hex.EncodeToString(h.Sum(nil)[:personSize])}, nil
}

const (
	deleteAsked  recordSQL = `DELETE FROM asked WHERE at < $1`
	deleteMonths recordSQL = `DELETE FROM asked_month WHERE month < $1`
)

// SweepAsked forgets questions older than KeepAsked and the keys of months that
// are over, the latter beyond recovery from our files, and says how many
// questions.
func (s *Store) SweepAsked(ctx context.Context) (removed int, err error) {
	now, keys := s.now(), int64(0)
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, string(deleteAsked), millis(now.Add(-KeepAsked)))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		removed = int(n)
		if r, err = tx.ExecContext(ctx, string(deleteMonths), monthOf(now)); err != nil {
			return err
		}
		keys, err = r.RowsAffected()
		return err
	})
	if err == nil && keys > 0 {
		err = s.records.scrub(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("sweep questions: %w", err)
	}
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	if s.people.month < monthOf(now) {
		clear(s.people.key)
		s.people.key = nil
	}
	return removed, nil
}
