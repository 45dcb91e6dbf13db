package index

import (
	"context"

	"madoguchi/ward"
)

const (
	defaultTop    = 10
	maxTop        = 100 // hits of one answer at most
	maxCandidates = 150 // documents that are scored
	maxWardWords  = 16  // words of the ward's by which they are found
)

// Search ranks documents for a question and says how sure it is. At most top
// hits (1 to 100; 0 is 10), near-duplicates folded into one. A question with
// nothing to look up is Nothing, whatever its size. Only the first
// ward.MaxQuestion characters are read. What staff have fixed (see Follow) comes
// before what is found.
func (ix *Index) Search(ctx context.Context, text string, top int) (ward.Answer, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return ward.Answer{}, err
	}
	defer release()
	o, err := ix.overlay(g)
	if err != nil {
		return ward.Answer{}, err
	}
	f, err := ix.find(ctx, g, o, text, top)
	if err != nil {
		return ward.Answer{}, err
	}
	a, err := g.answer(ix.weights, f)
	if err != nil {
		return ward.Answer{}, err
	}
	return ix.settle(ctx, g, o, text, f, a)
}

// found is what a question leads to.
type finding struct {
	asked  *asked   // nil when there is nothing to look up
	ranked []scored // by the built-in ranking, near-duplicates folded
	places []place  // of the hits in ranked
}

func (ix *Index) find(ctx context.Context, g *generation, o *overlay, text string, top int) (finding, error) {
	lex, err := g.lexicon()
	if err != nil {
		return finding{}, err
	}
	if top <= 0 {
		top = defaultTop
	}
	top = min(top, maxTop)
	q := g.forward.ask(lex, ix.weights, question(text), o.words)
	if len(q.words) == 0 {
		return finding{}, nil
	}
	candidates, err := g.candidates(ctx, q, maxCandidates)
	if err != nil {
		return finding{}, err
	}
	near := ix.near(ctx, g, text)
	ranked := g.forward.fold(g.forward.rank(ix.weights, q, near.join(candidates)), near.depth(max(top, rivals)))
	g.forward.preferTelling(ranked)
	return finding{q, ranked, near.order(ranked, top)}, nil
}

// answer reads the documents of what was found. Confidence is that
// of the built-in ranking, on which it was calibrated.
func (g *generation) answer(w weights, f finding) (ward.Answer, error) {
	answer := ward.Answer{Verdict: ward.Nothing}
	if f.asked == nil {
		return answer, nil
	}
	wanted := g.forward.inPassage(f.asked)
	for _, p := range f.places {
		s := f.ranked[p.at]
		d, err := g.document(s.doc)
		if err != nil {
			return ward.Answer{}, err
		}
		answer.Hits = append(answer.Hits, ward.Hit{
			Document:   d,
			Passage:    g.forward.passage(wanted, s.doc, d.Text),
			Score:      p.score,
			Confidence: w.Logistic.probability(g.forward.signs(f.ranked, p.at)),
		})
	}
	if len(answer.Hits) > 0 {
		answer.Verdict = w.verdict(answer.Hits[0].Confidence)
	}
	return answer, nil
}
