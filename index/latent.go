package index

import (
	"context"
	"math"
	"math/rand"
	"slices"
)

const (
	latentDimensions = 100
	latentOversample = 10 // further dimensions while iterating, for accuracy
	latentIterations = 4
	latentTitle      = 3   // how often a word of the title counts
	latentSaying     = 0.7 // of a line of the thesaurus against a document
)

// latent places words and documents of one generation in a space where those
// that keep the same company lie close: latent semantic analysis (Deerwester
// et al. 1990) by subspace iteration (Halko, Martinsson and Tropp 2011). It is
// learned from the ward's own pages and from the thesaurus, whose lines count
// as small documents: they give a place to words that no page uses.
type latent struct {
	Dimensions int
	Words      quantized // by word
	Documents  quantized // by document, all of length 1

	lengths []float64 // of the rows of Words
}

// newLatent analyses the documents of f and the sayings. A space has at most
// half as many dimensions as there are documents.
func newLatent(ctx context.Context, f *forward, sayings sparse, dimensions int) (*latent, error) {
	docs := f.vectors()
	all := slices.Concat(docs, sayings)
	words := all.transpose(len(f.Words))
	k := min(dimensions, (f.documents()+1)/2)
	m := min(k+latentOversample, len(all))
	basis := newMatrix(len(f.Words), m)
	rng := rand.New(rand.NewSource(1)) // the same documents give the same space
	for i := range basis.data {
		basis.data[i] = rng.NormFloat64()
	}
	for range latentIterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		basis = words.times(all.times(basis)).orthonormal()
	}
	_, turn := eigen(all.times(basis).gram())
	l := &latent{Dimensions: k}
	l.Words = quantize(basis.times(turn, k))
	documents := docs.times(basis).times(turn, k)
	for d := range documents.rows() {
		normalize(documents.row(d))
	}
	l.Documents = quantize(documents)
	l.measure()
	return l, nil
}

// measure computes what is not stored.
func (l *latent) measure() {
	l.lengths = make([]float64, len(l.Words.Scales))
	for n := range l.lengths {
		row, scale := l.Words.row(n, l.Dimensions)
		square := 0
		for _, x := range row {
			square += int(int8(x)) * int(int8(x))
		}
		l.lengths[n] = scale * math.Sqrt(float64(square))
	}
}

// vectors are the documents as vectors of length 1 over the words.
func (f *forward) vectors() sparse {
	out := make(sparse, f.documents())
	for d := range out {
		counts := map[uint32]float64{}
		for _, w := range f.tokens(d, titleField) {
			counts[w] += latentTitle
		}
		for _, w := range f.tokens(d, bodyField) {
			counts[w]++
		}
		for w, n := range counts {
			counts[w] = math.Log1p(n)
		}
		out[d] = f.vector(counts, 1)
	}
	return out
}

// vector is a row of the given length with a cell for each word, its value
// times the word's idf.
func (f *forward) vector(values map[uint32]float64, length float64) []cell {
	row := make([]cell, 0, len(values))
	var square float64
	for w, v := range values {
		v *= f.idf(w)
		row = append(row, cell{w, v})
		square += v * v
	}
	// In order, so that the sums to come are the same in every run.
	slices.SortFunc(row, func(a, b cell) int { return int(a.at) - int(b.at) })
	for i := range row {
		row[i].value *= length / math.Sqrt(square)
	}
	return row
}

// sayings are the lines of the thesaurus that lead to a word of some document,
// as vectors over the words. Words that no document holds join the vocabulary.
func (b *forwardBuilder) sayings(lines []thesaurusLine, split splitParts) sparse {
	var out sparse
	for _, l := range lines {
		values := map[uint32]float64{}
		for _, target := range l.targets {
			for _, w := range split.writes[target] {
				if n, known := b.numbers[w]; known && b.DF[n] > 0 {
					values[n] = 1
				}
			}
		}
		if len(values) == 0 {
			continue
		}
		for _, part := range l.parts {
			for _, w := range split.said[part] {
				values[b.number(w)] = 1
			}
		}
		out = append(out, b.vector(values, latentSaying*l.weight))
	}
	return out
}

// place is where a question lies: the sum of its words by weight, length 1.
func (l *latent) place(words []lookedUp) []float64 {
	v := make([]float64, l.Dimensions)
	for _, w := range words {
		row, scale := l.Words.row(int(w.number), l.Dimensions)
		scale *= w.weight * w.idf
		for i, x := range row {
			v[i] += scale * float64(int8(x))
		}
	}
	normalize(v)
	return v
}

// cosine is how close a document lies to a place, -1 to 1.
func (l *latent) cosine(place []float64, doc int) float64 {
	row, scale := l.Documents.row(doc, l.Dimensions)
	return dot(place, row) * scale
}

// wordCosine is how close a word lies to a place, -1 to 1; 0 for a word that
// has no place.
func (l *latent) wordCosine(place []float64, word uint32) float64 {
	if l.lengths[word] == 0 {
		return 0
	}
	row, scale := l.Words.row(int(word), l.Dimensions)
	return dot(place, row) * scale / l.lengths[word]
}

// dot goes in four sums, which the processor adds at the same time.
func dot(place []float64, row []byte) float64 {
	var a, b, c, d float64
	place = place[:len(row)]
	i := 0
	for ; i+4 <= len(row); i += 4 {
		a += place[i] * float64(int8(row[i]))
		b += place[i+1] * float64(int8(row[i+1]))
		c += place[i+2] * float64(int8(row[i+2]))
		d += place[i+3] * float64(int8(row[i+3]))
	}
	for ; i < len(row); i++ {
		a += place[i] * float64(int8(row[i]))
	}
	return a + b + c + d
}
