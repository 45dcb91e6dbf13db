package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"madoguchi/ward"
)

// How long a session of staff lasts.
const (
	StaffSessionIdle  = 30 * time.Minute // without a request
	StaffSessionTotal = 12 * time.Hour   // in any case
	SignInTime        = 10 * time.Minute // from the password to the last step

	seenEvery  = time.Minute          // a session notes no oftener that it was used
	keepDevice = 180 * 24 * time.Hour // a browser is a stranger again
)

// Stage is how far somebody has signed in.
type Stage string

// The stages of a StaffSession. Only StageIn opens anything but the next step.
const (
	StageCode  Stage = "code"   // the password was right, the code is to come
	StageSetUp Stage = "set-up" // there is no second factor yet
	StageRenew Stage = "renew"  // the one-time password is to be changed
	StageIn    Stage = "in"
)

// StaffSession is somebody signed in, or half way there.
type StaffSession struct {
	ID            string // shown to its owner; opens nothing
	Stage         Stage
	TOTP          string // secret that is being set up, "" for none
	Network       string // where from
	Created, Seen time.Time
	Person        Credentials
}

// Keys are the SHA-256, in hex, of what cookies hold; the store never sees what
// they hold itself.
type Keys struct {
	Old    string // of the session so far, "" for none
	New    string // of the session from now on
	Device string // of the browser, "" when it has none
}

const (
	selectStaffSession recordSQL = `
SELECT id, staff, stage, totp, network, created, seen FROM staff_session WHERE secret = $1`

	selectStaffSessions recordSQL = `
SELECT id, staff, stage, totp, network, created, seen FROM staff_session
WHERE staff = $1 AND stage = 'in' AND created > $2 AND seen > $3 ORDER BY seen DESC, id LIMIT $4`

	insertStaffSession recordSQL = `
INSERT INTO staff_session (id, secret, staff, stage, totp, network, created, seen) VALUES ($1, $2, $3, $4, '', $5, $6, $6)`

	seeStaffSession recordSQL = `UPDATE staff_session SET seen = $2 WHERE secret = $1 AND seen < $2`

	advanceStaffSession recordSQL = `
UPDATE staff_session SET secret = $2, stage = $3, totp = '', created = $4, seen = $4 WHERE secret = $1`

	setUpTOTP recordSQL = `UPDATE staff_session SET totp = $2 WHERE secret = $1 AND stage IN ('set-up', 'in')`

	deleteStaffSession   recordSQL = `DELETE FROM staff_session WHERE staff = $1 AND id = $2`
	deleteSessionOfKey   recordSQL = `DELETE FROM staff_session WHERE secret = $1`
	deleteStaffSessions  recordSQL = `DELETE FROM staff_session WHERE staff = $1`
	deleteOtherSessions  recordSQL = `DELETE FROM staff_session WHERE staff = $1 AND secret <> $2`
	deleteOldSessions    recordSQL = `DELETE FROM staff_session WHERE created < $1`
	deleteStaffDevices   recordSQL = `DELETE FROM staff_device WHERE staff = $1`
	deleteOldDevices     recordSQL = `DELETE FROM staff_device WHERE seen < $1`
	selectStaffDevice    recordSQL = `SELECT count(*) FROM staff_device WHERE secret = $1 AND staff = $2 AND seen > $3`
	useTOTPStep          recordSQL = `UPDATE staff SET totp_step = $2 WHERE id = $1 AND totp_step < $2`
	updateStaffTOTP      recordSQL = `UPDATE staff SET totp = $2, totp_step = $3 WHERE id = $1`
	pinStaffSubject      recordSQL = `UPDATE staff SET subject = $2 WHERE id = $1 AND subject IN ('', $2)`
	selectStaffOfSubject recordSQL = `SELECT count(*) FROM staff WHERE subject = $1 AND id <> $2`

	upsertStaffDevice recordSQL = `
INSERT INTO staff_device (secret, staff, seen) VALUES ($1, $2, $3)
ON CONFLICT (secret, staff) DO UPDATE SET seen = excluded.seen`
)

// signOut ends all sessions of a person, and their browsers are strangers again.
func signOut(ctx context.Context, tx *sql.Tx, staff string) error {
	for _, q := range []recordSQL{deleteStaffSessions, deleteStaffDevices} {
		if _, err := tx.ExecContext(ctx, string(q), staff); err != nil {
			return err
		}
	}
	return nil
}

// over tells whether a session has ended by itself.
func (v StaffSession) over(now time.Time) bool {
	if v.Stage != StageIn {
		return now.Sub(v.Created) >= SignInTime
	}
	return now.Sub(v.Created) >= StaffSessionTotal || now.Sub(v.Seen) >= StaffSessionIdle
}

func scanStaffSession(scan scanner) (v StaffSession, err error) {
	var created, seen int64
	err = scan(&v.ID, &v.Person.ID, &v.Stage, &v.TOTP, &v.Network, &created, &seen)
	v.Created, v.Seen = instant(created), instant(seen)
	return v, err
}

// staffSession finds the session of a key; one that is over, or of somebody who
// was dismissed, is ward.Expired, as is none.
func (s *Store) staffSession(ctx context.Context, tx *sql.Tx, key string) (v StaffSession, err error) {
	expired := &ward.Error{Kind: ward.Expired, Message: "時間がたったので、最初から入り直してください。"}
	v, err = scanStaffSession(tx.QueryRowContext(ctx, string(selectStaffSession), key).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return v, expired
	}
	if err != nil {
		return v, err
	}
	if v.Person, err = credentials(ctx, tx, selectStaff, v.Person.ID); err != nil {
		return v, err
	}
	if v.over(s.now()) || !v.Person.Dismissed.IsZero() {
		return v, expired
	}
	return v, nil
}

// StaffSession finds who has the cookie with this key, and notes that the
// session was used. No session, or one that is over, is ward.Expired.
func (s *Store) StaffSession(ctx context.Context, key string) (v StaffSession, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		v, err = s.staffSession(ctx, tx, key)
		return err
	})
	if now := s.now(); err == nil && now.Sub(v.Seen) >= seenEvery {
		err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, string(seeStaffSession), key, millis(now))
			return err
		})
	}
	if err != nil {
		return StaffSession{}, fmt.Errorf("find session: %w", err)
	}
	return v, nil
}

// StaffSessions are where a person is signed in, the last used first.
func (s *Store) StaffSessions(ctx context.Context, staff string, limit int) (all []StaffSession, err error) {
	now := s.now()
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		all, err = list(ctx, tx, selectStaffSessions, scanStaffSession, staff,
			millis(now.Add(-StaffSessionTotal)), millis(now.Add(-StaffSessionIdle)), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return all, nil
}

// BeginStaffSession is the first step: the password of the person was right.
// The session opens nothing but the next step.
func (s *Store) BeginStaffSession(ctx context.Context, staff string, k Keys, network string) (v StaffSession, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err := credentials(ctx, tx, selectStaff, staff)
		if err != nil {
			return err
		}
		v = StaffSession{ID: uuid.NewString(), Stage: StageCode, Network: clean(network), Person: c}
		if c.TOTP == "" {
			v.Stage = StageSetUp
		}
		return s.insertSession(ctx, tx, &v, k)
	})
	if err != nil {
		return v, fmt.Errorf("begin session: %w", err)
	}
	return v, nil
}

// OpenStaffSession signs a person in whom somebody else vouches for; how says
// who, as a sentence for the audit.
func (s *Store) OpenStaffSession(ctx context.Context, staff string, k Keys, network, how string) (v StaffSession, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err := credentials(ctx, tx, selectStaff, staff)
		if err != nil {
			return err
		}
		v = StaffSession{ID: uuid.NewString(), Stage: StageIn, Network: clean(network), Person: c}
		if err := s.insertSession(ctx, tx, &v, k); err != nil {
			return err
		}
		return s.arrived(ctx, tx, c, k, how)
	})
	if err != nil {
		return v, fmt.Errorf("open session: %w", err)
	}
	return v, nil
}

// insertSession stores a new session, in place of the one that the browser had.
func (s *Store) insertSession(ctx context.Context, tx *sql.Tx, v *StaffSession, k Keys) error {
	if !v.Person.Dismissed.IsZero() {
		return &ward.Error{Kind: ward.Forbidden, Message: "職員として登録されていないか、役割が解かれています。"}
	}
	now := s.now()
	for _, step := range []struct {
		q    recordSQL
		args []any
	}{
		{deleteOldSessions, []any{millis(now.Add(-StaffSessionTotal))}},
		{deleteOldDevices, []any{millis(now.Add(-keepDevice))}},
		{deleteSessionOfKey, []any{k.Old}},
		{insertStaffSession, []any{v.ID, k.New, v.Person.ID, string(v.Stage), v.Network, millis(now)}},
	} {
		if _, err := tx.ExecContext(ctx, string(step.q), step.args...); err != nil {
			return err
		}
	}
	v.Created, v.Seen = instant(millis(now)), instant(millis(now))
	return nil
}

// arrived tells the audit that somebody is in, and remembers the browser.
func (s *Store) arrived(ctx context.Context, tx *sql.Tx, c Credentials, k Keys, how string) error {
	if err := s.remember(ctx, tx, c.ID, k); err != nil {
		return err
	}
	return s.audit(ctx, tx, ward.AuditEntry{Actor: c.Actor(), Action: "sign-in", Object: c.ID, Detail: how})
}

func (s *Store) remember(ctx context.Context, tx *sql.Tx, staff string, k Keys) error {
	if k.Device == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, string(upsertStaffDevice), k.Device, staff, millis(s.now()))
	return err
}

// advance gives the session its new key and its next stage.
func (s *Store) advance(ctx context.Context, tx *sql.Tx, v *StaffSession, k Keys) error {
	before := v.Stage
	if v.Stage = StageIn; before != StageIn && !v.Person.PasswordUntil.IsZero() {
		v.Stage = StageRenew
	}
	now := millis(s.now())
	v.Created, v.Seen, v.TOTP = instant(now), instant(now), ""
	if _, err := tx.ExecContext(ctx, string(advanceStaffSession), k.Old, k.New, string(v.Stage), now); err != nil {
		return err
	}
	switch {
	case v.Stage != StageIn:
		return nil
	case before == StageIn:
		return s.remember(ctx, tx, v.Person.ID, k)
	}
	return s.arrived(ctx, tx, v.Person, k, "パスワードと二段階認証で入りました。")
}

// PassCode is the second step: a code of this time step was right. One that was
// used before is ward.Invalid.
func (s *Store) PassCode(ctx context.Context, k Keys, step int64) (v StaffSession, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if v, err = s.staffSession(ctx, tx, k.Old); err != nil {
			return err
		}
		if v.Stage != StageCode {
			return &ward.Error{Kind: ward.Expired, Message: "最初から入り直してください。"}
		}
		r, err := tx.ExecContext(ctx, string(useTOTPStep), v.Person.ID, step)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, &ward.Error{Kind: ward.Invalid, Message: "このコードはもう使われました。次のコードを待って入力してください。"})
		}
		return s.advance(ctx, tx, &v, k)
	})
	if err != nil {
		return v, fmt.Errorf("pass code: %w", err)
	}
	return v, nil
}

// PrepareTOTP keeps the secret of a second factor that is being set up, until a
// code of it shows that the person has it.
func (s *Store) PrepareTOTP(ctx context.Context, key, secret string) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, string(setUpTOTP), key, secret)
		return err
	})
	if err != nil {
		return fmt.Errorf("prepare second factor: %w", err)
	}
	return nil
}

// ConfirmTOTP makes the prepared secret the person's second factor, because a
// code of this step was right. Their other sessions end.
func (s *Store) ConfirmTOTP(ctx context.Context, k Keys, step int64) (v StaffSession, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if v, err = s.staffSession(ctx, tx, k.Old); err != nil {
			return err
		}
		if v.TOTP == "" || v.Stage != StageSetUp && v.Stage != StageIn {
			return &ward.Error{Kind: ward.Expired, Message: "二段階認証の設定を、最初からやり直してください。"}
		}
		if _, err := tx.ExecContext(ctx, string(updateStaffTOTP), v.Person.ID, v.TOTP, step); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(deleteOtherSessions), v.Person.ID, k.Old); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, ward.AuditEntry{Actor: v.Person.Actor(), Action: "staff-totp-set", Object: v.Person.ID,
			Detail: "二段階認証を設定しました。"}); err != nil {
			return err
		}
		return s.advance(ctx, tx, &v, k)
	})
	if err != nil {
		return v, fmt.Errorf("confirm second factor: %w", err)
	}
	return v, nil
}

// ChangePassword stores the person's own new password, as its hash. All their
// sessions end but this one, which gets a new key.
func (s *Store) ChangePassword(ctx context.Context, k Keys, password string) (v StaffSession, err error) {
	err = s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if v, err = s.staffSession(ctx, tx, k.Old); err != nil {
			return err
		}
		if v.Stage != StageRenew && v.Stage != StageIn {
			return &ward.Error{Kind: ward.Expired, Message: "最初から入り直してください。"}
		}
		if _, err := tx.ExecContext(ctx, string(updateStaffPassword), v.Person.ID, password, 0); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(deleteOtherSessions), v.Person.ID, k.Old); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(deleteStaffDevices), v.Person.ID); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, ward.AuditEntry{Actor: v.Person.Actor(), Action: "staff-password-set", Object: v.Person.ID,
			Detail: "自分のパスワードを変えました。"}); err != nil {
			return err
		}
		v.Person.PasswordUntil = time.Time{}
		return s.advance(ctx, tx, &v, k)
	})
	if err != nil {
		return v, fmt.Errorf("change password: %w", err)
	}
	return v, nil
}

// EndStaffSession ends one of the person's own sessions; one of somebody else
// is ward.NotFound.
func (s *Store) EndStaffSession(ctx context.Context, by ward.Staff, id string) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, string(deleteStaffSession), by.ID, clean(id))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, &ward.Error{Kind: ward.NotFound, Message: "その画面からは、もう出ています。"})
		}
		return s.audit(ctx, tx, ward.AuditEntry{Actor: by.Actor(), Action: "sign-out", Object: by.ID, Detail: "画面から出ました。"})
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// PinSubject ties a person to who they are at the OIDC provider, the first
// time. Later only that one is let in: a login may be given to somebody else
// there, the subject never is.
func (s *Store) PinSubject(ctx context.Context, staff, subject string) error {
	refused := &ward.Error{Kind: ward.Forbidden, Message: "このアカウントでは入れません。情報セキュリティ管理者に相談してください。"}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var others int
		if err := tx.QueryRowContext(ctx, string(selectStaffOfSubject), subject, staff).Scan(&others); err != nil {
			return err
		}
		if others > 0 {
			return refused
		}
		r, err := tx.ExecContext(ctx, string(pinStaffSubject), staff, subject)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, refused)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("pin subject: %w", err)
	}
	return nil
}
