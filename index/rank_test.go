package index

import (
	"math"
	"testing"
)

// Three documents, computed by hand with k1 = 1.2, b = 0.75:
//
//	0: 公園 公園 図書館    1: 図書館    2: 公園 税
//
// Average length 2. 公園 is in 2 of 3: idf = ln(1 + 1.5/2.5) = 0.470004;
// 税 in 1 of 3: idf = ln(1 + 2.5/1.5) = 0.980829.
//
//	document 0, 公園: 2·2.2 / (2 + 1.2·(0.25 + 0.75·1.5)) = 4.4/3.65 = 1.205479 → 0.566580
//	document 2, 公園: 1·2.2 / (1 + 1.2) = 1 → 0.470004
//	document 2, 税:   1 → 0.980829
func TestBM25(t *testing.T) {
	b := newForwardBuilder()
	for id, words := range [][]string{{"公園", "公園", "図書館"}, {"図書館"}, {"公園", "税"}} {
		a := analysed{}
		a.doc.ID = string(rune('a' + id))
		a.fields[bodyField] = words
		b.add(a)
	}
	b.measure()
	g := &generation{forward: &b.forward}
	w := weights{Sharpness: 1}
	w.Fields[bodyField] = 1
	q := asked{total: 1}
	for _, word := range []string{"公園", "税"} {
		q.terms = append(q.terms, weighted{b.numbers[word], 0})
	}
	got := map[int]float64{}
	for _, s := range g.rank(w, q, []int{0, 1, 2}) {
		got[s.doc] = s.score
	}
	for doc, want := range map[int]float64{0: 0.566580, 1: 0, 2: 0.470004 + 0.980829} {
		if math.Abs(got[doc]-want) > 1e-6 {
			t.Errorf("document %d: %.6f, want %.6f", doc, got[doc], want)
		}
	}
}

func TestSharpnessPrefersRareWords(t *testing.T) {
	if sharp := math.Pow(idf(1, 1000), 1.5) / math.Pow(idf(500, 1000), 1.5); sharp <= idf(1, 1000)/idf(500, 1000) {
		t.Errorf("ratio %v", sharp)
	}
}

func TestCoverage(t *testing.T) {
	b := newForwardBuilder()
	a := analysed{}
	a.fields[titleField], a.fields[bodyField] = []string{"公園"}, []string{"公園", "税"}
	b.add(a)
	b.measure()
	g := &generation{forward: &b.forward}
	q := asked{terms: []weighted{{b.numbers["公園"], 2}, {b.numbers["税"], 1}}, total: 4} // a word worth 1 is unknown
	s := g.rank(weights{}, q, []int{0})[0]
	if s.title != 0.5 || s.whole != 0.75 {
		t.Errorf("title %v, whole %v", s.title, s.whole)
	}
}
