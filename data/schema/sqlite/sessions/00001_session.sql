-- +goose Up

-- Where each conversation stands. Losing this file costs residents a repeated
-- question, nothing else.
CREATE TABLE session (
  key     TEXT    NOT NULL PRIMARY KEY,
  value   BLOB    NOT NULL,
  version INTEGER NOT NULL, -- grows with each write; starts at the clock, so that it never comes back
  expires INTEGER NOT NULL  -- Unix milliseconds
) STRICT;
CREATE INDEX session_expires ON session (expires);
