package index_test

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/index"
	"madoguchi/ward"
)

// localgovFAQ reads the collection that lies beside the checkout.
func localgovFAQ(tb testing.TB) index.Collection {
	dir := filepath.Join("..", "..", "shared", "eval", "localgovfaq")
	var files [3]*os.File
	for i, name := range []string{"corpus.jsonl", "queries.jsonl", "qrels.tsv"} {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			tb.Skip("localgovfaq is not beside the checkout")
		}
		if err != nil {
			tb.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	c, err := index.ReadBEIR(files[0], files[1], files[2])
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func stream(docs []ward.Document) iter.Seq2[ward.Document, error] {
	return func(yield func(ward.Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// The promise of docs/evaluation.md on the developers' half of localgovFAQ.
func TestLocalgovFAQ(t *testing.T) {
	const recall, ndcg = 0.82, 0.69
	c := localgovFAQ(t)
	ix, _ := built(t, c)
	r, err := index.Evaluate(context.Background(), c, ix.Search, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	if r.Recall < recall || r.NDCG < ndcg {
		t.Errorf("Recall@10 %.4f and nDCG@10 %.4f, promised are %.2f and %.2f", r.Recall, r.NDCG, recall, ndcg)
	}
}
