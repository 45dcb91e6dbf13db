package index

import (
	"context"
	"math"
	"math/rand"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

const (
	lsaDimensions = 100
	lsaOversample = 10 // further dimensions while iterating, for accuracy
	lsaIterations = 4
	lsaTitle      = 3 // how often a word of the title counts
)

// latent places words and documents of one generation in a space where those
// that keep the same company lie close: latent semantic analysis (Deerwester
// et al. 1990) by subspace iteration (Halko, Martinsson and Tropp 2011). It is
// learned from the ward's own pages alone.
type latent struct {
	Dimensions int
	Words      quantized // by word
	Documents  quantized // by document, all of length 1
}

// quantized is a matrix with one byte a number and one scale a row.
type quantized struct {
	Data   []byte // int8
	Scales []float32
}

func (q *quantized) row(n, dimensions int) ([]byte, float64) {
	return q.Data[n*dimensions : (n+1)*dimensions], float64(q.Scales[n])
}

// matrix is dense, row after row.
type matrix struct {
	columns int
	data    []float64
}

func newMatrix(rows, columns int) matrix { return matrix{columns, make([]float64, rows*columns)} }

func (m matrix) rows() int           { return len(m.data) / max(1, m.columns) }
func (m matrix) row(i int) []float64 { return m.data[i*m.columns : (i+1)*m.columns] }

// sparse has, row by row, the places and values that are not zero.
type sparse [][]cell

type cell struct {
	at    uint32
	value float64
}

// newLatent analyses the documents of f. A space has at most half as many
// dimensions as there are documents.
func newLatent(ctx context.Context, f *forward, dimensions int) (*latent, error) {
	docs := f.weights()
	words := docs.transpose(len(f.Words))
	k := min(dimensions, (f.documents()+1)/2)
	m := min(k+lsaOversample, f.documents())
	basis := newMatrix(len(f.Words), m)
	rng := rand.New(rand.NewSource(1)) // the same documents give the same space
	for i := range basis.data {
		basis.data[i] = rng.NormFloat64()
	}
	for range lsaIterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		basis = words.times(docs.times(basis)).orthonormal()
	}
	projected := docs.times(basis)
	_, turn := eigen(projected.gram())
	l := &latent{Dimensions: k}
	l.Words = quantize(basis.times(turn, k))
	documents := projected.times(turn, k)
	for d := range documents.rows() {
		normalize(documents.row(d))
	}
	l.Documents = quantize(documents)
	return l, nil
}

// weights are the documents as vectors of length 1 over the words.
func (f *forward) weights() sparse {
	out := make(sparse, f.documents())
	for d := range out {
		counts := map[uint32]int{}
		for _, w := range f.tokens(d, titleField) {
			counts[w] += lsaTitle
		}
		for _, w := range f.tokens(d, bodyField) {
			counts[w]++
		}
		var square float64
		for w, n := range counts {
			v := math.Log1p(float64(n)) * f.idf(w)
			out[d] = append(out[d], cell{w, v})
			square += v * v
		}
		slices.SortFunc(out[d], func(a, b cell) int { return int(a.at) - int(b.at) })
		length := math.Sqrt(square)
		for i := range out[d] {
			out[d][i].value /= length
		}
	}
	return out
}

func (s sparse) transpose(columns int) sparse {
	out := make(sparse, columns)
	for i, row := range s {
		for _, c := range row {
			out[c.at] = append(out[c.at], cell{uint32(i), c.value})
		}
	}
	return out
}

func (s sparse) times(m matrix) matrix {
	out := newMatrix(len(s), m.columns)
	parallel(len(s), func(i int) {
		sum := out.row(i)
		for _, c := range s[i] {
			for j, v := range m.row(int(c.at)) {
				sum[j] += c.value * v
			}
		}
	})
	return out
}

// times multiplies with the first k columns of a square matrix.
func (m matrix) times(square matrix, k int) matrix {
	out := newMatrix(m.rows(), k)
	parallel(m.rows(), func(i int) {
		sum := out.row(i)
		for a, v := range m.row(i) {
			for j := range sum {
				sum[j] += v * square.data[a*square.columns+j]
			}
		}
	})
	return out
}

// gram is the product of the transposed matrix with the matrix.
func (m matrix) gram() matrix {
	out := newMatrix(m.columns, m.columns)
	parallel(m.columns, func(a int) {
		sum := out.row(a)
		for i := range m.rows() {
			row := m.row(i)
			if v := row[a]; v != 0 {
				for b, w := range row {
					sum[b] += v * w
				}
			}
		}
	})
	return out
}

// orthonormal gives an orthonormal basis of the columns' span.
func (m matrix) orthonormal() matrix {
	values, turn := eigen(m.gram())
	for j, v := range values {
		scale := 0.0
		if v > values[0]*1e-12 {
			scale = 1 / math.Sqrt(v)
		}
		for i := range turn.rows() {
			turn.data[i*turn.columns+j] *= scale
		}
	}
	return m.times(turn, m.columns)
}

// eigen gives the eigenvalues of a symmetric matrix, largest first, and its
// eigenvectors as columns in the same order, by Jacobi's rotations.
func eigen(s matrix) ([]float64, matrix) {
	const sweeps, small = 30, 1e-22
	n := s.columns
	a, v := matrix{n, slices.Clone(s.data)}, newMatrix(n, n)
	for i := range n {
		v.data[i*n+i] = 1
	}
	total := 0.0
	for _, x := range a.data {
		total += x * x
	}
	for range sweeps {
		off := 0.0
		for p := range n {
			for q := p + 1; q < n; q++ {
				off += a.data[p*n+q] * a.data[p*n+q]
				rotate(a, v, p, q)
			}
		}
		if off <= small*total {
			break
		}
	}
	return sortEigen(a, v)
}

// rotate makes a[p][q] zero; v collects the rotations, its rows the vectors.
func rotate(a, v matrix, p, q int) {
	n := a.columns
	x := a.data[p*n+q]
	if x == 0 {
		return
	}
	theta := (a.data[q*n+q] - a.data[p*n+p]) / (2 * x)
	t := 1 / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	turn(a.row(p), a.row(q), c, s)
	for i := range n {
		row := a.row(i)
		row[p], row[q] = c*row[p]-s*row[q], s*row[p]+c*row[q]
	}
	turn(v.row(p), v.row(q), c, s)
}

func turn(p, q []float64, c, s float64) {
	for i := range p {
		p[i], q[i] = c*p[i]-s*q[i], s*p[i]+c*q[i]
	}
}

func sortEigen(a, v matrix) ([]float64, matrix) {
	n := a.columns
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		switch d := a.data[y*n+y] - a.data[x*n+x]; {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	values, vectors := make([]float64, n), newMatrix(n, n)
	for to, from := range order {
		values[to] = a.data[from*n+from]
		for i, x := range v.row(from) {
			vectors.data[i*n+to] = x
		}
	}
	return values, vectors
}

func normalize(v []float64) {
	var square float64
	for _, x := range v {
		square += x * x
	}
	if square == 0 {
		return
	}
	length := math.Sqrt(square)
	for i := range v {
		v[i] /= length
	}
}

func quantize(m matrix) quantized {
	q := quantized{Data: make([]byte, len(m.data)), Scales: make([]float32, m.rows())}
	for i := range m.rows() {
		largest := 0.0
		for _, x := range m.row(i) {
			largest = max(largest, math.Abs(x))
		}
		if largest == 0 {
			continue
		}
		q.Scales[i] = float32(largest / 127)
		for j, x := range m.row(i) {
			q.Data[i*m.columns+j] = byte(int8(math.Round(x / largest * 127)))
		}
	}
	return q
}

// parallel calls do for 0 to n-1 on all processors; the calls share nothing.
func parallel(n int, do func(i int)) {
	var g errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < n; i += workers {
				do(i)
			}
			return nil
		})
	}
	_ = g.Wait() // do returns no error
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
	var sum float64
	for i, x := range row {
		sum += place[i] * float64(int8(x))
	}
	return sum * scale
}
