// Package data keeps what must outlive the process. SQL stands nowhere else.
//
// A Store owns one data directory; a second process is refused (lock file).
// In it:
//
//	records.db    what the ward may not lose: unanswered questions, feedback,
//	              crawl runs with their change lists. synchronous=FULL: what
//	              was acknowledged is on the disk.
//	sessions.db   where each conversation stands. synchronous=NORMAL: a power
//	              cut may take the last second, a crash of the process nothing.
//
// schema/ holds the tables with a comment on each column. Times are Unix
// milliseconds, so a zone can neither shift nor reorder them; they come back
// in UTC. Text is cleaned on the way in: valid UTF-8, no NUL, because
// PostgreSQL refuses both and SQLite does not.
//
// Each exported method is one transaction; what it calls takes the
// transaction and never the pool, because there is one write connection and a
// second would wait for the first for ever. Every write may be repeated after
// an unknown outcome without changing what is stored.
//
// Errors are of type ward.Error where a person can do something about them: a
// full disk or a busy database is ward.Unavailable, and then nothing of the
// method's work was stored.
//
// The package does not mask personal data: what arrives must be masked
// already. It holds neither pages nor the index; those are files beside it.
package data
