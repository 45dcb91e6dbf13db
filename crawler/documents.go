package crawler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"madoguchi/ward"
)

// Documents reads every kept page anew and gives its documents, in the order of
// the pages' addresses; a page's PDFs follow it. It needs no network and gives
// the same for the same store. It may run while a crawl goes on and then reads
// the pages of the run before, or, in the very first run, those found so far.
// An error of yield ends it and is returned.
func (p *Pages) Documents(ctx context.Context, yield func(ward.Document) error) error {
	pages, err := p.shown()
	if err != nil {
		return err
	}
	given := map[string]bool{} // PDFs that an earlier page offered
	for _, u := range slices.Sorted(maps.Keys(pages)) {
		r := pages[u]
		if r.Kind != kindPage || r.AliasOf != "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := p.reread(r)
		if err != nil {
			return err
		}
		if pages[page.URL] == nil {
			readdress(page, u)
		}
		if err := p.give(page, pages, given, yield); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pages) shown() (map[string]*record, error) {
	pages, err := p.records()
	if err != nil || len(pages) > 0 {
		return pages, err
	}
	next, err := p.outcomes()
	for u, o := range next {
		if o.Verdict == wasLive {
			pages[u] = o.Record
		}
	}
	return pages, err
}

// readdress gives the documents of a page that names an address where nothing
// is kept the address where the page really is.
func readdress(page *Page, address string) {
	for i, d := range page.Documents {
		if rest, ok := strings.CutPrefix(d.URL, page.URL); ok && (rest == "" || rest[0] == '#') {
			page.Documents[i].URL = address + rest
		}
	}
}

// reread extracts a kept page.
func (p *Pages) reread(r *record) (*Page, error) {
	body, err := p.body(r.Body)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	page, err := readPage(body, r.ContentType, u)
	if err != nil {
		return nil, fmt.Errorf("read %s again: %w", r.URL, err)
	}
	return page, nil
}

// readPage is Extract that survives its own faults: one page must not end a crawl.
func readPage(body []byte, contentType string, u *url.URL) (page *Page, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			page, err = nil, fmt.Errorf("extract: %v", fault)
		}
	}()
	return Extract(body, contentType, u)
}

func (p *Pages) give(page *Page, pages map[string]*record, given map[string]bool, yield func(ward.Document) error) error {
	for _, d := range page.Documents {
		if err := yield(d); err != nil {
			return err
		}
	}
	for _, d := range page.Documents {
		for _, a := range d.Attachments {
			key := a.Href
			if u, err := url.Parse(a.Href); err == nil {
				if n, ok := Normalize(u, a.Href); ok {
					key = n.String()
				}
			}
			pdf := pages[key]
			if pdf == nil || pdf.Kind != kindPDF || given[key] {
				continue
			}
			given[key] = true
			docs, err := p.pdfDocuments(pdf, a, page, d)
			if err != nil {
				return err
			}
			for _, doc := range docs {
				if err := yield(doc); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// pdfDocuments are those of a PDF as its page presents it.
func (p *Pages) pdfDocuments(pdf *record, a ward.Attachment, page *Page, d ward.Document) ([]ward.Document, error) {
	var text []byte
	if pdf.Text != "" {
		var err error
		if text, err = p.body(pdf.Text); err != nil {
			return nil, err
		}
	}
	title := a.Label
	if title == "" {
		title = page.Title
	}
	sum := sha256.Sum256([]byte(pdf.URL))
	return PDFDocuments(ward.Document{
		URL: a.Href, ID: "pdf-" + hex.EncodeToString(sum[:8]), Title: title, HeadingPath: []string{page.Title},
		Kind: ward.PDF, Section: d.Section, Phone: d.Phone, Updated: d.Updated,
		Category: d.Category, Attachments: []ward.Attachment{}, Links: []string{},
	}, string(text)), nil
}
