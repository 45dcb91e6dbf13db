package index

import (
	"cmp"
	"context"
	"math"
	"slices"

	"madoguchi/ward"
)

const (
	defaultTop    = 10
	maxTop        = 100 // hits of one answer at most
	maxCandidates = 200 // documents that are scored
	maxTerms      = 40  // distinct words of a question that are looked up
)

// candidateBoosts weight the fields in Bleve, fieldWeights in the ranking.
var (
	candidateBoosts = [numFields]float64{1, 0.5, 1, 0.3}
	fieldWeights    = [numFields]float64{1, 0.5, 1, 0.3}
)

// weighted is a word of the question as the index knows it.
type weighted struct {
	number uint32
	weight float64
}

// scored is a candidate with its score.
type scored struct {
	doc   int
	score float64
}

// Search ranks documents for a question and says how sure it is. At most top
// hits (1 to 100; 0 is 10), near-duplicates folded into one. A question with
// nothing to look up is Nothing, whatever its size.
func (ix *Index) Search(ctx context.Context, text string, top int) (ward.Answer, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return ward.Answer{}, err
	}
	defer release()
	d, err := g.dictionary()
	if err != nil {
		return ward.Answer{}, err
	}
	if top <= 0 {
		top = defaultTop
	}
	q := g.lookUp((&analyzer{d}).terms(question(text)))
	if len(q.terms) == 0 {
		return ward.Answer{Verdict: ward.Nothing}, nil
	}
	candidates, err := g.candidates(ctx, q.terms, maxCandidates)
	if err != nil {
		return ward.Answer{}, err
	}
	ranked := g.fold(g.rank(q.terms, candidates), min(top, maxTop))
	return g.answer(ix.weights, q, ranked)
}

// asked is a question as the generation knows it.
type asked struct {
	terms []weighted // the words that some document holds, each once
	total float64    // idf of all its words, those that no document holds too
}

func (g *generation) lookUp(words []term) asked {
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
		q.terms = append(q.terms, weighted{n, 1})
	}
	return q
}

// rank scores the candidates, best first.
func (g *generation) rank(terms []weighted, candidates []int) []scored {
	out := make([]scored, len(candidates))
	for i, doc := range candidates {
		out[i] = scored{doc, g.score(terms, doc)}
	}
	slices.SortStableFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
	})
	return out
}

func (g *generation) score(terms []weighted, doc int) float64 {
	var sum float64
	for fd := range numFields {
		words := g.forward.tokens(doc, fd)
		for _, t := range terms {
			tf := 0
			for _, w := range words {
				if w == t.number {
					tf++
				}
			}
			if tf > 0 {
				sum += fieldWeights[fd] * t.weight * bm25(float64(tf), float64(len(words)), g.forward.average[fd], float64(g.forward.DF[fd][t.number]), float64(g.forward.documents()))
			}
		}
	}
	return sum
}

const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// bm25 is the weight of one word in one field (Robertson and Zaragoza 2009),
// with the idf of Lucene, which is never negative.
func bm25(tf, length, average, df, documents float64) float64 {
	return idf(df, documents) * tf * (bm25K1 + 1) / (tf + bm25K1*(1-bm25B+bm25B*length/average))
}

func idf(df, documents float64) float64 {
	return math.Log(1 + (documents-df+0.5)/(df+0.5))
}

// fold keeps the best of each group of near-duplicates, at most top.
func (g *generation) fold(ranked []scored, top int) []scored {
	var out []scored
	for _, s := range ranked {
		if len(out) == top {
			break
		}
		if !slices.ContainsFunc(out, func(o scored) bool { return alike(g.forward.Shapes[o.doc], g.forward.Shapes[s.doc]) }) {
			out = append(out, s)
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
			Confidence: w.confidence(g.features(q.terms, q.total, ranked, i)),
		})
	}
	if len(answer.Hits) > 0 {
		answer.Verdict = w.verdict(answer.Hits[0].Confidence)
	}
	return answer, nil
}
