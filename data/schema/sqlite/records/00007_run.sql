-- +goose Up

-- A run that made or chose an index: one row, made at its start.
CREATE TABLE run (
  id         TEXT    NOT NULL PRIMARY KEY,
  kind       TEXT    NOT NULL, -- crawl, reindex, rollback
  staff      TEXT    NOT NULL, -- id of who started it, or system
  role       TEXT    NOT NULL, -- in which they did it, '' for the program
  started    INTEGER NOT NULL,
  beat       INTEGER NOT NULL, -- when it was last heard of
  finished   INTEGER NOT NULL, -- 0 until then
  generation INTEGER NOT NULL, -- that was made or chosen, 0 if none
  before     INTEGER NOT NULL, -- that was in use, 0 if none
  documents  INTEGER NOT NULL,
  added      INTEGER NOT NULL, -- answers that are new
  changed    INTEGER NOT NULL, -- whose text is not as it was
  gone       INTEGER NOT NULL,
  moved      INTEGER NOT NULL, -- that another section owns
  goldens    INTEGER NOT NULL, -- that judged it, and how
  asked      INTEGER NOT NULL,
  answered   INTEGER NOT NULL,
  was        INTEGER NOT NULL, -- answered by the one before
  lost       INTEGER NOT NULL,
  gained     INTEGER NOT NULL,
  unanswered INTEGER NOT NULL,
  pages_gone INTEGER NOT NULL, -- goldens whose pages left the site
  refused    INTEGER NOT NULL CHECK (refused IN (0, 1)), -- 1: the one before stayed in use
  kept       TEXT    NOT NULL, -- why the pages of the crawl before were kept, '' if not
  error      TEXT    NOT NULL  -- a sentence, '' if it went well
) STRICT;
CREATE INDEX run_started ON run (started);

-- The answers that are not as they were, at most so many a run.
CREATE TABLE run_change (
  run         TEXT    NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  place       INTEGER NOT NULL, -- 1, 2, 3 … in the order of their addresses
  at          INTEGER NOT NULL, -- when the run ended
  document_id TEXT    NOT NULL,
  what        TEXT    NOT NULL, -- new, text, gone, section
  url         TEXT    NOT NULL,
  title       TEXT    NOT NULL,
  section     TEXT    NOT NULL, -- in charge now; of one that is gone, then
  section_was TEXT    NOT NULL, -- before, where that changed
  PRIMARY KEY (run, place)
) STRICT;
CREATE INDEX run_change_section ON run_change (section, at);

-- Curated answers whose source page is not as it was when they were written.
CREATE TABLE source_change (
  fix     TEXT    NOT NULL PRIMARY KEY, -- id; the latest change counts
  what    TEXT    NOT NULL, -- text, gone
  at      INTEGER NOT NULL, -- when the run ended that found it
  seen_by TEXT    NOT NULL, -- id of who looked at it since, '' while nobody did
  seen_at INTEGER NOT NULL
) STRICT;

-- What staff set in the console.
CREATE TABLE setting (
  name    TEXT    NOT NULL PRIMARY KEY, -- schedule, digest
  value   TEXT    NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- Where the weekly digest of a section goes.
CREATE TABLE digest_address (
  section TEXT    NOT NULL PRIMARY KEY,
  mails   TEXT    NOT NULL, -- official addresses, a line each
  version INTEGER NOT NULL
) STRICT;

-- The digest of one week to one section. A row that says sending is never sent
-- again: whoever made it so may have sent it before the process died.
CREATE TABLE digest (
  week    TEXT    NOT NULL, -- day on which it was due, YYYY-MM-DD in Japan
  section TEXT    NOT NULL,
  state   TEXT    NOT NULL, -- waiting, sending, sent, nothing, unknown, given-up
  tries   INTEGER NOT NULL,
  at      INTEGER NOT NULL, -- of the last step
  next    INTEGER NOT NULL, -- waiting: when it is tried again
  reason  TEXT    NOT NULL, -- why not, without an address; '' if none
  PRIMARY KEY (week, section)
) STRICT;
