-- Times are Unix milliseconds. Text is valid UTF-8 without NUL.

-- +goose Up

-- A question that found nothing, personal data masked. One row each time it is
-- asked, so that a repeated write changes nothing and old rows can be dropped.
CREATE TABLE unanswered (
  text    TEXT    NOT NULL,
  at      INTEGER NOT NULL, -- when it was asked
  channel TEXT    NOT NULL, -- web, line
  verdict TEXT    NOT NULL, -- what the resident got: choices, none
  PRIMARY KEY (text, at, channel)
) STRICT;
CREATE INDEX unanswered_at ON unanswered (at);

-- はい or いいえ to one shown answer; a later vote replaces an earlier one.
CREATE TABLE feedback (
  answer_id   TEXT    NOT NULL PRIMARY KEY,
  document_id TEXT    NOT NULL,
  question    TEXT    NOT NULL, -- masked
  channel     TEXT    NOT NULL,
  helpful     INTEGER NOT NULL CHECK (helpful IN (0, 1)),
  at          INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_at ON feedback (at);

-- One crawl of the ward's site; never two at once, so its start names it.
CREATE TABLE crawl (
  started   INTEGER NOT NULL PRIMARY KEY,
  finished  INTEGER NOT NULL,
  added     INTEGER NOT NULL, -- pages that are new
  changed   INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  gone      INTEGER NOT NULL,
  kept      TEXT    NOT NULL  -- why the documents before were kept, '' if not
) STRICT;

-- Pages of a crawl that could not be read, by reason.
CREATE TABLE crawl_failure (
  started INTEGER NOT NULL REFERENCES crawl (started) ON DELETE CASCADE,
  reason  TEXT    NOT NULL,
  pages   INTEGER NOT NULL,
  PRIMARY KEY (started, reason)
) STRICT;

-- Pages that a crawl found to be not as they were.
CREATE TABLE crawl_change (
  started INTEGER NOT NULL REFERENCES crawl (started) ON DELETE CASCADE,
  url     TEXT    NOT NULL,
  title   TEXT    NOT NULL,
  what    TEXT    NOT NULL, -- new, changed, gone
  PRIMARY KEY (started, url)
) STRICT;
