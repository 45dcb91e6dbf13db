package index

import (
	"cmp"
	"math"
	"slices"
)

// scored is a candidate with its score and what confidence asks of it.
type scored struct {
	doc   int
	score float64
	title float64 // share of the question's idf that the title holds, 0 to 1
	whole float64 // and that the fields hold together
}

// rank scores the candidates, best first.
func (g *generation) rank(w weights, q asked, candidates []int) []scored {
	c := newCounter(g.forward, q.terms)
	out := make([]scored, len(candidates))
	for i, doc := range candidates {
		c.count(doc)
		out[i] = g.score(w, q, c, doc)
	}
	slices.SortStableFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
	})
	return out
}

func (g *generation) score(w weights, q asked, c *counter, doc int) scored {
	s := scored{doc: doc}
	for i, t := range q.terms {
		found := 0
		for fd := range numFields {
			tf := c.tf[fd][i]
			if tf == 0 {
				continue
			}
			found += tf
			length := float64(len(g.forward.tokens(doc, fd)))
			s.score += w.Fields[fd] * g.forward.sharpIDF(w.Sharpness, fd, t.number) *
				saturation(float64(tf), length/g.forward.average[fd])
		}
		if c.tf[titleField][i] > 0 {
			s.title += t.idf / q.total
		}
		if found > 0 {
			s.whole += t.idf / q.total
		}
	}
	return s
}

const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// saturation is BM25's weight of a word without its idf (Robertson and
// Zaragoza 2009). length is relative to the field's average.
func saturation(tf, length float64) float64 {
	return tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*length))
}

// idf is Lucene's, which is never negative.
func idf(df, documents float64) float64 {
	return math.Log(1 + (documents-df+0.5)/(df+0.5))
}

// idf of a word is that of the field where it is most frequent.
func (f *forward) idf(word uint32) float64 {
	var df uint32
	for _, counts := range f.DF {
		df = max(df, counts[word])
	}
	return idf(float64(df), float64(f.documents()))
}

// unknownIDF is that of a word which no document holds.
func (f *forward) unknownIDF() float64 { return idf(0, float64(f.documents())) }

// sharpIDF raises a word's idf in one field to a power, so that rare words
// outweigh several frequent ones.
func (f *forward) sharpIDF(power float64, fd field, word uint32) float64 {
	return math.Pow(idf(float64(f.DF[fd][word]), float64(f.documents())), power)
}

// counter counts the words of a question in documents.
type counter struct {
	forward *forward
	slots   []uint8 // by word: 1 + its place in the question, 0 for all others
	tf      [numFields][maxTerms]int
}

func newCounter(f *forward, terms []weighted) *counter {
	c := &counter{forward: f, slots: make([]uint8, len(f.Words))}
	for i, t := range terms {
		c.slots[t.number] = uint8(i + 1)
	}
	return c
}

// count fills tf for a document.
func (c *counter) count(doc int) {
	for fd := range numFields {
		c.tf[fd] = [maxTerms]int{}
		for _, w := range c.forward.tokens(doc, fd) {
			if s := c.slots[w]; s > 0 {
				c.tf[fd][s-1]++
			}
		}
	}
}

// nearDuplicate is the share of common words (Jaccard) from which two texts
// under the same title are the same to a reader.
const nearDuplicate = 0.8

// fold keeps the best of each group of near-duplicates, at most top.
func (g *generation) fold(ranked []scored, top int) []scored {
	var out []scored
	for _, s := range ranked {
		if len(out) == top {
			break
		}
		if !slices.ContainsFunc(out, func(o scored) bool { return g.forward.alike(o.doc, s.doc) }) {
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
