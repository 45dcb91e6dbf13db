package crawler

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

// Bounds against tables whose spans claim more cells than they have.
const (
	maxColumns = 60
	maxCells   = 40_000
)

// proseCell is how long, in characters, a cell may be in a table without
// headers; a longer one shows that the table only places text on the page.
const proseCell = 300

// cell is one cell of a table; a spanning cell stands at several places.
type cell struct {
	node   *html.Node
	blocks []block
	text   string
	head   bool
}

// grid is a table with its spans written out. Places that no cell fills are nil.
type grid struct {
	rows    [][]*cell
	first   []*html.Node // the tr of each row
	caption string
}

// table reads a table: pairs of a question table, else one line a row with the
// headings before the values, else, where the table only places things on the
// page, what is in it.
func (r *reader) table(n *html.Node) {
	if placing(n) {
		r.children(n)
		return
	}
	g := r.grid(n)
	if g.prose() {
		r.children(n)
		return
	}
	g.guessHeads()
	if g.caption != "" {
		r.write(g.caption)
		r.flush()
	}
	head, q, a := g.questionColumns()
	switch {
	case q >= 0:
		r.questionRows(g, head, q, a)
	case g.markedRows():
		r.markedRows(g)
	default:
		r.dataRows(g)
	}
}

// placing tells whether a table holds what a table of data does not.
func placing(n *html.Node) bool {
	if attr(n, "role") == "presentation" {
		return true
	}
	for d := range n.Descendants() {
		switch d.DataAtom {
		case atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl:
			return true
		}
	}
	return false
}

// grid reads the cells of a table.
func (r *reader) grid(n *html.Node) *grid {
	g := &grid{}
	var trs []*html.Node
	for d := range n.Descendants() {
		switch d.DataAtom {
		case atom.Tr:
			trs = append(trs, d)
		case atom.Caption:
			g.caption = r.cell(d).text
		}
	}
	g.rows, g.first = make([][]*cell, len(trs)), trs
	filled := 0
	for y, tr := range trs {
		x := 0
		for td := tr.FirstChild; td != nil; td = td.NextSibling {
			if td.DataAtom != atom.Td && td.DataAtom != atom.Th {
				continue
			}
			for x < len(g.rows[y]) && g.rows[y][x] != nil {
				x++
			}
			c := r.cell(td)
			c.head = td.DataAtom == atom.Th
			wide, high := span(td, "colspan", maxColumns-x), span(td, "rowspan", len(trs)-y)
			if filled += wide * high; wide < 1 || filled > maxCells {
				break
			}
			for dy := range high {
				g.put(y+dy, x, wide, c)
			}
		}
	}
	return g
}

func (r *reader) cell(n *html.Node) *cell {
	c := &cell{node: n, blocks: slices.DeleteFunc(r.read(n), func(b block) bool { return b.role == fenceLine })}
	var parts []string
	for _, b := range c.blocks {
		if b.text != "" {
			parts = append(parts, b.text)
		}
	}
	c.text = strings.Join(parts, " ")
	return c
}

func (g *grid) put(y, x, wide int, c *cell) {
	for len(g.rows[y]) < x+wide {
		g.rows[y] = append(g.rows[y], nil)
	}
	for dx := range wide {
		if g.rows[y][x+dx] == nil {
			g.rows[y][x+dx] = c
		}
	}
}

// span reads a span attribute, at least 1 and at most limit.
func span(n *html.Node, key string, limit int) int {
	v, err := strconv.Atoi(strings.TrimSpace(attr(n, key)))
	if err != nil || v < 1 {
		v = 1
	}
	return min(v, limit)
}

// distinct gives the cells of a row once each, left to right.
func (g *grid) distinct(y int) []*cell {
	var out []*cell
	for _, c := range g.rows[y] {
		if c != nil && (len(out) == 0 || out[len(out)-1] != c) {
			out = append(out, c)
		}
	}
	return out
}

// own gives the cells that begin in row y.
func (g *grid) own(y int) []*cell {
	return slices.DeleteFunc(g.distinct(y), func(c *cell) bool { return c.node.Parent != g.first[y] })
}

func (g *grid) width() int {
	w := 0
	for _, row := range g.rows {
		w = max(w, len(row))
	}
	return w
}

// prose tells whether the table has one column or row, or long text and no
// headers: then it is there for the looks.
func (g *grid) prose() bool {
	heads, long := 0, false
	for y := range g.rows {
		for _, c := range g.own(y) {
			if c.head {
				heads++
			}
			long = long || utf8.RuneCountInString(c.text) > proseCell
		}
	}
	return g.width() < 2 || heads == 0 && (long || len(g.rows) < 2)
}

// guessHeads finds the headers of a table that has no th: cells in bold where
// bold tells headers from values, a first row of short words above figures, a
// first column of short words beside them.
func (g *grid) guessHeads() {
	for y := range g.rows {
		if slices.ContainsFunc(g.own(y), func(c *cell) bool { return c.head }) {
			return
		}
	}
	heads, column := g.boldHeads(), g.firstColumnHeads()
	if column != nil && !slices.ContainsFunc(heads, func(c *cell) bool { return !slices.Contains(column, c) }) {
		heads = column
	}
	if heads == nil {
		heads = g.firstRowHeads()
	}
	for _, c := range heads {
		c.head = true
	}
}

// boldHeads gives the bold cells if each row of them is all bold or sets each
// before a value that is not, and not all of the table is bold.
func (g *grid) boldHeads() []*cell {
	var heads []*cell
	values := 0
	for y := range g.rows {
		own, bold, other, paired := g.own(y), 0, 0, true
		for i, c := range own {
			switch {
			case c.text == "":
			case c.bold():
				bold++
				heads = append(heads, c)
				paired = paired && i+1 < len(own) && !own[i+1].bold()
			default:
				other++
			}
		}
		if values += other; bold > 0 && other > 0 && !paired {
			return nil
		}
	}
	if values*2 < len(heads) {
		return nil
	}
	return heads
}

// bold tells whether all text of the cell is in bold type.
func (c *cell) bold() bool {
	return c.text != "" && !slices.ContainsFunc(c.blocks, func(b block) bool { return !b.bold })
}

// firstRowHeads gives the first row of three or more columns if it holds
// different short words, and rows with figures or nothing follow.
func (g *grid) firstRowHeads() []*cell {
	first := g.own(0)
	if len(first) < 3 || len(first) != g.width() {
		return nil
	}
	seen := map[string]bool{}
	for _, c := range first {
		if !c.word() || seen[c.text] {
			return nil
		}
		seen[c.text] = true
	}
	figures, empty := false, true
	for y := 1; y < len(g.rows); y++ {
		for _, c := range g.own(y) {
			figures = figures || hasDigit(c.text)
			empty = empty && c.text == ""
		}
	}
	if !figures && !empty {
		return nil
	}
	return first
}

// firstColumnHeads gives the first of two columns if it holds short words and
// the second says more.
func (g *grid) firstColumnHeads() []*cell {
	var heads []*cell
	words, values := 0, 0
	for y := range g.rows {
		own := g.own(y)
		if len(own) == 0 {
			continue
		}
		if len(own) != 2 || !own[0].word() {
			return nil
		}
		heads = append(heads, own[0])
		if own[1].text == "" {
			continue
		}
		words, values = words+utf8.RuneCountInString(own[0].text), values+utf8.RuneCountInString(own[1].text)
	}
	if values <= words {
		return nil
	}
	return heads
}

var bracketRE = regexp.MustCompile(`[（(][^（()）]*[）)]`)

// word tells whether the cell holds a short word that can name a column or a
// row; figures are allowed in brackets only.
func (c *cell) word() bool {
	const longestWord = 24
	return c.text != "" && utf8.RuneCountInString(c.text) <= longestWord && !hasDigit(bracketRE.ReplaceAllString(c.text, "")) && !strings.Contains(c.text, "。")
}

func hasDigit(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return isDigit(narrow(c)) || c >= '①' && c <= '⑳' })
}

// headRow tells whether all that row y brings are headers; a lone one before an
// empty cell is the header of a missing value.
func (g *grid) headRow(y int) bool {
	heads, empty := 0, false
	for _, c := range g.own(y) {
		switch {
		case c.text == "":
			empty = empty || heads > 0 && !c.head
		case !c.head:
			return false
		default:
			heads++
		}
	}
	return heads > 1 || heads == 1 && !empty
}

// banner tells whether row y is one cell over the whole width that speaks for
// the rows below rather than for one value.
func (g *grid) banner(y int) bool {
	d := g.distinct(y)
	if len(d) != 1 || d[0].text == "" || d[0].node.Parent != g.first[y] {
		return false
	}
	if !d[0].head {
		return y == 0 || !g.named(y-1)
	}
	return !g.named(y)
}

// named tells whether row y is one header with one value below it.
func (g *grid) named(y int) bool {
	if y+1 >= len(g.rows) {
		return false
	}
	head, value := g.own(y), g.own(y+1)
	return len(head) == 1 && head[0].head && len(value) == 1 && !value[0].head
}

// dataRows writes one line a row: 見出し: 値 ／ 見出し: 値.
func (r *reader) dataRows(g *grid) {
	heads := make([][]*cell, g.width())
	stacked := false // the row above was one of headers, too
	for y := range g.rows {
		if g.banner(y) {
			own := g.own(y)
			r.cells(g, y, own[0].text, own)
			stacked = false
			continue
		}
		if g.headRow(y) {
			for x, c := range g.rows[y] {
				switch {
				case c == nil || !c.head:
				case !stacked:
					heads[x] = []*cell{c}
				case !slices.Contains(heads[x], c):
					heads[x] = append(heads[x], c)
				}
			}
			stacked = true
			continue
		}
		stacked = false
		if own := g.own(y); slices.ContainsFunc(own, func(c *cell) bool { return c.text != "" && !c.head }) {
			r.cells(g, y, rowLine(g.rows[y], heads), own)
		}
	}
}

// cells adds the line of row y with the links and files of its cells.
func (r *reader) cells(g *grid, y int, line string, own []*cell) {
	b := block{text: r.tidy(line), anchor: attr(g.first[y], "id"), depth: r.depth}
	if b.anchor == "" {
		b.anchor, r.anchor = r.anchor, ""
	}
	for _, c := range own {
		for _, in := range c.blocks {
			if b.anchor == "" {
				b.anchor = in.anchor
			}
			b.linked, b.solid = b.linked+in.linked, b.solid+in.solid
			b.links, b.files = append(b.links, in.links...), append(b.files, in.files...)
		}
	}
	if b.text != "" && !r.boilerplate(b.text) || len(b.files) > 0 {
		r.blocks = append(r.blocks, b)
	}
}

// rowLine writes the values of a row, each behind its header: that of its
// column, else the one to its left in the same row.
func rowLine(row []*cell, heads [][]*cell) string {
	var entries []string
	side := "" // header in the row itself
	for x := 0; x < len(row); x++ {
		c := row[x]
		if c == nil {
			continue
		}
		label := labelOf(heads[x])
		values := []string{c.text}
		if wide := c.width(row[x:]); wide > 1 {
			label = labelOver(heads[x : x+wide])
		}
		for x+1 < len(row) && (row[x+1] == c || row[x+1] != nil && label != "" && slices.Equal(heads[x], heads[x+1])) {
			if x++; row[x] != c {
				values = append(values, row[x].text)
				c = row[x]
			}
		}
		value := strings.TrimSpace(strings.Join(values, " "))
		switch {
		case value == "":
			if !c.head && label == "" {
				side = ""
			}
			continue
		case c.head && label == "":
			side = strings.TrimSpace(side + " " + value)
			continue
		case len(values) == 1:
			label, value = repeated(c, label)
		}
		if label == "" {
			label, side = side, ""
		}
		if label != "" {
			value = label + ": " + value
		}
		entries = append(entries, value)
	}
	line := strings.Join(entries, " ／ ")
	if side != "" && line != "" { // a header of the whole row
		return side + " ／ " + line
	}
	return line
}

// width counts the columns that a cell spans at the begin of a row's rest.
func (c *cell) width(rest []*cell) int {
	n := 0
	for n < len(rest) && rest[n] == c {
		n++
	}
	return n
}

// labelOver names a value that stands under several columns: by the header
// that they share, else by all.
func labelOver(columns [][]*cell) string {
	var shared []*cell
	for _, h := range columns[0] {
		if !slices.ContainsFunc(columns, func(heads []*cell) bool { return !slices.Contains(heads, h) }) {
			shared = append(shared, h)
		}
	}
	if label := labelOf(shared); label != "" {
		return label
	}
	return labelOf(slices.Concat(columns...))
}

// labelOf joins the headers above a column.
func labelOf(heads []*cell) string {
	var parts []string
	for _, h := range heads {
		if h.text != "" && !slices.Contains(parts, h.text) {
			parts = append(parts, h.text)
		}
	}
	return strings.TrimRight(strings.Join(parts, " "), "：: ")
}

// repeated takes apart a cell that says its column's header again on a line of
// its own, as pages do that become one column on a phone.
func repeated(c *cell, label string) (string, string) {
	if len(c.blocks) > 1 && label != "" {
		own := strings.TrimRight(c.blocks[0].text, "：: ")
		if own != "" && strings.HasPrefix(ja.Fold(label), ja.Fold(own)) {
			return own, strings.TrimSpace(strings.TrimPrefix(c.text, c.blocks[0].text))
		}
	}
	return label, c.text
}

// questionColumns finds a row of headers that names a column of questions and
// one of answers: its index and theirs, or q = -1.
func (g *grid) questionColumns() (head, q, a int) {
	const deepest = 3 // rows that may stand above it
	for y := range min(len(g.rows), deepest) {
		q, a = -1, -1
		for x, c := range g.rows[y] {
			switch {
			case c == nil:
			case q < 0 && questionHead(c.text):
				q = x
			case a < 0 && answerHead(c.text):
				a = x
			}
		}
		if q >= 0 && a >= 0 {
			return y, q, a
		}
	}
	return 0, -1, -1
}

// headWord gives a header's words as they are compared: folded, without spaces
// and politeness.
func headWord(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, ja.Fold(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "よくある"), "主な")
	return strings.TrimLeft(s, "ごお御")
}

func questionHead(s string) bool {
	switch headWord(s) {
	case "質問", "内容", "q", "問", "問い", "問い合わせ内容", "問合せ内容", "問い合わせ", "問合せ", "質問内容", "質問事項", "相談内容", "question":
		return true
	}
	return false
}

func answerHead(s string) bool {
	switch headWord(s) {
	case "回答", "a", "答え", "答", "回答内容", "answer":
		return true
	}
	return false
}

// questionRows writes the pairs of a question table.
func (r *reader) questionRows(g *grid, head, q, a int) {
	var last *cell
	for y := head + 1; y < len(g.rows); y++ {
		row := g.rows[y]
		if d := g.distinct(y); len(d) == 1 && d[0].text != "" {
			r.blocks = append(r.blocks, block{role: topicLine, text: d[0].text, depth: r.depth})
			continue
		}
		if q >= len(row) || a >= len(row) || row[q] == nil || row[a] == nil {
			continue
		}
		if row[q] != last {
			last = row[q]
			asked := len(r.blocks)
			r.cells(g, y, last.text, []*cell{last})
			if asked < len(r.blocks) {
				r.blocks[asked].role = questionLine
			}
		}
		for _, b := range row[a].blocks {
			b.role, b.depth = answerLine, r.depth
			r.blocks = append(r.blocks, b)
		}
	}
}

// markedRows tells whether rows begin with a cell that asks (Q1 | …).
func (g *grid) markedRows() bool {
	for y := range g.rows {
		for _, c := range g.own(y) {
			if c.text != "" {
				if _, _, ok := questionMark(c.text); ok {
					return true
				}
				break
			}
		}
	}
	return false
}

// markedRows writes the cells one below the other; a mark that has a cell for
// itself goes before the next.
func (r *reader) markedRows(g *grid) {
	for y := range g.rows {
		lone := ""
		for i, c := range g.own(y) {
			if loneMark(c.text) {
				lone = strings.TrimRight(c.text, ".:．：、 ") + ": "
				continue
			}
			for j, b := range c.blocks {
				if j == 0 && b.anchor == "" && i <= 1 {
					b.anchor = attr(g.first[y], "id")
				}
				if j == 0 {
					b.text = lone + b.text
				}
				r.blocks = append(r.blocks, b)
			}
			lone = ""
		}
	}
}
