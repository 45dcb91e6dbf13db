package index

import (
	"context"

	"madoguchi/ward"
)

const (
	defaultTop    = 10
	maxTop        = 100 // hits of one answer at most
	maxCandidates = 200 // documents that are scored
	maxTerms      = 40  // distinct words of a question that are looked up
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
	q := g.lookUp(lex, text)
	if len(q.terms) == 0 {
		return ward.Answer{Verdict: ward.Nothing}, nil
	}
	candidates, err := g.candidates(ctx, q.terms, maxCandidates)
	if err != nil {
		return ward.Answer{}, err
	}
	return g.answer(ix.weights, q, g.fold(g.rank(ix.weights, q, candidates), min(top, maxTop)))
}

// asked is a question as the generation knows it.
type asked struct {
	terms []weighted // the words that some document holds, each once
	total float64    // idf of all its words, those that no document holds too
}

// weighted is a word of the question.
type weighted struct {
	number uint32
	idf    float64
}

// lookUp reads a question. Words of asking count only where there is no other.
func (g *generation) lookUp(lex *lexicon, text string) asked {
	words := lex.analyzer.terms(question(text))
	if content := without(words, lex.stop); len(content) > 0 {
		words = content
	}
	var q asked
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w.text] || len(seen) == maxTerms {
			continue
		}
		seen[w.text] = true
		n, known := g.forward.numbers[w.text]
		if !known {
			q.total += g.forward.unknownIDF()
			continue
		}
		q.total += g.forward.idf(n)
		q.terms = append(q.terms, weighted{n, g.forward.idf(n)})
	}
	return q
}

func without(words []term, stop map[string]bool) []term {
	var out []term
	for _, w := range words {
		if !stop[w.text] {
			out = append(out, w)
		}
	}
	return out
}

func (g *generation) answer(w weights, q asked, ranked []scored) (ward.Answer, error) {
	answer := ward.Answer{Verdict: ward.Nothing}
	for i, s := range ranked {
		d, err := g.document(s.doc)
		if err != nil {
			return ward.Answer{}, err
		}
		answer.Hits = append(answer.Hits, ward.Hit{
			Document:   d,
			Passage:    g.passage(q.terms, s.doc, d.Text),
			Score:      s.score,
			Confidence: w.confidence(g.features(ranked, i)),
		})
	}
	if len(answer.Hits) > 0 {
		answer.Verdict = w.verdict(answer.Hits[0].Confidence)
	}
	return answer, nil
}
