package crawler

import (
	"strings"
	"unicode"

	"madoguchi/ja"
)

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
