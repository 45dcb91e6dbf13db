package ward

// Verdict says how an Answer may be used.
type Verdict string

// The verdicts, in the words of the JSON contract of madoguchi ask.
const (
	Sure    Verdict = "answer"  // show the first hit
	Unsure  Verdict = "choices" // let the resident choose among the hits
	Nothing Verdict = "none"    // say that nothing was found
)

// Hit is a Document found for a question.
type Hit struct {
	Document Document
	// Passage is the part of the text that answers best: the whole text when
	// it is short. It is always a run of the text as it stands in the page.
	Passage string
	// Score orders the hits of one question; it compares with nothing else.
	Score float64
	// Confidence is the estimated probability, 0 to 1, that this hit answers.
	Confidence float64
}

// Answer is what the index found for one question. Hits are in order, best
// first; with Nothing they may still hold weak hits, which are not to be shown.
type Answer struct {
	Verdict Verdict
	Hits    []Hit
	Fix     string // id of the fix of the staff's that answers, "" if none
}

// Category is one level of the site's own breadcrumbs.
type Category struct {
	Path     []string   // from the top; empty for the top itself
	Children []string   // names of the next level, in the order of the site's size
	Pages    []Document // documents that stand directly here, one per page
}
