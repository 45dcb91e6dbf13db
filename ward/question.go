package ward

import "time"

// Unanswered is a question that found nothing, as kept for the staff: the
// personal data in it is already masked.
type Unanswered struct {
	Text    string // masked
	Channel Channel
	Verdict Verdict // what the resident got; Sure when that did not help
	At      time.Time
	// MessageID names the message that Text came with, "" if the channel names
	// none: when it is taken back, the question goes with it.
	MessageID string
}

// Feedback is a resident's はい or いいえ to "did this help".
type Feedback struct {
	// AnswerID names the one answer that was shown; a second vote on the same
	// answer replaces the first.
	AnswerID   string
	DocumentID string
	Question   string // masked
	Channel    Channel
	Resident   Resident `json:"-"` // kept as in Asked
	Helpful    bool
	At         time.Time
	// MessageID names the message that Question came with, "" if the channel
	// names none: when it is taken back, Question goes with it.
	MessageID string
}
