package crawler

import (
	"testing"
)

func TestSniff(t *testing.T) {
	for _, c := range []struct{ body, contentType, want string }{
		{"<?xml version='1.0'?><!-- <rss> --><urlset>", "text/xml", kindSitemap},
		{"\ufeff<sitemapindex xmlns='x'>", "", kindSitemap},
		{"<rdf:RDF xmlns='x'>", "text/html", kindFeed},
		{"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'><html xmlns='x'>", "application/xml", kindPage},
		{"<p>no root", "text/html; charset=Shift_JIS", kindPage},
		{"<!doctype html><title>x</title>", "", kindPage},
		{"%PDF-1.4", "text/html", kindPDF},
		{"%PDF-1.4", "application/octet-stream", kindPDF},
		{"plain words", "text/plain", ""},
		{"<svg>", "image/svg+xml", ""},
		{"", "text/html", kindPage},
		{"<", "application/xml", ""},
	} {
		if got := sniff([]byte(c.body), c.contentType); got != c.want {
			t.Errorf("sniff(%q, %q) = %q, want %q", c.body, c.contentType, got, c.want)
		}
	}
}

// FuzzFeeds: whatever a server sends as a feed, a sitemap or robots.txt, it is
// read or refused.
func FuzzFeeds(f *testing.F) {
	f.Add([]byte(`<rss version="2.0"><channel><item><link>/a</link></item></channel></rss>`))
	f.Add([]byte(`<?xml version="1.0" encoding="Shift_JIS"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"><item><link>x</link></item></rdf:RDF>`))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="x"/></entry></feed>`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><urlset><url><loc>&b;</loc></url></urlset>`))
	f.Add([]byte("User-agent: *\nCrawl-delay: 1\nDisallow: /*a*b$\nSitemap: x\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		sniff(body, "")
		_, _ = feedAddresses(body)
		if n := len(sitemapAddresses(body)); n > maxSitemapAddresses {
			t.Errorf("%d addresses", n)
		}
		if r := parseRobots(string(body)); r.delay < 0 || r.delay > maxCrawlDelay {
			t.Errorf("delay %v", r.delay)
		}
	})
}
