package index

import (
	"strings"
	"testing"
)

func TestTightestRun(t *testing.T) {
	words := []lookedUp{{number: 1, idf: 3, weight: 1}, {number: 2, idf: 2, weight: 1}}
	s := func(runes int, w ...uint32) sentence { return sentence{w, runes} }
	for name, c := range map[string]struct {
		sentences []sentence
		want      span
	}{
		"one holds both":         {[]sentence{s(50, 1), s(50), s(50, 1, 2), s(50, 2)}, span{2, 3}},
		"two side by side":       {[]sentence{s(50), s(50, 2), s(50, 1), s(50)}, span{1, 3}},
		"too far apart":          {[]sentence{s(150, 2), s(300), s(150, 1)}, span{2, 3}},
		"nothing: the beginning": {[]sentence{s(50), s(50)}, span{0, 1}},
		"the first of equals":    {[]sentence{s(50, 1), s(50), s(50, 1)}, span{0, 1}},
		"one longer than all":    {[]sentence{s(900, 1)}, span{0, 1}},
	} {
		if got := tightest(words, c.sentences); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFillTakesWhatFits(t *testing.T) {
	s := []sentence{{nil, 100}, {nil, 150}, {nil, 100}, {nil, 120}, {nil, 300}}
	for in, want := range map[span]span{{2, 3}: {1, 4}, {0, 1}: {0, 3}, {4, 5}: {4, 5}} {
		if from, to := fill(s, in); (span{from, to}) != want {
			t.Errorf("%v became %v, want %v", in, span{from, to}, want)
		}
	}
}

// A sentence of the text counts with its bytes, whatever the analysis makes of it.
func TestPassageIsCutAtSentences(t *testing.T) {
	a := testAnalyzer(t)
	d := analysed{}
	d.doc.ID, d.doc.Text = "a", strings.Repeat("㍿の案内です。\n", 60)+"㈱見本の税の納付はこちら。\n"+strings.Repeat("ご案内。\n", 60)
	d = a.document(d.doc)
	b := newForwardBuilder()
	b.add(d)
	b.measure()
	n := b.numbers["納付"]
	got := b.passage([]lookedUp{{n, 1, 1}}, 0, d.doc.Text)
	if !strings.Contains(got, "㈱見本の税の納付はこちら。\n") || !strings.HasSuffix(got, "。\n") || !strings.Contains(d.doc.Text, "\n"+got) {
		t.Errorf("%q", got)
	}
}
