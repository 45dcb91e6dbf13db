package index_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

func TestCompare(t *testing.T) {
	o := index.Options{Dir: t.TempDir(), Fixes: []ward.Fix{{ID: "f", Kind: ward.FixAnswer, State: ward.FixLive, Questions: []string{"住民票"},
		Page: "https://www.city.mihon.example/same", Text: "職員が書いた回答"}}}
	moved := doc("moved", "保険")
	moved.Section = "市民課"
	if index.Live(o) != 0 {
		t.Error("there is no index yet")
	}
	one := build(t, o, doc("same", "住民票"), doc("text", "印鑑"), doc("gone", "税金"), moved)
	if index.Live(o) != one.Generation {
		t.Errorf("live %d, want %d", index.Live(o), one.Generation)
	}
	text := doc("text", "印鑑")
	text.Phone = "03-0000-0002" // what residents read too
	moved.Section, moved.Text = "国保年金課", "移りました。\n"
	two := build(t, o, doc("same", "住民票"), text, moved, doc("new", "ごみ"))
	got, err := index.Compare(t.Context(), o, one.Generation, two.Generation)
	if err != nil {
		t.Fatal(err)
	}
	const site = "https://www.city.mihon.example/"
	want := ward.Changes{Counts: ward.ChangeCounts{New: 1, Text: 2, Gone: 1, Section: 1}, Answers: []ward.AnswerChange{
		{Document: "gone", What: ward.AnswerGone, URL: site + "gone", Title: "税金"},
		{Document: "moved", What: ward.AnswerSection, URL: site + "moved", Title: "保険", Section: "国保年金課", SectionWas: "市民課"},
		{Document: "moved", What: ward.AnswerText, URL: site + "moved", Title: "保険", Section: "国保年金課"},
		{Document: "new", What: ward.AnswerNew, URL: site + "new", Title: "ごみ"},
		{Document: "text", What: ward.AnswerText, URL: site + "text", Title: "印鑑"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	first, err := index.Compare(t.Context(), o, 0, two.Generation)
	if diff := cmp.Diff(ward.Changes{Counts: ward.ChangeCounts{New: 4}}, first); diff != "" || err != nil {
		t.Errorf("against nothing: %v (-want +got):\n%s", err, diff)
	}
	if _, err := index.Compare(t.Context(), o, 99, two.Generation); ward.KindOf(err) != ward.NotFound {
		t.Errorf("against one that is gone: %v", err)
	}
	sources := got.Sources([]ward.Fix{{ID: "a", Kind: ward.FixAnswer, Page: "https://www.city.mihon.example/text#part"},
		{ID: "b", Kind: ward.FixAnswer, Page: site + "gone"}, {ID: "c", Kind: ward.FixAnswer, Page: site + "same"},
		{ID: "d", Kind: ward.FixPage, Page: site + "text"}})
	if diff := cmp.Diff([]ward.SourceChange{{Fix: "a", What: ward.AnswerText}, {Fix: "b", What: ward.AnswerGone}}, sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}
