package index

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"madoguchi/ward"
)

const (
	cutoff   = 10  // the @10 of the measures, and what a timed query asks for
	runDepth = 100 // hits of a query in a run file
	runTag   = "madoguchi"
)

// Search is what Evaluate judges: (*Index).Search, or another ranking to
// compare it with.
type Search func(ctx context.Context, question string, top int) (ward.Answer, error)

// Report holds the measures, each the mean over the queries, and how long a
// query took. docs/evaluation.md defines them.
type Report struct {
	Queries   int     `json:"queries"`
	Documents int     `json:"documents"`
	Recall    float64 `json:"recall@10"`
	Precision float64 `json:"p@10"`
	NDCG      float64 `json:"ndcg@10"`
	MRR       float64 `json:"mrr"` // over the first 10
	Hit1      float64 `json:"hit@1"`
	Hit3      float64 `json:"hit@3"`
	Hit5      float64 `json:"hit@5"`
	// Sure is the share of queries that were answered directly, SureRight
	// the share of those whose first hit is graded.
	Sure      float64       `json:"sure"`
	SureRight float64       `json:"sure_right"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
}

// Evaluate asks every query of c, one after the other, and measures what comes
// back. With run it also writes the first 100 hits of each query in the format
// of trec_eval: query, Q0, document, rank, score, tag. The deeper search for
// the run is not timed. now is the clock, time.Now in earnest.
func Evaluate(ctx context.Context, c Collection, search Search, run io.Writer, now func() time.Time) (Report, error) {
	r := Report{Queries: len(c.Queries), Documents: len(c.Documents)}
	took := make([]time.Duration, 0, len(c.Queries))
	sure, right := 0, 0
	for _, q := range c.Queries {
		start := now()
		answer, err := search(ctx, q.Text, cutoff)
		took = append(took, now().Sub(start))
		if err != nil {
			return r, fmt.Errorf("query %s: %w", q.ID, err)
		}
		ids := hitIDs(answer)
		r.add(c.Grades[q.ID], ids)
		if answer.Verdict == ward.Sure {
			sure++
			if len(ids) > 0 && c.Grades[q.ID][ids[0]] > 0 {
				right++
			}
		}
		if err := writeRun(ctx, run, search, q); err != nil {
			return r, err
		}
	}
	r.divide(float64(len(c.Queries)))
	r.Sure = float64(sure) / math.Max(1, float64(len(c.Queries)))
	r.SureRight = float64(right) / math.Max(1, float64(sure))
	r.P50, r.P99 = quantile(took, 0.50), quantile(took, 0.99)
	return r, nil
}

func hitIDs(a ward.Answer) []string {
	ids := make([]string, len(a.Hits))
	for i, h := range a.Hits {
		ids[i] = h.Document.ID
	}
	return ids
}

// add adds one query's measures to the sums.
func (r *Report) add(grades map[string]int, ids []string) {
	found, dcg, first := 0, 0.0, 0
	for i, id := range ids[:min(len(ids), cutoff)] {
		g := grades[id]
		if g <= 0 {
			continue
		}
		found++
		dcg += float64(g) / math.Log2(float64(i)+2)
		if first == 0 {
			first = i + 1
		}
	}
	r.Recall += float64(found) / float64(max(1, len(grades)))
	r.Precision += float64(found) / cutoff
	r.NDCG += dcg / math.Max(idealDCG(grades), math.SmallestNonzeroFloat64)
	if first > 0 {
		r.MRR += 1 / float64(first)
	}
	for _, hit := range []struct {
		sum *float64
		at  int
	}{{&r.Hit1, 1}, {&r.Hit3, 3}, {&r.Hit5, 5}} {
		if first > 0 && first <= hit.at {
			*hit.sum++
		}
	}
}

// idealDCG is the DCG of the judged documents in the best order.
func idealDCG(grades map[string]int) float64 {
	best := make([]int, 0, len(grades))
	for _, g := range grades {
		best = append(best, g)
	}
	slices.SortFunc(best, func(a, b int) int { return cmp.Compare(b, a) })
	var dcg float64
	for i, g := range best[:min(len(best), cutoff)] {
		dcg += float64(g) / math.Log2(float64(i)+2)
	}
	return dcg
}

func (r *Report) divide(n float64) {
	for _, sum := range []*float64{&r.Recall, &r.Precision, &r.NDCG, &r.MRR, &r.Hit1, &r.Hit3, &r.Hit5} {
		*sum /= math.Max(1, n)
	}
}

func writeRun(ctx context.Context, run io.Writer, search Search, q Query) error {
	if run == nil {
		return nil
	}
	answer, err := search(ctx, q.Text, runDepth)
	if err != nil {
		return fmt.Errorf("query %s: %w", q.ID, err)
	}
	for i, h := range answer.Hits {
		if _, err := fmt.Fprintf(run, "%s Q0 %s %d %.6f %s\n", q.ID, h.Document.ID, i+1, h.Score, runTag); err != nil {
			return fmt.Errorf("write run: %w", err)
		}
	}
	return nil
}

// quantile is the nearest-rank quantile of d, 0 when d is empty.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[max(0, int(math.Ceil(q*float64(len(d))))-1)]
}
