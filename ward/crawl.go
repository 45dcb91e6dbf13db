package ward

import "time"

// CrawlRun is what one crawl of the ward's site came to. Started names it:
// there is never more than one crawl at a time.
type CrawlRun struct {
	Started, Finished time.Time
	// Pages by what became of them.
	New, Changed, Unchanged, Gone int
	// Failed counts the pages that could not be read, by reason.
	Failed map[string]int
	// Kept says why the documents of the run before were kept, "" when the
	// run was taken over.
	Kept string
	// Changes are the pages that are not as they were.
	Changes []PageChange
}

// PageChange is one page that a crawl found to be not as it was.
type PageChange struct {
	URL   string
	Title string // as it is now; for a gone page as it was
	What  Change
}

// Change says what happened to a page.
type Change string

// The changes.
const (
	PageNew     Change = "new"
	PageChanged Change = "changed"
	PageGone    Change = "gone"
)
