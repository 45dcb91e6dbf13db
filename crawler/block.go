package crawler

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
	"madoguchi/ward"
)

// role is what a block is for, as far as its tag tells.
type role uint8

const (
	plainLine    role = iota // running text, a list item, a table row
	headingLine              // h1 to h6
	termLine                 // dt, summary: a question on a page of questions
	questionLine             // certainly a question: a cell of a table of questions
	answerLine               // certainly the answer to the question before it
	topicLine                // a row that names the topic of the rows below it
	fenceLine                // no text: what was open is over (end of a dl, of a table)
)

// block is one line of a page: what stands between two line ends as a browser
// shows them.
type block struct {
	text   string
	role   role
	level  int    // of a heading, 1 to 6
	depth  int    // lists of terms and tables that it stands in
	bold   bool   // all of it is in bold type
	anchor string // id by which the line can be reached, "" if it has none
	solid  int    // characters that are no spaces
	linked int    // those of them that are inside links
	local  bool   // it is nothing but links to places in its own page
	links  []string
	files  []ward.Attachment
}

func (b *block) size() int { return utf8.RuneCountInString(b.text) }

// menuLike tells whether the line is nothing but links.
func (b *block) menuLike() bool { return b.linked > 0 && b.linked >= b.solid-2 }

// reader turns an element into blocks, one for each line that a browser shows.
type reader struct {
	*furniture
	base   *url.URL // what links are relative to
	self   string   // address of the page, to know links within it
	blocks []block

	line   strings.Builder
	cur    block
	space  rune   // white space since the last character: 0, ' ' or '\n'
	last   rune   // the last character written, 0 at the begin of a line
	anchor string // an id seen and not yet given to a line
	bolded int    // characters in bold type
	away   bool   // a link of the line leaves the page
	inBold int    // open elements
	inLink int
	depth  int // open lists of terms and tables
}

// read gives the blocks of one element.
func (r *reader) read(n *html.Node) []block {
	sub := &reader{furniture: r.furniture, base: r.base, self: r.self}
	sub.mark(n)
	sub.children(n)
	sub.flush()
	return sub.blocks
}

func (r *reader) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			r.write(c.Data)
		case html.ElementNode:
			r.element(c)
		}
	}
}

func (r *reader) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Br:
		if r.cur.role == headingLine {
			r.write(" ")
			return
		}
		r.flush()
	case atom.Img:
		r.mark(n)
		r.picture(n)
	case atom.A:
		r.mark(n)
		r.link(n)
	case atom.B, atom.Strong:
		r.mark(n)
		r.inBold++
		r.inline(n)
		r.inBold--
	case atom.Table:
		r.fenced(n, r.table)
	case atom.Dl, atom.Details:
		r.fenced(n, r.children)
	case atom.Dt, atom.Summary:
		r.titled(n, termLine, 0)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		r.titled(n, headingLine, int(n.Data[1]-'0'))
	default:
		if blockLevel(n.DataAtom) {
			if asksByClass(n) {
				r.titled(n, termLine, 0)
			} else {
				r.boxed(n)
			}
			return
		}
		r.mark(n)
		r.inline(n)
	}
}

// asksByClass tells whether a paragraph is styled as a question.
func asksByClass(n *html.Node) bool {
	if n.DataAtom != atom.P && n.DataAtom != atom.Div {
		return false
	}
	for _, c := range strings.Fields(strings.ToLower(attr(n, "class"))) {
		switch strings.ReplaceAll(c, "_", "-") {
		case "q", "question", "faq-q", "faq-question", "qa-q", "qa-question", "q-text", "q-title", "q-ttl":
			return true
		}
	}
	return false
}

// blockLevel tells which elements begin and end a line.
func blockLevel(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Li, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Main,
		atom.Tr, atom.Td, atom.Th, atom.Thead, atom.Tbody, atom.Tfoot, atom.Caption, atom.Blockquote, atom.Pre,
		atom.Address, atom.Figure, atom.Figcaption, atom.Center, atom.Form, atom.Hr, atom.Body, atom.Html, atom.Hgroup,
		atom.Menu, atom.Dir, atom.Nav, atom.Aside, atom.Footer:
		return true
	}
	return false
}

// boxed reads an element that begins and ends a line.
func (r *reader) boxed(n *html.Node) {
	r.flush()
	r.mark(n)
	r.children(n)
	r.flush()
}

// titled reads a heading or a term: all that is in it is one.
func (r *reader) titled(n *html.Node, as role, level int) {
	r.flush()
	outer := r.cur
	r.cur.role, r.cur.level = as, level
	r.mark(n)
	r.children(n)
	r.flush()
	r.cur.role, r.cur.level = outer.role, outer.level
}

// fenced reads an element that bounds the answers in it.
func (r *reader) fenced(n *html.Node, read func(*html.Node)) {
	r.flush()
	r.mark(n)
	r.depth++
	read(n)
	r.flush()
	r.blocks = append(r.blocks, block{role: fenceLine, depth: r.depth})
	r.depth--
}

// inline reads an element that stays in the line. A Q or A in a box of its own
// is a mark: the next word must not grow together with it.
func (r *reader) inline(n *html.Node) {
	first := r.last == 0
	r.children(n)
	if first && r.last != 0 && r.space == 0 && loneMark(r.line.String()) {
		r.space = ' '
	}
}

// longestAnchor is how long, in bytes, an id may be to be linked to.
const longestAnchor = 200

// mark remembers where a link to this place would lead.
func (r *reader) mark(n *html.Node) {
	id := attr(n, "id")
	if n.DataAtom == atom.A && id == "" {
		id = attr(n, "name")
	}
	switch {
	case id == "" || len(id) > longestAnchor || strings.ContainsFunc(id, unicode.IsSpace):
	case r.last == 0:
		r.anchor = id
	case r.cur.anchor == "":
		r.cur.anchor = id
	}
}

func (r *reader) link(n *html.Node) {
	href := strings.TrimSpace(attr(n, "href"))
	if href == "" {
		r.inline(n)
		return
	}
	if !strings.HasPrefix(href, "#") {
		u, ok := Normalize(r.base, href)
		r.away = r.away || !ok || u.String() != r.self
		if ok && u.String() != r.self {
			r.cur.links = append(r.cur.links, u.String())
			if file, ok := attachment(u, textOf(n)); ok {
				r.cur.files = append(r.cur.files, file)
			}
		}
	}
	r.inLink++
	r.inline(n)
	r.inLink--
}

// picture writes what a picture says when that is a mark or a sentence.
func (r *reader) picture(n *html.Node) {
	alt := strings.TrimSpace(attr(n, "alt"))
	switch {
	case alt == "":
	case loneMark(alt):
		r.write(" " + alt + ": ")
	case r.sentence(alt):
		r.write(" " + alt + " ")
	}
}

// write adds text to the line, white space as a browser shows it, except that
// a line end in the source between two Japanese characters is nothing.
func (r *reader) write(s string) {
	for _, c := range s {
		switch {
		case c == '\n' || c == '\r':
			if r.space == 0 {
				r.space = '\n'
			}
		case c == ' ' || c == '\t' || c == '\f' || c == '\u00A0':
			r.space = ' '
		case !invisible(c):
			r.put(c)
		}
	}
}

func (r *reader) put(c rune) {
	switch {
	case r.last == 0:
		r.cur.anchor, r.anchor = r.anchor, ""
	case r.space == ' ' && r.last != '　' && c != '　', r.space == '\n' && !(wide(r.last) && wide(c)):
		r.line.WriteByte(' ')
	}
	r.space, r.last = 0, c
	r.line.WriteRune(c)
	if c == '　' {
		return
	}
	r.cur.solid++
	if r.inLink > 0 {
		r.cur.linked++
	}
	if r.inBold > 0 {
		r.bolded++
	}
}

// flush ends the line. Links without text, mostly pictures, go to the next.
func (r *reader) flush() {
	if r.last == 0 && len(r.cur.files) == 0 {
		r.space = 0
		return
	}
	b, written := r.cur, r.line.String()
	b.depth = r.depth
	b.bold = b.solid > 0 && r.bolded >= b.solid-2
	b.local = b.menuLike() && !r.away
	b.text = r.tidy(written)
	if len(b.files) > 0 || b.text != "" && !(b.local && b.role == plainLine) && !r.boilerplate(b.text) {
		r.blocks = append(r.blocks, b)
	}
	r.line.Reset()
	r.cur = block{role: b.role, level: b.level}
	r.space, r.last, r.bolded, r.away = 0, 0, 0, false
}

// invisible tells which characters are not kept: controls, zero-width and
// bidirectional ones.
func invisible(c rune) bool {
	return c < ' ' || c >= 0x7F && c < 0xA0 || (c == 0xAD || c >= 0x0600 && c < 0x3000 || c >= 0xFE00) && unicode.Is(unicode.Cf, c)
}

// wide tells whether c is a Japanese character.
func wide(c rune) bool { return c >= 0x3000 && c < 0xD7A4 || c >= 0xF900 && c < 0xFFF0 || c >= 0x20000 }

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// textOf gives all text below n in one line.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(ja.Clean(b.String())), " ")
}
