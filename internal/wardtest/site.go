package wardtest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"madoguchi/ja"
	"madoguchi/ward"
)

// Entry is a document and the words by which it is found.
type Entry struct {
	ward.Document
	Words   []string
	Passage string // the part that answers; "" is the whole text
}

// Site finds documents by counting which words of each a question contains:
// most words first. One best document is Sure, several are Unsure, no word is
// Nothing. It is safe for concurrent use.
type Site struct {
	Entries []Entry

	mu  sync.Mutex
	err error
}

// Fail makes everything fail with err until Fail(nil).
func (s *Site) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *Site) fault(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(ctx.Err(), s.err)
}

// Search finds at most top documents.
func (s *Site) Search(ctx context.Context, question string, top int) (ward.Answer, error) {
	if err := s.fault(ctx); err != nil {
		return ward.Answer{}, err
	}
	question = ja.Fold(question)
	var a ward.Answer
	for _, e := range s.Entries {
		score := 0
		for _, w := range e.Words {
			if strings.Contains(question, w) {
				score++
			}
		}
		if score > 0 {
			a.Hits = append(a.Hits, ward.Hit{Document: e.Document, Passage: cmp.Or(e.Passage, e.Text), Score: float64(score)})
		}
	}
	slices.SortStableFunc(a.Hits, func(x, y ward.Hit) int { return cmp.Compare(y.Score, x.Score) })
	switch {
	case len(a.Hits) == 0:
		a.Verdict = ward.Nothing
	case len(a.Hits) == 1 || a.Hits[0].Score > a.Hits[1].Score:
		a.Verdict = ward.Sure
	default:
		a.Verdict = ward.Unsure
	}
	a.Hits = a.Hits[:min(len(a.Hits), top)]
	return a, nil
}

// Document finds one by its id.
func (s *Site) Document(ctx context.Context, id string) (ward.Document, error) {
	if err := s.fault(ctx); err != nil {
		return ward.Document{}, err
	}
	for _, e := range s.Entries {
		if e.ID == id {
			return e.Document, nil
		}
	}
	return ward.Document{}, &ward.Error{Kind: ward.NotFound, Message: "そのページはありません。"}
}

// Browse gives a category; children and pages are in the order of Entries.
func (s *Site) Browse(ctx context.Context, path []string) (ward.Category, error) {
	if err := s.fault(ctx); err != nil {
		return ward.Category{}, err
	}
	c := ward.Category{Path: path}
	seen := map[string]bool{}
	for _, e := range s.Entries {
		if len(e.Category) < len(path) || !slices.Equal(e.Category[:len(path)], path) {
			continue
		}
		if len(e.Category) > len(path) {
			if name := e.Category[len(path)]; !slices.Contains(c.Children, name) {
				c.Children = append(c.Children, name)
			}
		} else if page := e.PageURL(); !seen[page] {
			seen[page] = true
			c.Pages = append(c.Pages, e.Document)
		}
	}
	if len(path) > 0 && len(c.Children)+len(c.Pages) == 0 {
		return ward.Category{}, &ward.Error{Kind: ward.NotFound, Message: "その分類はありません。"}
	}
	return c, nil
}
