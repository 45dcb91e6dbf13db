package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"madoguchi/data/sample"
	"madoguchi/index"
	"madoguchi/ward"
)

// sampleWeight is what a question of the sample ward counts in training
// against one of another collection: there are more of them, and those who
// wrote them knew the pages.
const sampleWeight = 0.35

// train learns the weights of the ranking on the sample ward's questions and,
// where it is given, on another collection. The weights go to standard output,
// how good they are on held-back questions to standard error.
func train(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	corpus := fs.String("corpus", "", "文書（BEIRのjsonl）")
	queries := fs.String("queries", "", "質問（BEIRのjsonl）")
	qrels := fs.String("qrels", "", "正解（BEIRのtsv）")
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "madoguchi-train-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg.dataDir = dir + "/sample"
	ours, err := cfg.sampleTrial(ctx, env)
	if err != nil {
		return err
	}
	defer ours.index.Close()
	set, err := ours.trainingSet()
	if err != nil {
		return err
	}
	sets := []index.TrainingSet{set}
	if *corpus != "" {
		cfg.dataDir = dir + "/beir"
		other, err := cfg.beirTrial(ctx, *corpus, *queries, *qrels)
		if err != nil {
			return err
		}
		defer other.index.Close()
		sets = append(sets, index.TrainingSet{
			Name: "beir", Index: other.index, Queries: other.collection.Queries, Grades: other.collection.Grades, Weight: 1,
			Key: func(_ index.Query, d ward.Document) string { return d.ID },
		})
	}
	trained, err := index.Train(ctx, sets)
	if err != nil {
		return err
	}
	for _, s := range trained.Sets {
		printTrained(env.stderr, s)
	}
	_, err = fmt.Fprintf(env.stdout, "%s\n", trained.Weights)
	return err
}

// trainingSet is the sample's questions, with those that nothing answers.
func (t trial) trainingSet() (index.TrainingSet, error) {
	set := index.TrainingSet{
		Name: "sample", Index: t.index, Queries: t.collection.Queries, Grades: t.collection.Grades, Weight: sampleWeight,
	}
	set.Key = func(q index.Query, d ward.Document) string { return address(d.URL, set.Grades[q.ID]) }
	refusals, err := sample.Unanswerable()
	for _, r := range refusals {
		set.Queries = append(set.Queries, index.Query{ID: r.ID, Text: r.Text})
	}
	return set, err
}

func printTrained(w io.Writer, s index.TrainedSet) {
	fmt.Fprintf(w, "%s, five-fold: %d queries  Recall@10 %.3f  nDCG@10 %.3f  Hit@1 %.3f  Hit@5 %.3f  answered directly %.3f, of those right %.3f, told no though a choice was right %.3f\n",
		s.Name, s.Queries, s.Recall, s.NDCG, s.Hit1, s.Hit5, s.Sure, s.SureRight, s.MissedByNo)
	if s.Refused > 0 {
		fmt.Fprintf(w, "  %d that nothing answers: answered directly %.3f, told no %.3f\n", s.Refused, s.Unfounded, s.ToldNo)
	}
}
