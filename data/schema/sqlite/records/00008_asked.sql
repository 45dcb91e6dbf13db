-- +goose Up

-- A question that was asked, without its words: what the figures are made of.
CREATE TABLE asked (
  key         TEXT    NOT NULL PRIMARY KEY, -- id of the message, or a random one
  at          INTEGER NOT NULL,
  day         INTEGER NOT NULL, -- days since 1970-01-01 in Japan
  hour        INTEGER NOT NULL, -- 0 to 23, in Japan
  month       INTEGER NOT NULL, -- of the key that hashed person
  person      TEXT    NOT NULL, -- keyed hash: the same person is the same within the month
  channel     TEXT    NOT NULL, -- web, line
  verdict     TEXT    NOT NULL, -- answer, choices, none
  stopped     INTEGER NOT NULL CHECK (stopped IN (0, 1)), -- 1: a stop kept the answer back
  chosen      INTEGER NOT NULL CHECK (chosen IN (0, 1)),  -- 1: a candidate was chosen
  fix         TEXT    NOT NULL, -- that answered, '' if none
  document_id TEXT    NOT NULL, -- shown, chosen, or nearest; '' if none
  topic       TEXT    NOT NULL, -- of the document
  section     TEXT    NOT NULL, -- likewise
  took        INTEGER NOT NULL  -- ms until the answer was ready
) STRICT;
CREATE INDEX asked_day ON asked (day);

-- The key of each calendar month in Japan, counted from year 0. It is deleted
-- when the month is over: then nobody can find out any more who a hash is.
CREATE TABLE asked_month (
  month INTEGER NOT NULL PRIMARY KEY,
  key   BLOB    NOT NULL
) STRICT;

-- Who voted, as in asked.
ALTER TABLE feedback ADD COLUMN month INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feedback ADD COLUMN person TEXT NOT NULL DEFAULT '';
