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
	features
}

// features are what is known of a candidate, each 0 to 1 or nearly.
type features struct {
	concept float64 // share of the question's idf that is met, in its words or the ward's
	about   float64 // share of the title's idf that the question accounts for, likewise
	latent  float64 // cosine in the latent space
	direct  float64 // BM25 of the question's words, per root of its idf
	wards   float64 // BM25 of the ward's words for it, likewise
	margin  float64 // lead of the score over the next different page
}

// rank scores the candidates, best first.
func (f *forward) rank(w weights, q *asked, candidates []int) []scored {
	c := newCounter(f, w, q.words)
	place := f.Latent.place(q.words)
	out := make([]scored, len(candidates))
	for i, doc := range candidates {
		c.count(doc)
		x := q.features(c)
		x.about = c.about(doc)
		x.latent = f.Latent.cosine(place, doc)
		out[i] = scored{doc, w.score(x), x}
	}
	slices.SortStableFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
	})
	return out
}

// score orders the hits: BM25 of the question's words and, at a discount, of
// the ward's words for them, damped by what share of the question is met at
// all, and the nearness in meaning.
func (w weights) score(x features) float64 {
	return (x.direct+w.Thesaurus*x.wards)*math.Pow(x.concept, w.Coverage) + w.Latent*x.latent
}

// features of the document that c has counted.
func (q *asked) features(c *counter) features {
	var x features
	met := make([]float64, len(q.content))
	for i, t := range q.content {
		if t.word < 0 || c.score[t.word] == 0 {
			continue
		}
		met[i] = 1
		x.direct += c.score[t.word]
	}
	for _, t := range q.wards {
		best, share := t.best(c, q.words)
		x.wards += best
		for _, i := range t.covers {
			met[i] = max(met[i], share)
		}
	}
	for i, t := range q.content {
		x.concept += t.idf * met[i]
	}
	x.concept /= q.total
	x.direct, x.wards = x.direct/math.Sqrt(q.total), x.wards/math.Sqrt(q.total)
	return x
}

// best is the BM25 of the target that fits best, and the share in which the
// expression counts as met. A target of which only a part occurs fits as much
// less.
func (t *wardText) best(c *counter, words []lookedUp) (score, share float64) {
	for _, one := range t.targets {
		var sum, idf float64
		for _, w := range one.words {
			if c.score[w] > 0 {
				sum += c.score[w]
				idf += words[w].idf
			}
		}
		part := idf / one.total
		score = max(score, one.weight*part*sum)
		share = max(share, one.weight*part*part)
	}
	return score, share
}

// counter counts the words of a question in documents.
type counter struct {
	forward *forward
	weights weights
	words   []lookedUp
	slots   []uint16 // by word: 1 + its place in words, 0 for all others
	tf      [numFields][]int
	score   []float64 // BM25 of each word, summed over the fields
}

func newCounter(f *forward, w weights, words []lookedUp) *counter {
	c := &counter{forward: f, weights: w, words: words, slots: make([]uint16, len(f.Words)), score: make([]float64, len(words))}
	for fd := range c.tf {
		c.tf[fd] = make([]int, len(words))
	}
	for i, t := range words {
		c.slots[t.number] = uint16(i + 1)
	}
	return c
}

// count fills tf and score for a document.
func (c *counter) count(doc int) {
	clear(c.score)
	for fd := range numFields {
		tf := c.tf[fd]
		clear(tf)
		tokens := c.forward.tokens(doc, fd)
		for _, w := range tokens {
			if s := c.slots[w]; s > 0 {
				tf[s-1]++
			}
		}
		length := float64(len(tokens)) / c.forward.average[fd]
		for i, n := range tf {
			if n > 0 {
				c.score[i] += c.weights.Fields[fd] * c.words[i].idf * saturation(float64(n), length)
			}
		}
	}
}

// about is the share of the title's idf that the words looked up account for.
func (c *counter) about(doc int) float64 {
	var all, met float64
	for _, w := range c.forward.tokens(doc, titleField) {
		idf := c.forward.idf(w)
		all += idf
		if c.slots[w] > 0 {
			met += idf
		}
	}
	return met / math.Max(all, 1e-9)
}

const (
	bm25K1 = 0.9
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

// idf of a word counts the documents that hold it in any field.
func (f *forward) idf(word uint32) float64 {
	return idf(float64(f.DF[word]), float64(f.documents()))
}

// unknownIDF is that of a word which no document holds.
func (f *forward) unknownIDF() float64 { return idf(0, float64(f.documents())) }

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
