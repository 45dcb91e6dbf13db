-- Times are Unix milliseconds. Text is valid UTF-8 without NUL.

-- +goose Up

-- A question that found nothing, personal data masked. One row each time it is
-- asked, so that a repeated write changes nothing and old rows can be dropped.
CREATE TABLE unanswered (
  text    TEXT    NOT NULL,
  at      BIGINT  NOT NULL, -- when it was asked
  channel TEXT    NOT NULL, -- web, line
  verdict TEXT    NOT NULL, -- what the resident got: choices, none
  PRIMARY KEY (text, at, channel)
);
CREATE INDEX unanswered_at ON unanswered (at);

-- はい or いいえ to one shown answer; a later vote replaces an earlier one.
CREATE TABLE feedback (
  answer_id   TEXT    NOT NULL PRIMARY KEY,
  document_id TEXT    NOT NULL,
  question    TEXT    NOT NULL, -- masked
  channel     TEXT    NOT NULL,
  helpful     BIGINT  NOT NULL CHECK (helpful IN (0, 1)),
  at          BIGINT  NOT NULL
);
CREATE INDEX feedback_at ON feedback (at);

-- One crawl of the ward's site; never two at once, so its start names it.
CREATE TABLE crawl (
  started   BIGINT  NOT NULL PRIMARY KEY,
  finished  BIGINT  NOT NULL,
  added     BIGINT  NOT NULL, -- pages that are new
  changed   BIGINT  NOT NULL,
  unchanged BIGINT  NOT NULL,
  gone      BIGINT  NOT NULL,
  kept      TEXT    NOT NULL  -- why the documents before were kept, '' if not
);

-- Pages of a crawl that could not be read, by reason.
CREATE TABLE crawl_failure (
  started BIGINT  NOT NULL REFERENCES crawl (started) ON DELETE CASCADE,
  reason  TEXT    NOT NULL,
  pages   BIGINT  NOT NULL,
  PRIMARY KEY (started, reason)
);

-- Pages that a crawl found to be not as they were.
CREATE TABLE crawl_change (
  started BIGINT  NOT NULL REFERENCES crawl (started) ON DELETE CASCADE,
  url     TEXT    NOT NULL,
  title   TEXT    NOT NULL,
  what    TEXT    NOT NULL, -- new, changed, gone
  PRIMARY KEY (started, url)
);

-- Where each conversation stands. Losing it costs residents a repeated
-- question, nothing else.
CREATE TABLE session (
  key     TEXT    NOT NULL PRIMARY KEY,
  value   BYTEA   NOT NULL,
  version BIGINT  NOT NULL, -- grows with each write; starts at the clock, so that it never comes back
  expires BIGINT  NOT NULL  -- Unix milliseconds
);
CREATE INDEX session_expires ON session (expires);
