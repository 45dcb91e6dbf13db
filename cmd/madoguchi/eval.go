package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"iter"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"madoguchi/data/sample"
	"madoguchi/index"
	"madoguchi/ward"
	"madoguchi/web"
)

// evaluate measures the ranking on a test collection.
func evaluate(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("eval", flag.ContinueOnError)
	corpus := fs.String("corpus", "", "文書（BEIRのjsonl）")
	queries := fs.String("queries", "", "質問（BEIRのjsonl）")
	qrels := fs.String("qrels", "", "正解（BEIRのtsv）")
	runFile := fs.String("run", "", "TREC形式の結果を書くファイル")
	asJSON := fs.Bool("json", false, "JSONで出す")
	useSample := fs.Bool("sample", false, "見本区のサイトと質問で測る")
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "madoguchi-eval-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg.dataDir = dir
	var trial trial
	switch {
	case *useSample:
		trial, err = cfg.sampleTrial(ctx, env)
	case *corpus != "" && *queries != "" && *qrels != "":
		trial, err = cfg.beirTrial(ctx, *corpus, *queries, *qrels)
	default:
		return invalidf("--corpus、--queries、--qrels の3つ、または --sample を指定してください")
	}
	if err != nil {
		return err
	}
	defer trial.index.Close()
	run := io.Writer(nil)
	if *runFile != "" {
		f, err := os.Create(*runFile)
		if err != nil {
			return &ward.Error{Kind: ward.Invalid, Message: *runFile + " に書けません", Err: err}
		}
		defer f.Close()
		run = f
	}
	report, err := index.Evaluate(ctx, trial.collection, trial.search, run, time.Now)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(env.stdout).Encode(report)
	}
	return printReport(env.stdout, report)
}

// trial is a test collection with an index over its documents.
type trial struct {
	collection index.Collection
	index      *index.Index
	search     index.Search
	dir        string            // where the sample's data are
	questions  []sample.Question // of the sample only
}

func (cfg *config) beirTrial(ctx context.Context, corpus, queries, qrels string) (trial, error) {
	var files [3]*os.File
	for i, name := range []string{corpus, queries, qrels} {
		f, err := os.Open(name)
		if err != nil {
			return trial{}, &ward.Error{Kind: ward.Invalid, Message: name + " を読めません", Err: err}
		}
		defer f.Close()
		files[i] = f
	}
	collection, err := index.ReadBEIR(files[0], files[1], files[2])
	if err != nil {
		return trial{}, &ward.Error{Kind: ward.Invalid, Message: "評価データを読めません", Err: err}
	}
	o := cfg.indexOptions(nil)
	if _, err := index.Build(ctx, o, sequence(collection.Documents)); err != nil {
		return trial{}, err
	}
	ix, err := index.Open(ctx, o)
	if err != nil {
		return trial{}, err
	}
	return trial{collection: collection, index: ix, search: ix.Search}, nil
}

// sequence is a slice as the index reads it.
func sequence(docs []ward.Document) iter.Seq2[ward.Document, error] {
	return func(yield func(ward.Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// sampleTrial crawls the sample ward on loopback, as a service would, and
// judges by the address of a page or of one section or Q/A pair.
func (cfg *config) sampleTrial(ctx context.Context, env environment) (trial, error) {
	handler, err := sample.Handler("")
	if err != nil {
		return trial{}, err
	}
	questions, err := sample.Questions()
	if err != nil {
		return trial{}, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return trial{}, err
	}
	log := cfg.logger(env.stderr)
	siteCtx, stop := context.WithCancel(ctx)
	defer stop()
	go serveUntil(siteCtx, web.Server("", handler, log), listener)
	// Without PDFs: reading one has a time limit, and a measure must not depend
	// on how busy the machine is.
	cfg.siteURL, cfg.crawlDelay, cfg.crawlPDFs = "http://"+listener.Addr().String()+"/", 0, false
	c, err := openCounter(ctx, cfg, log)
	if err != nil {
		return trial{}, err
	}
	defer c.store.Close()
	if _, err := c.crawl(ctx, crawlOptions{}); err != nil {
		return trial{}, err
	}
	ix, err := c.shelf.use(ctx)
	if err != nil {
		return trial{}, err
	}
	targets := newTargets(questions)
	return trial{targets.collection(ix.Stats().Documents), ix, targets.judge(ix.Search), cfg.dataDir, questions}, nil
}

// targets are the graded addresses of the sample's questions.
type targets struct {
	questions []sample.Question
	byText    map[string]map[string]int
}

func newTargets(questions []sample.Question) targets {
	t := targets{questions, map[string]map[string]int{}}
	for i, q := range questions {
		graded := map[string]int{}
		for key, grade := range q.Relevant {
			graded[folderAddress(key)] = grade
		}
		questions[i].Relevant, t.byText[q.Text] = graded, graded
	}
	return t
}

// folderAddress writes the address of a folder as the crawler does, without
// its index.html.
func folderAddress(path string) string {
	path, anchor, found := strings.Cut(path, "#")
	path = strings.TrimSuffix(path, "index.html")
	if found {
		path += "#" + anchor
	}
	return path
}

func (t targets) collection(documents int) index.Collection {
	c := index.Collection{Documents: make([]ward.Document, documents), Grades: map[string]map[string]int{}}
	for _, q := range t.questions {
		c.Queries = append(c.Queries, index.Query{ID: q.ID, Text: q.Text})
		c.Grades[q.ID] = q.Relevant
	}
	return c
}

// judge renames each hit to the address it counts for; of several hits of one
// address the first counts.
func (t targets) judge(search index.Search) index.Search {
	return func(ctx context.Context, question string, top int) (ward.Answer, error) {
		answer, err := search(ctx, question, min(3*top, 100))
		if err != nil {
			return answer, err
		}
		graded := t.byText[question]
		seen := map[string]bool{}
		var hits []ward.Hit
		for _, h := range answer.Hits {
			h.Document.ID = address(h.Document.URL, graded)
			if !seen[h.Document.ID] {
				seen[h.Document.ID] = true
				hits = append(hits, h)
			}
		}
		answer.Hits = hits[:min(top, len(hits))]
		return answer, nil
	}
}

func printReport(w io.Writer, r index.Report) error {
	_, err := fmt.Fprintf(w, `documents %d  queries %d
Recall@10 %.3f  P@10 %.3f  nDCG@10 %.3f  MRR %.3f  Hit@1 %.3f  Hit@3 %.3f  Hit@5 %.3f
answered directly %.3f, of those graded %.3f
latency p50 %.2f ms  p99 %.2f ms
`, r.Documents, r.Queries, r.Recall, r.Precision, r.NDCG, r.MRR, r.Hit1, r.Hit3, r.Hit5, r.Sure, r.SureRight,
		float64(r.P50.Microseconds())/1000, float64(r.P99.Microseconds())/1000)
	return err
}

// address is the graded address that a document stands for: its section or
// pair if that is graded, else its page. A document that is a whole page
// stands for the best of the page's graded parts.
func address(rawURL string, graded map[string]int) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	if whole := u.Path + "#" + u.Fragment; graded[whole] > 0 {
		return whole
	}
	best := u.Path
	if u.Fragment != "" || graded[best] > 0 {
		return best
	}
	for _, key := range slices.Sorted(maps.Keys(graded)) {
		if path, _, _ := strings.Cut(key, "#"); path == u.Path && graded[key] > graded[best] {
			best = key
		}
	}
	return best
}
