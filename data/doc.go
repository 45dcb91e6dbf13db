// Package data keeps what must outlive the process. SQL and Redis stand
// nowhere else.
//
// A Store owns one data directory; a second process is refused (lock file).
// In it:
//
//	records.db    what the ward may not lose: LINE's events and the replies to
//	              them, unanswered questions, feedback, crawl runs with their
//	              change lists. synchronous=FULL: what was acknowledged is on
//	              the disk.
//	sessions.db   where each conversation stands. synchronous=NORMAL: a power
//	              cut may take the last second, a crash of the process nothing.
//
// With a DatabaseURL both are in one PostgreSQL, which several processes may
// share. RedisSessions are the other place for sessions.
//
// schema/ holds the tables of each engine with a comment on each column. Times
// are Unix milliseconds, so a zone can neither shift nor reorder them; they
// come back in UTC. Text is cleaned on the way in: valid UTF-8, no NUL, because
// PostgreSQL refuses both and SQLite does not.
//
// Each exported method is one transaction; what it calls takes the
// transaction and never the pool, because SQLite has one write connection and
// a second would wait for the first for ever. Writes that wait for it share a
// commit. Every write may be repeated after an unknown outcome without changing
// what is stored.
//
// # Events, turns, replies
//
// ReceiveEvents keeps each of LINE's events once, by its id. Nobody but the
// holder of a resident's Turn works on the events of that resident: the turn is
// a lease whose number every step checks, so that a worker that was given up
// can do no harm when it comes back. A lease is not waited for when its process
// is gone: in SQLite the next start frees it, in PostgreSQL any other process
// within a second, because each holds a lock there that the server lets go with
// its connection. Leases are by each process's clock; one that is more than two
// seconds from PostgreSQL's works no turns. Each step of a turn (TakeTurn,
// FinishEvent, SettleReply …) keeps what was done and hands out what is next in
// one transaction: a message to take back, else the reply under way, else the
// oldest event. A reply is kept, with its bytes and the retry key of its push,
// before it is tried; what is handed out counts as begun, so a process that
// dies in the middle leaves Tries and Uncertain behind for the next.
//
// Every event ends as exactly one of: answered (the Outcome of its reply says
// how), silent, unsent, quarantined. Then its body is emptied; its id is kept
// for KeepEvents. A message that was taken back goes with the reply, question
// and vote that came of it, whichever comes first; Scrub makes it unreadable in
// SQLite's files. PostgreSQL's own files, its log and Redis's are not ours to
// scrub.
//
// # People in figures
//
// That a question was asked is kept without its words (RecordQuestion), with a
// hash of who asked. The hash is keyed with a random key of the calendar month
// in Japan; SweepAsked deletes the key once the month is over, and the rows after
// KeepAsked. So a person can be counted within a month, and afterwards nobody
// who has the database and somebody's id can find that person's rows. In the
// widget a person is a session: who opens it twice is two.
//
// # Staff
//
// People of the console are never deleted. Who changes one is looked up again in
// the transaction that does it; the audit is written first in it, which makes
// writers take turns. Cookies, passwords and codes are never seen here, but for
// the SHA-256 of the first, a hash of the second and the secret behind the third.
// A session ends with every change of its person's role, password or second
// factor. staff_attempt.go says how guessing is slowed down.
//
// # Errors
//
// Errors are of type ward.Error where a person can do something about them: a
// full disk, a busy or absent database or Redis is ward.Unavailable. In SQLite
// nothing of the method's work was stored then; over a network it may have been.
//
// The package does not mask personal data: what arrives must be masked
// already, events apart. It makes no jobs and sends nothing. It holds neither
// pages nor the index; those are files beside it.
package data
