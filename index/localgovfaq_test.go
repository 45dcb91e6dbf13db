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

func TestLocalgovFAQ(t *testing.T) {
	c := localgovFAQ(t)
	o := index.Options{Dir: t.TempDir()}
	start := time.Now()
	if _, err := index.Build(context.Background(), o, stream(c.Documents)); err != nil {
		t.Fatal(err)
	}
	t.Logf("built %d documents in %v", len(c.Documents), time.Since(start))
	ix, err := index.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer ix.Close()
	r, err := index.Evaluate(context.Background(), c, ix.Search, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
}
