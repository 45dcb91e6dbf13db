package ward

import (
	"strings"
	"time"
)

// Asked is that somebody asked a question and how it was answered, without a
// word of it: what the figures are made of.
type Asked struct {
	// Key names the question: the channel's id of the message, else a random one.
	// The same key again is the same question.
	Key      string
	At       time.Time
	Channel  Channel
	Resident Resident `json:"-"` // the store keeps a hash of it that nobody can undo once the month is over
	Verdict  Verdict
	Stopped  bool   // a Stop kept the answer back
	Fix      string // id of the Fix that answered, "" if none

	// Chosen says that a candidate of the question with this Key was chosen, and
	// what follows is about that candidate; the other fields do not count then.
	Chosen bool

	DocumentID string // that was shown, or is nearest where nothing was
	Topic      string // of the document, see TopicOf
	Section    string // in charge of it
	Took       time.Duration
}

// topicLevels is how much of a breadcrumb makes a topic.
const topicLevels = 2

// TopicOf is the topic of a document with this breadcrumb, "" if it has none.
func TopicOf(category []string) string {
	return strings.Join(category[:min(len(category), topicLevels)], CategorySeparator)
}
