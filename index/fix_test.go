package index_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/index"
	"madoguchi/ward"
)

const smallSite = "https://www.city.mihon.example/"

// fixing is an index of the small ward, with fixes that the test may change.
func fixing(t *testing.T, built ...ward.Fix) *index.Index {
	t.Helper()
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}, Fixes: built}
	if _, err := index.Build(t.Context(), o, stream(smallWard(t).Documents)); err != nil {
		t.Fatal(err)
	}
	ix, err := index.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	return ix
}

func drone() ward.Fix {
	return ward.Fix{ID: "d1", Kind: ward.FixPage, State: ward.FixLive, Page: smallSite + "machi/koen.html", PageTitle: "公園でのボール遊び",
		Questions: []string{"ドローンを飛ばしたいのですが", "ドローンって飛ばせる？"}}
}

func fireworks() ward.Fix {
	return ward.Fix{ID: "m1", Kind: ward.FixAnswer, State: ward.FixLive, Page: smallSite + "bunka/pool.html", PageTitle: "区民プール",
		Questions: []string{"花火大会の有料席はどこで買えますか"}, Text: "区民プールの窓口で売っています。", Owner: "スポーツ課", Phone: "03-0000-5005",
		PublishedAt: time.Date(2026, 4, 1, 20, 0, 0, 0, time.UTC)}
}

func answer(t *testing.T, ix *index.Index, question string) ward.Answer {
	t.Helper()
	a, err := ix.Search(t.Context(), question, 5)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A question that staff have pointed to a page is answered by it at once, in
// whatever order and politeness it is asked; one that only has a word in common
// is not.
func TestFixedByAPage(t *testing.T) {
	ix := fixing(t)
	if a := answer(t, ix, "ドローンを飛ばしたい"); a.Verdict == ward.Sure {
		t.Fatalf("already answered: %+v", a)
	}
	ix.Follow([]ward.Fix{drone()})
	for _, q := range []string{"ドローンを飛ばしたいのですが", "ドローン　飛ばせますか", "飛ばしたい、ﾄﾞﾛｰﾝを！"} {
		a := answer(t, ix, q)
		if a.Verdict != ward.Sure || a.Fix != "d1" || a.Hits[0].Document.ID != "koen" || !strings.Contains(a.Hits[0].Document.Text, a.Hits[0].Passage) {
			t.Errorf("%s: %+v", q, a)
		}
	}
	if a := answer(t, ix, "土手の公園でドローンを飛ばしたい"); len(a.Hits) == 0 || a.Hits[0].Document.ID != "koen" || a.Fix != "" {
		t.Errorf("a question that says more does not find the page by itself: %+v", a)
	}
	if a := answer(t, ix, "紙飛行機を飛ばしたい"); a.Fix != "" {
		t.Errorf("another question is answered: %+v", a)
	}
	withdrawn := drone()
	withdrawn.State = ward.FixWithdrawn
	ix.Follow([]ward.Fix{withdrawn})
	if a := answer(t, ix, "ドローンを飛ばしたい"); a.Verdict == ward.Sure {
		t.Errorf("withdrawn and still in force: %+v", a)
	}
}

// What staff wrote is shown as it now stands, with the page it was written
// from: at once to the same question, after the next index to similar ones; and
// once withdrawn to none, though the index still holds it.
func TestFixedByAnAnswer(t *testing.T) {
	ix := fixing(t, fireworks())
	similar := "ことしの花火大会"
	if a := answer(t, ix, similar); slices.ContainsFunc(a.Hits, func(h ward.Hit) bool { return strings.HasPrefix(h.Document.ID, "fix-") }) {
		t.Errorf("shown without being in force: %+v", a.Hits)
	}
	if _, err := ix.Document(t.Context(), "fix-m1"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("without being in force it is a document: %v", err)
	}
	ix.Follow([]ward.Fix{fireworks()})
	if a := answer(t, ix, similar); len(a.Hits) == 0 || a.Hits[0].Document.ID != "fix-m1" {
		t.Errorf("a similar question does not find it: %+v", a)
	}
	rewritten := fireworks()
	rewritten.Text = "区民プールか図書館の窓口で売っています。"
	ix.Follow([]ward.Fix{rewritten})
	a := answer(t, ix, "有料席は、花火大会の…　どこで買えますか？")
	d := a.Hits[0].Document
	if a.Verdict != ward.Sure || a.Fix != "m1" || d.Text != rewritten.Text+"\n" || d.URL != rewritten.Page || d.Section != "スポーツ課" || d.Updated != "2026-04-02" {
		t.Errorf("not as it now stands: %+v", a)
	}
	if again, err := ix.Document(t.Context(), d.ID); err != nil || again.Text != d.Text {
		t.Errorf("by its id it is %+v, %v", again, err)
	}
	top, err := ix.Browse(t.Context(), nil)
	if err != nil || slices.ContainsFunc(top.Pages, func(d ward.Document) bool { return strings.HasPrefix(d.ID, "fix-") }) {
		t.Errorf("browsing shows what staff wrote beside the pages: %v, %v", top.Pages, err)
	}
	ix.Follow(nil)
	if a := answer(t, ix, "花火大会の有料席はどこで買えますか"); a.Verdict == ward.Sure {
		t.Errorf("withdrawn and still shown: %+v", a)
	}
}

func TestFixedByAWord(t *testing.T) {
	ix := fixing(t)
	ix.Follow([]ward.Fix{{ID: "w1", Kind: ward.FixWord, State: ward.FixLive, Word: "みほみほパス", Means: []string{"区民プール"}}})
	if a := answer(t, ix, "みほみほパスはいくら"); len(a.Hits) == 0 || !strings.HasPrefix(a.Hits[0].Document.ID, "pool") {
		t.Errorf("the word leads nowhere: %+v", a)
	}
}

// A draft is tried without being in force.
func TestDraftsAreTried(t *testing.T) {
	ix := fixing(t)
	draft := drone()
	draft.ID, draft.State = "", ward.FixDraft
	e, err := ix.Explain(t.Context(), "ドローンを飛ばしたい", 5, draft)
	if err != nil || e.Verdict != ward.Sure || e.Answer.Hits[0].Document.ID != "koen" {
		t.Errorf("the draft is not tried: %+v, %v", e.Answer, err)
	}
	if a := answer(t, ix, "ドローンを飛ばしたい"); a.Verdict == ward.Sure {
		t.Errorf("the draft is in force: %+v", a)
	}
}

// A page that has left the site answers nothing, and is named as a golden
// without a page.
func TestFixedByAPageThatIsGone(t *testing.T) {
	gone := drone()
	gone.Page = smallSite + "machi/no-more.html"
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}, Fixes: []ward.Fix{gone, fireworks()}}
	stats, err := index.Build(t.Context(), o, stream(smallWard(t).Documents))
	if err != nil {
		t.Fatal(err)
	}
	if j := stats.Judgement; len(j.Gone) != 1 || j.Answered != 1 || j.Goldens != 2 {
		t.Errorf("goldens: %+v", j)
	}
	ix, err := index.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	ix.Follow(o.Fixes)
	if a := answer(t, ix, "ドローンを飛ばしたい"); a.Verdict == ward.Sure {
		t.Errorf("answered by a page that is gone: %+v", a)
	}
}

// What staff wrote makes no index where the site gives nothing.
func TestFixesAloneAreNoIndex(t *testing.T) {
	_, err := index.Build(t.Context(), index.Options{Dir: newDir(t), Fixes: []ward.Fix{fireworks()}}, stream(nil))
	if ward.KindOf(err) != ward.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestFollowWhileAsking(t *testing.T) {
	ix := fixing(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 20 {
			ix.Follow([]ward.Fix{drone(), fireworks()})
			ix.Follow(nil)
		}
	}()
	for asking := true; asking; {
		select {
		case <-done:
			asking = false
		default:
			answer(t, ix, "ドローンを飛ばしたい")
		}
	}
}

func TestAlike(t *testing.T) {
	ix := smallIndex(t)
	asked := []string{
		"ドローンを飛ばしたい", "犬のふんで困っています", "ドローンは飛ばせますか", "犬の糞が落ちている", "パスポートの更新", "パスポートを更新したいです",
		"", "！？", "猫を飼いたい",
	}
	groups, err := ix.Alike(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for g, group := range groups {
		for _, i := range group {
			if at, twice := seen[i]; twice {
				t.Errorf("%q is in groups %d and %d", asked[i], at, g)
			}
			seen[i] = g
		}
	}
	if len(seen) != len(asked) {
		t.Errorf("%d of %d texts are in a group", len(seen), len(asked))
	}
	for _, pair := range [][2]int{{0, 2}, {4, 5}} {
		if seen[pair[0]] != seen[pair[1]] {
			t.Errorf("%q and %q stand apart", asked[pair[0]], asked[pair[1]])
		}
	}
	for _, pair := range [][2]int{{0, 1}, {0, 4}, {1, 8}} {
		if seen[pair[0]] == seen[pair[1]] {
			t.Errorf("%q and %q stand together", asked[pair[0]], asked[pair[1]])
		}
	}
}
