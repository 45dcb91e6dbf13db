// Package crawler turns a ward's website into documents.
//
// Run fetches politely and keeps the raw pages; Pages.Documents reads the kept
// pages and gives the documents in them, with no network, as often as the
// extraction changes. Extract is that second half for a single page.
//
// # A run
//
// A run asks for the seeds, for every page that is kept, and for what they link
// to: first come first served, one connection and one request at a time, each
// host at its pace. Every request, redirect targets and robots.txt included,
// passes the same gates in the same order: configured host, traps (traps.txt),
// robots.txt, pace, and at connect time the guard on the address. An address
// ends as one of
//
//	live     answered, and was kept
//	moved    a redirect or a meta refresh leads to another address
//	gone     404, 410, or a page that says so itself
//	refused  robots.txt or our own rules forbid it now
//	failed   no answer to go by: what was kept of it before stays
//
// These outcomes lie aside until the run ends and then replace the kept pages in
// one transaction. If more than a fifth of the pages with answers would be lost
// at once, those are kept and Summary.Kept says why. A page that stands at
// several addresses (by the site's own number for it, else by og:url) is shown
// once, at the newest.
//
// # What is stored
//
// One bbolt file, pages.db. Records are JSON behind a CRC-32.
//
//	meta    format → "1"; run → number, counts and whether it ended; summary → of the last run
//	pages   address → record: a page, PDF, feed or sitemap, with ETag and Last-Modified
//	bodies  SHA-256 of a body → the body, deflated; the text of a PDF too
//	next    address → outcome of the run under way
//	queue   order of discovery → address still to be asked for
//	seen    address → 1 if it was let in, 0 if refused, in the run under way
//	robots  scheme://host → its last robots.txt
//
// Validators stand in the record of the stored body, so no kill can leave an
// ETag without its page. A kill loses the last second of work at most; the next
// Run asks for that again and ends as if nothing had happened.
//
// # What it does not do
//
// It submits no form, runs no script, keeps no cookie, asks no proxy, and does
// not rank or index. It decides nothing by lastmod, which sites set wrongly.
package crawler
