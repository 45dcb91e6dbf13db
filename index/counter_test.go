package index

import (
	"math"
	"testing"
)

// small makes a forward of documents that have a title and a body.
func small(docs ...[2][]string) *forward { return &builder(docs...).forward }

func builder(docs ...[2][]string) *forwardBuilder {
	b := newForwardBuilder()
	for i, d := range docs {
		a := analysed{}
		a.doc.ID = string(rune('a' + i))
		a.fields[titleField], a.fields[bodyField] = d[0], d[1]
		b.add(a)
	}
	b.measure()
	return b
}

// Three documents, computed by hand with k1 = 0.9, b = 0.75:
//
//	0: 公園 公園 図書館    1: 図書館    2: 公園 税
//
// Average length 2. 公園 is in 2 of 3: idf = ln(1 + 1.5/2.5) = 0.470004;
// 税 in 1 of 3: idf = ln(1 + 2.5/1.5) = 0.980829.
//
//	document 0, 公園: 2·1.9 / (2 + 0.9·(0.25 + 0.75·1.5)) = 3.8/3.2375 = 1.173745 → 0.551665
//	document 2, 公園: 1·1.9 / (1 + 0.9) = 1 → 0.470004
//	document 2, 税:   1 → 0.980829
func TestBM25(t *testing.T) {
	f := small([2][]string{nil, {"公園", "公園", "図書館"}}, [2][]string{nil, {"図書館"}}, [2][]string{nil, {"公園", "税"}})
	var w weights
	w.Fields[bodyField] = 1
	var words []lookedUp
	for _, word := range []string{"公園", "税"} {
		n := f.numbers[word]
		words = append(words, lookedUp{n, f.idf(n), 1})
	}
	c := newCounter(f, w, words)
	for doc, want := range [][2]float64{{0.551665, 0}, {0, 0}, {0.470004, 0.980829}} {
		c.count(doc)
		for i := range words {
			if math.Abs(c.score[i]-want[i]) > 1e-6 {
				t.Errorf("document %d, word %d: %.6f, want %.6f", doc, i, c.score[i], want[i])
			}
		}
	}
}

func TestFieldsAreSummedByWeight(t *testing.T) {
	f := small([2][]string{{"公園"}, {"公園"}}, [2][]string{{"税"}, {"税"}})
	n := f.numbers["公園"]
	w := weights{}
	w.Fields[titleField], w.Fields[bodyField] = 3, 0.5
	c := newCounter(f, w, []lookedUp{{n, 1, 1}})
	if c.count(0); math.Abs(c.score[0]-3.5) > 1e-9 { // each field has the average length and one 公園
		t.Errorf("%v", c.score[0])
	}
}
