package index

import "math"

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

// found are the words that the counted document holds.
func (c *counter) found() wordSet {
	var s wordSet
	for i, v := range c.score {
		if v > 0 {
			s.add(i)
		}
	}
	return s
}

// sentences gives for each pair of neighbouring sentences of a document the
// words that it holds, and for a single sentence its own.
func (c *counter) sentences(doc int, visit func(wordSet)) {
	tokens, bounds := c.forward.tokens(doc, bodyField), c.forward.bounds(doc)
	var before wordSet
	for i, b := range bounds {
		end := len(tokens)
		if i+1 < len(bounds) {
			end = int(bounds[i+1].Term)
		}
		var here wordSet
		for _, w := range tokens[b.Term:end] {
			if s := c.slots[w]; s > 0 {
				here.add(int(s - 1))
			}
		}
		visit(before.union(here))
		before = here
	}
}

// wordSet is a set of places in asked.words.
type wordSet [(maxWords + 63) / 64]uint64

func (s *wordSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *wordSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// within tells whether o holds all of s.
func (s wordSet) within(o wordSet) bool { return s.union(o) == o }

// meets tells whether the sets have a word in common.
func (s *wordSet) meets(o *wordSet) bool {
	for i := range s {
		if s[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

func (s wordSet) union(o wordSet) wordSet {
	for i := range s {
		s[i] |= o[i]
	}
	return s
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
	if int(word) < len(f.idfs) {
		return f.idfs[word]
	}
	return idf(float64(f.DF[word]), float64(f.documents()))
}

// unknownIDF is that of a word which no document holds.
func (f *forward) unknownIDF() float64 { return idf(0, float64(f.documents())) }
