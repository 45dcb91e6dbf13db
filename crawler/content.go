package crawler

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

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
