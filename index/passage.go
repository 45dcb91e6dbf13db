package index

import "unicode/utf8"

// passageRunes is how long a text may be to be shown whole, and about how long
// a part of a longer one is.
const passageRunes = 400

// passage gives the part of text, document doc's, that answers best: all of it
// when it is short, else the run of sentences that holds most of the question's
// weight, as it stands. Among equals the first.
func (g *generation) passage(terms []weighted, doc int, text string) string {
	bounds := g.forward.bounds(doc)
	if utf8.RuneCountInString(text) <= passageRunes || len(bounds) == 0 {
		return text
	}
	words := g.forward.tokens(doc, bodyField)
	ends := append(bounds[1:len(bounds):len(bounds)], bound{uint32(len(words)), uint32(len(text))})
	from, to, best := 0, 0, -1.0
	for i := range bounds {
		j := fit(text, bounds, ends, i)
		if s := found(terms, words[bounds[i].Term:ends[j].Term]); s > best {
			from, to, best = i, j, s
		}
	}
	return text[bounds[from].Byte:ends[to].Byte]
}

// fit is the last sentence that still fits into a passage beginning at i.
func fit(text string, bounds, ends []bound, i int) int {
	j := i
	for j+1 < len(ends) && utf8.RuneCountInString(text[bounds[i].Byte:ends[j+1].Byte]) <= passageRunes {
		j++
	}
	return j
}

// found is the idf of the question's words among words, each counted once.
func found(terms []weighted, words []uint32) float64 {
	var sum float64
	for _, t := range terms {
		for _, w := range words {
			if w == t.number {
				sum += t.idf
				break
			}
		}
	}
	return sum
}
