package ward

import (
	"errors"
	"time"
)

// ErrorKind is what a program may branch on.
type ErrorKind string

// The kinds of Error.
const (
	Invalid     ErrorKind = "invalid"     // the input is wrong; trying again changes nothing
	NotFound    ErrorKind = "not_found"   // there is no such thing
	Conflict    ErrorKind = "conflict"    // somebody else changed it first; read again
	TooLarge    ErrorKind = "too_large"   // past a stated limit
	TooMany     ErrorKind = "too_many"    // slow down
	Forbidden   ErrorKind = "forbidden"   // not allowed for this caller
	Unavailable ErrorKind = "unavailable" // a part is not ready; try again later
	Expired     ErrorKind = "expired"     // what was to be used, such as a reply token, is used up or too old
	Quota       ErrorKind = "quota"       // this month's messages are used up; waiting does not help
	Unknown     ErrorKind = "unknown"     // sent, but nobody said whether it arrived
	Internal    ErrorKind = "internal"    // anything else; Message says nothing of the cause
)

// Error is an error that a person may read.
type Error struct {
	Kind    ErrorKind
	Message string // one sentence for the person; never the cause
	Err     error  // the cause, for the log; may be nil
	// RetryAfter is how long the other side asked to wait, 0 if it did not say.
	RetryAfter time.Duration
}

// Error joins the sentence and its cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the first Error in err's chain: Internal when there
// is none, "" when err is nil.
func KindOf(err error) ErrorKind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
