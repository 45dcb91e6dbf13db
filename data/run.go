package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"madoguchi/ward"
)

// What is kept of runs.
const (
	KeepRuns       = 400 * 24 * time.Hour // then a run and its changes go
	MaxRunChanges  = 2000                 // rows of one run; its counts are complete
	maxChangeTitle = 200                  // characters of a title that are kept
	maxRunError    = 500                  // characters of a sentence that are kept
)

const (
	insertRun recordSQL = `
INSERT INTO run (id, kind, staff, role, started, beat, finished, generation, before, documents, added, changed, gone, moved,
  goldens, asked, answered, was, lost, gained, unanswered, pages_gone, refused, kept, error)
VALUES ($1, $2, $3, $4, $5, $5, 0, 0, $6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '')
ON CONFLICT (id) DO NOTHING`

	beatRun recordSQL = `UPDATE run SET beat = $2 WHERE id = $1 AND finished = 0 AND beat < $2`

	finishRun recordSQL = `
UPDATE run SET beat = $2, finished = $2, generation = $3, documents = $4, added = $5, changed = $6, gone = $7, moved = $8,
  goldens = $9, asked = $10, answered = $11, was = $12, lost = $13, gained = $14, unanswered = $15, pages_gone = $16,
  refused = $17, kept = $18, error = $19, before = $20
WHERE id = $1 AND finished = 0`

	insertRunChange recordSQL = `
INSERT INTO run_change (run, place, at, document_id, what, url, title, section, section_was)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (run, place) DO NOTHING`

	upsertSourceChange recordSQL = `
INSERT INTO source_change (fix, what, at, seen_by, seen_at) VALUES ($1, $2, $3, '', 0)
ON CONFLICT (fix) DO UPDATE SET what = excluded.what, at = excluded.at, seen_by = '', seen_at = 0
WHERE source_change.at < excluded.at`
)

// runChangeColumns is how many columns insertRunChange fills.
const runChangeColumns = 9

// BeginRun keeps that a run has begun. What a person starts is audited.
func (s *Store) BeginRun(ctx context.Context, r ward.IndexRun) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		made, err := tx.ExecContext(ctx, string(insertRun), clean(r.ID), string(r.Kind), clean(r.By.Staff), string(r.By.Role),
			millis(r.Started), r.Before)
		if err != nil || r.By.Staff == ward.SystemActor {
			return err
		}
		if n, err := made.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.audit(ctx, tx, ward.AuditEntry{Actor: r.By, Action: "run-started", Object: r.ID, Detail: r.Kind.Title() + "を始めました。"})
	})
	if err != nil {
		return fmt.Errorf("begin run: %w", err)
	}
	return nil
}

// BeatRun keeps that a run is still heard of.
func (s *Store) BeatRun(ctx context.Context, id string) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, string(beatRun), clean(id), millis(s.now()))
		return err
	})
	if err != nil {
		return fmt.Errorf("beat run: %w", err)
	}
	return nil
}

// FinishRun keeps what a run came to, with at most MaxRunChanges changes and
// the curated answers whose source changed; a run that is finished stays as it
// is. That the gate refused an index, that the pages before were kept and that
// another generation was chosen is audited.
func (s *Store) FinishRun(ctx context.Context, r ward.IndexRun, changes []ward.AnswerChange, sources []ward.SourceChange) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		j, c, end := r.Judgement, r.Changes, millis(r.Finished)
		done, err := tx.ExecContext(ctx, string(finishRun), clean(r.ID), end, r.Generation, r.Documents, c.New, c.Text, c.Gone,
			c.Section, j.Goldens, j.Asked, j.Answered, j.Before, j.Lost, j.Gained, j.Unanswered, j.PagesGone, bit(r.Refused),
			cut(clean(r.Kept), maxRunError), cut(clean(r.Error), maxRunError), r.Before)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := writeRunChanges(ctx, tx, r.ID, end, changes[:min(MaxRunChanges, len(changes))]); err != nil {
			return err
		}
		for _, c := range sources {
			if _, err := tx.ExecContext(ctx, string(upsertSourceChange), clean(c.Fix), string(c.What), end); err != nil {
				return err
			}
		}
		return s.auditRun(ctx, tx, r)
	})
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	return nil
}

func writeRunChanges(ctx context.Context, tx *sql.Tx, run string, end int64, changes []ward.AnswerChange) error {
	for from := 0; from < len(changes); from += maxRows {
		part := changes[from:min(from+maxRows, len(changes))]
		var args []any
		for i, c := range part {
			args = append(args, clean(run), from+i+1, end, clean(c.Document), string(c.What), clean(c.URL),
				cut(clean(c.Title), maxChangeTitle), clean(c.Section), clean(c.SectionWas))
		}
		if _, err := tx.ExecContext(ctx, string(insertRunChange.rows(len(part), runChangeColumns)), args...); err != nil {
			return err
		}
	}
	return nil
}

// auditRun tells of what the program, or who started the run, decided.
func (s *Store) auditRun(ctx context.Context, tx *sql.Tx, r ward.IndexRun) error {
	var entries []ward.AuditEntry
	if r.Kept != "" {
		entries = append(entries, ward.AuditEntry{Actor: ward.System(), Action: "crawl-kept", Object: r.ID, Detail: "戻ってきたページが少なすぎたので、前のページを残しました。"})
	}
	if r.Refused {
		entries = append(entries, ward.AuditEntry{Actor: ward.System(), Action: "index-refused", Object: r.ID, Detail: fmt.Sprintf(
			"索引%dはお手本の質問に前より答えられないので使いません（前%d件、今回%d件）。", r.Generation, r.Judgement.Before, r.Judgement.Answered)})
	}
	if r.Kind == ward.RunRollback && r.Error == "" {
		entries = append(entries, ward.AuditEntry{Actor: r.By, Action: "index-chosen", Object: strconv.Itoa(r.Generation), Detail: fmt.Sprintf(
			"索引を%dから%dに入れ替えました。", r.Before, r.Generation)})
	}
	for _, e := range entries {
		if err := s.audit(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// cut gives at most n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

const (
	selectRuns recordSQL = `
SELECT id, kind, staff, role, started, beat, finished, generation, before, documents, added, changed, gone, moved,
  goldens, asked, answered, was, lost, gained, unanswered, pages_gone, refused, kept, error
FROM run WHERE started < $1 ORDER BY started DESC, id LIMIT $2`

	selectRun recordSQL = `
SELECT id, kind, staff, role, started, beat, finished, generation, before, documents, added, changed, gone, moved,
  goldens, asked, answered, was, lost, gained, unanswered, pages_gone, refused, kept, error
FROM run WHERE id = $1`

	deleteRuns    recordSQL = `DELETE FROM run WHERE started < $1`
	deleteDigests recordSQL = `DELETE FROM digest WHERE at < $1`
)

// Runs gives at most limit runs that started before then, the latest first;
// zero is all.
func (s *Store) Runs(ctx context.Context, before time.Time, limit int) (runs []ward.IndexRun, err error) {
	until := int64(1)<<62 - 1
	if !before.IsZero() {
		until = millis(before)
	}
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		runs, err = list(ctx, tx, selectRuns, scanRun, until, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return runs, nil
}

// Run gives one run, or ward.NotFound.
func (s *Store) Run(ctx context.Context, id string) (r ward.IndexRun, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err = scanRun(tx.QueryRowContext(ctx, string(selectRun), clean(id)).Scan)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = &ward.Error{Kind: ward.NotFound, Message: "その回の記録はありません。"}
	}
	if err != nil {
		return r, fmt.Errorf("read run: %w", err)
	}
	return r, nil
}

func scanRun(scan scanner) (r ward.IndexRun, err error) {
	var started, beat, finished int64
	var refused int
	j, c := &r.Judgement, &r.Changes
	err = scan(&r.ID, &r.Kind, &r.By.Staff, &r.By.Role, &started, &beat, &finished, &r.Generation, &r.Before, &r.Documents,
		&c.New, &c.Text, &c.Gone, &c.Section, &j.Goldens, &j.Asked, &j.Answered, &j.Before, &j.Lost, &j.Gained, &j.Unanswered,
		&j.PagesGone, &refused, &r.Kept, &r.Error)
	r.Started, r.Beat, r.Refused = instant(started), instant(beat), refused == 1
	if finished != 0 {
		r.Finished = instant(finished)
	}
	return r, err
}

// SweepRuns forgets runs and digests older than KeepRuns and says how many runs.
func (s *Store) SweepRuns(ctx context.Context) (removed int, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		until := millis(s.now().Add(-KeepRuns))
		if _, err := tx.ExecContext(ctx, string(deleteDigests), until); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, string(deleteRuns), until)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		removed = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep runs: %w", err)
	}
	return removed, nil
}
