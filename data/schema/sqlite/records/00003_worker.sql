-- +goose Up

-- Which process holds the turn: always 0, because a file has only one. In
-- PostgreSQL it is a worker's id.
ALTER TABLE talk ADD COLUMN holder INTEGER NOT NULL DEFAULT 0;
