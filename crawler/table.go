package crawler

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

// table reads a table: pairs of a question table, else one line a row with the
// headings before the values, else, where the table only places things on the
// page, what is in it.
func (r *reader) table(n *html.Node) {
	if placing(n) {
		r.children(n)
		return
	}
	g := r.grid(n)
	head, q, a := g.questionColumns()
	marked := g.markedRows()
	if q < 0 && !marked && g.prose() {
		r.children(n)
		return
	}
	g.guessHeads()
	if g.caption != "" {
		r.write(g.caption)
		r.flush()
	}
	switch {
	case q >= 0:
		r.questionRows(g, head, q, a)
	case marked:
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
