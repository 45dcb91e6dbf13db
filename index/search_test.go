package index_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

// readSmallWard reads thirty-one invented pages.
func readSmallWard() (index.Collection, error) {
	var c index.Collection
	f, err := os.Open(filepath.Join("testdata", "ward.jsonl"))
	if err != nil {
		return c, err
	}
	defer f.Close()
	for dec := json.NewDecoder(f); dec.More(); {
		var d ward.Document
		if err := dec.Decode(&d); err != nil {
			return c, err
		}
		c.Documents = append(c.Documents, d)
	}
	return c, nil
}

func smallWard(tb testing.TB) index.Collection {
	tb.Helper()
	c, err := readSmallWard()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// smallIndex is an index of smallWard that all tests share: they only read it.
func smallIndex(tb testing.TB) *index.Index {
	tb.Helper()
	ix, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return ix
}

func first(tb testing.TB, ix *index.Index, question string) ward.Hit {
	tb.Helper()
	a, err := ix.Search(context.Background(), question, 3)
	if err != nil {
		tb.Fatal(err)
	}
	if len(a.Hits) == 0 {
		tb.Fatalf("%s: no hit", question)
	}
	return a.Hits[0]
}

func TestSearchFindsTheRightPage(t *testing.T) {
	ix := smallIndex(t)
	f, err := os.Open(filepath.Join("testdata", "questions.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		question, want, ok := strings.Cut(s.Text(), "\t")
		if !ok {
			continue
		}
		if got := first(t, ix, question).Document.ID; got != want {
			t.Errorf("%s: %s, want %s", question, got, want)
		}
	}
}

func TestSearchGivesTheDocumentBack(t *testing.T) {
	c := smallWard(t)
	ix := smallIndex(t)
	hit := first(t, ix, "パソコンを処分したい")
	i := 0
	for c.Documents[i].ID != "pasokon" {
		i++
	}
	if diff := cmp.Diff(c.Documents[i], hit.Document); diff != "" {
		t.Errorf("document changed on its way (-want +got):\n%s", diff)
	}
	if hit.Passage != hit.Document.Text {
		t.Errorf("passage of a short text is %q", hit.Passage)
	}
	if hit.Confidence <= 0 || hit.Confidence >= 1 {
		t.Errorf("confidence %v", hit.Confidence)
	}
}

func TestPassageIsTheRunThatAnswers(t *testing.T) {
	ix := smallIndex(t)
	hit := first(t, ix, "図書館の本を返すのが期限に遅れた")
	switch n := utf8.RuneCountInString(hit.Passage); {
	case !strings.Contains(hit.Document.Text, hit.Passage):
		t.Error("the passage is not a run of the text")
	case !strings.Contains(hit.Passage, "返却ポスト"):
		t.Errorf("the passage misses the answer: %s", hit.Passage)
	case n > 400 || n < 200:
		t.Errorf("the passage has %d characters", n)
	case !strings.HasPrefix(hit.Passage, "第") && !strings.HasPrefix(hit.Passage, "参加") && !strings.HasPrefix(hit.Passage, "本を"):
		t.Errorf("the passage begins inside a sentence: %s", hit.Passage)
	}
}

func TestNearDuplicatesAreFolded(t *testing.T) {
	ix := smallIndex(t)
	a, err := ix.Search(context.Background(), "区民プールは何歳からですか", 10)
	if err != nil {
		t.Fatal(err)
	}
	pools := 0
	for _, h := range a.Hits {
		if strings.HasPrefix(h.Document.ID, "pool") {
			pools++
		}
	}
	if pools != 1 {
		t.Errorf("%d of two copies of one page are among the hits", pools)
	}
}

func TestVerdict(t *testing.T) {
	ix := smallIndex(t)
	for question, want := range map[string]ward.Verdict{
		"粗大ごみの出し方":            ward.Sure,
		"児童手当":                ward.Sure,
		"おすすめのラーメン屋と映画":       ward.Nothing,
		"円をドルに替えるレートは":        ward.Nothing,
		"量子コンピュータの仕組みを知りたいです": ward.Nothing,
	} {
		a, err := ix.Search(context.Background(), question, 5)
		if err != nil {
			t.Fatal(err)
		}
		if a.Verdict != want {
			t.Errorf("%s: %s, want %s (%+v)", question, a.Verdict, want, a.Hits)
		}
	}
}

func TestHitsAreOrdered(t *testing.T) {
	ix := smallIndex(t)
	a, err := ix.Search(context.Background(), "届出に必要なものと手数料", 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Hits) < 5 {
		t.Fatalf("%d hits", len(a.Hits))
	}
	for i := range a.Hits[1:] {
		if a.Hits[i+1].Score > a.Hits[i].Score {
			t.Errorf("hit %d scores more than the one before", i+1)
		}
	}
}

// Questions that say nothing, and such as are meant to hurt.
func TestHostileQuestions(t *testing.T) {
	ix := smallIndex(t)
	const limit = 2 * time.Second // hours without the caps; generous for a busy machine
	for name, question := range map[string]string{
		"empty":      "",
		"blank":      " \t\n　",
		"emoji":      strings.Repeat("😀🗑️", 400),
		"control":    strings.Repeat("\x00\x1b\x7f", 500),
		"marks":      "？！。、・「」…",
		"particles":  "がをにで",
		"not UTF-8":  strings.Repeat("\xff\xfe", 100),
		"zero width": strings.Repeat("\u200b\u202e", 300),
	} {
		a, err := ix.Search(context.Background(), question, 10)
		if err != nil || a.Verdict != ward.Nothing || len(a.Hits) > 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	for name, question := range map[string]string{
		"100 kB":       strings.Repeat("粗大ごみの出し方を教えてください。", 2000),
		"katakana run": strings.Repeat("ア", 350_000),
		"latin run":    strings.Repeat("a", 100_000),
		"digits":       strings.Repeat("1234567890", 10_000),
		"markup":       "<script>alert(1)</script>粗大ごみ",
		"sql":          "'; DROP TABLE documents; -- 粗大ごみ",
		"query syntax": `+title:粗大 -body:ごみ "~^*?/`,
		"all words":    strings.Repeat("転入転出転居住民票印鑑死亡出生粗大電池児童医療保育健康年金介護検診税金道路公園自転車図書館", 6),
	} {
		start := time.Now()
		if _, err := ix.Search(context.Background(), question, 10); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > limit {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestBrowse(t *testing.T) {
	ix := smallIndex(t)
	type page struct{ Children, Pages []string }
	for path, want := range map[string]page{
		"":            {Children: []string{"くらし", "子育て", "健康・福祉", "まちづくり", "文化・スポーツ", "税金", "防災・安全"}},
		"子育て":         {Children: []string{"保育園", "手当・助成"}},
		"子育て/手当・助成":   {Children: []string{}, Pages: []string{"jidoteate", "iryo"}},
		"くらし/戸籍・住民登録": {Children: []string{}, Pages: []string{"tennyu", "juminhyo", "inkan", "shibou", "shussho"}},
	} {
		var at []string
		if path != "" {
			at = strings.Split(path, "/")
		}
		c, err := ix.Browse(context.Background(), at)
		if err != nil {
			t.Fatal(err)
		}
		got := page{Children: c.Children}
		for _, d := range c.Pages {
			got.Pages = append(got.Pages, d.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", path, diff)
		}
	}
	if _, err := ix.Browse(context.Background(), []string{"ない分類"}); ward.KindOf(err) != ward.NotFound {
		t.Errorf("unknown category: %v", err)
	}
}

func TestDocument(t *testing.T) {
	ix := smallIndex(t)
	d, err := ix.Document(context.Background(), "kaigo")
	if err != nil || d.Title != "要介護認定の申請" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := ix.Document(context.Background(), "nobody"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("unknown id: %v", err)
	}
}
