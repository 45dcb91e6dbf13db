-- +goose Up

-- The processes that work turns. Each has its id locked (pg_locks) as long as
-- it is connected: an id that is not locked is of a process that is gone.
CREATE TABLE worker (
  id BIGINT NOT NULL PRIMARY KEY
);

-- Which of them holds the turn, or held it last.
ALTER TABLE talk ADD COLUMN holder BIGINT NOT NULL DEFAULT 0;
