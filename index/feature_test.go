package index

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readBy makes a reader for a question about f, whose fields weigh w.
func readBy(tb testing.TB, f *forward, q *asked, w weights) *reader {
	tb.Helper()
	var err error
	if f.Latent, err = newLatent(context.Background(), f, nil, 2); err != nil {
		tb.Fatal(err)
	}
	return newReader(f, w, q)
}

func bodyWeighs() weights {
	var w weights
	w.Fields[bodyField] = 1
	return w
}

func near1(tb testing.TB, what string, got, want float64) {
	tb.Helper()
	if math.Abs(got-want) > 1e-9 {
		tb.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Two words of the question, one of them in the title; a third is unknown. The
// ward writes 税 and one word more for the second.
func TestLexicalAndCoverage(t *testing.T) {
	f := small([2][]string{{"公園"}, {"公園", "税"}}, [2][]string{nil, {"図書館", "年貢"}})
	q := &asked{
		content: []content{{idf: 2, word: 0}, {idf: 1, word: 1}, {idf: 1, word: -1}},
		total:   4,
		words:   []lookedUp{{f.numbers["公園"], 2, 1}, {f.numbers["年貢"], 1, 1}, {f.numbers["税"], 1, 0.3}},
		own:     2,
		wards:   []wardText{{covers: []int{1}, targets: []wanted{{words: []int{2}, total: 2, weight: 0.8}}}},
	}
	q.wards[0].words.add(2)
	w := bodyWeighs()
	w.Thesaurus = 0.4
	r := readBy(t, f, q, w)
	x := r.read(0)
	half := 0.8 * 0.5 * 0.5 // weight, and half of the ward's words twice
	near1(t, "coverage", x.features[coverage], (2+half)/4)
	near1(t, "lexical", x.features[lexical], (r.counter.score[0]+0.4*0.8*0.5*r.counter.score[2])/2)
	near1(t, "about", x.about, 1)
	near1(t, "about of a page without title", r.read(1).about, 0)
}

// The words of a question count together when they stand in one sentence or in
// two neighbours.
func TestTogether(t *testing.T) {
	b := newForwardBuilder()
	for _, starts := range [][]bound{{{Term: 0}, {Term: 1}, {Term: 2}}, {{Term: 0}, {Term: 2}}} {
		a := analysed{bounds: starts}
		a.doc.ID = string(rune('a' + len(b.IDs)))
		a.fields[bodyField] = []string{"犬", "道", "税"}
		b.add(a)
	}
	b.measure()
	f := &b.forward
	q := &asked{content: []content{{idf: 1, word: 0}, {idf: 1, word: 1}}, total: 2, words: []lookedUp{{f.numbers["犬"], 1, 1}, {f.numbers["税"], 1, 1}}, own: 2}
	r := readBy(t, f, q, bodyWeighs())
	apart, side := r.read(0), r.read(1)
	near1(t, "coverage", apart.features[coverage], 1)
	near1(t, "together, two sentences apart", apart.features[together], 0.5)
	near1(t, "together, side by side", side.features[together], 1)
}

func TestCompoundsStandAsOneRun(t *testing.T) {
	f := small([2][]string{{"児童", "手当"}, nil}, [2][]string{{"児童", "扶養", "手当"}, nil})
	a := testAnalyzer(t)
	words := a.terms("児童手当はいくら")
	for i := range words { // the vocabulary of this test is not UniDic's
		if words[i].text == "手当て" {
			words[i].text = "手当"
		}
	}
	q := &asked{compounds: f.compounds(words)}
	for doc, want := range []float64{1, 0} {
		near1(t, "compound", q.compoundIn(f.tokens(doc, titleField)), want)
	}
}

func TestIntents(t *testing.T) {
	a := testAnalyzer(t)
	lex := &lexicon{analyzer: a, intents: readIntents(a)}
	if len(lex.intents) != 8 {
		t.Errorf("%d intents could be read", len(lex.intents))
	}
	for question, want := range map[string][]string{
		"住民票はいくらですか":      {"いくら"},
		"転出届はどこに出すの":      {"どこ"},
		"いつまでに申請すればいいですか": {"いつ"},
		"印鑑登録に必要なもの":      {"持ち物"},
		"犬を飼っています":        nil,
	} {
		var got []string
		for _, in := range lex.intentsOf(a.terms(question)) {
			got = append(got, in.name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", question, diff)
		}
	}
}

func TestTitlesAnswerIntents(t *testing.T) {
	f := small([2][]string{{"料金"}, nil}, [2][]string{{"窓口"}, nil})
	fee := [][]uint32{{f.numbers["料金"]}}
	near1(t, "the fee", answered(fee, f.tokens(0, titleField)), 1)
	near1(t, "the counter", answered(fee, f.tokens(1, titleField)), 0)
}

func TestFeaturesAreReadByName(t *testing.T) {
	var x features
	x[near] = 0.5
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var back features
	if err := json.Unmarshal(b, &back); err != nil || back != x {
		t.Errorf("%s: %v, %v", b, back, err)
	}
	for _, bad := range []string{`{"near": 1}`, `{"unheard": 1}`, `[1]`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestLeadIsOverAnotherPage(t *testing.T) {
	f := &forward{Pages: []uint64{1, 1, 2}}
	ranked := []scored{{doc: 0, score: 3}, {doc: 1, score: 2.9}, {doc: 2, score: 2.5}}
	ranked[0].features[lexical], ranked[2].features[lexical] = 2, 1
	s := f.signs(ranked, 0)
	near1(t, "lead", s[leadSign], 0.5)
	near1(t, "lexical lead", s[lexicalSign], 0.5)
	if s := f.signs(ranked[:2], 0); s[leadSign] != maxLead || s[lexicalSign] != 1 {
		t.Errorf("without a rival: %v", s)
	}
}
