package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"madoguchi/index"
	"madoguchi/ja"
	"madoguchi/ward"
)

// built makes an index of the collection in a folder of its own.
func built(tb testing.TB, c index.Collection) (*index.Index, string) {
	o := index.Options{Dir: newDir(tb)}
	if _, err := index.Build(context.Background(), o, stream(c.Documents)); err != nil {
		tb.Fatal(err)
	}
	ix, err := index.Open(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { ix.Close() })
	if err := ix.Warm(); err != nil {
		tb.Fatal(err)
	}
	return ix, o.Dir
}

// BenchmarkQuery is one question through Search, ten hits with passages.
func BenchmarkQuery(b *testing.B) {
	c := localgovFAQ(b)
	ix, _ := built(b, c)
	ask(b, ix, c.Queries)
}

func ask(b *testing.B, ix *index.Index, queries []index.Query) {
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if _, err := ix.Search(context.Background(), queries[i%len(queries)].Text, 10); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	reportQuantiles(b, took)
}

// BenchmarkBleveMatch is the same question as Bleve match queries on the same
// words and fields, ten hits with the stored document: what one would write
// with Bleve alone.
func BenchmarkBleveMatch(b *testing.B) {
	c := localgovFAQ(b)
	ix, dir := built(b, c)
	alone, err := bleve.OpenUsing(filepath.Join(dir, "gen-1", "bleve"), map[string]any{"read_only": true})
	if err != nil {
		b.Fatal(err)
	}
	defer alone.Close()
	took := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		words, err := ix.Words(c.Queries[i%len(c.Queries)].Text)
		if err != nil {
			b.Fatal(err)
		}
		title, body := bleve.NewMatchQuery(words), bleve.NewMatchQuery(words)
		title.SetField("title")
		body.SetField("body")
		req := bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(title, body), 10, 0, false)
		req.Fields = []string{"document"}
		if _, err := alone.Search(req); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	reportQuantiles(b, took)
}

// BenchmarkQueryLarge asks the same questions of 50,000 documents, each put
// together from the title of one page and sentences of others.
func BenchmarkQueryLarge(b *testing.B) {
	const documents = 50_000
	c := localgovFAQ(b)
	rng := rand.New(rand.NewPCG(1, 1))
	var sentences []string
	for _, d := range c.Documents {
		sentences = append(sentences, ja.Sentences(d.Text)...)
	}
	large := index.Collection{}
	for i := range documents {
		d := ward.Document{ID: strconv.Itoa(i), URL: "corpus:" + strconv.Itoa(i), Title: c.Documents[rng.IntN(len(c.Documents))].Title}
		for range 8 {
			d.Text += sentences[rng.IntN(len(sentences))]
		}
		large.Documents = append(large.Documents, d)
	}
	ix, _ := built(b, large)
	ask(b, ix, c.Queries)
}

func BenchmarkBuild(b *testing.B) {
	c := localgovFAQ(b)
	o := index.Options{Dir: newDir(b)}
	for b.Loop() {
		if _, err := index.Build(context.Background(), o, stream(c.Documents)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(c.Documents)), "documents")
}

func reportQuantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, q := range []float64{0.50, 0.99} {
		b.ReportMetric(float64(took[int(q*float64(len(took)-1))].Microseconds())/1000, fmt.Sprintf("p%.0f-ms", q*100))
	}
}
