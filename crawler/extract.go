package crawler

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

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

// parse reads HTML. A page with more open elements than the parser allows is
// parsed again with the deepest elements left out and their text kept.
func parse(source []byte) (*html.Node, error) {
	root, err := html.Parse(bytes.NewReader(source))
	if err == nil {
		return root, nil
	}
	return html.Parse(bytes.NewReader(shallow(source)))
}

// maxDepth is how many elements may be open in a page that is too deep for
// the parser (512), with room for those that the parser adds.
const maxDepth = 100

// shallow leaves out the tags of elements that are nested too deep.
func shallow(source []byte) []byte {
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(source))
	depth, left := 0, 0
	for {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.ErrorToken {
			return out.Bytes()
		}
		switch name, _ := z.TagName(); {
		case kind == html.StartTagToken && !void(atom.Lookup(name)):
			if depth >= maxDepth {
				left++
				out.WriteByte(' ')
				continue
			}
			depth++
		case kind == html.EndTagToken && left > 0:
			left--
			continue
		case kind == html.EndTagToken && depth > 0:
			depth--
		}
		out.Write(raw)
	}
}

// void tells which elements have no end tag, or hold no elements.
func void(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta,
		atom.Param, atom.Source, atom.Track, atom.Wbr, atom.Frame, atom.Script, atom.Style, atom.Textarea, atom.Title,
		atom.Noscript, atom.Iframe, atom.Noframes, atom.Xmp, atom.Noembed:
		return true
	}
	return false
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

// readContent turns the content into lines.
func (x *extraction) readContent() {
	roots := x.contentRoots()
	if asked, said := first(x.profile.Question, x.root), first(x.profile.Answer, x.root); asked != nil && said != nil {
		x.cut(asked)
		if x.asked = strings.Join(x.plain(asked), " "); x.asked == "" {
			x.asked = x.Page.Title
		}
		roots = []*html.Node{said}
	}
	r := &reader{furniture: &x.furniture, base: x.base, self: x.URL}
	for _, n := range roots {
		x.cut(n)
		r.children(n)
		r.flush()
	}
	title := squeeze(x.Page.Title)
	x.lines = slices.DeleteFunc(r.blocks, func(b block) bool { return b.role == headingLine && squeeze(b.text) == title })
	if len(x.lines) > 0 && squeeze(x.lines[0].text) == title {
		x.lines = x.lines[1:]
	}
	x.contactPhone = x.Phone
	if x.Section == "" {
		x.namedContact()
	}
	x.lines = withoutBareHeads(slices.DeleteFunc(x.lines, func(b block) bool {
		return strings.HasPrefix(b.text, "この") && contactHeadRE.MatchString(ja.Fold(b.text))
	}))
	if x.Page.Title == "" {
		x.Page.Title = firstWords(x.lines)
	}
	if x.Phone == "" {
		x.Phone = onlyPhone(x.lines)
	}
}

// withoutBareHeads drops short headings that stand above nothing. Longer ones,
// and those with a number, are kept: pages made by hand write text in them.
func withoutBareHeads(lines []block) []block {
	const shortHead = 16
	var kept []block // from the end
	above := 7       // level of the heading met last, 0 behind text
	for i := len(lines) - 1; i >= 0; i-- {
		switch b := lines[i]; b.role {
		case fenceLine:
		case headingLine:
			if above > 0 && above <= 7 && (above == 7 || above <= b.level) && b.size() <= shortHead && !hasDigit(b.text) {
				continue
			}
			above = b.level
		default:
			above = 0
		}
		kept = append(kept, lines[i])
	}
	slices.Reverse(kept)
	return kept
}

// firstWords stands in for a title that the page does not have.
func firstWords(lines []block) string {
	const longestTitle = 40
	for _, b := range lines {
		if words := []rune(b.text); len(words) > 0 {
			return string(words[:min(len(words), longestTitle)])
		}
	}
	return ""
}

// first gives the first element of the first selector that has one.
func first(list []selector, root *html.Node) *html.Node {
	for _, s := range list {
		if found := s.all(root); len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

// cut removes what is no content.
func (x *extraction) cut(root *html.Node) {
	for _, list := range [][]selector{x.profile.Drop, x.generic.Drop} {
		for _, s := range list {
			for _, n := range s.all(root) {
				if n != root {
					remove(n)
				}
			}
		}
	}
}

// contentRoots gives the elements that hold the content: all matches of the
// first selector of which at least one holds text, else the densest block.
func (x *extraction) contentRoots() []*html.Node {
	for _, list := range [][]selector{x.profile.Content, x.generic.Content} {
		for _, s := range list {
			if found := outermost(s.all(x.root)); slices.ContainsFunc(found, holdsText) {
				return found
			}
		}
	}
	return []*html.Node{densest(x.root)}
}

// outermost leaves out elements inside others of the list.
func outermost(nodes []*html.Node) []*html.Node {
	in := map[*html.Node]bool{}
	var out []*html.Node
	for _, n := range nodes {
		inside := false
		for p := n.Parent; p != nil && !inside; p = p.Parent {
			inside = in[p]
		}
		if in[n] = true; !inside {
			out = append(out, n)
		}
	}
	return out
}

// fewestText is how many characters an element must hold to be taken for the
// content at all.
const fewestText = 8

func holdsText(n *html.Node) bool {
	count := 0
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode && d.Parent.DataAtom != atom.Script && d.Parent.DataAtom != atom.Style:
			count += utf8.RuneCountInString(strings.TrimSpace(d.Data))
		case d.DataAtom == atom.Img && attr(d, "alt") != "":
			count += utf8.RuneCountInString(attr(d, "alt"))
		}
		if count >= fewestText {
			return true
		}
	}
	return false
}

// mainShare is the part of an element's running text, in percent, that a child
// must hold to stand for it.
const mainShare = 75

// densest walks down from body to the element that still holds most of the
// text that is not in links or menus.
func densest(root *html.Node) *html.Node {
	weight := map[*html.Node]int{}
	var weigh func(n *html.Node) int
	weigh = func(n *html.Node) int {
		total := 0
		if n.Type == html.TextNode {
			total = utf8.RuneCountInString(strings.TrimSpace(n.Data))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !menu(c) {
				total += weigh(c)
			}
		}
		weight[n] = total
		return total
	}
	n := root
	weigh(root)
	for {
		var best *html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && weight[c] > 0 && (best == nil || weight[c] > weight[best]) {
				best = c
			}
		}
		if best == nil || weight[best]*100 < weight[n]*mainShare || !frames(best) {
			return n
		}
		n = best
	}
}

// frames tells whether an element can hold a page's content among others,
// rather than being a piece of it.
func frames(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Table:
		return placing(n)
	case atom.P, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Pre, atom.Blockquote, atom.Th:
		return false
	}
	return blockLevel(n.DataAtom)
}

// menu tells whether an element is for finding one's way, by its tag and name.
func menu(n *html.Node) bool {
	switch n.DataAtom {
	case atom.A, atom.Nav, atom.Header, atom.Footer, atom.Aside, atom.Script, atom.Style, atom.Noscript, atom.Head, atom.Select:
		return true
	case atom.Table, atom.Td, atom.Tr, atom.Tbody, atom.Body, atom.Html:
		return false
	}
	name := strings.ToLower(attr(n, "id") + " " + attr(n, "class"))
	for _, word := range []string{"header", "footer", "navi", "gnav", "menu", "sidebar", "breadcrumb", "pankuzu", "skip"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
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
