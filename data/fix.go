package data

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"madoguchi/ward"
)

const (
	bumpInForce recordSQL = `UPDATE in_force SET version = version + 1 WHERE one = $1`

	insertFix recordSQL = `
INSERT INTO fix (id, kind, state, page, page_title, document, text, owner, phone, review, word, means, reason,
  prepared_by, prepared_at, published_by, published_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (id) DO NOTHING`

	updateFix recordSQL = `
UPDATE fix SET kind = $2, state = $3, page = $4, page_title = $5, document = $6, text = $7, owner = $8, phone = $9,
  review = $10, word = $11, means = $12, reason = $13, prepared_by = $14, prepared_at = $15, published_by = $16,
  published_at = $17, version = $18
WHERE id = $1 AND version = $18 - 1`

	deleteFixQuestions recordSQL = `DELETE FROM fix_question WHERE fix_id = $1`

	insertFixQuestion recordSQL = `INSERT INTO fix_question (fix_id, place, text) VALUES ($1, $2, $3)`
)

// errChanged is for the second of two writers.
func errChanged() error {
	return &ward.Error{Kind: ward.Conflict, Message: "ほかの人が先に変更しました。新しい内容を確かめてください。"}
}

// SaveFix keeps a new fix (Version 0) as a draft, or what was changed of one, and
// gives it as it is kept. An empty ID gets one. Errors: Invalid (see
// ward.Fix.Check), Forbidden, NotFound, Conflict when it was changed since.
func (s *Store) SaveFix(ctx context.Context, f ward.Fix, by ward.Staff) (ward.Fix, error) {
	if err := f.Check(s.today()); err != nil {
		return f, err
	}
	if f.ID == "" {
		f.ID = rand.Text()[:16]
	}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		f, err = s.saveFix(ctx, tx, f, by)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("save fix: %w", err)
	}
	s.changes.Add(1)
	return f, nil
}

func (s *Store) saveFix(ctx context.Context, tx *sql.Tx, f ward.Fix, by ward.Staff) (ward.Fix, error) {
	what := "fix-prepared"
	if f.Version == 0 {
		f.State, f.PublishedBy, f.PublishedAt = ward.FixDraft, "", time.Time{}
	} else {
		kept, err := fixOf(ctx, tx, f.ID)
		if err != nil {
			return f, err
		}
		if kept.Version != f.Version {
			return f, errChanged()
		}
		f.State, f.PublishedBy, f.PublishedAt = kept.State, kept.PublishedBy, kept.PublishedAt
		what = "fix-changed"
	}
	needs := ward.PrepareAnswers
	if f.State == ward.FixLive {
		needs = ward.PublishAnswers
	}
	if !by.May(needs) {
		return f, &ward.Error{Kind: ward.Forbidden, Message: "この対応を変えられる役割ではありません。"}
	}
	f.PreparedBy, f.PreparedAt = by.ID, s.now()
	if f.State == ward.FixLive { // it is in force as it now is
		f.PublishedBy, f.PublishedAt = by.ID, s.now()
	}
	return s.keepFix(ctx, tx, f, by.Actor(), what)
}

// PublishFix puts a fix in force, as it stood at this version.
func (s *Store) PublishFix(ctx context.Context, id string, version int64, by ward.Staff) error {
	return s.moveFix(ctx, id, version, by, "fix-published", func(f *ward.Fix) error {
		if err := f.Check(s.today()); err != nil {
			return err
		}
		return f.Publish(by, s.now())
	})
}

// WithdrawFix takes a fix out of force, or refuses a draft.
func (s *Store) WithdrawFix(ctx context.Context, id string, version int64, reason string, by ward.Staff) error {
	return s.moveFix(ctx, id, version, by, "fix-withdrawn", func(f *ward.Fix) error { return f.Withdraw(by, clean(reason)) })
}

func (s *Store) moveFix(ctx context.Context, id string, version int64, by ward.Staff, what string, move func(*ward.Fix) error) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		f, err := fixOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if f.Version != version {
			return errChanged()
		}
		if err := move(&f); err != nil {
			return err
		}
		_, err = s.keepFix(ctx, tx, f, by.Actor(), what)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s.changes.Add(1)
	return nil
}

// keepFix writes a fix, its questions, the entry of the audit, and that what is
// in force has changed.
func (s *Store) keepFix(ctx context.Context, tx *sql.Tx, f ward.Fix, by ward.Actor, what string) (ward.Fix, error) {
	statement := updateFix
	if f.Version == 0 {
		statement = insertFix
	}
	f.Version++
	published := int64(0)
	if !f.PublishedAt.IsZero() {
		published = millis(f.PublishedAt)
	}
	r, err := tx.ExecContext(ctx, string(statement), clean(f.ID), string(f.Kind), string(f.State), clean(f.Page), clean(f.PageTitle),
		clean(f.Document), clean(f.Text), clean(f.Owner), clean(f.Phone), clean(f.Review), clean(f.Word), clean(strings.Join(f.Means, "\n")),
		clean(f.Reason), f.PreparedBy, millis(f.PreparedAt), f.PublishedBy, published, f.Version)
	if err != nil {
		return f, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return f, errors.Join(err, errChanged())
	}
	if _, err := tx.ExecContext(ctx, string(deleteFixQuestions), clean(f.ID)); err != nil {
		return f, err
	}
	for i, q := range f.Questions {
		if _, err := tx.ExecContext(ctx, string(insertFixQuestion), clean(f.ID), i, clean(q)); err != nil {
			return f, err
		}
	}
	if _, err := tx.ExecContext(ctx, string(bumpInForce), 1); err != nil {
		return f, err
	}
	detail := fmt.Sprintf("対応（%s、質問%d件、%s、第%d版）", f.Kind.Title(), len(f.Questions), f.State.Title(), f.Version)
	if f.Page != "" {
		detail += "。ページ " + f.Page
	}
	return f, s.audit(ctx, tx, ward.AuditEntry{Actor: by, Action: what, Object: f.ID, Detail: detail})
}

// today is the day in Japan, YYYY-MM-DD.
func (s *Store) today() string {
	return s.now().In(ward.Japan()).Format(time.DateOnly)
}

const (
	selectFix recordSQL = `
SELECT id, kind, state, page, page_title, document, text, owner, phone, review, word, means, reason,
  prepared_by, prepared_at, published_by, published_at, version
FROM fix WHERE id = $1`

	selectFixQuestions recordSQL = `SELECT fix_id, text FROM fix_question WHERE fix_id = $1 ORDER BY place`
)

// Fix gives one fix. Error: NotFound.
func (s *Store) Fix(ctx context.Context, id string) (f ward.Fix, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		f, err = fixOf(ctx, tx, id)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("fetch fix: %w", err)
	}
	return f, nil
}

func fixOf(ctx context.Context, tx *sql.Tx, id string) (ward.Fix, error) {
	found, err := list(ctx, tx, selectFix, scanFix, clean(id))
	if err != nil {
		return ward.Fix{}, err
	}
	if len(found) == 0 {
		return ward.Fix{}, &ward.Error{Kind: ward.NotFound, Message: "その対応はありません。"}
	}
	return found[0], fixQuestions(ctx, tx, found, selectFixQuestions, clean(id))
}

func scanFix(scan scanner) (f ward.Fix, err error) {
	var means string
	var prepared, published int64
	err = scan(&f.ID, &f.Kind, &f.State, &f.Page, &f.PageTitle, &f.Document, &f.Text, &f.Owner, &f.Phone, &f.Review,
		&f.Word, &means, &f.Reason, &f.PreparedBy, &prepared, &f.PublishedBy, &published, &f.Version)
	if means != "" {
		f.Means = strings.Split(means, "\n")
	}
	f.PreparedAt = instant(prepared)
	if published > 0 {
		f.PublishedAt = instant(published)
	}
	return f, err
}

// fixQuestions gives fixes their questions, which query finds.
func fixQuestions(ctx context.Context, tx *sql.Tx, fixes []ward.Fix, query recordSQL, args ...any) error {
	at := make(map[string]*ward.Fix, len(fixes))
	for i := range fixes {
		at[fixes[i].ID] = &fixes[i]
	}
	_, err := list(ctx, tx, query, func(scan scanner) (struct{}, error) {
		var id, text string
		err := scan(&id, &text)
		if f := at[id]; f != nil {
			f.Questions = append(f.Questions, text)
		}
		return struct{}{}, err
	}, args...)
	return err
}

// FixFilter leaves out fixes that are not so; what is empty leaves none out.
type FixFilter struct {
	State     ward.FixState
	Kind      ward.FixKind
	Owner     string // section
	DueBefore string // YYYY-MM-DD: to be reviewed before that day
	Page      string // address
}

const (
	selectFixes recordSQL = `
SELECT id, kind, state, page, page_title, document, text, owner, phone, review, word, means, reason,
  prepared_by, prepared_at, published_by, published_at, version
FROM fix
WHERE ($1 = '' OR state = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR owner = $3)
  AND ($4 = '' OR review <> '' AND review < $4) AND ($5 = '' OR page = $5)
ORDER BY prepared_at DESC, id LIMIT $6 OFFSET $7`

	selectFixesQuestions recordSQL = `
SELECT q.fix_id, q.text FROM fix_question q JOIN (
  SELECT id FROM fix
  WHERE ($1 = '' OR state = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR owner = $3)
    AND ($4 = '' OR review <> '' AND review < $4) AND ($5 = '' OR page = $5)
  ORDER BY prepared_at DESC, id LIMIT $6 OFFSET $7
) f ON f.id = q.fix_id ORDER BY q.fix_id, q.place`
)

// Fixes gives at most limit fixes after the first offset, the latest first.
func (s *Store) Fixes(ctx context.Context, filter FixFilter, limit, offset int) (fixes []ward.Fix, err error) {
	args := []any{string(filter.State), string(filter.Kind), clean(filter.Owner), clean(filter.DueBefore), clean(filter.Page), limit, offset}
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if fixes, err = list(ctx, tx, selectFixes, scanFix, args...); err != nil {
			return err
		}
		return fixQuestions(ctx, tx, fixes, selectFixesQuestions, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("list fixes: %w", err)
	}
	return fixes, nil
}

const (
	selectInForce recordSQL = `SELECT version FROM in_force WHERE one = $1`

	selectLiveFixes recordSQL = `
SELECT id, kind, state, page, page_title, document, text, owner, phone, review, word, means, reason,
  prepared_by, prepared_at, published_by, published_at, version
FROM fix WHERE state = 'live' AND kind <> $1 ORDER BY published_at, id`

	selectLiveQuestions recordSQL = `
SELECT q.fix_id, q.text FROM fix_question q JOIN fix f ON f.id = q.fix_id
WHERE f.state = 'live' AND f.kind <> $1 ORDER BY q.fix_id, q.place`
)

// InForce gives what the counter goes by, if that is no longer what it was at
// version known; the fixes published last come last. It is asked at each
// question, so that while nothing changed it reads one row.
func (s *Store) InForce(ctx context.Context, known int64) (in ward.InForce, changed bool, err error) {
	var version int64 // without a transaction: that is three round trips
	if err := s.records.reader.QueryRowContext(ctx, string(selectInForce), 1).Scan(&version); err != nil {
		return in, false, fmt.Errorf("read what is in force: %w", explain(err))
	}
	if version == known {
		return in, false, nil
	}
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, string(selectInForce), 1).Scan(&in.Version); err != nil || in.Version == known {
			return err
		}
		changed = true
		if in.Fixes, err = list(ctx, tx, selectLiveFixes, scanFix, string(ward.FixDismiss)); err != nil {
			return err
		}
		if err := fixQuestions(ctx, tx, in.Fixes, selectLiveQuestions, string(ward.FixDismiss)); err != nil {
			return err
		}
		in.Stops, err = list(ctx, tx, selectStopsInForce, scanStop, 1)
		return err
	})
	if err != nil {
		return ward.InForce{}, false, fmt.Errorf("read what is in force: %w", err)
	}
	return in, changed, nil
}

// OwnChanges counts how often this process has changed what is in force: who
// finds another number than before asks InForce, whatever the time.
func (s *Store) OwnChanges() int64 { return s.changes.Load() }
