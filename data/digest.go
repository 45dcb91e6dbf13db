package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"madoguchi/ward"
)

// MinPeople is how many people must stand behind a count that is told.
const MinPeople = 5

const (
	beginDigest recordSQL = `
INSERT INTO digest (week, section, state, tries, at, next, reason) VALUES ($1, $2, 'sending', 1, $3, 0, '')
ON CONFLICT (week, section) DO UPDATE SET state = 'sending', tries = digest.tries + 1, at = excluded.at, reason = ''
WHERE digest.state = 'waiting' AND digest.next <= excluded.at
RETURNING tries`

	endDigest recordSQL = `
UPDATE digest SET state = $3, at = $4, next = $5, reason = $6 WHERE week = $1 AND section = $2 AND state = 'sending'`

	delayDigest recordSQL = `
INSERT INTO digest (week, section, state, tries, at, next, reason) VALUES ($1, $2, $3, 1, $4, $5, $6)
ON CONFLICT (week, section) DO UPDATE SET state = excluded.state, tries = digest.tries + 1, at = excluded.at,
  next = excluded.next, reason = excluded.reason
WHERE digest.state = 'waiting' AND digest.next <= excluded.at`

	selectDigests recordSQL = `
SELECT week, section, state, tries, at, next, reason FROM digest WHERE week >= $1 ORDER BY week DESC, section LIMIT $2`

	selectSectionAsked recordSQL = `
SELECT month, count(*), count(DISTINCT person) FROM asked
WHERE section = $1 AND at > $2 AND at <= $3 AND verdict <> 'answer' AND chosen = 0 AND stopped = 0
GROUP BY month`
)

// BeginDigest is called right before a mail is sent: it gives the number of
// the try, or 0 to whoever must not send it. Of all processes one gets it, and
// none a second time until EndDigest says that it was certainly not sent.
func (s *Store) BeginDigest(ctx context.Context, week, section string) (try int, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, string(beginDigest), clean(week), clean(section), millis(s.now())).Scan(&try)
		if errors.Is(err, sql.ErrNoRows) {
			try = 0
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("begin digest: %w", err)
	}
	return try, nil
}

// EndDigest keeps what came of a mail that was begun.
func (s *Store) EndDigest(ctx context.Context, d ward.Digest) error {
	return s.stepDigest(ctx, endDigest, d)
}

// DelayDigest keeps that a mail was not begun and is to be tried again at
// Next, or is not to be sent at all. One that was begun stays as it is.
func (s *Store) DelayDigest(ctx context.Context, d ward.Digest) error {
	return s.stepDigest(ctx, delayDigest, d)
}

func (s *Store) stepDigest(ctx context.Context, query recordSQL, d ward.Digest) error {
	next := int64(0)
	if !d.Next.IsZero() {
		next = millis(d.Next)
	}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, string(query), clean(d.Week), clean(d.Section), string(d.State), millis(s.now()), next,
			cut(clean(d.Reason), maxRunError))
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil || n == 0 || d.State != ward.DigestGivenUp && d.State != ward.DigestUnknown {
			return err
		}
		return s.audit(ctx, tx, ward.AuditEntry{Actor: ward.System(), Action: "digest-" + string(d.State), Object: d.Week + " " + d.Section,
			Detail: "週ごとのお知らせ: " + d.State.Title() + "。"})
	})
	if err != nil {
		return fmt.Errorf("keep digest: %w", err)
	}
	return nil
}

// Digests gives at most limit digests of the weeks since then, the latest
// week first.
func (s *Store) Digests(ctx context.Context, since string, limit int) (all []ward.Digest, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		all, err = list(ctx, tx, selectDigests, func(scan scanner) (d ward.Digest, err error) {
			var at, next int64
			err = scan(&d.Week, &d.Section, &d.State, &d.Tries, &at, &next, &d.Reason)
			d.At = instant(at)
			if next != 0 {
				d.Next = instant(next)
			}
			return d, err
		}, clean(since), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list digests: %w", err)
	}
	return all, nil
}

// SectionUnanswered counts the questions nearest to a section's pages that
// were not answered in that time. It is told only when MinPeople asked; over
// the end of a month, whose people cannot be known again, the larger half
// counts.
func (s *Store) SectionUnanswered(ctx context.Context, section string, after, until time.Time) (asked int, told bool, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := list(ctx, tx, selectSectionAsked, func(scan scanner) (struct{}, error) {
			var month, n, people int
			err := scan(&month, &n, &people)
			asked, told = asked+n, told || people >= MinPeople
			return struct{}{}, err
		}, clean(section), millis(after), millis(until))
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("count questions of a section: %w", err)
	}
	if !told {
		return 0, false, nil
	}
	return asked, true, nil
}
