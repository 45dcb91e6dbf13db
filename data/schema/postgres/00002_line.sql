-- +goose Up

-- The message that the question came with, '' where the channel names none:
-- when the resident takes it back, the question goes with it.
ALTER TABLE unanswered ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
CREATE INDEX unanswered_message ON unanswered (message_id) WHERE message_id <> '';
ALTER TABLE feedback ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
CREATE INDEX feedback_message ON feedback (message_id) WHERE message_id <> '';

-- A webhook event. Once it is done it is kept without body and token, so that
-- the same event again is known.
CREATE TABLE event (
  id          TEXT    NOT NULL PRIMARY KEY, -- webhookEventId
  resident    TEXT    NOT NULL, -- '' where nobody is named
  kind        TEXT    NOT NULL,
  rank        BIGINT  NOT NULL, -- 0 is worked before anything else of the resident, 1 in its turn
  at          BIGINT  NOT NULL, -- when it happened
  received    BIGINT  NOT NULL,
  message_id  TEXT    NOT NULL, -- '' where it is about no message
  reply_token TEXT    NOT NULL,
  body        BYTEA   NOT NULL,
  state       TEXT    NOT NULL, -- new, answered (see reply), silent, unsent, quarantined
  tries       BIGINT  NOT NULL, -- times it was handed to a worker
  reason      TEXT    NOT NULL  -- why the last try failed; never a resident's words
);
CREATE INDEX event_new ON event (resident, rank, at, id) WHERE state = 'new';
CREATE INDEX event_message ON event (message_id) WHERE message_id <> '';
CREATE INDEX event_quarantined ON event (received) WHERE state = 'quarantined';
CREATE INDEX event_received ON event (received);

-- What is said to one event: at most one row each. Once it has an outcome its
-- messages and token are emptied.
CREATE TABLE reply (
  event_id    TEXT    NOT NULL PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
  resident    TEXT    NOT NULL,
  reply_token TEXT    NOT NULL,
  retry_key   TEXT    NOT NULL, -- of a push, made before the first try
  messages    BYTEA   NOT NULL, -- as they are sent, byte for byte
  received    BIGINT  NOT NULL, -- of its event: the token's life begins here
  push        BIGINT  NOT NULL CHECK (push IN (0, 1)),      -- 1: by push now, no longer by token
  uncertain   BIGINT  NOT NULL CHECK (uncertain IN (0, 1)), -- 1: a try began and nobody knows how it ended
  tries       BIGINT  NOT NULL,
  next_try    BIGINT  NOT NULL,
  outcome     TEXT    NOT NULL  -- '' while under way; delivered, expired, unknown, quota, refused, unsent
);
CREATE UNIQUE INDEX reply_under_way ON reply (resident) WHERE outcome = '';

-- Whose turn it is: one row per resident. wake_at is NULL while there is
-- nothing to do. A turn that waits (held 0) has a job that will take it, and
-- wake_at is when to make another job; a turn that is held by a worker is
-- lost to it at wake_at.
CREATE TABLE talk (
  resident TEXT    NOT NULL PRIMARY KEY,
  turn     BIGINT  NOT NULL, -- grows with each turn that ends: a late worker or job finds another number
  held     BIGINT  NOT NULL CHECK (held IN (0, 1)),
  wake_at  BIGINT
);
CREATE INDEX talk_wake ON talk (wake_at) WHERE wake_at IS NOT NULL;

-- Messages that were taken back, because the taking back may come first.
CREATE TABLE tombstone (
  message_id TEXT    NOT NULL PRIMARY KEY,
  at         BIGINT  NOT NULL
);
CREATE INDEX tombstone_at ON tombstone (at);
