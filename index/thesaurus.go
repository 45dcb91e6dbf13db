package index

import (
	"embed"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"madoguchi/ja"
	"madoguchi/ward"
)

//go:embed thesaurus/*.tsv
var thesaurusFiles embed.FS

const (
	maxSequence = 8  // words of one part of an expression
	maxSurface  = 16 // characters of one part that are looked for as written
	minSurface  = 2
)

// thesaurusLine is one line of a thesaurus file: what residents say, joined by
// "+" where all parts must occur; how it relates; what wards write, joined by
// 、; how surely, 0 to 1.
type thesaurusLine struct {
	parts    []string
	relation string // same, kind, leads or office
	targets  []string
	weight   float64
}

// Thesaurus is the program's own thesaurus: a folder of *.tsv files for any
// municipality of Japan.
func Thesaurus() fs.FS {
	sub, err := fs.Sub(thesaurusFiles, "thesaurus")
	if err != nil {
		return thesaurusFiles // "thesaurus" is a valid path: it cannot fail
	}
	return sub
}

// readThesauri reads every *.tsv of each folder in the order of their names.
// Error: Invalid, naming file and line.
func readThesauri(folders []fs.FS) ([]thesaurusLine, error) {
	var lines []thesaurusLine
	for _, folder := range folders {
		names, err := fs.Glob(folder, "*.tsv")
		if err != nil {
			return nil, fmt.Errorf("list thesaurus: %w", err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, fmt.Errorf("read thesaurus: %w", err)
			}
			more, err := parseThesaurus(name, string(b))
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
	}
	return lines, nil
}

func parseThesaurus(name, text string) ([]thesaurusLine, error) {
	var lines []thesaurusLine
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		l, err := parseThesaurusLine(line)
		if err != nil {
			return nil, &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("類語の一覧 %s の %d 行目が読めません。", name, n), Err: err}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func parseThesaurusLine(line string) (thesaurusLine, error) {
	col := strings.Split(line, "\t")
	if len(col) != 4 {
		return thesaurusLine{}, fmt.Errorf("%d columns, want 4", len(col))
	}
	l := thesaurusLine{parts: strings.Split(col[0], "+"), relation: col[1], targets: strings.Split(col[2], "、")}
	if !slices.Contains([]string{"same", "kind", "leads", "office"}, l.relation) {
		return l, fmt.Errorf("relation %q", l.relation)
	}
	var err error
	if l.weight, err = strconv.ParseFloat(col[3], 64); err != nil || l.weight <= 0 || l.weight > 1 {
		return l, fmt.Errorf("weight %q", col[3])
	}
	if slices.Contains(l.parts, "") || slices.Contains(l.targets, "") {
		return l, fmt.Errorf("an empty expression")
	}
	return l, nil
}

// thesaurus is the thesaurus as far as it matters to one generation.
type thesaurus struct {
	Parts       []part
	Expressions []expression

	byWords   map[string]uint32 // words of a part, joined by blanks → part
	bySurface map[string]uint32
	uses      [][]uint32 // part → expressions that need it
}

// part is something said in one piece. Spellings with the same words are one.
type part struct {
	Words    string   // joined by blanks; "" when it has none or too many
	Surfaces []string // as it is written, folded
}

// expression is what residents may say and what wards write for it.
type expression struct {
	Parts   []uint32
	Targets []target
}

// target is one thing wards write: words of the vocabulary, and the idf of all
// its words, those that no document holds too.
type target struct {
	Words  []uint32
	Total  float64
	Weight float64
}

// compileThesaurus keeps of the lines, split into words, what leads to words of
// f's documents.
func compileThesaurus(lines []thesaurusLine, words splitParts, f *forward) *thesaurus {
	t := &thesaurus{}
	t.index()
	known := map[string]uint32{} // expressions by their parts
	for _, l := range lines {
		targets := f.targets(l, words.writes)
		if len(targets) == 0 {
			continue
		}
		parts := make([]uint32, 0, len(l.parts))
		for _, p := range l.parts {
			parts = append(parts, t.part(p, words.said[p]))
		}
		slices.Sort(parts)
		parts = slices.Compact(parts)
		key := fmt.Sprint(parts)
		e, seen := known[key]
		if !seen {
			e = uint32(len(t.Expressions))
			known[key] = e
			t.Expressions = append(t.Expressions, expression{Parts: parts})
		}
		t.Expressions[e].Targets = append(t.Expressions[e].Targets, targets...)
	}
	t.index()
	return t
}

// index prepares for find what is not stored.
func (t *thesaurus) index() {
	t.byWords, t.bySurface = map[string]uint32{}, map[string]uint32{}
	for n, p := range t.Parts {
		if p.Words != "" {
			t.byWords[p.Words] = uint32(n)
		}
		for _, s := range p.Surfaces {
			t.bySurface[s] = uint32(n)
		}
	}
	t.uses = make([][]uint32, len(t.Parts))
	for n, e := range t.Expressions {
		for _, p := range e.Parts {
			t.uses[p] = append(t.uses[p], uint32(n))
		}
	}
}

// splitParts are the words of expressions and of targets, by what is written.
type splitParts struct {
	said   map[string][]string // of parts of expressions; none where they are only looked for as written
	writes map[string][]string // of targets
}

// analyseParts splits every expression and target of lines into words, once.
// Something said in hiragana counts by its words only where they make up all of
// it: of うんどうかい kagome may keep どう, which half of all questions hold.
func analyseParts(a *analyzer, lines []thesaurusLine) (splitParts, error) {
	words := map[string][]string{}
	for _, l := range lines {
		for _, s := range slices.Concat(l.parts, l.targets) {
			words[s] = nil
		}
	}
	all := make([]string, 0, len(words))
	for s := range words {
		all = append(all, s)
	}
	split := make([][]string, len(all))
	whole := make([]bool, len(all))
	var g errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(all); i += workers {
				terms := a.terms(all[i])
				split[i], whole[i] = texts(nil, terms), madeUpOf(fold(all[i]), terms)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return splitParts{}, err
	}
	out := splitParts{said: map[string][]string{}, writes: words}
	for i, s := range all {
		words[s] = split[i]
		if whole[i] || !isHiragana(s) {
			out.said[s] = split[i]
		}
	}
	return out, nil
}

// madeUpOf tells whether the terms stand side by side and leave nothing out.
func madeUpOf(s string, terms []term) bool {
	at := 0
	for _, t := range terms {
		if t.from != at {
			return false
		}
		at = t.to
	}
	return at == len(s)
}

// targets are the targets of l of which some document holds a word.
func (f *forward) targets(l thesaurusLine, words map[string][]string) []target {
	var out []target
	for _, s := range l.targets {
		t := target{Weight: l.weight}
		for _, w := range words[s] {
			if n, known := f.numbers[w]; known && f.DF[n] > 0 {
				t.Words = append(t.Words, n)
				t.Total += f.idf(n)
			} else {
				t.Total += f.unknownIDF()
			}
		}
		if len(t.Words) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// part gives the number of a part.
func (t *thesaurus) part(written string, split []string) uint32 {
	surface, words := ja.Fold(written), strings.Join(split, " ")
	if len(split) > maxSequence {
		words = ""
	}
	n, known := t.byWords[words]
	if !known || words == "" {
		n, known = t.bySurface[surface]
	}
	if !known {
		n = uint32(len(t.Parts))
		t.Parts = append(t.Parts, part{Words: words})
		if words != "" {
			t.byWords[words] = n
		}
	}
	if _, taken := t.bySurface[surface]; !taken {
		t.bySurface[surface] = n
		if l := utf8.RuneCountInString(surface); l >= minSurface && l <= maxSurface {
			t.Parts[n].Surfaces = append(t.Parts[n].Surfaces, surface)
		}
	}
	return n
}

// match is an expression found in a question.
type match struct {
	expression uint32
	covers     []int // places of the question's words that it accounts for
}

// find gives the expressions all of whose parts occur in a question, in a
// fixed order. text is the folded question, words are its words.
func (t *thesaurus) find(text string, words []term) []match {
	covers := map[uint32][]int{}
	for i := range words {
		for j := i; j < min(i+maxSequence, len(words)); j++ {
			if p, ok := t.byWords[strings.Join(texts(nil, words[i:j+1]), " ")]; ok {
				covers[p] = appendPlaces(covers[p], i, j+1)
			}
		}
	}
	t.findSurfaces(text, words, covers)
	var out []match
	seen := map[uint32]bool{}
	for p := range covers {
		for _, e := range t.uses[p] {
			if seen[e] {
				continue
			}
			seen[e] = true
			m := match{expression: e}
			for _, need := range t.Expressions[e].Parts {
				c, ok := covers[need]
				if !ok {
					m.covers = nil
					break
				}
				m.covers = append(m.covers, c...)
			}
			if m.covers != nil {
				out = append(out, m)
			}
		}
	}
	slices.SortFunc(out, func(a, b match) int { return int(a.expression) - int(b.expression) })
	return out
}

// findSurfaces finds parts as they are written: kana that kagome cut elsewhere.
func (t *thesaurus) findSurfaces(text string, words []term, covers map[uint32][]int) {
	starts := make([]int, 0, len(text)+1)
	for i := range text {
		starts = append(starts, i)
	}
	starts = append(starts, len(text))
	for i := range starts {
		for j := i + minSurface; j < min(i+maxSurface+1, len(starts)); j++ {
			p, ok := t.bySurface[text[starts[i]:starts[j]]]
			if !ok || len(covers[p]) > 0 || insideWord(text, starts[i], starts[j]) {
				continue
			}
			for n, w := range words {
				if w.from < starts[j] && w.to > starts[i] {
					covers[p] = append(covers[p], n)
				}
			}
		}
	}
}

// insideWord tells whether text[from:to] is a part of a longer run of katakana
// or of Latin letters: リス of リスク.
func insideWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	first, _ := utf8.DecodeRuneInString(text[from:])
	last, _ := utf8.DecodeLastRuneInString(text[:to])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return runsOn(before, first) || runsOn(last, after)
}

func runsOn(a, b rune) bool {
	katakana := func(r rune) bool { return unicode.Is(unicode.Katakana, r) || r == 'ー' }
	latin := func(r rune) bool { return unicode.Is(unicode.Latin, r) }
	return katakana(a) && katakana(b) || latin(a) && latin(b)
}

func appendPlaces(places []int, from, to int) []int {
	for i := from; i < to; i++ {
		places = append(places, i)
	}
	return places
}
