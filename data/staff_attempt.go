package data

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"madoguchi/ward"
)

// Guessing is slowed down, and nobody can be locked out by others.
//
// What a person typed wrong is counted against the browser where they signed in
// before, which its device cookie shows, and against nothing else. So whoever
// guesses at a login from elsewhere never makes its owner wait, not even behind
// the same address of the office.
//
// All others are strangers. Their attempts are counted three times: for the login
// from this network, for the network with whatever login, and for the login from
// wherever. Past the free attempts the wait doubles with each further one, to at
// most maxWait. The third count makes nobody wait: past its limit every network
// has one attempt at that login instead of the free ones. So many networks
// together get little, and the owner at a new browser still gets their attempt.
// Only somebody on the owner's own network can make the owner at a new browser
// wait, and a new one-time password ends that: it is counted anew.
//
// An attempt is counted before it is looked at and forgiven when it was right,
// so that a hundred at once are a hundred. Codes of the second factor are counted
// apart, by the person: whoever gets there has the password.
const (
	freeAttempts  = 5  // of a browser, or of a network at one login
	freeOfNetwork = 40 // of a network at all logins: an office has one address
	freeOfLogin   = 25 // of all networks at one login
	freeCodes     = 10 // of all browsers but the known ones

	firstWait = 30 * time.Second
	maxWait   = 15 * time.Minute
	forget    = 24 * time.Hour // without another attempt

	// maxAttempts bounds the table: beyond, the oldest are forgotten.
	maxAttempts = 100_000
)

// Attempt is somebody who tries to sign in.
type Attempt struct {
	Login   string // as it was typed
	Network string // where from
	Device  string // SHA-256, in hex, of the browser's cookie, "" for none
	Code    bool   // it is about the second factor
}

const (
	selectAttempt recordSQL = `SELECT failures, last, until FROM staff_attempt WHERE who = $1`

	upsertAttempt recordSQL = `
INSERT INTO staff_attempt (who, failures, last, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (who) DO UPDATE SET failures = excluded.failures, last = excluded.last, until = excluded.until`

	deleteAttempt  recordSQL = `DELETE FROM staff_attempt WHERE who = $1`
	forgiveAttempt recordSQL = `UPDATE staff_attempt SET failures = failures - 1, until = 0 WHERE who = $1 AND failures > 0`

	deleteOldAttempts recordSQL = `
DELETE FROM staff_attempt
WHERE last < $1 OR last < (SELECT last FROM staff_attempt ORDER BY last DESC LIMIT 1 OFFSET $2)`

	turnOfAttempts recordSQL = `UPDATE audit_head SET seq = seq WHERE one = $1`
)

// tally is one count of failures.
type tally struct {
	who      string
	free     int
	own      bool // forgotten when the person is in; else one failure less
	silent   bool // makes nobody wait
	failures int
	until    time.Time
}

func whoIs(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// tallies are what an attempt is counted against; anew is when the one-time
// password of the login ends, so that who is given one begins without failures.
func (a Attempt) tallies(known bool, anew time.Time) []*tally {
	step := "password"
	if a.Code {
		step = "code"
	}
	login := ward.FoldLogin(a.Login)
	if !anew.IsZero() {
		login += " " + anew.UTC().Format(time.RFC3339)
	}
	switch {
	case known:
		return []*tally{{who: whoIs(step, "browser", a.Device, login), free: freeAttempts, own: true}}
	case a.Code:
		return []*tally{{who: whoIs(step, "login", login), free: freeCodes, own: true}}
	}
	return []*tally{
		{who: whoIs(step, "login", login), free: freeOfLogin, silent: true},
		{who: whoIs(step, "both", login, a.Network), free: freeAttempts, own: true},
		{who: whoIs(step, "network", a.Network), free: freeOfNetwork},
	}
}

// TakeAttempt counts an attempt, or says how long to wait before another is
// looked at. Called again after an unknown outcome it counts one too many, which
// does no harm.
func (s *Store) TakeAttempt(ctx context.Context, a Attempt) (wait time.Duration, err error) {
	// Who has to wait anyway costs no write: a flood must not slow down the rest.
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		tallies, _, err := s.counted(ctx, tx, a)
		if err != nil {
			return err
		}
		wait, _, err = waitOf(ctx, tx, tallies, s.now())
		return err
	})
	if err != nil || wait > 0 {
		return wait, err
	}
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		wait, err = s.takeAttempt(ctx, tx, a)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count attempt: %w", err)
	}
	return wait, nil
}

func (s *Store) takeAttempt(ctx context.Context, tx *sql.Tx, a Attempt) (wait time.Duration, err error) {
	now := instant(millis(s.now()))
	// Attempts take turns, or two at once would each be the first.
	if _, err := tx.ExecContext(ctx, string(turnOfAttempts), 1); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, string(deleteOldAttempts), millis(now.Add(-forget)), maxAttempts); err != nil {
		return 0, err
	}
	tallies, person, err := s.counted(ctx, tx, a)
	if err != nil {
		return 0, err
	}
	wait, crowded, err := waitOf(ctx, tx, tallies, now)
	if err != nil || wait > 0 {
		return wait, err
	}
	for _, t := range tallies {
		allowed := t.free
		if crowded && t.own {
			allowed = 1
		}
		if err := s.count(ctx, tx, t, allowed, now, person); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// waitOf reads the tallies: how long there is still to wait, and whether many
// networks try this login.
func waitOf(ctx context.Context, tx *sql.Tx, tallies []*tally, now time.Time) (wait time.Duration, crowded bool, err error) {
	for _, t := range tallies {
		if err := t.read(ctx, tx); err != nil {
			return 0, false, err
		}
		crowded = crowded || t.silent && t.failures >= t.free
		if left := t.until.Sub(now); !t.silent && left > wait {
			wait = left
		}
	}
	return wait, crowded, nil
}

// counted are the tallies of an attempt, and the id of whose login it is, "" for
// nobody's.
func (s *Store) counted(ctx context.Context, tx *sql.Tx, a Attempt) ([]*tally, string, error) {
	c, err := credentials(ctx, tx, selectStaffByLogin, ward.FoldLogin(a.Login))
	if err != nil && ward.KindOf(err) != ward.NotFound {
		return nil, "", err
	}
	known := 0
	if a.Device != "" && c.ID != "" {
		since := millis(s.now().Add(-keepDevice))
		if err := tx.QueryRowContext(ctx, string(selectStaffDevice), a.Device, c.ID, since).Scan(&known); err != nil {
			return nil, "", err
		}
	}
	return a.tallies(known > 0, c.PasswordUntil), c.ID, nil
}

func (t *tally) read(ctx context.Context, tx *sql.Tx) error {
	var last, until int64
	err := tx.QueryRowContext(ctx, string(selectAttempt), t.who).Scan(&t.failures, &last, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	t.until = moment(until)
	return err
}

// count adds a failure; with that of the last allowed attempt the next one has
// to wait. The audit is told once, when a tally is used up.
func (s *Store) count(ctx context.Context, tx *sql.Tx, t *tally, allowed int, now time.Time, person string) error {
	t.failures++
	var until int64
	if over := t.failures - allowed; over >= 0 {
		until = millis(now.Add(waitAfter(over)))
	}
	if _, err := tx.ExecContext(ctx, string(upsertAttempt), t.who, t.failures, millis(now), until); err != nil {
		return err
	}
	if t.failures != t.free {
		return nil
	}
	return s.audit(ctx, tx, ward.AuditEntry{Actor: ward.System(), Action: "sign-in-locked", Object: person,
		Detail: "入れない試みが続いたので、次の試みまで間をあけさせています。"})
}

// waitAfter doubles from firstWait to maxWait.
func waitAfter(over int) time.Duration {
	wait := firstWait
	for ; over > 0 && wait < maxWait; over-- {
		wait *= 2
	}
	return min(wait, maxWait)
}

// ForgiveAttempt takes back a count: the attempt was right, and everything is as
// it was before TakeAttempt, which lets nobody in who has to wait. own also forgets what
// the person had typed wrong before, which is for when they are in.
func (s *Store) ForgiveAttempt(ctx context.Context, a Attempt, own bool) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		tallies, _, err := s.counted(ctx, tx, a)
		if err != nil {
			return err
		}
		for _, t := range tallies {
			q := forgiveAttempt
			if own && t.own {
				q = deleteAttempt
			}
			if _, err := tx.ExecContext(ctx, string(q), t.who); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forgive attempt: %w", err)
	}
	return nil
}

// RefuseAttempt tells the audit that somebody was not let in at a login that
// exists; person is whose.
func (s *Store) RefuseAttempt(ctx context.Context, person, why string) error {
	return s.Audit(ctx, ward.AuditEntry{Actor: ward.System(), Action: "sign-in-refused", Object: person, Detail: why})
}
