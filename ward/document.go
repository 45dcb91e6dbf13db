package ward

import (
	"net/url"
	"path"
	"strings"
)

// Kind tells what a Document was made from.
type Kind string

// The kinds of Document.
const (
	FAQ  Kind = "faq"  // one question with its answer
	Page Kind = "page" // a page, or one section of a long page
	PDF  Kind = "pdf"  // the text of a PDF, or only its title when it has none
)

// Document is the smallest thing that can be shown as an answer. The field
// names of its JSON form are a contract with other tools (madoguchi extract).
type Document struct {
	// URL is where a resident reads it, with the anchor of the question or
	// section when the page has one.
	URL string `json:"url"`
	// ID is stable over crawls as long as the page keeps its identity.
	ID string `json:"id"`
	// Title is the question of a Q/A pair, else the title of the page.
	Title string `json:"title"`
	// HeadingPath are the headings above the text, outermost first, Title
	// itself left out: for a Q/A pair the page title and the topic headings,
	// for a section of a page the headings down to it, for a whole page none.
	HeadingPath []string `json:"heading_path"`
	// Text is plain text; paragraphs, list items and table rows end in "\n".
	Text string `json:"text"`
	Kind Kind   `json:"kind"`
	// Section is the section in charge as the page names it, "" if it does not.
	Section string `json:"section"`
	// Phone is a number the page itself gives, never the switchboard in the footer.
	Phone string `json:"phone"`
	// Updated is the date the page shows, as YYYY-MM-DD, or "".
	Updated string `json:"updated"`
	// Category is the breadcrumb, top first, without the page itself.
	Category    []string     `json:"category"`
	Attachments []Attachment `json:"attachments"`
	// Links are absolute URLs found in the content, in order, each once.
	Links []string `json:"links"`
}

// Attachment is a file that a page offers.
type Attachment struct {
	Href  string `json:"href"`  // as an absolute URL
	Label string `json:"label"` // without kind and size
	Kind  string `json:"kind"`  // PDF, Excel, Word …, as the page says or by extension
	Size  string `json:"size"`  // as the page says: "76KB", "2,031KB"
}

// PageURL is the URL without the anchor.
func (d *Document) PageURL() string {
	for i := 0; i < len(d.URL); i++ {
		if d.URL[i] == '#' {
			return d.URL[:i]
		}
	}
	return d.URL
}

// PageAddress writes an address so that two of the same page are equal, however
// they were copied. part is the anchor with its #.
func PageAddress(raw string) (page, part string) {
	raw = strings.TrimSpace(raw)
	u, err := url.Parse(raw)
	if err != nil {
		return raw, ""
	}
	folder, name := path.Split(u.Path)
	if name == "index.html" || name == "index.htm" || name == "" {
		u.Path = "/" + strings.TrimPrefix(folder, "/")
	}
	page = strings.ToLower(u.Host) + u.Path
	if u.RawQuery != "" {
		page += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		part = "#" + u.Fragment
	}
	return page, part
}

// SamePage says whether two addresses are of the same page, whatever part of
// it they name and however they were copied.
func SamePage(a, b string) bool {
	one, _ := PageAddress(a)
	other, _ := PageAddress(b)
	return one == other
}
