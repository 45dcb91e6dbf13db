package index_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

const (
	someCorpus = `{"_id":"d1","title":"公園","text":"公園の案内"}

{"_id":"d2","title":"税","text":""}
`
	someQueries = `{"_id":"q1","text":"公園はどこ"}
{"_id":"q2","text":"判定のない質問"}
`
	someQrels = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"
)

func TestReadBEIR(t *testing.T) {
	c, err := index.ReadBEIR(strings.NewReader(someCorpus), strings.NewReader(someQueries), strings.NewReader(someQrels))
	if err != nil {
		t.Fatal(err)
	}
	want := index.Collection{
		Documents: []ward.Document{
			{ID: "d1", URL: "corpus:d1", Title: "公園", Text: "公園の案内", Kind: ward.FAQ},
			{ID: "d2", URL: "corpus:d2", Title: "税", Kind: ward.FAQ},
		},
		Queries: []index.Query{{ID: "q1", Text: "公園はどこ"}},
		Grades:  map[string]map[string]int{"q1": {"d1": 2}},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadBEIRRefuses(t *testing.T) {
	for name, in := range map[string][3]string{
		"corpus: line 2":     {`{"_id":"d1"}` + "\nnot json", someQueries, someQrels},
		"corpus: line 1":     {`{"title":"no id"}`, someQueries, someQrels},
		"queries: line 1":    {someCorpus, `["q1"]`, someQrels},
		"judgements: line 2": {someCorpus, someQueries, "query-id\tcorpus-id\tscore\nq1\td1"},
		"judgements: line 3": {someCorpus, someQueries, "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\tgood"},
	} {
		_, err := index.ReadBEIR(strings.NewReader(in[0]), strings.NewReader(in[1]), strings.NewReader(in[2]))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// ranking is a Search that always answers with the same documents.
func ranking(verdict ward.Verdict, ids ...string) index.Search {
	return func(_ context.Context, _ string, top int) (ward.Answer, error) {
		a := ward.Answer{Verdict: verdict}
		for i, id := range ids[:min(top, len(ids))] {
			a.Hits = append(a.Hits, ward.Hit{Document: ward.Document{ID: id}, Score: float64(100 - i)})
		}
		return a, nil
	}
}

// Judged: a (2), b (1), c (1). Found: x, a, x, b. By hand:
//
//	Recall@10 = 2/3, P@10 = 2/10, MRR = 1/2
//	DCG = 2/log2(3) + 1/log2(5) = 1.261860 + 0.430677 = 1.692537
//	ideal = 2/log2(2) + 1/log2(3) + 1/log2(4) = 2 + 0.630930 + 0.5 = 3.130930
func TestEvaluate(t *testing.T) {
	c := index.Collection{
		Queries: []index.Query{{ID: "q", Text: "?"}},
		Grades:  map[string]map[string]int{"q": {"a": 2, "b": 1, "c": 1}},
	}
	var run strings.Builder
	tick := time.Unix(0, 0)
	now := func() time.Time { tick = tick.Add(3 * time.Millisecond); return tick }
	r, err := index.Evaluate(context.Background(), c, ranking(ward.Sure, "x", "a", "y", "b"), &run, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string][2]float64{
		"recall": {r.Recall, 2.0 / 3}, "precision": {r.Precision, 0.2}, "nDCG": {r.NDCG, 1.692537 / 3.130930},
		"MRR": {r.MRR, 0.5}, "hit@1": {r.Hit1, 0}, "hit@3": {r.Hit3, 1}, "hit@5": {r.Hit5, 1},
		"sure": {r.Sure, 1}, "right": {r.SureRight, 0},
	} {
		if math.Abs(m[0]-m[1]) > 1e-6 {
			t.Errorf("%s = %v, want %v", name, m[0], m[1])
		}
	}
	if r.P50 != 3*time.Millisecond || r.P99 != 3*time.Millisecond {
		t.Errorf("latency %v, %v", r.P50, r.P99)
	}
	want := "q Q0 x 1 100.000000 madoguchi\nq Q0 a 2 99.000000 madoguchi\nq Q0 y 3 98.000000 madoguchi\nq Q0 b 4 97.000000 madoguchi\n"
	if diff := cmp.Diff(want, run.String()); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
}

func TestEvaluateLooksAtTenHits(t *testing.T) {
	c := index.Collection{
		Queries: []index.Query{{ID: "q", Text: "?"}},
		Grades:  map[string]map[string]int{"q": {"k": 2}},
	}
	deep := ranking(ward.Unsure, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
	r, err := index.Evaluate(context.Background(), c, deep, nil, time.Now)
	if err != nil || r.Recall != 0 || r.NDCG != 0 || r.MRR != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEvaluateStopsAtAnError(t *testing.T) {
	c := index.Collection{Queries: []index.Query{{ID: "q7", Text: "?"}}, Grades: map[string]map[string]int{"q7": {"a": 1}}}
	broken := errors.New("broken")
	_, err := index.Evaluate(context.Background(), c, func(context.Context, string, int) (ward.Answer, error) { return ward.Answer{}, broken }, nil, time.Now)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "q7") {
		t.Errorf("%v", err)
	}
}
