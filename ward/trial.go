package ward

// Trial is what a resident would get for a question, for staff to look at
// before anything is in force.
type Trial struct {
	Answer  Answer
	Replies []Reply  // as the widget shows them
	LINE    []Bubble // as LINE shows them
	Reasons []string // why, a sentence each
	Stopped *Stop    // that keeps it from being answered, nil if none
	Fix     string   // id of the fix that answers, "" if none
}

// Bubble is one message in LINE: its lines and what can be tapped.
type Bubble struct {
	Lines   []string
	Buttons []string
}
