package sample

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// generate makes the pages that nobody writes: the top page, one index page a
// category, the site map and the list of sections.
func (s *site) generate() {
	newest := "2019-04-01"
	for _, p := range s.written {
		newest = max(newest, p.Updated)
	}
	add := func(p *Page, c *category) {
		if s.pages[p.Path] != nil {
			return
		}
		p.Updated, p.Layout, p.Shape = newest, Article, cmp.Or(p.Shape, "cms8341")
		s.pages[p.Path], s.places[p.Path] = p, c
	}
	add(&Page{Path: s.root.Path, Title: "見本区ホームページ", Shape: topShape}, nil)
	for c := range s.root.below {
		add(&Page{Path: c.Path, Title: c.Name, Parts: listed(c.list())}, c.parent)
	}
	var all strings.Builder
	s.root.outline(&all)
	add(&Page{Path: "/sitemap.html", Title: "サイトマップ", Parts: listed(all.String())}, s.root)
	add(&Page{Path: "/soshiki/index.html", Title: "組織から探す", Parts: s.sections()}, s.root)
	add(&Page{Path: "/qa/index.html", Title: "よくある質問", Parts: s.asked()}, s.root)
}

// below yields every category under c.
func (c *category) below(yield func(*category) bool) {
	c.walk(yield)
}

func (c *category) walk(yield func(*category) bool) bool {
	for _, k := range c.children {
		if !yield(k) || !k.walk(yield) {
			return false
		}
	}
	return true
}

func listed(html string) []Part { return []Part{{Body: template.HTML(html)}} }

// list is the links to what stands directly under c.
func (c *category) list() string {
	var out strings.Builder
	out.WriteString(`<ul class="list_ccc">` + "\n")
	for _, k := range c.children {
		item(&out, k.link, true)
	}
	for _, p := range c.pages {
		item(&out, link{p.Path, p.Title}, true)
	}
	out.WriteString("</ul>\n")
	return out.String()
}

func item(out *strings.Builder, l link, end bool) {
	fmt.Fprintf(out, `<li><a href="%s">%s</a>`, template.HTMLEscapeString(l.Path), template.HTMLEscapeString(l.Name))
	if end {
		out.WriteString("</li>\n")
	}
}

// outline is all categories and pages as nested lists.
func (c *category) outline(out *strings.Builder) {
	out.WriteString("<ul>\n")
	for _, k := range c.children {
		item(out, k.link, false)
		k.outline(out)
		out.WriteString("</li>\n")
	}
	for _, p := range c.pages {
		item(out, link{p.Path, p.Title}, true)
	}
	out.WriteString("</ul>\n")
}

// sections lists the pages by the section in charge.
func (s *site) sections() []Part {
	return s.grouped(func(p *Page) string { return p.Section })
}

// asked lists the question pages by their top category.
func (s *site) asked() []Part {
	return s.grouped(func(p *Page) string {
		if p.Layout == Article {
			return ""
		}
		return p.Crumbs[len(p.Crumbs)-1]
	})
}

// grouped lists links to the pages under the heading that key gives; "" leaves a page out.
func (s *site) grouped(key func(*Page) string) (parts []Part) {
	lists := map[string]*category{}
	for i := range s.written {
		p := &s.written[i]
		if k := key(p); k != "" {
			if lists[k] == nil {
				lists[k] = &category{link: link{Name: k}}
			}
			lists[k].pages = append(lists[k].pages, p)
		}
	}
	for k, c := range lists {
		parts = append(parts, Part{Heading: k, Body: template.HTML(c.list())})
	}
	slices.SortFunc(parts, func(a, b Part) int { return strings.Compare(a.Heading, b.Heading) })
	for i := range parts {
		parts[i].Anchor = fmt.Sprintf("list%d", i+1)
	}
	return parts
}
