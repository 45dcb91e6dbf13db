package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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
// how good they are on held-back questions to standard error; --table prints
// instead what each means is worth.
func train(ctx context.Context, env environment, args []string) error {
	var cfg config
	flags := flag.NewFlagSet("train", flag.ContinueOnError)
	corpus := flags.String("corpus", "", "文書（BEIRのjsonl）")
	queries := flags.String("queries", "", "質問（BEIRのjsonl）")
	qrels := flags.String("qrels", "", "正解（BEIRのtsv）")
	table := flags.Bool("table", false, "重みの代わりに、手段を一つずつ抜いたときの表を出す")
	if err := cfg.load(flags, env, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "madoguchi-train-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	schools := school{cfg: &cfg, env: env, dir: dir, files: [3]string{*corpus, *queries, *qrels}}
	defer schools.close()
	sets, err := schools.sets(ctx, "with", nil)
	if err != nil {
		return err
	}
	if *table {
		return schools.table(ctx, sets)
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

// school makes the sets to learn from, each with an index of its own.
type school struct {
	cfg    *config
	env    environment
	dir    string
	files  [3]string // corpus, queries, qrels; "" for the sample alone
	trials []trial
}

func (s *school) close() {
	for _, t := range s.trials {
		t.index.Close()
	}
}

// sets indexes the collections below name, with these options of an index.
func (s *school) sets(ctx context.Context, name string, change func(*index.Options)) ([]index.TrainingSet, error) {
	cfg := *s.cfg
	cfg.changeIndex = change
	cfg.dataDir = filepath.Join(s.dir, name, "sample")
	ours, err := cfg.sampleTrial(ctx, s.env)
	if err != nil {
		return nil, err
	}
	s.trials = append(s.trials, ours)
	set, err := ours.trainingSet()
	if err != nil {
		return nil, err
	}
	sets := []index.TrainingSet{set}
	if s.files[0] == "" {
		return sets, nil
	}
	cfg.dataDir = filepath.Join(s.dir, name, "beir")
	other, err := cfg.beirTrial(ctx, s.files[0], s.files[1], s.files[2])
	if err != nil {
		return nil, err
	}
	s.trials = append(s.trials, other)
	return append(sets, index.TrainingSet{
		Name: filepath.Base(filepath.Dir(s.files[0])), Index: other.index, Weight: 1,
		Queries: other.collection.Queries, Grades: other.collection.Grades,
		Key: func(_ index.Query, d ward.Document) string { return d.ID },
	}), nil
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

// means are what the ranking is made of, by the features each brings.
var means = []struct {
	name     string
	features []string
}{
	{"everything", nil},
	{"- nearness in meaning", []string{"near_coverage", "near_title", "near_about", "near", "near_own"}},
	{"- coverage of the question", []string{"coverage", "together", "near_coverage"}},
	{"- words in one place", []string{"together"}},
	{"- what the title is about", []string{"near_about", "title_length"}},
	{"- what is asked (intents)", []string{"intent"}},
	{"- compounds as one", []string{"compound"}},
	{"- pages for others", []string{"for_others"}},
}

// table prints the five-fold figures with all means, without each, and with
// the thesaurus taken from the index itself.
func (s *school) table(ctx context.Context, sets []index.TrainingSet) error {
	w := s.env.stdout
	fmt.Fprint(w, "five-fold, Recall@10 / nDCG@10")
	for _, set := range sets {
		fmt.Fprintf(w, "  %16s", set.Name)
	}
	fmt.Fprintln(w, "  answered directly, right  nothing: answered, told no")
	for _, m := range means {
		if err := s.row(ctx, m.name, sets, m.features); err != nil {
			return err
		}
	}
	bare, err := s.sets(ctx, "without", func(o *index.Options) { o.Thesauri = []fs.FS{} })
	if err != nil {
		return err
	}
	if err := s.row(ctx, "- thesaurus", bare, nil); err != nil {
		return err
	}
	var all []string
	for _, name := range index.FeatureNames() {
		if name != "lexical" {
			all = append(all, name)
		}
	}
	return s.row(ctx, "BM25 × coverage alone, no thesaurus", bare, all)
}

func (s *school) row(ctx context.Context, name string, sets []index.TrainingSet, without []string) error {
	measured, err := index.CrossValidate(ctx, sets, without...)
	if err != nil {
		return err
	}
	w := s.env.stdout
	fmt.Fprintf(w, "%-37s", name)
	for _, m := range measured {
		fmt.Fprintf(w, "  %.3f / %.3f  ", m.Recall, m.NDCG)
	}
	for _, m := range measured {
		fmt.Fprintf(w, "  %4.1f%%, %4.1f%%", 100*m.Sure, 100*m.SureRight)
	}
	fmt.Fprintf(w, "  %4.1f%%, %4.1f%%\n", 100*measured[0].Unfounded, 100*measured[0].ToldNo)
	return nil
}
