package data

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"madoguchi/ward"
)

const (
	advanceAudit recordSQL = `UPDATE audit_head SET seq = seq + 1 WHERE one = $1 RETURNING seq, hash`

	insertAudit recordSQL = `
INSERT INTO audit (seq, at, staff, role, action, object, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	closeAudit recordSQL = `UPDATE audit_head SET hash = $1 WHERE one = 1`
)

// audit appends an entry in the transaction of what it tells of: both are kept,
// or neither. Seq and Hash are made here, and so is At.
func (s *Store) audit(ctx context.Context, tx *sql.Tx, e ward.AuditEntry) error {
	var before string
	if err := tx.QueryRowContext(ctx, string(advanceAudit), 1).Scan(&e.Seq, &before); err != nil {
		return err
	}
	e.At = instant(millis(s.now()))
	e.Actor.Staff, e.Action, e.Object, e.Detail = clean(e.Actor.Staff), clean(e.Action), clean(e.Object), clean(e.Detail)
	e.Hash = e.HashAfter(before)
	if _, err := tx.ExecContext(ctx, string(insertAudit), e.Seq, millis(e.At), e.Actor.Staff, string(e.Actor.Role),
		e.Action, e.Object, e.Detail, e.Hash); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, string(closeAudit), e.Hash)
	return err
}

// Audit appends an entry about what changes no record of ours, such as an
// export. What changes records is audited by the method that changes them.
func (s *Store) Audit(ctx context.Context, e ward.AuditEntry) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.audit(ctx, tx, e) })
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

const selectAudit recordSQL = `
SELECT seq, at, staff, role, action, object, detail, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2`

// AuditAfter gives at most limit entries after the one numbered seq, in order.
func (s *Store) AuditAfter(ctx context.Context, seq int64, limit int) (entries []ward.AuditEntry, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		entries, err = list(ctx, tx, selectAudit, scanAudit, seq, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list audit: %w", err)
	}
	return entries, nil
}

func scanAudit(scan scanner) (e ward.AuditEntry, err error) {
	var at int64
	err = scan(&e.Seq, &at, &e.Actor.Staff, &e.Actor.Role, &e.Action, &e.Object, &e.Detail, &e.Hash)
	e.At = instant(at)
	return e, err
}

// AuditQuery says which entries are looked for; a zero field does not narrow.
type AuditQuery struct {
	From, Until time.Time // Until itself is not in
	Staff       string
	Action      string
	Object      string
	Words       string // that stand in Detail as they are
	Before      int64  // entries with a smaller number
	Limit       int
}

const searchAudit recordSQL = `
SELECT seq, at, staff, role, action, object, detail, hash FROM audit
WHERE seq < $1 AND at >= $2 AND at < $3 AND ($4 = '' OR staff = $4) AND ($5 = '' OR action = $5)
  AND ($6 = '' OR object = $6) AND ($7 = '' OR detail LIKE $7 ESCAPE '!')
ORDER BY seq DESC LIMIT $8`

// endOfTime is after everything.
const endOfTime = 1<<63 - 1

// SearchAudit gives the entries that are looked for, the latest first.
func (s *Store) SearchAudit(ctx context.Context, q AuditQuery) (entries []ward.AuditEntry, err error) {
	before, from, until, words := q.Before, int64(0), int64(endOfTime), ""
	if before == 0 {
		before = endOfTime
	}
	if !q.From.IsZero() {
		from = millis(q.From)
	}
	if !q.Until.IsZero() {
		until = millis(q.Until)
	}
	if q.Words != "" {
		words = "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(clean(q.Words)) + "%"
	}
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		entries, err = list(ctx, tx, searchAudit, scanAudit, before, from, until, clean(q.Staff), clean(q.Action),
			clean(q.Object), words, q.Limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search audit: %w", err)
	}
	return entries, nil
}

const (
	selectAuditStaff   recordSQL = `SELECT DISTINCT staff FROM audit ORDER BY staff`
	selectAuditActions recordSQL = `SELECT DISTINCT action FROM audit ORDER BY action`
)

// AuditNames gives who and which actions stand in the audit, to choose from.
func (s *Store) AuditNames(ctx context.Context) (staff, actions []string, err error) {
	text := func(scan scanner) (name string, err error) { err = scan(&name); return name, err }
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if staff, err = list(ctx, tx, selectAuditStaff, text); err != nil {
			return err
		}
		actions, err = list(ctx, tx, selectAuditActions, text)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list names of the audit: %w", err)
	}
	return staff, actions, nil
}
