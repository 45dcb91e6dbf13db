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

// OneTimePassword is how long a password that somebody else made may be used.
const OneTimePassword = 7 * 24 * time.Hour

// CommandLine is whoever works on the machine itself, as the one who appoints.
func CommandLine() ward.Staff {
	return ward.Staff{ID: ward.SystemActor, Role: ward.SecurityManager}
}

// Credentials are a person with what they sign in with.
type Credentials struct {
	ward.Staff
	Password      string    // argon2id as a PHC string, "" for none
	PasswordUntil time.Time // until when a one-time password may be used, zero for the person's own
	TOTP          string    // secret of the second factor in base32, "" for none
	Subject       string    // who this is at the OIDC provider, "" until the first time

	step int64 // of the last code that was used
}

const (
	selectStaff recordSQL = `
SELECT id, login, name, section, role, appointed_by, appointed_at, dismissed, version,
  password, password_until, totp, totp_step, subject
FROM staff WHERE id = $1`

	selectStaffByLogin recordSQL = `
SELECT id, login, name, section, role, appointed_by, appointed_at, dismissed, version,
  password, password_until, totp, totp_step, subject
FROM staff WHERE login = $1`

	selectStaffAfter recordSQL = `
SELECT id, login, name, section, role, appointed_by, appointed_at, dismissed, version,
  password, password_until, totp, totp_step, subject
FROM staff WHERE login > $1 ORDER BY login LIMIT $2`

	selectStaffNames recordSQL = `SELECT id, name FROM staff`

	countManagers recordSQL = `SELECT count(*) FROM staff WHERE role = $1 AND dismissed = 0 AND id <> $2`

	insertStaff recordSQL = `
INSERT INTO staff (id, login, name, section, role, appointed_by, appointed_at, dismissed, version,
  password, password_until, totp, totp_step, subject)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, $8, $9, '', 0, '')
ON CONFLICT DO NOTHING`

	updateStaff recordSQL = `
UPDATE staff SET name = $3, section = $4, role = $5, appointed_by = $6, appointed_at = $7, dismissed = $8, version = version + 1
WHERE id = $1 AND version = $2`

	updateStaffPassword recordSQL = `UPDATE staff SET password = $2, password_until = $3 WHERE id = $1`

	clearStaffTOTP recordSQL = `UPDATE staff SET totp = '', subject = '' WHERE id = $1`
)

func scanCredentials(scan scanner) (c Credentials, err error) {
	var appointed, dismissed, until int64
	err = scan(&c.ID, &c.Login, &c.Name, &c.Section, &c.Role, &c.AppointedBy, &appointed, &dismissed, &c.Version,
		&c.Password, &until, &c.TOTP, &c.step, &c.Subject)
	c.AppointedAt, c.Dismissed, c.PasswordUntil = instant(appointed), moment(dismissed), moment(until)
	return c, err
}

// moment is instant for a column in which 0 is no time.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return instant(ms)
}

// sinceNever is millis for a column in which 0 is no time.
func sinceNever(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return millis(t)
}

// credentials finds one person; nobody is ward.NotFound.
func credentials(ctx context.Context, tx *sql.Tx, query recordSQL, key string) (Credentials, error) {
	c, err := scanCredentials(tx.QueryRowContext(ctx, string(query), clean(key)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return c, &ward.Error{Kind: ward.NotFound, Message: "その職員はいません。"}
	}
	return c, err
}

// Staff gives a person by id, also one who was dismissed.
func (s *Store) Staff(ctx context.Context, id string) (person ward.Staff, err error) {
	c, err := s.findPerson(ctx, selectStaff, id)
	return c.Staff, err
}

// Credentials give a person by login, also one who was dismissed.
func (s *Store) Credentials(ctx context.Context, login string) (Credentials, error) {
	return s.findPerson(ctx, selectStaffByLogin, ward.FoldLogin(login))
}

func (s *Store) findPerson(ctx context.Context, query recordSQL, key string) (c Credentials, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err = credentials(ctx, tx, query, key)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("find staff: %w", err)
	}
	return c, nil
}

// ListStaff gives at most limit people whose logins come after that one, also
// those who were dismissed.
func (s *Store) ListStaff(ctx context.Context, after string, limit int) (people []Credentials, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		people, err = list(ctx, tx, selectStaffAfter, scanCredentials, clean(after), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return people, nil
}

// StaffNames are the names of all people by their ids, for pages that say who
// did something.
func (s *Store) StaffNames(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	err := s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := list(ctx, tx, selectStaffNames, func(scan scanner) (struct{}, error) {
			var id, name string
			err := scan(&id, &name)
			names[id] = name
			return struct{}{}, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list names of staff: %w", err)
	}
	return names, nil
}

// change is a change of a person by somebody. The audit comes first, because it
// makes writers take turns: what is then read is as the last one left it.
func (s *Store) changePerson(ctx context.Context, by ward.Staff, id, action, detail string,
	f func(ctx context.Context, tx *sql.Tx, by ward.Staff, c Credentials) error) error {
	return s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.audit(ctx, tx, ward.AuditEntry{Actor: actor(by), Action: action, Object: id, Detail: detail}); err != nil {
			return err
		}
		now, err := inOffice(ctx, tx, by)
		if err != nil {
			return err
		}
		c, err := credentials(ctx, tx, selectStaff, id)
		if err != nil {
			return err
		}
		return f(ctx, tx, now, c)
	})
}

// actor is the person as the audit names them; the command line is the program.
func actor(by ward.Staff) ward.Actor {
	if by.ID == ward.SystemActor {
		return ward.System()
	}
	return by.Actor()
}

// inOffice gives by as they are now: a role may have been taken away since the
// page was opened.
func inOffice(ctx context.Context, tx *sql.Tx, by ward.Staff) (ward.Staff, error) {
	if by.ID == ward.SystemActor {
		return CommandLine(), nil
	}
	c, err := credentials(ctx, tx, selectStaff, by.ID)
	if ward.KindOf(err) == ward.NotFound || err == nil && !c.Dismissed.IsZero() {
		return c.Staff, &ward.Error{Kind: ward.Forbidden, Message: "職員として登録されていないか、役割が解かれています。"}
	}
	return c.Staff, err
}

// AppointStaff makes a person with a one-time password, given as its hash. The
// id may be chosen by the caller; the same person again is no second one.
func (s *Store) AppointStaff(ctx context.Context, by, person ward.Staff, password string) (ward.Staff, error) {
	if person.ID == "" {
		person.ID = uuid.NewString()
	}
	person.Login, person.Name, person.Section = ward.FoldLogin(person.Login), clean(person.Name), clean(person.Section)
	if err := person.Check(); err != nil {
		return person, err
	}
	role := person.Role
	person.AppointedAt, person.Role = time.Time{}, ""
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.audit(ctx, tx, ward.AuditEntry{Actor: actor(by), Action: "staff-appointed", Object: person.ID,
			Detail: "「" + role.Title() + "」に任命しました。"}); err != nil {
			return err
		}
		by, err := inOffice(ctx, tx, by)
		if err != nil {
			return err
		}
		now := instant(millis(s.now()))
		if err := person.Appoint(by, role, now); err != nil {
			return err
		}
		return insertPerson(ctx, tx, &person, password, now.Add(OneTimePassword))
	})
	if errors.Is(err, errAlready) {
		return s.Staff(ctx, person.ID)
	}
	if err != nil {
		return person, fmt.Errorf("appoint staff: %w", err)
	}
	return person, nil
}

// errAlready takes back a transaction that has been done before.
var errAlready = errors.New("already done")

func insertPerson(ctx context.Context, tx *sql.Tx, person *ward.Staff, password string, until time.Time) error {
	if person.AppointedBy == ward.SystemActor {
		person.AppointedBy = ""
	}
	r, err := tx.ExecContext(ctx, string(insertStaff), person.ID, person.Login, person.Name, person.Section, string(person.Role),
		person.AppointedBy, millis(person.AppointedAt), password, millis(until))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		person.Version = 1
		return err
	}
	if c, err := credentials(ctx, tx, selectStaff, person.ID); err == nil && c.Login == person.Login {
		return errAlready
	}
	return &ward.Error{Kind: ward.Conflict, Message: "そのログイン名は使われています。"}
}

// ChangeStaff stores the name, the section and the role of a person; one who
// was dismissed is in office again. With another role the person is signed out
// everywhere.
func (s *Store) ChangeStaff(ctx context.Context, by, person ward.Staff) (stored ward.Staff, err error) {
	person.Name, person.Section = clean(person.Name), clean(person.Section)
	err = s.changePerson(ctx, by, person.ID, "staff-changed", "氏名、所属、役割を改めました。役割は「"+person.Role.Title()+"」です。",
		func(ctx context.Context, tx *sql.Tx, by ward.Staff, c Credentials) error {
			stored = c.Staff
			stored.Name, stored.Section, stored.Role = person.Name, person.Section, person.Role
			if err := stored.Check(); err != nil {
				return err
			}
			stored.Role = c.Role
			if err := stored.Appoint(by, person.Role, instant(millis(s.now()))); err != nil {
				return err
			}
			if stored.Role != c.Role {
				if err := notTheLast(ctx, tx, c.Staff); err != nil {
					return err
				}
				if err := signOut(ctx, tx, c.ID); err != nil {
					return err
				}
			}
			return update(ctx, tx, &stored, person.Version)
		})
	if err != nil {
		return stored, fmt.Errorf("change staff: %w", err)
	}
	return stored, nil
}

// DismissStaff takes a person out of office and signs them out everywhere.
func (s *Store) DismissStaff(ctx context.Context, by ward.Staff, id string, version int64) error {
	err := s.changePerson(ctx, by, id, "staff-dismissed", "役割を解きました。",
		func(ctx context.Context, tx *sql.Tx, by ward.Staff, c Credentials) error {
			stored := c.Staff
			if err := stored.Dismiss(by, instant(millis(s.now()))); err != nil {
				return err
			}
			if err := notTheLast(ctx, tx, c.Staff); err != nil {
				return err
			}
			if err := signOut(ctx, tx, id); err != nil {
				return err
			}
			return update(ctx, tx, &stored, version)
		})
	if err != nil {
		return fmt.Errorf("dismiss staff: %w", err)
	}
	return nil
}

// notTheLast keeps somebody in office who can appoint others.
func notTheLast(ctx context.Context, tx *sql.Tx, person ward.Staff) error {
	if person.Role != ward.SecurityManager || !person.Dismissed.IsZero() {
		return nil
	}
	var others int
	if err := tx.QueryRowContext(ctx, string(countManagers), string(ward.SecurityManager), person.ID).Scan(&others); err != nil {
		return err
	}
	if others == 0 {
		return &ward.Error{Kind: ward.Conflict, Message: "最後の情報セキュリティ管理者です。先にもう一人を任命してください。"}
	}
	return nil
}

// update stores a person over the version that was read.
func update(ctx context.Context, tx *sql.Tx, p *ward.Staff, version int64) error {
	if p.AppointedBy == ward.SystemActor {
		p.AppointedBy = ""
	}
	r, err := tx.ExecContext(ctx, string(updateStaff), p.ID, version, p.Name, p.Section, string(p.Role),
		p.AppointedBy, millis(p.AppointedAt), sinceNever(p.Dismissed))
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		return &ward.Error{Kind: ward.Conflict, Message: "ほかの人が先に変えました。いまの内容を確かめてから、もう一度変えてください。"}
	}
	p.Version = version + 1
	return err
}

// mayLetIn refuses who may not make somebody sign in anew.
func mayLetIn(by ward.Staff) error {
	if by.May(ward.AppointAnyone) {
		return nil
	}
	return &ward.Error{Kind: ward.Forbidden, Message: "ほかの人を入り直させることは、いまの役割ではできません。"}
}

// SetStaffPassword gives a person a one-time password, as its hash, and signs
// them out everywhere.
func (s *Store) SetStaffPassword(ctx context.Context, by ward.Staff, id, password string) error {
	err := s.changePerson(ctx, by, id, "staff-password-reset", "1回限りのパスワードを出しました。",
		func(ctx context.Context, tx *sql.Tx, by ward.Staff, c Credentials) error {
			if err := mayLetIn(by); err != nil {
				return err
			}
			until := millis(s.now().Add(OneTimePassword))
			if _, err := tx.ExecContext(ctx, string(updateStaffPassword), id, password, until); err != nil {
				return err
			}
			return signOut(ctx, tx, id)
		})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// ResetStaffTOTP forgets a person's second factor and their tie to the OIDC
// provider, and signs them out everywhere: both are made anew at the next
// sign-in.
func (s *Store) ResetStaffTOTP(ctx context.Context, by ward.Staff, id string) error {
	err := s.changePerson(ctx, by, id, "staff-totp-reset", "二段階認証を取り消しました。次に入るときに設定し直します。",
		func(ctx context.Context, tx *sql.Tx, by ward.Staff, c Credentials) error {
			if err := mayLetIn(by); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(clearStaffTOTP), id); err != nil {
				return err
			}
			return signOut(ctx, tx, id)
		})
	if err != nil {
		return fmt.Errorf("reset second factor: %w", err)
	}
	return nil
}

// SignOutStaff ends all sessions of a person: one's own, or for who may those
// of others.
func (s *Store) SignOutStaff(ctx context.Context, by ward.Staff, id string) error {
	err := s.changePerson(ctx, by, id, "staff-signed-out", "すべての画面から出しました。",
		func(ctx context.Context, tx *sql.Tx, by ward.Staff, c Credentials) error {
			if by.ID != id {
				if err := mayLetIn(by); err != nil {
					return err
				}
			}
			return signOut(ctx, tx, id)
		})
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}
