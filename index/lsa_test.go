package index

import (
	"context"
	"math"
	"strings"
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

// Two topics that share no word: a question about one word of a topic lies with
// the documents of that topic, those without the word included.
func TestLatentSpaceKnowsCompany(t *testing.T) {
	body := func(s string) [2][]string { return [2][]string{nil, strings.Fields(s)} }
	f := small(
		body("犬 登録 鑑札"), body("犬 注射 鑑札"), body("登録 注射 鑑札 首輪"),
		body("税 納付 口座"), body("税 振替 口座"), body("納付 振替 口座 銀行"),
	)
	l, err := newLatent(context.Background(), f, 2)
	if err != nil {
		t.Fatal(err)
	}
	n := f.numbers["犬"]
	place := l.place([]lookedUp{{n, f.idf(n), 1}})
	if near, far := l.cosine(place, 2), l.cosine(place, 5); near < 0.5 || far > 0.1 {
		t.Errorf("cosine %v to its topic, %v to the other", near, far)
	}
}

func TestLatentOfAlmostNothing(t *testing.T) {
	for _, docs := range [][][2][]string{{{nil, nil}}, {{{"税"}, nil}}, {{{"税"}, nil}, {{"税"}, nil}, {nil, nil}}} {
		f := small(docs...)
		l, err := newLatent(context.Background(), f, 2)
		if err != nil {
			t.Fatal(err)
		}
		place := l.place(nil)
		for d := range docs {
			if c := l.cosine(place, d); math.IsNaN(c) || c != 0 {
				t.Errorf("%d documents: cosine %v of an empty question", len(docs), c)
			}
		}
	}
}

func TestLatentStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newLatent(ctx, small([2][]string{{"税"}, nil}), 2); err == nil {
		t.Error("no error")
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
