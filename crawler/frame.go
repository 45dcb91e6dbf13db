package crawler

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

// What stands around the content of a page: its place in the site, its date
// and its number.

// readBreadcrumb finds the way from the top to the page and cuts it out.
func (x *extraction) readBreadcrumb() {
	for _, list := range [][]selector{x.profile.Breadcrumb, x.generic.Breadcrumb} {
		for _, s := range list {
			for _, n := range s.all(x.root) {
				if x.Category == nil {
					x.Category = x.crumbs(n)
				}
				remove(n)
			}
		}
		if x.Category != nil {
			return
		}
	}
	x.Category = x.looseCrumbs()
}

// remove takes an element out of the page.
func remove(n *html.Node) {
	if n.Parent != nil && n.DataAtom != atom.Body && n.DataAtom != atom.Html {
		n.Parent.RemoveChild(n)
	}
}

var crumbsRE = regexp.MustCompile(`^(?:現在の?(?:位置|地|ページ)[:： ]*)?(?:ホーム|トップ|トップページ|HOME|Home|TOP|Top)\s*[>＞›»≫→]`)

// looseCrumbs finds a breadcrumb that is only a paragraph, as on pages made by
// hand.
func (x *extraction) looseCrumbs() []string {
	for n := range x.root.Descendants() {
		if n.DataAtom == atom.P || n.DataAtom == atom.Td || n.DataAtom == atom.Font {
			if t := textOf(n); len(t) < 600 && crumbsRE.MatchString(t) && !holdsBlocks(n) {
				found := x.crumbs(n)
				remove(n)
				return found
			}
		}
	}
	return nil
}

// holdsBlocks tells whether an element is more than one paragraph.
func holdsBlocks(n *html.Node) bool {
	for d := range n.Descendants() {
		if blockLevel(d.DataAtom) || d.DataAtom == atom.Table {
			return true
		}
	}
	return false
}

// crumbs reads a breadcrumb, top first. The page itself, which is its last
// entry without a link or its title, is left out.
func (x *extraction) crumbs(n *html.Node) []string {
	var out []string
	linked := true // whether the last entry is a link
	add := func(s string, link bool) bool {
		s = strings.TrimFunc(s, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(">＞›»≫→｜|/", c) })
		if len(out) > 1 && s == out[0] {
			return false // a second way to the page
		}
		if s != "" && !crumbLabel(s) && !slices.Contains(out, s) {
			out, linked = append(out, s), link
		}
		return true
	}
	var walk func(n *html.Node) bool
	walk = func(n *html.Node) bool {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				for _, s := range strings.FieldsFunc(ja.Clean(c.Data), func(c rune) bool { return strings.ContainsRune(">＞›»≫→", c) }) {
					if !add(strings.Join(strings.Fields(s), " "), false) {
						return false
					}
				}
			case c.DataAtom == atom.A && attr(c, "href") != "":
				if !add(textOf(c), true) {
					return false
				}
			case c.DataAtom == atom.Script || c.DataAtom == atom.Style || c.DataAtom == atom.Noscript:
			case !walk(c):
				return false
			}
		}
		return true
	}
	walk(n)
	if !linked && len(out) > 0 {
		out = out[:len(out)-1]
	}
	title := squeeze(x.Page.Title)
	return slices.DeleteFunc(out, func(s string) bool { return squeeze(s) == title })
}

func crumbLabel(s string) bool {
	s = strings.Trim(ja.Fold(s), ":[]() ")
	switch s {
	case "現在位置", "現在の位置", "現在地", "現在のページ", "現在のページ位置", "ここは", "あしあと", "本文", "あなたの現在地", "you are here":
		return true
	}
	return false
}

// readUpdated finds the date of the page: in the place that the profile names,
// labelled or not; else behind a label anywhere; else before 更新 or the page's
// number; else in a time element.
func (x *extraction) readUpdated() {
	for _, list := range [][]selector{x.profile.Updated, x.generic.Updated} {
		for _, s := range list {
			for _, n := range s.all(x.root) {
				t := textOf(n)
				if utf8.RuneCountInString(t) > longestStamp {
					continue
				}
				if x.Updated = labelledDate(ja.Fold(t)); x.Updated == "" {
					x.Updated = dateOf(n, t)
				}
				if x.Updated != "" {
					return
				}
			}
		}
	}
	if x.Updated = labelledDate(x.seenText()); x.Updated != "" {
		return
	}
	x.Updated = x.timeElement()
}

// timeElement gives the date of the time element that says it is the page's,
// or of the only one; several are the dates of other things.
func (x *extraction) timeElement() string {
	var found []string
	for n := range x.root.Descendants() {
		if n.DataAtom != atom.Time || attr(n, "datetime") == "" {
			continue
		}
		date := dateOf(n, "")
		if name := attr(n, "itemprop") + attr(n, "class"); date != "" && (strings.Contains(name, "dateModified") || strings.Contains(name, "update")) {
			return date
		}
		found = append(found, date)
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// longestStamp is how long, in characters, the element with the date may be.
const longestStamp = 300

// dateOf reads a date from an element's text, else from its datetime.
func dateOf(n *html.Node, t string) string {
	if iso, ok := ja.Date(t); ok {
		return iso
	}
	iso, _ := ja.Date(attr(n, "datetime"))
	return iso
}

// seenText gives the text that a reader sees, folded, each element apart.
func (x *extraction) seenText() string {
	if x.seen == "" {
		var b strings.Builder
		for n := range x.root.Descendants() {
			if n.Type == html.TextNode && !silent(n.Parent) {
				b.WriteString(n.Data)
				b.WriteByte(' ')
			}
		}
		x.seen = ja.Fold(b.String())
	}
	return x.seen
}

func silent(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Title, atom.Template, atom.Textarea, atom.Option, atom.Iframe:
		return true
	}
	return false
}

// A date on folded text, and what may stand between it and its label.
const (
	dateShape = `(?:(?:令和|平成|昭和) ?(?:元|\d{1,2})|[rhs]\d{1,2}|(?:19|20)\d\d)(?: ?\([^()]{1,12}\))? ?[年./-](?: ?\([^()]{1,12}\))? ?\d{1,2} ?[月./-] ?\d{1,2}日?`
	stampGap  = `[:/ \])】]{0,4}`
	stampSize = 120 // bytes in which label and date stand
)

var (
	behindRE     = regexp.MustCompile(`^時?` + stampGap + `(` + dateShape + `)`)
	beforeRE     = regexp.MustCompile(`(` + dateShape + `)(?: ?\([日月火水木金土](?:曜日?)?\))?[ /|]{0,3}(?:\d{1,2}:\d\d ?)?(?:最終)?$`)
	pageNumberRE = regexp.MustCompile(`^ ?(?:番号|id)[: ]{0,3}([a-z]?\d[\d-]*)|^\(id[: ]{1,2}(\d+)\)`)
)

// labelledDate finds the date of a page in folded text, by the labels in the
// order of how much they say; last comes a date with its label behind it.
func labelledDate(folded string) string {
	for _, label := range []string{"最終更新日", "更新日付", "更新日", "掲載日", "公開日"} {
		for at := range places(folded, label) {
			window := folded[at+len(label):]
			if m := behindRE.FindStringSubmatch(window[:min(len(window), stampSize)]); m != nil {
				if iso, ok := ja.Date(m[1]); ok {
					return iso
				}
			}
		}
	}
	for _, label := range []string{"更新", "ページ番号", "ページid"} {
		for at := range places(folded, label) {
			if m := beforeRE.FindStringSubmatch(folded[max(0, at-stampSize):at]); m != nil {
				if iso, ok := ja.Date(m[1]); ok {
					return iso
				}
			}
		}
	}
	return ""
}

// places gives the byte offsets at which word stands in s.
func places(s, word string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; {
			i := strings.Index(s[from:], word)
			if i < 0 || !yield(from+i) {
				return
			}
			from += i + len(word)
		}
	}
}

// readPageID finds the CMS's number of the page.
func (x *extraction) readPageID() {
	for _, s := range x.profile.PageID {
		for _, n := range s.all(x.root) {
			for _, key := range []string{"content", "value"} {
				if v := strings.TrimSpace(attr(n, key)); v != "" && utf8.RuneCountInString(v) <= longestNumber {
					x.PageID = ja.Clean(v)
					return
				}
			}
			if x.PageID = pageNumber(ja.Fold(textOf(n))); x.PageID != "" {
				return
			}
		}
	}
	x.PageID = pageNumber(x.seenText())
}

// longestNumber is how long a page number may be.
const longestNumber = 40

// pageNumber finds a labelled page number in folded text. 電話番号, 法人番号 and
// the like are none.
func pageNumber(folded string) string {
	for _, label := range []string{"ページ", "コンテンツ", "記事", "(id"} {
		for at := range places(folded, label) {
			if label[0] != '(' {
				at += len(label)
			}
			window := folded[at:]
			if m := pageNumberRE.FindStringSubmatch(window[:min(len(window), stampSize)]); m != nil {
				return strings.ToUpper(m[1] + m[2])
			}
		}
	}
	return ""
}
