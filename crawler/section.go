package crawler

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"madoguchi/ja"
	"madoguchi/ward"
)

// Sizes of documents, in characters.
const (
	wholeSize  = 1000 // up to here a page, or what is under a heading, stays in one piece
	pieceSize  = 1500 // a longer piece is cut between lines
	tinySize   = 150  // a shorter piece joins its neighbour
	joinedSize = 500  // up to here
	proseSize  = 60   // a page with so much in sentences is no mere list of links
	leastSize  = 25   // what is left beside questions is a document from here
	mostLinked = 80   // percent of text in links from which a list is only a way elsewhere
)

// documents makes the answerable pieces of the page.
func (x *extraction) documents() []ward.Document {
	if wayElsewhere(x.lines) {
		return nil
	}
	pairs, rest := x.pairs()
	d := &drafts{extraction: x, ids: map[string]bool{}}
	for _, p := range pairs {
		path := p.path
		if p.question != x.Page.Title {
			path = append([]string{x.Page.Title}, path...)
		}
		d.add(ward.FAQ, p.question, path, p.anchor, p.answer)
	}
	if len(pairs) > 0 {
		rest = withoutBareHeads(rest)
	}
	chunks := split(rest)
	for _, c := range chunks {
		lines := c.body()
		switch {
		case !says(lines):
		case (len(pairs) > 0 || len(chunks) > 1) && wayElsewhere(lines):
		case len(pairs) > 0 && textSize(lines) < leastSize && !hasFiles(lines):
		default:
			d.add(ward.Page, x.Page.Title, c.path, c.anchor, lines)
		}
	}
	return d.made
}

// wayElsewhere tells whether lines are nothing but links to other pages: an
// index, which answers nothing itself. Files to download are an answer.
func wayElsewhere(lines []block) bool {
	total, linked, links, prose := 0, 0, 0, 0
	for i := range lines {
		b := &lines[i]
		if len(b.files) > 0 {
			return false
		}
		links += len(b.links)
		if strings.Contains(b.text, "。") {
			prose += b.solid - b.linked
		}
		if b.role != headingLine && b.role != termLine {
			total += max(b.linked, undated(b.text))
			linked += b.linked
		}
	}
	return links > 0 && linked*100 >= total*mostLinked && prose < proseSize
}

// undated counts the characters of a line that no date is made of.
func undated(s string) int {
	n := 0
	for _, c := range s {
		if !isDigit(narrow(c)) && !strings.ContainsRune("年月日./／（）()令和平成曜火水木金土- 　\t", c) {
			n++
		}
	}
	return n
}

func hasFiles(lines []block) bool {
	return slices.ContainsFunc(lines, func(b block) bool { return len(b.files) > 0 })
}

// chunk is a run of lines that becomes one document.
type chunk struct {
	path   []string
	anchor string
	lines  []block // headings included
	intro  bool    // it is what stands before the first heading of its kind
}

// body gives the lines without the headings that the path says.
func (c *chunk) body() []block {
	above := slices.Clone(c.path)
	var out []block
	for _, b := range c.lines {
		if i := slices.Index(above, b.text); b.role == headingLine && i >= 0 {
			above[i] = "\x00"
			continue
		}
		if b.role != fenceLine {
			out = append(out, b)
		}
	}
	return out
}

// part is a heading with what is under it.
type part struct {
	head  block
	lines []block
	kids  []*part
}

func (p *part) size() int {
	n := textSize(p.lines)
	for _, k := range p.kids {
		n += k.head.size() + k.size()
	}
	return n
}

// all gives the lines of the part in order, its own heading first.
func (p *part) all() []block {
	var out []block
	if p.head.text != "" {
		out = append(out, p.head)
	}
	out = append(out, p.lines...)
	for _, k := range p.kids {
		out = append(out, k.all()...)
	}
	return out
}

// split cuts the lines of a page at its headings, as far as it is too long to
// be read at once.
func split(lines []block) []chunk {
	root := &part{}
	open := []*part{root}
	for _, b := range lines {
		if b.role != headingLine {
			top := open[len(open)-1]
			top.lines = append(top.lines, b)
			continue
		}
		for len(open) > 1 && open[len(open)-1].head.level >= b.level {
			open = open[:len(open)-1]
		}
		k := &part{head: b}
		top := open[len(open)-1]
		top.kids = append(top.kids, k)
		open = append(open, k)
	}
	return root.chunks(nil)
}

func (p *part) chunks(path []string) []chunk {
	if p.size() <= wholeSize || len(p.kids) == 0 {
		return pieces(chunk{path: path, anchor: p.head.anchor, lines: p.all()})
	}
	own := &part{head: p.head, lines: p.lines}
	var out []chunk
	if len(p.lines) > 0 {
		out = pieces(chunk{path: path, anchor: p.head.anchor, lines: own.all(), intro: true})
	}
	for _, k := range p.kids {
		if lines := k.all()[1:]; !hasFiles(lines) && (wayElsewhere(lines) || k.size() == 0) {
			continue
		}
		out = append(out, k.chunks(append(slices.Clone(path), k.head.text))...)
	}
	if len(out) == 0 {
		return nil
	}
	if len(p.lines) == 0 && p.head.text != "" {
		out[0].lines = append([]block{p.head}, out[0].lines...)
	}
	return gather(out)
}

// gather joins pieces that are too small to say much to their neighbours.
func gather(in []chunk) []chunk {
	out := in[:1]
	for _, c := range in[1:] {
		last := &out[len(out)-1]
		a, b := textSize(last.lines), textSize(c.lines)
		if (a < tinySize || b < tinySize) && a+b <= joinedSize {
			last.join(c)
		} else {
			out = append(out, c)
		}
	}
	return out
}

func (c *chunk) join(next chunk) {
	same := 0
	for same < len(c.path) && same < len(next.path) && c.path[same] == next.path[same] {
		same++
	}
	if c.intro && same == len(c.path) {
		c.path, c.anchor = next.path, next.anchor
	} else {
		c.path = c.path[:same]
	}
	c.lines = append(slices.Clone(c.lines), next.lines...)
	c.intro = false
}

// pieces cuts a chunk between lines, and a line that is too long itself
// between sentences.
func pieces(c chunk) []chunk {
	if textSize(c.lines) <= pieceSize {
		return []chunk{c}
	}
	var out []chunk
	piece, size := chunk{path: c.path, anchor: c.anchor}, 0
	for _, b := range c.lines {
		for _, b := range sentences(b) {
			if n := b.size(); size+n > pieceSize && size > 0 {
				out = append(out, piece)
				piece, size = chunk{path: c.path, anchor: c.anchor}, 0
			}
			piece.lines = append(piece.lines, b)
			size += b.size()
		}
	}
	return append(out, piece)
}

func sentences(b block) []block {
	if b.size() <= pieceSize {
		return []block{b}
	}
	var out []block
	for _, s := range ja.Sentences(b.text) {
		next := b
		next.text = strings.TrimSpace(s)
		if len(out) > 0 {
			next.links, next.files = nil, nil
		}
		out = append(out, next)
	}
	return out
}

// drafts makes documents that all say what the page says of itself.
type drafts struct {
	*extraction
	ids  map[string]bool
	made []ward.Document
}

func (d *drafts) add(kind ward.Kind, title string, path []string, anchor string, lines []block) {
	lines = labelled(lines)
	doc := ward.Document{
		URL: d.URL, Title: title, HeadingPath: append([]string{}, path...), Text: joined(lines), Kind: kind,
		Section: d.Section, Phone: d.Phone, Updated: d.Updated, Category: append([]string{}, d.Category...),
		Attachments: []ward.Attachment{}, Links: []string{},
	}
	if anchor != "" {
		doc.URL += "#" + (&url.URL{Fragment: anchor}).EscapedFragment()
	}
	if d.contactPhone == "" {
		if found := phones(doc.Text); len(found) > 0 {
			doc.Phone = found[0]
		}
	}
	for _, b := range lines {
		for _, l := range b.links {
			if !slices.Contains(doc.Links, l) {
				doc.Links = append(doc.Links, l)
			}
		}
		for _, f := range b.files {
			if !slices.ContainsFunc(doc.Attachments, func(a ward.Attachment) bool { return a.Href == f.Href }) {
				doc.Attachments = append(doc.Attachments, f)
			}
		}
	}
	part := anchor
	if part == "" && (kind == ward.FAQ || len(path) > 0) {
		part = title + "\n" + strings.Join(path, "\n")
	}
	doc.ID = d.id(part)
	d.made = append(d.made, doc)
}

// labelled writes a short term and its one short line as 住所: 見本市中央1-1.
func labelled(lines []block) []block {
	const longestTerm, longestValue = 20, 120
	var out []block
	for i := 0; i < len(lines); i++ {
		b := lines[i]
		if b.role == termLine && b.size() <= longestTerm && i+1 < len(lines) && lines[i+1].role == plainLine && lines[i+1].depth == b.depth &&
			lines[i+1].size() <= longestValue && (i+2 == len(lines) || lines[i+2].role != plainLine || lines[i+2].depth != b.depth) {
			value := lines[i+1]
			value.text = strings.TrimRight(b.text, "：: ") + ": " + value.text
			value.links, value.files = append(b.links, value.links...), append(b.files, value.files...)
			out = append(out, value)
			i++
			continue
		}
		out = append(out, b)
	}
	return out
}

// id gives a part of the page a name that stays over crawls: it hangs on the
// host, on the page's number or else its path, and on the anchor or headings.
func (d *drafts) id(part string) string {
	u, err := url.Parse(d.URL)
	if err != nil {
		u = &url.URL{}
	}
	key := u.EscapedPath() + "?" + u.RawQuery
	if d.PageID != "" {
		key = "page " + d.PageID
	}
	for n := 1; ; n++ {
		sum := sha256.Sum256([]byte(u.Host + "\n" + key + "\n" + part + "\n" + strconv.Itoa(n)))
		if id := hex.EncodeToString(sum[:idBytes]); !d.ids[id] {
			d.ids[id] = true
			return id
		}
	}
}

// idBytes is how much of the hash an id keeps: short enough for the value of
// a choice in a talk, long enough for a million documents.
const idBytes = 10
