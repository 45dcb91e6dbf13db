package index

import (
	"context"
	"math"
	"strings"
	"testing"
)

// Two topics that share no word: a question about one word of a topic lies with
// the documents of that topic, those without the word included.
func TestLatentSpaceKnowsCompany(t *testing.T) {
	body := func(s string) [2][]string { return [2][]string{nil, strings.Fields(s)} }
	f := small(
		body("犬 登録 鑑札"), body("犬 注射 鑑札"), body("登録 注射 鑑札 首輪"),
		body("税 納付 口座"), body("税 振替 口座"), body("納付 振替 口座 銀行"),
	)
	l, err := newLatent(context.Background(), f, nil, 2)
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
		l, err := newLatent(context.Background(), f, nil, 2)
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
	if _, err := newLatent(ctx, small([2][]string{{"税"}, nil}), nil, 2); err == nil {
		t.Error("no error")
	}
}

// A word that no page uses lies with the pages that the thesaurus leads it to.
func TestSayingsGiveStrangeWordsAPlace(t *testing.T) {
	b := builder(
		[2][]string{nil, {"犬", "登録", "鑑札"}}, [2][]string{nil, {"犬", "注射", "鑑札"}},
		[2][]string{nil, {"税", "納付", "口座"}}, [2][]string{nil, {"税", "振替", "口座"}},
	)
	sayings := b.sayings([]thesaurusLine{
		{parts: []string{"わんちゃん"}, targets: []string{"犬"}, weight: 1},
		{parts: []string{"宇宙人"}, targets: []string{"火星"}, weight: 1}, // leads to no page
	}, splitParts{
		said:   map[string][]string{"わんちゃん": {"わんちゃん"}, "宇宙人": {"宇宙人"}},
		writes: map[string][]string{"犬": {"犬"}, "火星": {"火星"}},
	})
	if len(sayings) != 1 || b.DF[b.numbers["わんちゃん"]] != 0 {
		t.Fatalf("%d sayings, %v", len(sayings), b.DF)
	}
	l, err := newLatent(context.Background(), &b.forward, sayings, 2)
	if err != nil {
		t.Fatal(err)
	}
	n := b.numbers["わんちゃん"]
	place := l.place([]lookedUp{{n, b.idf(n), 1}})
	if near, far := l.cosine(place, 1), l.cosine(place, 2); near < 0.5 || far > 0.1 {
		t.Errorf("cosine %v to the dogs, %v to the taxes", near, far)
	}
	if c := l.wordCosine(place, b.numbers["鑑札"]); c < 0.5 {
		t.Errorf("cosine %v to a word of the same company", c)
	}
}
