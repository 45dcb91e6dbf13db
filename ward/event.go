package ward

import (
	"log/slog"
	"time"
)

// EventKind says what a webhook event is about, in LINE's words.
type EventKind string

// The kinds of Event that something is done for. Any other kind is kept as it
// came and answered with nothing.
const (
	MessageEvent  EventKind = "message"
	PostbackEvent EventKind = "postback"
	FollowEvent   EventKind = "follow"
	UnfollowEvent EventKind = "unfollow"
	UnsendEvent   EventKind = "unsend"
)

// MalformedEvent is the kind of what came as an event and cannot be read: it is
// kept to be looked at, and nothing else is done about it.
const MalformedEvent EventKind = "malformed"

// Event is one webhook event, as it is stored before anything is done about
// it. It never reaches a log.
type Event struct {
	ID         string    // webhookEventId: the same event again has the same
	Resident   Resident  // whose turn it is, "" where LINE names nobody
	Kind       EventKind //
	At         time.Time // when it happened; the order of one resident's events
	ReceivedAt time.Time // when we got it: a reply token lives one minute from here
	MessageID  string    // the message it brings, or that it takes back (unsend)
	ReplyToken string    // "" where nothing may be replied
	Body       []byte    // the event's own JSON as it came
}

// LogValue hides everything but the kind.
func (e Event) LogValue() slog.Value { return slog.StringValue("[" + string(e.Kind) + " event]") }
