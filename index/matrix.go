package index

import (
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

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

// quantized is a matrix with one byte a number and one scale a row.
type quantized struct {
	Data   []byte // int8
	Scales []float32
}

func (q *quantized) row(n, dimensions int) ([]byte, float64) {
	return q.Data[n*dimensions : (n+1)*dimensions], float64(q.Scales[n])
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
