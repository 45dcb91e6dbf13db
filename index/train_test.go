package index_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

// smallTraining is the questions of the small ward and three that nothing
// answers.
func smallTraining(tb testing.TB) []index.TrainingSet {
	tb.Helper()
	set := index.TrainingSet{
		Name: "small", Index: smallIndex(tb), Grades: map[string]map[string]int{}, Weight: 1,
		Key: func(_ index.Query, d ward.Document) string { return d.ID },
	}
	f, err := os.Open(filepath.Join("testdata", "questions.tsv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if question, id, ok := strings.Cut(s.Text(), "\t"); ok {
			set.Queries = append(set.Queries, index.Query{ID: question, Text: question})
			set.Grades[question] = map[string]int{id: 2}
		}
	}
	for _, q := range []string{"円をドルに替えるレート", "量子コンピュータの仕組み", "？！"} {
		set.Queries = append(set.Queries, index.Query{ID: q, Text: q})
	}
	return []index.TrainingSet{set}
}

func TestTrain(t *testing.T) {
	sets := smallTraining(t)
	first, err := index.Train(context.Background(), sets)
	if err != nil {
		t.Fatal(err)
	}
	s := first.Sets[0]
	if s.Queries == 0 || s.Refused != 3 || s.Hit1 < 0.8 || s.NDCG < 0.85 {
		t.Errorf("%+v", s)
	}
	var w struct{ Rank, Fields any }
	if err := json.Unmarshal(first.Weights, &w); err != nil || w.Rank == nil || w.Fields == nil {
		t.Errorf("weights %s: %v", first.Weights, err)
	}
	again, err := index.Train(context.Background(), sets)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same questions give other weights:\n%s", diff)
	}
}

// Without any feature that reads the documents nothing can be told apart.
func TestCrossValidateWithoutFeatures(t *testing.T) {
	sets := smallTraining(t)
	without := index.FeatureNames()
	blind, err := index.CrossValidate(context.Background(), sets, without...)
	if err != nil {
		t.Fatal(err)
	}
	seeing, err := index.CrossValidate(context.Background(), sets, "compound")
	if err != nil {
		t.Fatal(err)
	}
	if blind[0].NDCG > seeing[0].NDCG/2 {
		t.Errorf("nDCG %.3f without a feature, %.3f with all but one", blind[0].NDCG, seeing[0].NDCG)
	}
	if _, err := index.CrossValidate(context.Background(), sets, "unheard"); ward.KindOf(err) != ward.Invalid {
		t.Errorf("an unknown feature: %v", err)
	}
}

func TestExplain(t *testing.T) {
	ix := smallIndex(t)
	e, err := ix.Explain(context.Background(), "粗大ごみはどこに出せばいいですか", 3)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ix.Search(context.Background(), "粗大ごみはどこに出せばいいですか", 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer, e.Answer); diff != "" {
		t.Errorf("what is explained is not the answer (-search +explain):\n%s", diff)
	}
	hit := e.Hits[0]
	sum := 0.0
	for _, f := range hit.Features {
		sum += f.Adds
	}
	if d := sum - hit.Score; d > 1e-9 || d < -1e-9 {
		t.Errorf("the parts add up to %v, the score is %v", sum, hit.Score)
	}
	if !cmp.Equal(e.Intents, []string{"どこ"}) || len(e.Words) == 0 || len(hit.Matched) == 0 {
		t.Errorf("intents %v, %d words, %d matched", e.Intents, len(e.Words), len(hit.Matched))
	}
	if _, err := ix.Explain(context.Background(), "？！", 3); err != nil {
		t.Errorf("nothing to explain: %v", err)
	}
}
