package data

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"madoguchi/ward"
)

// OpenQuestion is one wording that was not answered and that nobody has done
// anything about.
type OpenQuestion struct {
	Text        string // masked
	Count       int    // times asked
	Web, LINE   int    // of them by channel
	Disliked    int    // of them where something was shown that did not help
	First, Last time.Time
}

// A question that is asked again after its fix was published, or was changed
// while in force, is open again, unless it was dismissed.
const selectOpenQuestions recordSQL = `
SELECT u.text, count(*), sum(CASE WHEN u.channel = 'web' THEN 1 ELSE 0 END), sum(CASE WHEN u.channel = 'line' THEN 1 ELSE 0 END),
  sum(CASE WHEN u.verdict = 'none' THEN 0 ELSE 1 END), min(u.at), max(u.at)
FROM unanswered u
WHERE u.at >= $1 AND ($3 = '' OR u.channel = $3) AND NOT EXISTS (
  SELECT 1 FROM fix_question q JOIN fix f ON f.id = q.fix_id
  WHERE q.text = u.text AND f.state = 'live' AND (f.kind = 'dismiss' OR f.published_at >= u.at))
GROUP BY u.text ORDER BY count(*) DESC, max(u.at) DESC, u.text LIMIT $2`

// OpenQuestions gives the wordings asked since then that are still open, those
// asked most first. A channel leaves out what came by another; "" is all.
func (s *Store) OpenQuestions(ctx context.Context, since time.Time, channel ward.Channel, limit int) (open []OpenQuestion, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		open, err = list(ctx, tx, selectOpenQuestions, func(scan scanner) (q OpenQuestion, err error) {
			var first, last int64
			err = scan(&q.Text, &q.Count, &q.Web, &q.LINE, &q.Disliked, &first, &last)
			q.First, q.Last = instant(first), instant(last)
			return q, err
		}, millis(since), limit, string(channel))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list open questions: %w", err)
	}
	return open, nil
}

// What takes the wordings of a message out of fixes, as far as nobody else asked
// the same. The question that stands for all of one that the counter goes by
// becomes the title of its page. A form that was opened before is out of date.
const (
	unsendFixVersion recordSQL = `
UPDATE fix SET version = version + 1 WHERE id IN (
  SELECT q.fix_id FROM fix_question q
  WHERE q.text IN (SELECT u.text FROM unanswered u WHERE u.message_id = $1)
    AND NOT EXISTS (SELECT 1 FROM unanswered o WHERE o.text = q.text AND o.message_id <> $1))`

	unsendFixLead recordSQL = `
UPDATE fix_question SET text = (SELECT f.page_title FROM fix f WHERE f.id = fix_question.fix_id)
WHERE place = 0 AND EXISTS (SELECT 1 FROM fix f WHERE f.id = fix_question.fix_id AND f.state = 'live' AND f.page_title <> '')
  AND text IN (SELECT u.text FROM unanswered u WHERE u.message_id = $1)
  AND NOT EXISTS (SELECT 1 FROM unanswered o WHERE o.text = fix_question.text AND o.message_id <> $1)`

	unsendFixQuestions recordSQL = `
DELETE FROM fix_question WHERE (place > 0 OR NOT EXISTS (
    SELECT 1 FROM fix f WHERE f.id = fix_question.fix_id AND f.state = 'live' AND f.kind <> 'dismiss'))
  AND text IN (SELECT u.text FROM unanswered u WHERE u.message_id = $1)
  AND NOT EXISTS (SELECT 1 FROM unanswered o WHERE o.text = fix_question.text AND o.message_id <> $1)`
)

// unsendFixes does so, and has the counter notice.
func unsendFixes(ctx context.Context, tx *sql.Tx, messageID string) error {
	var changed int64
	for _, q := range []recordSQL{unsendFixVersion, unsendFixLead, unsendFixQuestions} {
		r, err := tx.ExecContext(ctx, string(q), clean(messageID))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		changed += n
	}
	if changed == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, string(bumpInForce), 1)
	return err
}
