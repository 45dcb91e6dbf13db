package sample

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"hash/crc32"
	"html/template"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed pages questions files templates style.css
var content embed.FS

// site is every page that has an address, written and generated ones.
type site struct {
	written   []Page
	pages     map[string]*Page
	places    map[string]*category // the category of each path
	root      *category
	templates map[string]*template.Template
	widget    string
	writers   sync.Pool // of *gzip.Writer
}

// category is one level of the breadcrumbs; its index page is generated.
type category struct {
	link
	parent   *category
	children []*category // most pages first
	pages    []*Page
	size     int            // pages here and below
	votes    map[string]int // paths that its pages' folders suggest
}

func newSite(pages []Page, widget string) (*site, error) {
	t, err := templates()
	if err != nil {
		return nil, err
	}
	s := &site{
		written: pages, pages: map[string]*Page{}, places: map[string]*category{},
		root: &category{link: link{"/index.html", topPage}}, templates: t, widget: widget,
	}
	for i := range pages {
		p := &pages[i]
		s.pages[p.Path] = p
		c := s.root.place(p)
		c.pages = append(c.pages, p)
		s.places[p.Path] = c
	}
	taken := map[string]bool{"/index.html": true}
	for p := range s.pages {
		taken[p] = true
	}
	s.root.settle(taken)
	s.generate()
	return s, nil
}

// place finds or makes the category of a page and lets the page's folders
// suggest the addresses of the levels above it.
func (c *category) place(p *Page) *category {
	folders := strings.Split(strings.Trim(path.Dir(p.Path), "/"), "/")
	if sectionFolder.MatchString(folders[0]) {
		folders = folders[1:]
	}
	c.size++
	for depth, name := range p.Crumbs[1:] {
		i := slices.IndexFunc(c.children, func(k *category) bool { return k.Name == name })
		if i < 0 {
			i = len(c.children)
			c.children = append(c.children, &category{link: link{Name: name}, parent: c, votes: map[string]int{}})
		}
		c = c.children[i]
		c.size++
		if depth < len(folders) && folders[0] != "" {
			c.votes["/"+path.Join(folders[:depth+1]...)+"/index.html"]++
		}
	}
	return c
}

// sectionFolder is the /e031/ that CMS-8341 puts in front; index pages lack it.
var sectionFolder = regexp.MustCompile(`^[a-z]\d{3}$`)

// settle gives each category below c the address that most of its pages
// suggest and nothing else has taken.
func (c *category) settle(taken map[string]bool) {
	slices.SortStableFunc(c.children, func(a, b *category) int { return cmp.Compare(b.size, a.size) })
	for _, k := range c.children {
		best := ""
		for p, n := range k.votes {
			if !taken[p] && (best == "" || cmp.Or(cmp.Compare(n, k.votes[best]), cmp.Compare(best, p)) > 0) {
				best = p
			}
		}
		if best == "" {
			names := ""
			for up := k; up != nil; up = up.parent {
				names += "/" + up.Name
			}
			best = fmt.Sprintf("/bunya/%08x/index.html", crc32.ChecksumIEEE([]byte(names)))
		}
		k.Path, taken[best] = best, true
	}
	for _, k := range c.children {
		k.settle(taken)
	}
}

// trail is the way from the top page down to c.
func (c *category) trail() (links []link) {
	for ; c != nil; c = c.parent {
		links = append(links, c.link)
	}
	slices.Reverse(links)
	return links
}

// render gives the HTML of a page as seen under origin ("http://host").
func (s *site) render(p *Page, origin string) ([]byte, error) {
	v := view{Page: p, URL: origin + p.Path, Menu: links(s.root.children[:min(maxMenu, len(s.root.children))]), Widget: s.widget}
	if c := s.places[p.Path]; c != nil {
		v.Trail = c.trail()
		for _, other := range c.pages {
			if other.Path != p.Path && len(v.Siblings) < maxSiblings {
				v.Siblings = append(v.Siblings, link{other.Path, other.Title})
			}
		}
	}
	if p.Shape == topShape {
		v.News = s.news()
	}
	var out bytes.Buffer
	if err := s.templates[p.Shape].ExecuteTemplate(&out, "page", v); err != nil {
		return nil, fmt.Errorf("render %s: %w", p.Path, err)
	}
	return out.Bytes(), nil
}

const (
	maxMenu     = 8
	maxSiblings = 15
	maxNews     = 10
)

func links(cs []*category) (all []link) {
	for _, c := range cs {
		all = append(all, c.link)
	}
	return all
}

// news are the pages updated last, newest first.
func (s *site) news() []*Page {
	all := make([]*Page, 0, len(s.written))
	for i := range s.written {
		if !s.written[i].NoIndex {
			all = append(all, &s.written[i])
		}
	}
	slices.SortStableFunc(all, func(a, b *Page) int { return cmp.Compare(b.Updated, a.Updated) })
	return all[:min(maxNews, len(all))]
}
