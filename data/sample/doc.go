// Package sample is the sample ward 見本区: a whole ward website to crawl, with
// residents' questions and the pages that answer them. The ward, its people
// and its telephone numbers (03-0000-xxxx) do not exist; what its pages say is
// what a Tokyo ward generally says.
//
// Stored shape, all of it embedded:
//
//	pages/<area>/<slug>.md    one page: front matter, then Markdown (see Page)
//	questions/<area>.jsonl    one Question a line
//	questions/unanswerable-<area>.jsonl
//	files/<path>              served at /<path> byte for byte: PDFs, pictures,
//	                          the old Shift_JIS and EUC-JP pages, the frameset
//	templates/<shape>.html    one CMS each: its class names, ids and element
//	                          order, its menus, banners and footers
//
// Handler serves the site on any host, with what makes real sites hard to
// crawl: pages that moved, a page that is gone but answers 200, session ids,
// copies for print, phones and kana, a calendar without end.
//
// History is a month of residents' visits, for a console that is not empty.
//
// The package is deterministic: no clock, and the same numbers each time. It does not crawl,
// search or judge answers.
package sample
