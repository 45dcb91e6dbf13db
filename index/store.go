package index

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"madoguchi/ward"
)

const (
	storedField = "document" // the document as JSON, stored and not searched
	termsName   = "terms"    // Bleve's name for our analyzer
	allFields   = "_all"     // Bleve's field of all fields together
)

// bleveMapping tells Bleve what it gets: fields whose words the analyzer has
// already split, with blanks between, and the document itself to keep.
func bleveMapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	// The names are constants: it cannot fail.
	_ = m.AddCustomAnalyzer(termsName, map[string]any{"type": custom.Name, "tokenizer": whitespace.Name})
	m.DefaultAnalyzer = termsName
	m.ScoringModel = bleveindex.BM25Scoring
	m.StoreDynamic, m.DocValuesDynamic = false, false
	doc := bleve.NewDocumentStaticMapping()
	for _, name := range fieldNames {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.IncludeInAll, f.IncludeTermVectors, f.DocValues = termsName, false, true, false, false
		doc.AddFieldMappingsAt(name, f)
	}
	kept := bleve.NewTextFieldMapping()
	kept.Index, kept.Store, kept.IncludeInAll, kept.IncludeTermVectors, kept.DocValues = false, true, false, false, false
	doc.AddFieldMappingsAt(storedField, kept)
	m.DefaultMapping = doc
	return m
}

// openBleve opens Bleve's files read-only; many processes may.
func openBleve(path string) (bleve.Index, error) {
	b, err := bleve.OpenUsing(path, map[string]any{"read_only": true})
	if err != nil {
		return nil, fmt.Errorf("open Bleve: %w", err)
	}
	return b, nil
}

// candidates are the ordinals of the documents that Bleve's BM25 likes best:
// by the question's own words and the heaviest of the ward's, in all fields as
// one. A clause for each field cost twice the time and found nothing more.
func (g *generation) candidates(ctx context.Context, q *asked, size int) ([]int, error) {
	var clauses []query.Query
	for _, w := range slices.Concat(q.words[:q.own], heaviest(q.words[q.own:], maxWardWords)) {
		t := query.NewTermQuery(g.forward.Words[w.number])
		t.SetField(allFields)
		t.SetBoost(w.weight)
		clauses = append(clauses, t)
	}
	req := bleve.NewSearchRequestOptions(query.NewDisjunctionQuery(clauses), size, 0, false)
	res, err := g.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("search Bleve: %w", err)
	}
	out := make([]int, len(res.Hits))
	for i, h := range res.Hits {
		if out[i], err = strconv.Atoi(h.ID); err != nil || out[i] >= g.forward.documents() {
			return nil, damaged(fmt.Errorf("Bleve knows a document %q", h.ID))
		}
	}
	return out, nil
}

// heaviest are the n words that can add most to a score.
func heaviest(words []lookedUp, n int) []lookedUp {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b lookedUp) int { return cmp.Compare(b.weight*b.idf, a.weight*a.idf) })
	return words[:min(n, len(words))]
}

// document reads a document back by its ordinal.
func (g *generation) document(n int) (ward.Document, error) {
	var d ward.Document
	stored, err := g.bleve.Document(strconv.Itoa(n))
	if err != nil {
		return d, fmt.Errorf("read document: %w", err)
	}
	if stored == nil {
		return d, damaged(fmt.Errorf("Bleve lacks document %d", n))
	}
	stored.VisitFields(func(f bleveindex.Field) {
		if f.Name() == storedField {
			err = json.Unmarshal(f.Value(), &d)
		}
	})
	if err != nil {
		return d, fmt.Errorf("decode document: %w", err)
	}
	return d, nil
}
