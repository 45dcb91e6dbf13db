package index

import (
	"context"

	"madoguchi/ward"
)

const (
	defaultTop    = 10
	maxTop        = 100 // hits of one answer at most
	maxCandidates = 200 // documents that are scored
	maxWardWords  = 16  // words of the ward's by which they are found
)

// Search ranks documents for a question and says how sure it is. At most top
// hits (1 to 100; 0 is 10), near-duplicates folded into one. A question with
// nothing to look up is Nothing, whatever its size. Only the first
// ward.MaxQuestion characters are read.
func (ix *Index) Search(ctx context.Context, text string, top int) (ward.Answer, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return ward.Answer{}, err
	}
	defer release()
	lex, err := g.lexicon()
	if err != nil {
		return ward.Answer{}, err
	}
	if top <= 0 {
		top = defaultTop
	}
	q := g.forward.ask(lex, ix.weights, question(text))
	if len(q.words) == 0 {
		return ward.Answer{Verdict: ward.Nothing}, nil
	}
	candidates, err := g.candidates(ctx, q, maxCandidates)
	if err != nil {
		return ward.Answer{}, err
	}
	top = min(top, maxTop)
	near := ix.near(ctx, g, text)
	ranked := g.forward.fold(g.forward.rank(ix.weights, q, near.join(candidates)), near.depth(top))
	return g.answer(ix.weights, q, ranked, near.order(ranked, top))
}

// answer reads the documents of ranked that places names. Confidence is that
// of the built-in ranking, on which it was calibrated.
func (g *generation) answer(w weights, q *asked, ranked []scored, places []place) (ward.Answer, error) {
	answer := ward.Answer{Verdict: ward.Nothing}
	for _, p := range places {
		s := ranked[p.at]
		d, err := g.document(s.doc)
		if err != nil {
			return ward.Answer{}, err
		}
		answer.Hits = append(answer.Hits, ward.Hit{
			Document:   d,
			Passage:    g.forward.passage(q.words, s.doc, d.Text),
			Score:      p.score,
			Confidence: w.Logistic.probability(g.forward.signs(ranked, p.at)),
		})
	}
	if len(answer.Hits) > 0 {
		answer.Verdict = w.verdict(answer.Hits[0].Confidence)
	}
	return answer, nil
}
