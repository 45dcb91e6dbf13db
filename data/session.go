package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"madoguchi/ward"
)

// Limits of a session.
const (
	MaxSessionKey   = 256      // bytes
	MaxSessionValue = 64 << 10 // bytes
)

// Sessions keep where each conversation stands, with compare-and-swap: of two
// messages of one resident at once, one is told to read again. Safe for
// concurrent use.
type Sessions struct {
	db  *database
	now func() time.Time
}

const selectSession sessionSQL = `SELECT value, version FROM session WHERE key = $1 AND expires > $2`

// Get gives the value and its version. None, or an expired one, is nil, 0, nil.
func (s *Sessions) Get(ctx context.Context, key string) (value []byte, version int64, err error) {
	err = s.db.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, string(selectSession), clean(key), millis(s.now())).Scan(&value, &version)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("get session: %w", err)
	}
	return value, version, nil
}

const (
	insertSession sessionSQL = `
INSERT INTO session (key, value, version, expires) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, expires = excluded.expires
WHERE session.expires <= $3`

	updateSession sessionSQL = `
UPDATE session SET value = $2, version = version + 1, expires = $4
WHERE key = $1 AND version = $3 AND expires > $5`
)

// CompareAndSwap stores value for ttl if the stored version is still version;
// version 0 means that there is none, or an expired one. Otherwise it fails
// with ward.Conflict and stores nothing. It is also ward.Conflict that tells
// the repeater of a write with unknown outcome that the write went through.
func (s *Sessions) CompareAndSwap(ctx context.Context, key string, value []byte, version int64, ttl time.Duration) error {
	if err := checkSession(key, value, ttl); err != nil {
		return err
	}
	now := s.now()
	expires := millis(now.Add(ttl))
	var written int64
	err := s.db.writeOf(ctx, clean(key), func(ctx context.Context, tx *sql.Tx) (err error) {
		var r sql.Result
		if version == 0 {
			r, err = tx.ExecContext(ctx, string(insertSession), clean(key), value, millis(now), expires)
		} else {
			r, err = tx.ExecContext(ctx, string(updateSession), clean(key), value, version, expires, millis(now))
		}
		if err == nil {
			written, err = r.RowsAffected()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	if written == 0 {
		return &ward.Error{Kind: ward.Conflict, Message: "ほかの操作が先に行われました。もう一度お試しください。"}
	}
	return nil
}

func checkSession(key string, value []byte, ttl time.Duration) error {
	switch {
	case key == "" || len(key) > MaxSessionKey:
		return &ward.Error{Kind: ward.Invalid, Message: "会話の番号が正しくありません。"}
	case len(value) > MaxSessionValue:
		return &ward.Error{Kind: ward.TooLarge, Message: "会話が長すぎて保存できません。"}
	case value == nil || ttl < time.Millisecond:
		return fmt.Errorf("store session: value and a time to live of at least 1 ms are needed, got %v", ttl)
	}
	return nil
}

const deleteSession sessionSQL = `DELETE FROM session WHERE key = $1`

// Delete forgets a conversation; one that does not exist is no error.
func (s *Sessions) Delete(ctx context.Context, key string) error {
	err := s.db.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, string(deleteSession), clean(key))
		return err
	})
	if err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

const deleteExpired sessionSQL = `DELETE FROM session WHERE expires <= $1`

// Sweep removes what has expired and says how many that were. Expired
// sessions are never given out, swept or not; sweeping is what makes them
// forgotten.
func (s *Sessions) Sweep(ctx context.Context) (removed int, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, string(deleteExpired), millis(s.now()))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		removed = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep sessions: %w", err)
	}
	return removed, nil
}
