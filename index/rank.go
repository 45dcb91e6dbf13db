package index

import (
	"cmp"
	"slices"
)

// scored is a candidate with its score and what that is made of.
type scored struct {
	doc   int
	score float64
	features
	about float64 // share of the title's idf that the words looked up account for
	tells float64 // share of what is asked that the text tells: an amount, a date, a counter
}

// rank scores the candidates, best first: the weighted sum of their features.
func (f *forward) rank(w weights, q *asked, candidates []int) []scored {
	r := newReader(f, w, q)
	out := make([]scored, len(candidates))
	for i, doc := range candidates {
		out[i] = r.read(doc)
		out[i].score = out[i].dot(&w.Rank)
	}
	return sortScored(out)
}

// sortScored sorts in place, best first.
func sortScored(out []scored) []scored {
	slices.SortStableFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
	})
	return out
}

// tellingWithin is how much less a part of a page may score than another part
// that does not tell what is asked.
const tellingWithin = 2

// preferTelling puts, of the parts of one page, that first which tells what is
// asked: the amount when the question is how much.
func (f *forward) preferTelling(ranked []scored) {
	for i := range ranked[:min(rivals, len(ranked))] {
		best := i
		for o := i + 1; o < min(rivals, len(ranked)); o++ {
			if f.Pages[ranked[o].doc] == f.Pages[ranked[i].doc] && ranked[o].tells > ranked[best].tells && ranked[o].score+tellingWithin >= ranked[i].score {
				best = o
			}
		}
		if best != i {
			ranked[i], ranked[best] = ranked[best], ranked[i]
			ranked[i].score, ranked[best].score = ranked[best].score, ranked[i].score
		}
	}
}

// nearDuplicate is the share of common words (Jaccard) from which two texts
// under the same title are the same to a reader.
const nearDuplicate = 0.8

// fold keeps the best of each group of near-duplicates, at most top.
func (f *forward) fold(ranked []scored, top int) []scored {
	var out []scored
	for _, s := range ranked {
		if len(out) == top {
			break
		}
		if !slices.ContainsFunc(out, func(o scored) bool { return f.alike(o.doc, s.doc) }) {
			out = append(out, s)
		}
	}
	return out
}

func (f *forward) alike(a, b int) bool {
	return slices.Equal(f.tokens(a, titleField), f.tokens(b, titleField)) &&
		jaccard(f.tokens(a, bodyField), f.tokens(b, bodyField)) >= nearDuplicate
}

// jaccard of the distinct words; 1 when there are none.
func jaccard(a, b []uint32) float64 {
	in := map[uint32]int{}
	for _, w := range a {
		in[w] |= 1
	}
	for _, w := range b {
		in[w] |= 2
	}
	common := 0
	for _, sides := range in {
		if sides == 3 {
			common++
		}
	}
	if len(in) == 0 {
		return 1
	}
	return float64(common) / float64(len(in))
}
