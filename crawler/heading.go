package crawler

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

// headline picks the page's title: og:title without the site's name, else the
// profile's headline, else the h1 that the title element repeats, else the
// title element without the site's name.
func (x *extraction) headline() string {
	own := ""
	for _, s := range x.profile.Title {
		for _, n := range s.all(x.root) {
			if own = headText(n); own != "" {
				break
			}
		}
		if own != "" {
			break
		}
	}
	if x.isSite(x.ogTitle) && x.withoutSite(x.ogTitle) == x.ogTitle { // the same on every page
		x.ogTitle = ""
	}
	full := x.title
	if x.ogTitle != "" {
		full = x.ogTitle
	}
	repeated := x.repeatedHead(full)
	switch {
	case x.ogTitle != "" && repeated != "":
		return repeated
	case x.ogTitle != "":
		return x.withoutSite(x.ogTitle)
	case own != "":
		return own
	case repeated != "":
		if t := x.withoutSite(full); namesPart(t, repeated) {
			return t
		}
		return repeated
	}
	if t := x.withoutSite(full); t != "" && !x.isSite(t) {
		return t
	}
	for _, h := range x.heads {
		if t := headText(h); t != "" && !x.isSite(t) {
			return t
		}
	}
	return full
}

// namesPart tells whether a title is a headline and, behind a colon, the part
// of it that the page is about: よくある質問：水道.
func namesPart(title, head string) bool {
	rest, ok := strings.CutPrefix(squeeze(title), squeeze(head))
	return ok && strings.HasPrefix(rest, ":")
}

// repeatedHead gives the longest h1 that the full title contains; the site's
// own name is in there, too, but shorter than any page's title or alone.
func (x *extraction) repeatedHead(full string) string {
	best := ""
	whole := squeeze(full)
	for _, h := range x.heads {
		t := headText(h)
		if s := squeeze(t); s != "" && strings.Contains(whole, s) && !siteName(t) && utf8.RuneCountInString(t) > utf8.RuneCountInString(best) {
			best = t
		}
	}
	return best
}

// headText is the text of a headline, ruby left out.
func headText(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(c.Data)
			case c.DataAtom == atom.Br:
				b.WriteByte(' ')
			case c.DataAtom == atom.Rt, c.DataAtom == atom.Rp, c.DataAtom == atom.Script, c.DataAtom == atom.Style:
			default:
				walk(c)
			}
		}
	}
	walk(n)
	return strings.Join(strings.Fields(ja.Clean(b.String())), " ")
}

// wholeTitle is the text of the title element. It keeps wide spaces, which part
// the page's name from the site's.
func wholeTitle(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(c.Data)
	}
	narrowSpace := func(c rune) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\u00A0' }
	return strings.Trim(strings.Join(strings.FieldsFunc(ja.Clean(b.String()), narrowSpace), " "), "　")
}

// squeeze folds s and drops all space.
func squeeze(s string) string { return strings.ReplaceAll(ja.Fold(s), " ", "") }

var separatorRE = regexp.MustCompile(`\s*[｜|│]\s*|\s+[-–—−:：/／>＞«»]\s+|[：／]|　+|\s/\s|/`)

// withoutSite drops the parts of a title that name the site. A bar or a wide
// space always parts; what is left keeps its own separators.
func (x *extraction) withoutSite(title string) string {
	cuts := separatorRE.FindAllStringIndex(title, -1)
	if len(cuts) == 0 {
		return title
	}
	for i := range cuts {
		if head, tail := title[:cuts[i][0]], title[cuts[i][1]:]; x.isSite(head) {
			return x.withoutSite(tail)
		}
	}
	for i := len(cuts) - 1; i >= 0; i-- {
		if x.isSite(title[cuts[i][1]:]) {
			return x.withoutSite(title[:cuts[i][0]])
		}
	}
	if i := strings.IndexAny(title, "｜|"); i > 0 {
		return strings.TrimSpace(title[:i])
	}
	return title
}

func (x *extraction) isSite(s string) bool {
	return siteName(s) || x.site != "" && squeeze(s) == squeeze(x.site)
}

var siteNameRE = regexp.MustCompile(`^(?:北海道|東京都|大阪府|京都府|\p{Han}{2,3}県|(?:\p{Han}{2,3}[都道府県])?[\p{Han}\p{Hiragana}\p{Katakana}ー]{1,6}[市区町村])(?:役所|役場|庁)?(?:公式|の)?(?:[\[( ].*)?$` +
	`|(?:ホームページ|ウェブサイト|webサイト|公式サイト|ポータルサイト|公式hp|公式web)(?:$|[\[(/ ])|^[^ ]{1,8}ネット$|city official|official (?:web)?site`)

// siteName tells whether a part of a title is the name of a ward or its site.
func siteName(s string) bool {
	s = ja.Fold(s)
	return s == "" || utf8.RuneCountInString(s) <= 60 && siteNameRE.MatchString(s) && !strings.HasSuffix(s, "地区") && !strings.HasSuffix(s, "学区") && !strings.HasSuffix(s, "校区")
}
