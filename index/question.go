package index

import (
	"slices"
	"strings"
)

const (
	maxContent = 40  // distinct words of a question that are looked up
	maxWords   = 250 // of these and of what wards write for them

	inexactWeight  = 0.7 // of a word that does not sound as the resident wrote it
	excludedWeight = 0.3 // of a word that the question says it is not about
)

// asked is a question as a generation knows it.
type asked struct {
	text     string    // as it was read
	readings []Reading // what was read otherwise than it is written

	content []content  // the words it is about, each once
	total   float64    // their idf, that of words no document holds too
	words   []lookedUp // the words to look up: of the question, then of the ward
	own     int        // how many of them are the question's
	wards   []wardText // what wards write for it

	compounds []run           // nouns that stand side by side in it
	intents   [][]uint32      // for each of its intents the words in titles that answer it
	told      [][]uint32      // likewise the words in texts that tell it
	others    [][]run         // the audiences it does not name
	stop      map[uint32]bool // words of asking
}

// run is a sequence of words, and their idf together.
type run struct {
	words []uint32
	idf   float64
}

// content is a word that the question is about.
type content struct {
	text string
	idf  float64
	word int // into words, -1 when no document holds it
}

// lookedUp is a word of the vocabulary that the question asks for.
type lookedUp struct {
	number uint32
	idf    float64
	weight float64 // 1 for the question's own, less for the thesaurus'
}

// wardText is an expression of the thesaurus that the question holds.
type wardText struct {
	covers  []int // into content: the words it accounts for
	targets []wanted
	words   wordSet // of all targets
}

// wanted is a target with its words as places in asked.words.
type wanted struct {
	words  []int
	total  float64
	weight float64
}

// ask reads a question, which is folded. Words of asking count only where
// there is no other. fixed is what staff have added to the thesaurus, or nil.
func (f *forward) ask(lex *lexicon, w weights, text string, fixed *thesaurus) *asked {
	morphs := lex.analyzer.morphs(text)
	text, readings := f.reread(text, morphs)
	if len(readings) > 0 {
		morphs = lex.analyzer.morphs(text)
	}
	all := termsOf(morphs)
	counted := without(all, lex.stop)
	if len(counted) == 0 {
		counted = all
	}
	q := &asked{text: text, readings: readings, compounds: f.compounds(all), stop: f.numbersOf(lex.stop)}
	for _, in := range lex.intentsOf(all) {
		q.intents, q.told = append(q.intents, f.known(in.answered)), append(q.told, f.known(in.told))
	}
	places := map[uint32]int{} // of numbers in q.words
	contents := map[string]int{}
	for i, t := range counted {
		if _, seen := contents[t.text]; seen || len(q.content) == maxContent {
			continue
		}
		contents[t.text] = len(q.content)
		c := content{text: t.text, idf: f.unknownIDF(), word: -1}
		if n, known := f.numbers[t.text]; known {
			c.idf = f.idf(n) * q.heed(counted, i)
			c.word = q.word(places, n, c.idf, 1)
		}
		q.content = append(q.content, c)
		q.total += c.idf
	}
	q.own = len(q.words)
	for _, t := range []*thesaurus{fixed, f.Thesaurus} {
		if t == nil {
			continue
		}
		for _, m := range t.find(text, all) {
			q.addWardText(f, w, places, m.covers, t.Expressions[m.expression].Targets, func(i int) (int, bool) { c, ok := contents[all[i].text]; return c, ok })
		}
	}
	q.others = f.audiences(lex, func(n uint32) bool { _, said := places[n]; return said })
	return q
}

// heed is how much all[i] counts among the words of the question.
func (q *asked) heed(all []term, i int) float64 {
	t := all[i]
	if slices.ContainsFunc(q.readings, func(r Reading) bool { return !r.Exact && t.from < r.to && t.to > r.from }) {
		return inexactWeight
	}
	if q.isExcluded(all, i) {
		return excludedWeight
	}
	return 1
}

func (q *asked) addWardText(f *forward, w weights, places map[uint32]int, covers []int, targets []target, contentAt func(int) (int, bool)) {
	var t wardText
	for _, i := range covers {
		if c, ok := contentAt(i); ok && !slices.Contains(t.covers, c) {
			t.covers = append(t.covers, c)
		}
	}
	for _, target := range targets {
		if len(q.words)+len(target.Words) > maxWords {
			return
		}
		one := wanted{total: target.Total, weight: target.Weight}
		for _, n := range target.Words {
			at := q.word(places, n, f.idf(n), w.Thesaurus*target.Weight)
			one.words = append(one.words, at)
			t.words.add(at)
		}
		t.targets = append(t.targets, one)
	}
	q.wards = append(q.wards, t)
}

// compounds are the runs of at least two nouns without anything between them,
// of words that documents hold.
func (f *forward) compounds(words []term) []run {
	var out []run
	for from := 0; from < len(words); {
		to := from + 1
		for to < len(words) && adjoins(words[to-1], words[to]) {
			to++
		}
		if r, known := f.run(words[from:to]); known && to-from > 1 {
			out = append(out, r)
		}
		from = to
	}
	return out
}

// adjoins tells whether two nouns stand side by side.
func adjoins(a, b term) bool { return a.class == noun && b.class == noun && a.to == b.from && b.to > 0 }

func (f *forward) run(words []term) (run, bool) {
	var r run
	for _, t := range words {
		n, known := f.numbers[t.text]
		if !known || f.DF[n] == 0 {
			return r, false
		}
		r.words = append(r.words, n)
		r.idf += f.idf(n)
	}
	return r, true
}

// audiences are those of which the question says nothing, as titles name them.
func (f *forward) audiences(lex *lexicon, said func(uint32) bool) [][]run {
	var out [][]run
next:
	for _, group := range lex.audiences {
		var names []run
		for _, words := range group {
			r, known := f.run(words)
			if !known {
				continue
			}
			all := true
			for _, n := range r.words {
				all = all && said(n)
			}
			if all {
				continue next
			}
			names = append(names, r)
		}
		out = append(out, names)
	}
	return out
}

// known are the numbers of those words that the vocabulary has.
func (f *forward) known(words []string) []uint32 {
	var out []uint32
	for _, w := range words {
		if n, known := f.numbers[w]; known {
			out = append(out, n)
		}
	}
	return out
}

func (f *forward) numbersOf(words map[string]bool) map[uint32]bool {
	out := make(map[uint32]bool, len(words))
	for w := range words {
		if n, known := f.numbers[w]; known {
			out[n] = true
		}
	}
	return out
}

// word gives the place of a word in q.words, where it keeps its largest weight.
func (q *asked) word(places map[uint32]int, n uint32, idf, weight float64) int {
	at, known := places[n]
	if !known {
		at = len(q.words)
		places[n] = at
		q.words = append(q.words, lookedUp{number: n, idf: idf})
	}
	q.words[at].weight = max(q.words[at].weight, weight)
	return at
}

// isExcluded tells whether all[i] belongs to nouns that the question names as
// what it is not about. 以外で is no such sign: pages that tell of other places
// name the usual one.
func (q *asked) isExcluded(all []term, i int) bool {
	for i+1 < len(all) && adjoins(all[i], all[i+1]) && all[i+1].text != "以外" {
		i++
	}
	return all[i].class == noun && slices.ContainsFunc([]string{"以外の", "ではなく", "でなく", "じゃなく"}, func(sign string) bool {
		return strings.HasPrefix(q.text[all[i].to:], sign)
	})
}

func without(words []term, stop map[string]bool) []term {
	var out []term
	for _, w := range words {
		if !stop[w.text] {
			out = append(out, w)
		}
	}
	return out
}
