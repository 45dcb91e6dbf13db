package ward

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// Actor is who did something: a person in a role, or the program itself.
type Actor struct {
	Staff string // id, or SystemActor
	Role  Role   // "" for the program
}

// SystemActor names the program where a person's id would stand.
const SystemActor = "system"

// System is the program as an actor.
func System() Actor { return Actor{Staff: SystemActor} }

// AuditEntry is one thing that was done or decided. It names people and things
// by their ids and holds no personal data.
type AuditEntry struct {
	Seq    int64 // 1, 2, 3 …
	At     time.Time
	Actor  Actor
	Action string // fix-published, staff-appointed …: object, hyphen, what happened to it
	Object string // id of what it was done to, "" where there is only one
	Detail string // a sentence in Japanese for whoever reads the audit; no personal data
	Hash   string // of this entry and the hash of the one before; see HashAfter
}

// HashAfter is the SHA-256, in hex, of the entry's fields, each with its length,
// after the hash of the entry before it, "" for the first. Whoever changes,
// removes or inserts an entry changes every hash after it.
func (e AuditEntry) HashAfter(before string) string {
	h := sha256.New()
	for _, field := range []string{
		before, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.At.UnixMilli(), 10),
		e.Actor.Staff, string(e.Actor.Role), e.Action, e.Object, e.Detail,
	} {
		h.Write([]byte(strconv.Itoa(len(field)) + ":" + field))
	}
	return hex.EncodeToString(h.Sum(nil))
}
