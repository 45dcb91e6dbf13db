-- +goose Up

-- What was done in the console and what the program decided: never changed,
-- never deleted, each hashed together with the one before.
CREATE TABLE audit (
  seq    INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3 …
  at     INTEGER NOT NULL,
  staff  TEXT    NOT NULL, -- id of a person, or system
  role   TEXT    NOT NULL, -- in which they did it, '' for the program
  action TEXT    NOT NULL, -- fix-published, staff-appointed …
  object TEXT    NOT NULL, -- id of what it was done to, '' where there is only one
  detail TEXT    NOT NULL, -- a sentence without personal data
  hash   TEXT    NOT NULL  -- SHA-256 in hex over the hash before and the fields
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object) WHERE object <> '';

-- +goose StatementBegin
CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
-- +goose StatementEnd

-- The last entry: one row. Whoever appends updates it first, which makes
-- writers take turns.
CREATE TABLE audit_head (
  one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  seq  INTEGER NOT NULL,
  hash TEXT    NOT NULL
) STRICT;
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '');
