package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"madoguchi/ward"
)

// The names of settings.
const (
	scheduleSetting = "schedule"
	digestSetting   = "digest"
)

const (
	selectSetting recordSQL = `SELECT value, version FROM setting WHERE name = $1`

	insertSetting recordSQL = `INSERT INTO setting (name, value, version) VALUES ($1, $2, 1) ON CONFLICT (name) DO NOTHING`

	updateSetting recordSQL = `UPDATE setting SET value = $2, version = version + 1 WHERE name = $1 AND version = $3`
)

// setting reads one, "" and 0 when nobody set it.
func (s *Store) setting(ctx context.Context, name string) (value string, version int64, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, string(selectSetting), name).Scan(&value, &version)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return "", 0, fmt.Errorf("read setting: %w", err)
	}
	return value, version, nil
}

func (s *Store) saveSetting(ctx context.Context, name, value string, version int64, by ward.Staff, done ward.AuditEntry) error {
	if !by.May(ward.ChangeSettings) {
		return forbidden(ward.ChangeSettings)
	}
	done.Actor, done.Object = by.Actor(), name
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		query, args := insertSetting, []any{name, clean(value)}
		if version > 0 {
			query, args = updateSetting, append(args, version)
		}
		if err := changeOne(ctx, tx, query, args...); err != nil {
			return err
		}
		return s.audit(ctx, tx, done)
	})
	if err != nil {
		return fmt.Errorf("save setting: %w", err)
	}
	return nil
}

// changeOne runs a statement that changes the row of a version; none is a
// Conflict.
func changeOne(ctx context.Context, tx *sql.Tx, query recordSQL, args ...any) error {
	done, err := tx.ExecContext(ctx, string(query), args...)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = &ward.Error{Kind: ward.Conflict, Message: "ほかの人が先に変えました。いまの内容を確かめてください。"}
	}
	return err
}

// Schedule is when the site is crawled.
func (s *Store) Schedule(ctx context.Context) (ward.Schedule, error) {
	text, version, err := s.setting(ctx, scheduleSetting)
	return ward.Schedule{Cron: text, Version: version}, err
}

// SaveSchedule keeps a schedule, which must have been found readable; "" is
// the one of the configuration. Conflict when Version is not the stored one.
func (s *Store) SaveSchedule(ctx context.Context, c ward.Schedule, by ward.Staff) error {
	return s.saveSetting(ctx, scheduleSetting, c.Cron, c.Version, by, ward.AuditEntry{Action: "schedule-changed", Detail: "巡回の予定を変えました。"})
}

// DigestPlan is when the weekly digest is sent; off until staff set it.
func (s *Store) DigestPlan(ctx context.Context) (ward.DigestPlan, error) {
	text, version, err := s.setting(ctx, digestSetting)
	p := ward.DigestPlan{Day: time.Monday, Hour: 9, Version: version}
	if err != nil || text == "" {
		return p, err
	}
	if _, err := fmt.Sscanf(text, "%t %d %d", &p.On, &p.Day, &p.Hour); err != nil {
		return p, fmt.Errorf("read digest plan: %w", err)
	}
	return p, nil
}

// SaveDigestPlan keeps it. Conflict when Version is not the stored one.
func (s *Store) SaveDigestPlan(ctx context.Context, p ward.DigestPlan, by ward.Staff) error {
	if err := p.Check(); err != nil {
		return err
	}
	detail := "週ごとのお知らせを止めました。"
	if p.On {
		detail = "週ごとのお知らせを送る曜日と時刻を決めました。"
	}
	return s.saveSetting(ctx, digestSetting, fmt.Sprintf("%t %d %d", p.On, p.Day, p.Hour), p.Version, by, ward.AuditEntry{Action: "digest-plan-changed", Detail: detail})
}

const (
	selectDigestAddresses recordSQL = `SELECT section, mails, version FROM digest_address ORDER BY section LIMIT $1`

	insertDigestAddress recordSQL = `
INSERT INTO digest_address (section, mails, version) VALUES ($1, $2, 1) ON CONFLICT (section) DO NOTHING`

	updateDigestAddress recordSQL = `
UPDATE digest_address SET mails = $2, version = version + 1 WHERE section = $1 AND version = $3`

	deleteDigestAddress recordSQL = `DELETE FROM digest_address WHERE section = $1 AND version = $2`

	countDigestAddresses recordSQL = `SELECT count(*) FROM digest_address`
)

// DigestAddresses gives where the digest goes, by section.
func (s *Store) DigestAddresses(ctx context.Context) (all []ward.DigestAddress, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		all, err = list(ctx, tx, selectDigestAddresses, func(scan scanner) (a ward.DigestAddress, err error) {
			var mails string
			err = scan(&a.Section, &mails, &a.Version)
			a.Mails = strings.Fields(mails)
			return a, err
		}, ward.MaxDigestAddresses)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list digest addresses: %w", err)
	}
	return all, nil
}

// SaveDigestAddress keeps where the digest of a section goes; without
// addresses the section gets none any more. Conflict when Version is not the
// stored one.
func (s *Store) SaveDigestAddress(ctx context.Context, a ward.DigestAddress, by ward.Staff) error {
	if !by.May(ward.ChangeSettings) {
		return forbidden(ward.ChangeSettings)
	}
	if err := a.Check(); err != nil {
		return err
	}
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		query, args := updateDigestAddress, []any{clean(a.Section), strings.Join(a.Mails, "\n"), a.Version}
		switch {
		case len(a.Mails) == 0:
			query, args = deleteDigestAddress, []any{clean(a.Section), a.Version}
		case a.Version == 0:
			query, args = insertDigestAddress, args[:2]
			if err := roomForAddress(ctx, tx); err != nil {
				return err
			}
		}
		if err := changeOne(ctx, tx, query, args...); err != nil {
			return err
		}
		return s.audit(ctx, tx, ward.AuditEntry{Actor: by.Actor(), Action: "digest-address-changed", Object: a.Section,
			Detail: "お知らせのあて先を" + strconv.Itoa(len(a.Mails)) + "件にしました。"})
	})
	if err != nil {
		return fmt.Errorf("save digest address: %w", err)
	}
	return nil
}

func roomForAddress(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, string(countDigestAddresses)).Scan(&n); err != nil {
		return err
	}
	if n >= ward.MaxDigestAddresses {
		return &ward.Error{Kind: ward.Invalid, Message: "あて先は" + strconv.Itoa(ward.MaxDigestAddresses) + "の課までです。"}
	}
	return nil
}
