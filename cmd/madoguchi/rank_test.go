package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/data/sample"
	"madoguchi/index"
	"madoguchi/ward"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// goldens is where the rankings are kept: beside the room that makes them.
const goldens = "../../index/testdata/rank"

// sampleOnce crawls and indexes the sample ward once for all tests of the package.
var sampleOnce = sync.OnceValues(func() (trial, error) {
	dir, err := os.MkdirTemp("", "madoguchi-test-")
	if err != nil {
		return trial{}, err
	}
	cfg := config{dataDir: dir}
	return cfg.sampleTrial(context.Background(), environment{stderr: io.Discard})
})

func sampleWard(t *testing.T) trial {
	t.Helper()
	tr, err := sampleOnce()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestRank holds the rankings of the sample ward's questions as goldens: any
// change of the ranking shows in the diff, question by question and in the sum.
func TestRank(t *testing.T) {
	tr := sampleWard(t)
	refusals, err := sample.Unanswerable()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*bytes.Buffer{}
	stats := newRankStats()
	for _, q := range tr.questions {
		answer, err := tr.search(t.Context(), q.Text, 10)
		if err != nil {
			t.Fatalf("%s: %v", q.ID, err)
		}
		area, _, _ := strings.Cut(q.ID, "-")
		rank := firstExact(answer.Hits, q.Relevant)
		writeRanking(buffer(files, area), q, answer, rank)
		stats.add(q, answer, rank)
	}
	for _, r := range refusals {
		answer, err := tr.index.Search(t.Context(), r.Text, 10)
		if err != nil {
			t.Fatalf("%s: %v", r.ID, err)
		}
		fmt.Fprintf(buffer(files, "unanswerable"), "%s %s: %s\n", r.ID, answer.Verdict, r.Text)
		stats.refuse(r, answer.Verdict)
	}
	report, err := index.Evaluate(t.Context(), tr.collection, tr.search, nil, fixedClock)
	if err != nil {
		t.Fatal(err)
	}
	stats.write(buffer(files, "rank_stats"), report)
	for name, got := range files {
		golden(t, filepath.Join(goldens, name+".txt"), got.Bytes())
	}
}

func buffer(files map[string]*bytes.Buffer, name string) *bytes.Buffer {
	if files[name] == nil {
		files[name] = &bytes.Buffer{}
	}
	return files[name]
}

// firstExact is the place, from 1, of the first hit with grade 2; 0 is none.
func firstExact(hits []ward.Hit, graded map[string]int) int {
	for i, h := range hits {
		if graded[h.Document.ID] == 2 {
			return i + 1
		}
	}
	return 0
}

// shownHits is how many hits a golden shows.
const shownHits = 3

func writeRanking(w io.Writer, q sample.Question, a ward.Answer, rank int) {
	place := "not in 10"
	if rank > 0 {
		place = fmt.Sprintf("exact at %d", rank)
	}
	fmt.Fprintf(w, "%s %s, %s: %s\n", q.ID, a.Verdict, place, q.Text)
	for i, h := range a.Hits[:min(shownHits, len(a.Hits))] {
		grade := "-"
		if g := q.Relevant[h.Document.ID]; g > 0 {
			grade = fmt.Sprint(g)
		}
		fmt.Fprintf(w, "  %d %s %s %s\n", i+1, grade, h.Document.ID, h.Document.Title)
	}
}

// rankStats counts by the kind of words a question uses.
type rankStats struct {
	total, at1, at3, at10    map[string]int
	sure, right              int
	refused, direct, choices map[string]int
}

func newRankStats() *rankStats {
	m := func() map[string]int { return map[string]int{} }
	return &rankStats{total: m(), at1: m(), at3: m(), at10: m(), refused: m(), direct: m(), choices: m()}
}

func (s *rankStats) add(q sample.Question, a ward.Answer, rank int) {
	for _, group := range []string{"all", q.Words} {
		s.total[group]++
		if rank == 1 {
			s.at1[group]++
		}
		if rank >= 1 && rank <= 3 {
			s.at3[group]++
		}
		if rank >= 1 {
			s.at10[group]++
		}
	}
	if a.Verdict == ward.Sure {
		s.sure++
		if q.Relevant[a.Hits[0].Document.ID] > 0 {
			s.right++
		}
	}
}

func (s *rankStats) refuse(r sample.Refusal, v ward.Verdict) {
	for _, group := range []string{"all", r.Why} {
		s.refused[group]++
		switch v {
		case ward.Sure:
			s.direct[group]++
		case ward.Unsure:
			s.choices[group]++
		}
	}
}

func (s *rankStats) write(w io.Writer, r index.Report) {
	fmt.Fprintf(w, "%d documents, %d questions; the exact page, section or pair counts\n", r.Documents, r.Queries)
	for _, group := range []string{"all", "same", "other"} {
		n := s.total[group]
		fmt.Fprintf(w, "%-6s recall@1: %3d/%d (%s)  recall@3: %3d (%s)  recall@10: %3d (%s)\n", group,
			s.at1[group], n, percent(s.at1[group], n), s.at3[group], percent(s.at3[group], n), s.at10[group], percent(s.at10[group], n))
	}
	fmt.Fprintf(w, "graded: Recall@10 %.3f  nDCG@10 %.3f  mrr %.3f\n", r.Recall, r.NDCG, r.MRR)
	fmt.Fprintf(w, "answered directly: %d (%s), of those right: %d (%s)\n", s.sure, percent(s.sure, s.total["all"]), s.right, percent(s.right, s.sure))
	fmt.Fprintln(w, "\nquestions the site cannot answer")
	for _, group := range []string{"all", "off-topic", "other-office", "not-on-site"} {
		n := s.refused[group]
		fmt.Fprintf(w, "%-12s %3d: answered directly %d (%s), choices %d, said no %d\n", group, n,
			s.direct[group], percent(s.direct[group], n), s.choices[group], n-s.direct[group]-s.choices[group])
	}
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// golden compares got with the file, or rewrites the file with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s differs (-want +got); if the change is meant, run go test ./cmd/madoguchi -run TestRank -update:\n%.4000s", path, diff)
	}
}
