package index

import (
	"math"
	"testing"
)

// 2 1 / 1 2 has the eigenvalues 3 and 1, with (1,1) and (1,-1) as vectors.
func TestEigen(t *testing.T) {
	values, v := eigen(matrix{2, []float64{2, 1, 1, 2}})
	if math.Abs(values[0]-3) > 1e-12 || math.Abs(values[1]-1) > 1e-12 {
		t.Errorf("values %v", values)
	}
	if r := v.data[0] / v.data[2]; math.Abs(r-1) > 1e-12 {
		t.Errorf("first vector (%v, %v)", v.data[0], v.data[2])
	}
}

func TestOrthonormal(t *testing.T) {
	m := matrix{3, []float64{1, 2, 3, 4, 5, 6, 7, 8, 10, 0, 1, 0}}
	g := m.orthonormal().gram()
	for i := range 3 {
		for j := range 3 {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(g.data[i*3+j]-want) > 1e-9 {
				t.Errorf("gram[%d][%d] = %v", i, j, g.data[i*3+j])
			}
		}
	}
}

func TestQuantizeKeepsDirections(t *testing.T) {
	m := matrix{3, []float64{0.5, -0.25, 0.125, 0, 0, 0}}
	q := quantize(m)
	row, scale := q.row(0, 3)
	for i, want := range m.row(0) {
		if got := float64(int8(row[i])) * scale; math.Abs(got-want) > 0.5/127 {
			t.Errorf("%v became %v", want, got)
		}
	}
	if _, scale := q.row(1, 3); scale != 0 {
		t.Error("a row of zeros has a scale")
	}
}
