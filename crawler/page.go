package crawler

import "madoguchi/ward"

// Page is what extraction makes of one fetched HTML page.
type Page struct {
	// URL is the page's own address: a same-host og:url or canonical link
	// that is not the site root, else where it was fetched from. Normalised.
	URL string
	// PageID is the CMS's own number of the page, "" if it shows none. It
	// stays when the page moves.
	PageID  string
	Profile string // name of the CMS profile that was applied
	Charset string // the encoding that the page was read in
	Broken  int    // characters that it could not read (U+FFFD)
	Title   string
	// Updated is YYYY-MM-DD or "".
	Updated  string
	Section  string
	Phone    string
	Category []string
	// Documents are the answerable pieces; empty for an index page that is
	// nothing but links, for a soft 404, a frameset or a noindex page.
	Documents []ward.Document
	// Links are the addresses to follow, menus included: same-site or not,
	// absolute, normalised, in order, each once.
	Links []string
	// Refresh is the target of a meta refresh, "" if there is none.
	Refresh string
	// Frames are the documents of a frameset.
	Frames []string
	// Gone says that the page tells people it does not exist (a soft 404).
	Gone              bool
	NoIndex, NoFollow bool // from meta robots
	// Hash is the hash of the main text, without dates, menus and pictures:
	// two fetches with the same hash are the same page to a reader.
	Hash string
}
