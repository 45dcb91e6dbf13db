-- +goose Up

-- What staff did about questions that were not answered.
CREATE TABLE fix (
  id           TEXT    NOT NULL PRIMARY KEY,
  kind         TEXT    NOT NULL, -- page, answer, word, dismiss
  state        TEXT    NOT NULL, -- draft, live, withdrawn
  page         TEXT    NOT NULL, -- address of the page that answers, or that the answer was written from
  page_title   TEXT    NOT NULL,
  document     TEXT    NOT NULL, -- part of the page that answers, '' for all of it
  text         TEXT    NOT NULL, -- what residents read (answer)
  owner        TEXT    NOT NULL, -- section that answers for it (answer)
  phone        TEXT    NOT NULL,
  review       TEXT    NOT NULL, -- YYYY-MM-DD, when to look at it again, or ''
  word         TEXT    NOT NULL, -- what residents say (word)
  means        TEXT    NOT NULL, -- what the ward's pages write for it, a line each (word)
  reason       TEXT    NOT NULL, -- why it was dismissed or withdrawn
  prepared_by  TEXT    NOT NULL, -- staff
  prepared_at  BIGINT  NOT NULL,
  published_by TEXT    NOT NULL, -- staff, '' until it was in force
  published_at BIGINT  NOT NULL, -- 0 until then
  version      BIGINT  NOT NULL  -- grows with each change
);
CREATE INDEX fix_state ON fix (state, prepared_at);

-- The questions of a fix, masked, the one that stands for all at place 0.
CREATE TABLE fix_question (
  fix_id TEXT    NOT NULL REFERENCES fix (id) ON DELETE CASCADE,
  place  BIGINT  NOT NULL,
  text   TEXT    NOT NULL,
  PRIMARY KEY (fix_id, place)
);
CREATE INDEX fix_question_text ON fix_question (text);

-- What the counter must not answer about.
CREATE TABLE stop (
  id        TEXT    NOT NULL PRIMARY KEY,
  kind      TEXT    NOT NULL, -- word, page, category
  value     TEXT    NOT NULL,
  phone     TEXT    NOT NULL, -- where to ask instead, or ''
  why       TEXT    NOT NULL, -- for the staff
  by_staff  TEXT    NOT NULL,
  at        BIGINT  NOT NULL,
  lifted_by TEXT    NOT NULL, -- staff, '' while it is in force
  lifted_at BIGINT  NOT NULL, -- 0 while it is in force
  version   BIGINT  NOT NULL
);
CREATE INDEX stop_in_force ON stop (at) WHERE lifted_by = '';

-- Grows with each change of what is in force: one row, read once a question.
CREATE TABLE in_force (
  one     BIGINT  NOT NULL PRIMARY KEY CHECK (one = 1),
  version BIGINT  NOT NULL
);
INSERT INTO in_force (one, version) VALUES (1, 1);
