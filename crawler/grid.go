package crawler

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
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

// width counts the columns that a cell spans at the begin of a row's rest.
func (c *cell) width(rest []*cell) int {
	n := 0
	for n < len(rest) && rest[n] == c {
		n++
	}
	return n
}
