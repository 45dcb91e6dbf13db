package sample

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// sitemapLag is how far the dates in the sitemaps stand behind the pages: a
// crawler that trusts them misses changes, as on real sites.
const sitemapLag = 45 * 24 * time.Hour

const robots = `# 見本区ホームページ
User-agent: *
Disallow: /cgi-bin/
Disallow: /kana/
Disallow: /mobile/
Disallow: /*?print=

Sitemap: %s/sitemap.xml
`

// folders gives the pages of each first folder; noindex pages are in no sitemap.
func (s *site) folders() map[string][]*Page {
	all := map[string][]*Page{}
	for _, p := range s.pages {
		first, _, nested := strings.Cut(p.Path[1:], "/")
		if !nested {
			first = ""
		}
		if !p.NoIndex {
			all[first] = append(all[first], p)
		}
	}
	for _, pages := range all {
		slices.SortFunc(pages, func(a, b *Page) int { return strings.Compare(a.Path, b.Path) })
	}
	return all
}

type sitemapEntry struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
}

// sitemapIndex names one sitemap a folder.
func (s *site) sitemapIndex(origin string) ([]byte, error) {
	var index struct {
		XMLName xml.Name       `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Entries []sitemapEntry `xml:"sitemap"`
	}
	for folder, pages := range s.folders() {
		oldest := slices.MinFunc(pages, func(a, b *Page) int { return strings.Compare(a.Updated, b.Updated) })
		index.Entries = append(index.Entries, sitemapEntry{origin + path.Join("/", folder, "sitemap-pages.xml"), stale(oldest)})
	}
	slices.SortFunc(index.Entries, func(a, b sitemapEntry) int { return strings.Compare(a.Loc, b.Loc) })
	return encode(index)
}

// sitemap lists the pages of one folder.
func (s *site) sitemap(folder, origin string) ([]byte, error) {
	var set struct {
		XMLName xml.Name       `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		Entries []sitemapEntry `xml:"url"`
	}
	for _, p := range s.folders()[folder] {
		set.Entries = append(set.Entries, sitemapEntry{origin + p.Path, stale(p)})
	}
	return encode(set)
}

func stale(p *Page) string { return p.day().Add(-sitemapLag).Format(time.RFC3339) }

func encode(v any) ([]byte, error) {
	out, err := xml.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode XML: %w", err)
	}
	return append([]byte(xml.Header), out...), nil
}

// rss is the news as RSS 1.0, in which the items stand beside the channel.
func (s *site) rss(origin string) []byte {
	var out bytes.Buffer
	origin = escape(origin)
	out.WriteString(xml.Header + `<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="ja">` + "\n")
	fmt.Fprintf(&out, `<channel rdf:about="%[1]s/news/shinchaku.xml"><title>見本区 新着情報</title><link>%[1]s/</link><description>見本区ホームページの新着情報</description><items><rdf:Seq>`, origin)
	for _, p := range s.news() {
		fmt.Fprintf(&out, `<rdf:li rdf:resource="%s%s"/>`, origin, p.Path)
	}
	out.WriteString("</rdf:Seq></items></channel>\n")
	for _, p := range s.news() {
		fmt.Fprintf(&out, `<item rdf:about="%[1]s%[2]s"><title>%[3]s</title><link>%[1]s%[2]s</link><dc:date>%[4]s</dc:date></item>`+"\n",
			origin, p.Path, escape(p.Title), p.day().Format(time.RFC3339))
	}
	out.WriteString("</rdf:RDF>\n")
	return out.Bytes()
}

// atom is the same news as Atom.
func (s *site) atom(origin string) []byte {
	var out bytes.Buffer
	news, origin := s.news(), escape(origin)
	fmt.Fprintf(&out, xml.Header+`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja"><title>見本区 新着情報</title><id>%[1]s/news/index.atom</id><link href="%[1]s/"/><author><name>見本区</name></author>`, origin)
	if len(news) > 0 {
		fmt.Fprintf(&out, "<updated>%s</updated>\n", news[0].day().Format(time.RFC3339))
	}
	for _, p := range news {
		fmt.Fprintf(&out, `<entry><title>%[3]s</title><id>%[1]s%[2]s</id><link href="%[1]s%[2]s"/><updated>%[4]s</updated></entry>`+"\n",
			origin, p.Path, escape(p.Title), p.day().Format(time.RFC3339))
	}
	out.WriteString("</feed>\n")
	return out.Bytes()
}

func escape(s string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(s)) // a Builder does not fail
	return out.String()
}
