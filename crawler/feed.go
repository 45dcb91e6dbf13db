package crawler

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/mmcdole/gofeed"
)

// The kinds of content that the crawler tells apart.
const (
	kindPage    = "page"
	kindPDF     = "pdf"
	kindFeed    = "feed"
	kindSitemap = "sitemap"
)

// feedAddresses lists what an RSS 1.0, RSS 2.0 or Atom feed points at.
func feedAddresses(body []byte) (found []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("read feed: %v", p)
		}
	}()
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	for _, it := range feed.Items {
		if it != nil && it.Link != "" {
			found = append(found, it.Link)
		}
	}
	return found, nil
}

// sniff tells what a body is, by what stands in it first and then by what the
// server calls it; "" is nothing that we read.
func sniff(body []byte, contentType string) string {
	if bytes.HasPrefix(body, []byte("%PDF-")) {
		return kindPDF
	}
	switch root := rootElement(body); root {
	case "urlset", "sitemapindex":
		return kindSitemap
	case "rss", "rdf:rdf", "feed":
		return kindFeed
	case "html":
		return kindPage
	}
	if contentType == "" {
		contentType = http.DetectContentType(body)
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "text/html", "application/xhtml+xml":
		return kindPage
	}
	return ""
}

// rootElement is the name of the first tag, in lower case, looked for in the
// first 4 KB.
func rootElement(body []byte) string {
	head := string(body[:min(len(body), 4096)])
	for found := true; found; {
		_, head, found = strings.Cut(head, "<")
		switch {
		case strings.HasPrefix(head, "!--"):
			_, head, found = strings.Cut(head, "-->")
		case strings.HasPrefix(head, "?"), strings.HasPrefix(head, "!"):
			_, head, found = strings.Cut(head, ">")
		case found:
			end := strings.IndexAny(head, "> /\t\r\n")
			return strings.ToLower(head[:max(end, 0)])
		}
	}
	return ""
}
