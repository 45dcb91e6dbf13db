package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"madoguchi/ward"
)

// auditBatch is how many entries are verified in one transaction.
const auditBatch = 1000

// AuditHead is the last entry of the audit: who writes it down outside can tell
// later that nothing up to it was changed or cut off.
type AuditHead struct {
	Seq  int64
	Hash string
}

// String is SEQ:HASH.
func (h AuditHead) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

// ParseAuditHead reads SEQ:HASH.
func ParseAuditHead(s string) (h AuditHead, err error) {
	seq, hash, ok := strings.Cut(strings.TrimSpace(s), ":")
	h.Hash = strings.ToLower(hash)
	if h.Seq, err = strconv.ParseInt(seq, 10, 64); err != nil || !ok || h.Seq < 0 || (h.Seq > 0) != (len(hash) == 64) {
		return AuditHead{}, &ward.Error{Kind: ward.Invalid, Message: "控えは「番号:ハッシュ」の形で書いてください（例 120:3f2a…、64文字）。"}
	}
	return h, nil
}

// AuditCheck is what verifying the audit came to. The audit is whole when
// Fault is "".
type AuditCheck struct {
	Entries     int64 // that follow from one another
	First, Last time.Time
	Head        AuditHead // of these entries

	Broken int64  // number of the first entry that is not as it was written
	Fault  string // what is wrong with it, a sentence
}

// chain is the walk along the audit.
type chain struct {
	AuditCheck
	written *AuditHead // as it was written down outside, nil if it was not
}

// VerifyAudit walks the whole audit and holds each entry against the one
// before, the last one against the head that is kept beside it, and written,
// where it is not nil, against the entry of its number. It reads in batches, each
// a transaction: what is behind it never changes, or that is what it looks for.
func (s *Store) VerifyAudit(ctx context.Context, written *AuditHead) (AuditCheck, error) {
	return s.records.verifyAudit(ctx, written)
}

func (d *database) verifyAudit(ctx context.Context, written *AuditHead) (AuditCheck, error) {
	c := chain{written: written}
	for after, more := int64(-1<<63), true; more && c.Fault == ""; {
		err := d.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
			entries, err := list(ctx, tx, selectAudit, scanAudit, after, auditBatch)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if !c.follows(e) {
					return nil
				}
				after = e.Seq
			}
			if more = len(entries) == auditBatch; more {
				return nil
			}
			return c.end(ctx, tx) // in the transaction that saw the last entry
		})
		if err != nil {
			return AuditCheck{}, fmt.Errorf("verify audit: %w", err)
		}
	}
	return c.AuditCheck, nil
}

// follows tells whether an entry is the one that must come next, untouched.
func (c *chain) follows(e ward.AuditEntry) bool {
	switch next := c.Head.Seq + 1; {
	case e.Seq > next:
		c.fault(next, "記録%d番がありません。取り除かれています。", next)
	case e.Seq < next: // below the first
		c.fault(e.Seq, "記録%d番は、あとから差し込まれたものです。", e.Seq)
	case e.HashAfter(c.Head.Hash) != e.Hash:
		c.fault(e.Seq, "記録%d番の内容が書き換えられているか、その前に別の記録が差し込まれています。", e.Seq)
	case c.written != nil && c.written.Seq == e.Seq && c.written.Hash != e.Hash:
		c.fault(e.Seq, "記録%d番が、外に控えたものと違います。ここまでのどこかから作り直されています。", e.Seq)
	}
	if c.Fault != "" {
		return false
	}
	if c.Entries++; c.Entries == 1 {
		c.First = e.At
	}
	c.Last, c.Head = e.At, AuditHead{e.Seq, e.Hash}
	return true
}

const selectAuditHead recordSQL = `SELECT seq, hash FROM audit_head WHERE one = $1`

// end holds the last entry against what is known of it.
func (c *chain) end(ctx context.Context, tx *sql.Tx) error {
	var head AuditHead
	err := tx.QueryRowContext(ctx, string(selectAuditHead), 1).Scan(&head.Seq, &head.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	last, next := c.Head.Seq, c.Head.Seq+1
	switch {
	case err != nil:
		c.fault(next, "最後の番号の控え（audit_head）がありません。記録%d番から後が取り除かれていても分かりません。", next)
	case head.Seq > last:
		c.fault(next, "記録%d番から後がありません。終わり（%d番まで）が切り取られています。", next, head.Seq)
	case head.Seq < last:
		c.fault(head.Seq+1, "記録%d番から後は、正しい手順で足されたものではありません。", head.Seq+1)
	case head.Hash != c.Head.Hash:
		c.fault(last, "記録%d番が、最後の番号の控え（audit_head）と合いません。作り直されています。", last)
	case c.written != nil && c.written.Seq > last:
		c.fault(next, "記録%d番から後がありません。外の控えでは%d番まであったはずです。", next, c.written.Seq)
	}
	return nil
}

func (c *chain) fault(seq int64, format string, args ...any) {
	c.Broken, c.Fault = seq, fmt.Sprintf(format, args...)
}

// AuditFile is the audit as it lies in the database, opened to be read only. It
// takes no lock and applies no migration, so that it can be looked at beside the
// service, or in a copy.
type AuditFile struct{ db *database }

// OpenAudit opens the audit of a data directory, or of a PostgreSQL.
func OpenAudit(o Options) (*AuditFile, error) {
	if o.DatabaseURL != "" {
		config, err := postgresConfig(o.DatabaseURL)
		if err != nil {
			return nil, err
		}
		return &AuditFile{&database{reader: stdlib.OpenDB(*config.ConnConfig), reading: postgresReading()}}, nil
	}
	file, err := filepath.Abs(filepath.Join(o.Dir, "records.db"))
	if err == nil {
		_, err = os.Stat(file) // SQLite would make one
	}
	if err != nil {
		return nil, &ward.Error{Kind: ward.NotFound, Message: cmp.Or(o.Dir, "データの置き場所") + " に操作の記録がありません。", Err: err}
	}
	reader := connector{&sqlite.Driver{}, dsn(file, "FULL", "_pragma=query_only(1)")}
	return &AuditFile{&database{reader: sql.OpenDB(reader)}}, nil
}

// Verify is Store.VerifyAudit.
func (f *AuditFile) Verify(ctx context.Context, written *AuditHead) (AuditCheck, error) {
	return f.db.verifyAudit(ctx, written)
}

// Close lets the database go.
func (f *AuditFile) Close() error { return f.db.close() }
