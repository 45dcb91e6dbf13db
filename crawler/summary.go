package crawler

import "time"

// Progress is how far a run is. Rate and time left are the caller's to compute.
type Progress struct {
	Done   int // addresses dealt with in this run, those before a restart included
	Queued int // addresses known and not yet asked for
	Failed int
	Bytes  int64  // of bodies, as transferred
	URL    string // the address just dealt with
}

// Summary is what a run found. Pages are those that are kept: HTML pages and
// PDFs; copies of a page under a second address are not counted.
type Summary struct {
	Site    string    `json:"site"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Resumed says that an earlier run had been cut off and was continued.
	Resumed bool `json:"resumed"`

	New       int `json:"new"`
	Changed   int `json:"changed"` // the main text changed
	Unchanged int `json:"unchanged"`
	Moved     int `json:"moved"`
	Gone      int `json:"gone"`

	Requests    int            `json:"requests"`
	NotModified int            `json:"not_modified"` // answers 304
	Bytes       int64          `json:"bytes"`        // of bodies, as transferred
	Missing     int            `json:"missing"`      // links on the site that lead nowhere (404, 410)
	Failed      map[string]int `json:"failed"`       // by reason; what was known of such a page is kept
	Skipped     map[string]int `json:"skipped"`      // addresses not asked for, by reason

	// Kept is the sentence, for the staff, that says why documents were kept
	// although their pages were not found; "" if none were.
	Kept string `json:"kept"`
	// Changes are the pages with answers that appeared, changed, moved or went,
	// in the order of their addresses.
	Changes []Change `json:"changes"`
}

// ChangeKind says what became of a page.
type ChangeKind string

// The kinds of Change.
const (
	Appeared ChangeKind = "appeared"
	Altered  ChangeKind = "changed"
	MovedTo  ChangeKind = "moved"
	Vanished ChangeKind = "gone"
)

// Change is one line of the list that the staff looks through.
type Change struct {
	Kind  ChangeKind `json:"kind"`
	URL   string     `json:"url"`
	To    string     `json:"to,omitempty"` // the new address of a moved page
	Title string     `json:"title"`
}

// Pages is how many pages are kept after the run.
func (s Summary) Pages() int { return s.New + s.Changed + s.Unchanged + s.Moved }

// Duration is how long the run took, the time before a restart included.
func (s Summary) Duration() time.Duration { return s.Ended.Sub(s.Started) }
