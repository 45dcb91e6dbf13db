package index

import (
	"slices"
	"unicode/utf8"
)

// passageRunes is how long a text may be to be shown whole, and how long a
// part of a longer one is at most, unless a single sentence is longer.
const passageRunes = 400

// toldWeight is what a word that tells what is asked (円, 以内) counts in the
// choice of a passage, against a word of the question.
const toldWeight = 0.5

// inPassage are the words that a passage should hold: those looked up and
// those that tell what is asked.
func (f *forward) inPassage(q *asked) []lookedUp {
	words := slices.Clone(q.words)
	for _, told := range q.told {
		for _, n := range told {
			words = append(words, lookedUp{number: n, idf: f.idf(n), weight: toldWeight})
		}
	}
	return words
}

// passage gives the part of text, document doc's, that answers best: all of it
// when it is short, else the run of sentences that holds most of the question's
// weight, as it stands. Among equals the first.
func (f *forward) passage(words []lookedUp, doc int, text string) string {
	bounds := f.bounds(doc)
	if len(text) <= passageRunes || len(bounds) == 0 || utf8.RuneCountInString(text) <= passageRunes {
		return text
	}
	tokens := f.tokens(doc, bodyField)
	bounds = append(bounds[:len(bounds):len(bounds)], bound{uint32(len(tokens)), uint32(len(text))})
	sentences := make([]sentence, len(bounds)-1)
	for i := range sentences {
		from, to := bounds[i], bounds[i+1]
		sentences[i] = sentence{tokens[from.Term:to.Term], utf8.RuneCountInString(text[from.Byte:to.Byte])}
	}
	from, to := fill(sentences, tightest(words, sentences))
	return text[bounds[from].Byte:bounds[to].Byte]
}

type sentence struct {
	words []uint32
	runes int
}

// span is a run of sentences, to excluded.
type span struct{ from, to int }

// tightest is the shortest run that holds as much of the question's weight as
// any run that fits into a passage.
func tightest(words []lookedUp, sentences []sentence) span {
	w := newWindow(words)
	best, weight := span{0, 1}, 0.0
	for first, last := 0, 0; last < len(sentences); last++ {
		w.add(sentences[last], 1)
		for first < last && (w.runes > passageRunes || w.spares(sentences[first])) {
			w.add(sentences[first], -1)
			first++
		}
		if w.weight > weight+1e-9 {
			best, weight = span{first, last + 1}, w.weight
		}
	}
	return best
}

// fill extends a run with what follows and then with what stands before, as
// far as that fits.
func fill(sentences []sentence, s span) (from, to int) {
	sum := 0
	for _, one := range sentences[s.from:s.to] {
		sum += one.runes
	}
	for s.to < len(sentences) && sum+sentences[s.to].runes <= passageRunes {
		sum += sentences[s.to].runes
		s.to++
	}
	for s.from > 0 && sum+sentences[s.from-1].runes <= passageRunes {
		s.from--
		sum += sentences[s.from].runes
	}
	return s.from, s.to
}

// window is a run of sentences and what it holds of the question.
type window struct {
	worth  map[uint32]float64 // of each word that is looked up
	count  map[uint32]int
	weight float64 // worth of the words in the window, each once
	runes  int
}

func newWindow(words []lookedUp) *window {
	w := &window{worth: make(map[uint32]float64, len(words)), count: make(map[uint32]int, len(words))}
	for _, t := range words {
		w.worth[t.number] = max(w.worth[t.number], t.idf*t.weight)
	}
	return w
}

// add puts a sentence into the window, or takes it out with sign -1.
func (w *window) add(s sentence, sign int) {
	w.runes += sign * s.runes
	for _, word := range s.words {
		worth, asked := w.worth[word]
		if !asked {
			continue
		}
		before := w.count[word]
		w.count[word] += sign
		switch {
		case before == 0:
			w.weight += worth
		case w.count[word] == 0:
			w.weight -= worth
		}
	}
}

// spares tells whether the window holds as much without s.
func (w *window) spares(s sentence) bool {
	own := map[uint32]int{}
	for _, word := range s.words {
		if _, asked := w.worth[word]; asked {
			if own[word]++; own[word] == w.count[word] {
				return false
			}
		}
	}
	return true
}
