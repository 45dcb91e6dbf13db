package crawler

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

// Extract reads one HTML page. contentType is the HTTP header, "" if unknown;
// pageURL is where it was fetched from. With a pageURL that is nil or not http
// (a file), the address that the page gives itself takes its place; a page
// that gives none has no URL, and its links are read as if on localhost.
//
// An error means that the page cannot be parsed at all; no other input is
// refused, and none makes it panic.
func Extract(body []byte, contentType string, pageURL *url.URL) (*Page, error) {
	set, err := loadProfiles()
	if err != nil {
		return nil, fmt.Errorf("load profiles: %w", err)
	}
	source, name, broken := Decode(body, contentType)
	root, err := parse(source)
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", err)
	}
	x := &extraction{
		Page:     &Page{Charset: name, Broken: broken},
		profiles: set,
		profile:  set.detect(source),
		root:     root,
	}
	x.Page.Profile = x.profile.Name
	x.survey()
	x.identify(pageURL)
	x.follow()
	x.describe()
	x.compose()
	return x.Page, nil
}

// extraction is the work on one page.
type extraction struct {
	*Page
	*profiles
	profile *profile
	root    *html.Node
	base    *url.URL // what links are relative to

	// found by survey
	metas   []*html.Node
	heads   []*html.Node // h1 elements
	title   string       // of the title element
	ogTitle string
	ogURL   string
	site    string // og:site_name
	seen    string // its visible text, once it was asked for
	frames  []string
	baseRef string

	lines        []block // the content
	asked        string  // the question of a page that a profile says has one
	contactPhone string
}

// survey walks over the page once and notes what the head and the frame say.
func (x *extraction) survey() {
	for n := range x.root.Descendants() {
		switch n.DataAtom {
		case atom.Meta:
			x.metas = append(x.metas, n)
			x.meta(attr(n, "property"), attr(n, "content"))
		case atom.H1:
			x.heads = append(x.heads, n)
		case atom.Title:
			if x.title == "" {
				x.title = wholeTitle(n)
			}
		case atom.Base:
			if x.baseRef == "" {
				x.baseRef = attr(n, "href")
			}
		case atom.Link:
			if strings.EqualFold(attr(n, "rel"), "canonical") && x.ogURL == "" {
				x.ogURL = attr(n, "href")
			}
		case atom.Frame:
			x.frames = append(x.frames, attr(n, "src"))
		}
	}
}

func (x *extraction) meta(property, content string) {
	content = strings.TrimSpace(ja.Clean(content))
	switch {
	case property == "og:title" && x.ogTitle == "":
		x.ogTitle = strings.Join(strings.Fields(content), " ")
	case property == "og:url" && content != "":
		x.ogURL = content
	case property == "og:site_name" && x.site == "":
		x.site = content
	}
}

// identify settles the page's own address and what its links are relative to.
func (x *extraction) identify(fetched *url.URL) {
	known := fetched != nil && fetched.Host != ""
	if !known {
		own, err := url.Parse(x.ogURL)
		if known = err == nil && own.Host != ""; known {
			fetched = own
		} else {
			fetched = &url.URL{Scheme: "http", Host: "localhost", Path: "/"}
		}
	}
	x.base = fetched
	if u, err := fetched.Parse(x.baseRef); err == nil && x.baseRef != "" {
		x.base = u
	}
	self, ok := Normalize(fetched, "")
	if !ok || !known {
		return
	}
	if own, ok := Normalize(fetched, x.ogURL); ok && x.ogURL != "" && owns(own, self) {
		self = own
	}
	x.URL = self.String()
}

// owns tells whether own, which a page says to be its address, can be: same
// host, not the root and not just a folder above where it was found.
func owns(own, self *url.URL) bool {
	folder := strings.HasSuffix(own.Path, "/") && strings.HasPrefix(self.Path, own.Path) && len(self.Path) > len(own.Path)
	return own.Host == self.Host && own.Path != "/" && own.Path != "" && !folder
}

// follow notes where the page leads.
func (x *extraction) follow() {
	for _, m := range x.metas {
		name, content := strings.ToLower(attr(m, "name")), attr(m, "content")
		switch {
		case name == "robots":
			noIndex, noFollow := robotsTag(content)
			x.NoIndex, x.NoFollow = x.NoIndex || noIndex, x.NoFollow || noFollow
		case strings.EqualFold(attr(m, "http-equiv"), "refresh") && x.Refresh == "":
			x.Refresh = refresh(content, x.base)
		}
	}
	for _, src := range x.frames {
		if u, ok := Normalize(x.base, src); ok && src != "" {
			x.Frames = append(x.Frames, u.String())
		}
	}
	seen := map[string]bool{}
	for n := range x.root.Descendants() {
		var href string
		switch n.DataAtom {
		case atom.A, atom.Area:
			href = attr(n, "href")
		case atom.Iframe:
			href = x.sameHost(attr(n, "src"))
		}
		if href == "" || strings.HasPrefix(href, "#") || strings.Contains(attr(n, "rel"), "nofollow") {
			continue
		}
		if u, ok := Normalize(x.base, href); ok && !seen[u.String()] {
			seen[u.String()] = true
			x.Links = append(x.Links, u.String())
		}
	}
}

// sameHost gives src back if it stays on the page's host.
func (x *extraction) sameHost(src string) string {
	if u, ok := Normalize(x.base, src); ok && src != "" && u.Host == x.base.Host {
		return src
	}
	return ""
}

// describe reads what stands around the content: title, date, number, section,
// phone, breadcrumb; and cuts it out of the page.
func (x *extraction) describe() {
	x.Page.Title = x.headline()
	x.readBreadcrumb()
	x.readUpdated()
	x.readPageID()
	x.Gone = saysGone(x.Page.Title) || saysGone(x.title) || slices.ContainsFunc(x.heads, func(h *html.Node) bool { return saysGone(textOf(h)) })
	x.readContact()
}

// compose makes the documents.
func (x *extraction) compose() {
	if x.Gone || len(x.frames) > 0 {
		x.sign()
		return
	}
	x.readContent()
	x.sign()
	if x.NoIndex {
		return
	}
	x.Documents = x.documents()
}

// sign hashes what a reader would call the page.
func (x *extraction) sign() {
	h := sha256.New()
	fmt.Fprintln(h, x.Page.Title, x.Section, x.Phone)
	for i := range x.lines {
		b := &x.lines[i]
		fmt.Fprintln(h, b.role, b.text)
		for _, link := range b.links {
			switch strings.ToLower(path.Ext(link)) {
			case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp":
			default:
				fmt.Fprintln(h, link)
			}
		}
	}
	x.Hash = hex.EncodeToString(h.Sum(nil))
}
