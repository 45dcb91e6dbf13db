package index

import "unicode/utf8"

// passageRunes is how long a text may be to be shown whole, and how long a
// part of a longer one is at most, unless a single sentence is longer.
const passageRunes = 400

// passage gives the part of text, document doc's, that answers best: all of it
// when it is short, else the run of sentences that holds most of the question's
// weight, as it stands. Among equals the first.
func (g *generation) passage(terms []weighted, doc int, text string) string {
	bounds := g.forward.bounds(doc)
	if len(text) <= passageRunes || len(bounds) == 0 || utf8.RuneCountInString(text) <= passageRunes {
		return text
	}
	words := g.forward.tokens(doc, bodyField)
	bounds = append(bounds[:len(bounds):len(bounds)], bound{uint32(len(words)), uint32(len(text))})
	sentences := make([]sentence, len(bounds)-1)
	for i := range sentences {
		from, to := bounds[i], bounds[i+1]
		sentences[i] = sentence{words[from.Term:to.Term], utf8.RuneCountInString(text[from.Byte:to.Byte])}
	}
	from, to := fill(sentences, tightest(terms, sentences))
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
func tightest(terms []weighted, sentences []sentence) span {
	w := newWindow(terms)
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
	idf    map[uint32]float64
	count  map[uint32]int
	weight float64 // idf of the question's words in the window, each once
	runes  int
}

func newWindow(terms []weighted) *window {
	w := &window{idf: make(map[uint32]float64, len(terms)), count: make(map[uint32]int, len(terms))}
	for _, t := range terms {
		w.idf[t.number] = t.idf
	}
	return w
}

// add puts a sentence into the window, or takes it out with sign -1.
func (w *window) add(s sentence, sign int) {
	w.runes += sign * s.runes
	for _, word := range s.words {
		idf, asked := w.idf[word]
		if !asked {
			continue
		}
		before := w.count[word]
		w.count[word] += sign
		switch {
		case before == 0:
			w.weight += idf
		case w.count[word] == 0:
			w.weight -= idf
		}
	}
}

// spares tells whether the window holds as much without s.
func (w *window) spares(s sentence) bool {
	own := map[uint32]int{}
	for _, word := range s.words {
		if _, asked := w.idf[word]; asked {
			if own[word]++; own[word] == w.count[word] {
				return false
			}
		}
	}
	return true
}
