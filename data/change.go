package data

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"madoguchi/ward"
)

// ChangeFilter says which changes of a run are meant; what is empty does not
// restrict.
type ChangeFilter struct {
	Run     string // id
	What    ward.AnswerChanged
	Section string // in charge now or before
}

const (
	selectRunChanges recordSQL = `
SELECT document_id, what, url, title, section, section_was FROM run_change
WHERE run = $1 AND ($2 = '' OR what = $2) AND ($3 = '' OR section = $3 OR section_was = $3)
ORDER BY place LIMIT $4 OFFSET $5`

	countRunChanges recordSQL = `
SELECT count(*) FROM run_change
WHERE run = $1 AND ($2 = '' OR what = $2) AND ($3 = '' OR section = $3 OR section_was = $3)`

	selectRunSections recordSQL = `
SELECT DISTINCT section FROM run_change WHERE run = $1 AND section <> '' ORDER BY section LIMIT $2`

	selectSectionChanges recordSQL = `
SELECT document_id, what, url, title, section, section_was FROM run_change
WHERE (section = $1 OR section_was = $1) AND at > $2 AND at <= $3 AND what <> 'new'
ORDER BY at DESC, place LIMIT $4`
)

// RunChanges gives at most limit of the changes that f means, from the one
// numbered skip on, in the order of their addresses, and how many are kept.
func (s *Store) RunChanges(ctx context.Context, f ChangeFilter, limit, skip int) (changes []ward.AnswerChange, all int, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		run, what, section := clean(f.Run), string(f.What), clean(f.Section)
		if err := tx.QueryRowContext(ctx, string(countRunChanges), run, what, section).Scan(&all); err != nil {
			return err
		}
		changes, err = list(ctx, tx, selectRunChanges, scanAnswerChange, run, what, section, limit, skip)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list changes: %w", err)
	}
	return changes, all, nil
}

// RunSections gives at most limit sections that a run's changes name.
func (s *Store) RunSections(ctx context.Context, run string, limit int) (sections []string, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		sections, err = list(ctx, tx, selectRunSections, func(scan scanner) (name string, err error) {
			err = scan(&name)
			return name, err
		}, clean(run), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sections of changes: %w", err)
	}
	return sections, nil
}

// SectionChanges gives at most limit answers of a section that changed or went
// after one time and until another, the latest first.
func (s *Store) SectionChanges(ctx context.Context, section string, after, until time.Time, limit int) (changes []ward.AnswerChange, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		changes, err = list(ctx, tx, selectSectionChanges, scanAnswerChange, clean(section), millis(after), millis(until), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list changes of a section: %w", err)
	}
	return changes, nil
}

func scanAnswerChange(scan scanner) (c ward.AnswerChange, err error) {
	err = scan(&c.Document, &c.What, &c.URL, &c.Title, &c.Section, &c.SectionWas)
	return c, err
}

const (
	selectSourceChanges recordSQL = `SELECT fix, what, at FROM source_change WHERE seen_by = '' ORDER BY at DESC, fix LIMIT $1`

	seeSourceChange recordSQL = `
UPDATE source_change SET seen_by = $2, seen_at = $3 WHERE fix = $1 AND seen_by = '' AND at = $4`
)

// SourceChanges gives at most limit curated answers whose source page changed
// and that nobody has looked at since. Whoever shows them leaves out those that
// were written anew after At.
func (s *Store) SourceChanges(ctx context.Context, limit int) (changes []ward.SourceChange, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		changes, err = list(ctx, tx, selectSourceChanges, func(scan scanner) (c ward.SourceChange, err error) {
			var at int64
			err = scan(&c.Fix, &c.What, &at)
			c.At = instant(at)
			return c, err
		}, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list changed sources: %w", err)
	}
	return changes, nil
}

// SeeSource keeps that somebody found a curated answer right after the change
// of that moment. It is a Conflict when there was another change since, or
// somebody was faster.
func (s *Store) SeeSource(ctx context.Context, fix string, at time.Time, by ward.Staff) error {
	if !by.May(ward.PublishAnswers) {
		return forbidden(ward.PublishAnswers)
	}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, string(seeSourceChange), clean(fix), clean(by.ID), millis(s.now()), millis(at))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = &ward.Error{Kind: ward.Conflict, Message: "ほかの人が先に確かめたか、ページがまた変わりました。一覧を見直してください。"}
			}
			return err
		}
		return s.audit(ctx, tx, ward.AuditEntry{Actor: by.Actor(), Action: "source-checked", Object: fix, Detail: "もとのページが変わった回答を確かめました。"})
	})
	if err != nil {
		return fmt.Errorf("see source: %w", err)
	}
	return nil
}

// forbidden is the error for who may not.
func forbidden(a ward.Action) error {
	return &ward.Error{Kind: ward.Forbidden, Message: "「" + a.Title() + "」は、あなたの役割ではできません。"}
}
