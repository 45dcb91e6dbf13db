package data

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"

	"madoguchi/ward"
)

const insertStop recordSQL = `
INSERT INTO stop (id, kind, value, phone, why, by_staff, at, lifted_by, lifted_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 1)
ON CONFLICT (id) DO NOTHING`

// SaveStop stops something from now on and gives the stop as it is kept. The
// same ID again is the same stop and changes nothing; an empty one gets one.
// Errors: Invalid (see ward.Stop.Check), Forbidden.
func (s *Store) SaveStop(ctx context.Context, stop ward.Stop, by ward.Staff) (ward.Stop, error) {
	if err := stop.Check(); err != nil {
		return stop, err
	}
	if !by.May(ward.StopAnswers) {
		return stop, &ward.Error{Kind: ward.Forbidden, Message: "案内を止められる役割ではありません。"}
	}
	if stop.ID == "" {
		stop.ID = rand.Text()[:16]
	}
	stop.By, stop.At, stop.Version = by.ID, s.now(), 1
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, string(insertStop), clean(stop.ID), string(stop.Kind), clean(stop.Value), clean(stop.Phone),
			clean(stop.Why), by.ID, millis(stop.At))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.changedStop(ctx, tx, stop, by.Actor(), "stop-set")
	})
	if err != nil {
		return stop, fmt.Errorf("save stop: %w", err)
	}
	s.changes.Add(1)
	return stop, nil
}

// changedStop has the counter notice, and audits: without what was typed, which
// the stop itself keeps and which may name people.
func (s *Store) changedStop(ctx context.Context, tx *sql.Tx, stop ward.Stop, by ward.Actor, what string) error {
	if _, err := tx.ExecContext(ctx, string(bumpInForce), 1); err != nil {
		return err
	}
	detail := fmt.Sprintf("案内の停止（%s）。止めたものと理由は「案内の停止」にあります。", stop.Kind.Title())
	return s.audit(ctx, tx, ward.AuditEntry{Actor: by, Action: what, Object: stop.ID, Detail: detail})
}

const (
	selectStop recordSQL = `
SELECT id, kind, value, phone, why, by_staff, at, lifted_by, lifted_at, version FROM stop WHERE id = $1`

	updateStop recordSQL = `
UPDATE stop SET lifted_by = $2, lifted_at = $3, version = $4 WHERE id = $1 AND version = $4 - 1`
)

// LiftStop lets it be answered again. Errors: Forbidden, NotFound, Conflict when
// it was lifted already.
func (s *Store) LiftStop(ctx context.Context, id string, version int64, by ward.Staff) error {
	err := s.records.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		found, err := list(ctx, tx, selectStop, scanStop, clean(id))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return &ward.Error{Kind: ward.NotFound, Message: "その停止はありません。"}
		}
		stop := found[0]
		if stop.Version != version {
			return errChanged()
		}
		if err := stop.Lift(by, s.now()); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, string(updateStop), stop.ID, stop.LiftedBy, millis(stop.LiftedAt), stop.Version+1)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errChanged()
		}
		return s.changedStop(ctx, tx, stop, by.Actor(), "stop-lifted")
	})
	if err != nil {
		return fmt.Errorf("lift stop: %w", err)
	}
	s.changes.Add(1)
	return nil
}

const (
	selectStops recordSQL = `
SELECT id, kind, value, phone, why, by_staff, at, lifted_by, lifted_at, version
FROM stop ORDER BY CASE WHEN lifted_by = '' THEN 0 ELSE 1 END, at DESC, id LIMIT $1`

	selectStopsInForce recordSQL = `
SELECT id, kind, value, phone, why, by_staff, at, lifted_by, lifted_at, version
FROM stop WHERE lifted_by = '' AND version >= $1 ORDER BY at, id`
)

// Stops gives at most limit stops: those in force first, then the latest.
func (s *Store) Stops(ctx context.Context, limit int) (stops []ward.Stop, err error) {
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		stops, err = list(ctx, tx, selectStops, scanStop, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list stops: %w", err)
	}
	return stops, nil
}

func scanStop(scan scanner) (s ward.Stop, err error) {
	var at, lifted int64
	err = scan(&s.ID, &s.Kind, &s.Value, &s.Phone, &s.Why, &s.By, &at, &s.LiftedBy, &lifted, &s.Version)
	s.At = instant(at)
	if lifted > 0 {
		s.LiftedAt = instant(lifted)
	}
	return s, err
}
