package index

import (
	"context"
	"slices"

	"madoguchi/ward"
)

// Explanation says why a question has the answer it has.
type Explanation struct {
	Answer ward.Answer `json:"-"`

	Verdict      ward.Verdict          `json:"verdict"`
	Sure, Unsure float64               // the thresholds of the first hit's confidence
	Readings     []Reading             `json:"readings"`    // what was read otherwise than it is written
	Words        []ExplainedWord       `json:"words"`       // what is looked up: of the question, then of the ward
	Aside        []string              `json:"aside"`       // words of asking, not looked up
	Expressions  []ExplainedExpression `json:"expressions"` // what the thesaurus knows of it
	Intents      []string              `json:"intents"`     // what is asked of the matter
	Hits         []ExplainedHit        `json:"hits"`
}

// ExplainedWord is a word that is looked up.
type ExplainedWord struct {
	Word      string  `json:"word"`
	Documents int     `json:"documents"` // that hold it; 0 when none does
	IDF       float64 `json:"idf"`
	Ward      bool    `json:"ward,omitempty"` // of the ward, not of the question
}

// ExplainedExpression is something said for which the thesaurus has the
// ward's words.
type ExplainedExpression struct {
	Said   []string         `json:"said"` // the question's words that it accounts for
	Writes []ExplainedWrite `json:"writes"`
}

// ExplainedWrite is what wards write, as far as the documents hold it.
type ExplainedWrite struct {
	Words  []string `json:"words"`
	Weight float64  `json:"weight"`
}

// ExplainedHit is a hit with what its score and its confidence are made of.
type ExplainedHit struct {
	ID         string             `json:"id"`
	URL        string             `json:"url"`
	Title      string             `json:"title"`
	Score      float64            `json:"score"`
	Confidence float64            `json:"confidence"`
	Features   []ExplainedFeature `json:"features"`
	Signs      []ExplainedFeature `json:"signs"`
	Matched    []ExplainedMatch   `json:"matched"`
}

// ExplainedFeature is a value and what it adds.
type ExplainedFeature struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Adds  float64 `json:"adds"`
}

// ExplainedMatch is a word that the document holds.
type ExplainedMatch struct {
	Word   string         `json:"word"`
	Fields map[string]int `json:"fields"` // how often, by field
	BM25   float64        `json:"bm25"`
	Ward   bool           `json:"ward,omitempty"`
}

// Explain is Search with the reasons, as if the drafts were in force as well.
func (ix *Index) Explain(ctx context.Context, text string, top int, drafts ...ward.Fix) (Explanation, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return Explanation{}, err
	}
	defer release()
	e := Explanation{Verdict: ward.Nothing, Sure: ix.weights.Sure, Unsure: ix.weights.Unsure}
	o, err := ix.overlay(g)
	if err == nil && len(drafts) > 0 {
		o, err = g.lay(o.of.with(drafts))
	}
	if err != nil {
		return e, err
	}
	found, err := ix.find(ctx, g, o, text, top)
	if err != nil {
		return e, err
	}
	plain, err := g.answer(ix.weights, found)
	if err != nil {
		return e, err
	}
	kept := ward.Answer{Verdict: plain.Verdict, Hits: slices.Clone(plain.Hits)}
	if e.Answer, err = ix.settle(ctx, g, o, text, found, kept); err != nil {
		return e, err
	}
	if e.Verdict = e.Answer.Verdict; found.asked == nil {
		return e, nil
	}
	lex, err := g.lexicon()
	if err != nil {
		return e, err
	}
	g.forward.explainQuestion(&e, lex, found.asked)
	c := newCounter(g.forward, ix.weights, found.asked.words)
	for i, p := range found.places {
		h := plain.Hits[i]
		s := &found.ranked[p.at]
		e.Hits = append(e.Hits, ExplainedHit{
			ID: h.Document.ID, URL: h.Document.URL, Title: h.Document.Title, Score: h.Score, Confidence: h.Confidence,
			Features: explained(featureNames[:], s.features[:], ix.weights.Rank[:]),
			Signs:    explained(signNames[:], g.forward.signValues(found.ranked, p.at), ix.weights.Logistic.Signs[:]),
			Matched:  g.forward.matched(c, found.asked, s.doc),
		})
	}
	return e, nil
}

func (f *forward) explainQuestion(e *Explanation, lex *lexicon, q *asked) {
	e.Readings = q.readings
	all := lex.analyzer.split(q.text)
	for _, t := range all {
		if lex.stop[t.text] {
			e.Aside = append(e.Aside, t.text)
		}
	}
	for i, w := range q.words {
		e.Words = append(e.Words, ExplainedWord{f.Words[w.number], int(f.DF[w.number]), w.idf, i >= q.own})
	}
	for _, c := range q.content {
		if c.word < 0 {
			e.Words = append(e.Words, ExplainedWord{Word: c.text, IDF: c.idf})
		}
	}
	for _, t := range q.wards {
		var x ExplainedExpression
		for _, i := range t.covers {
			x.Said = append(x.Said, q.content[i].text)
		}
		for _, one := range t.targets {
			w := ExplainedWrite{Weight: one.weight}
			for _, at := range one.words {
				w.Words = append(w.Words, f.Words[q.words[at].number])
			}
			x.Writes = append(x.Writes, w)
		}
		e.Expressions = append(e.Expressions, x)
	}
	for _, in := range lex.intentsOf(all) {
		e.Intents = append(e.Intents, in.name)
	}
}

func explained(names []string, values, weights []float64) []ExplainedFeature {
	out := make([]ExplainedFeature, len(names))
	for i, name := range names {
		out[i] = ExplainedFeature{name, values[i], values[i] * weights[i]}
	}
	return out
}

func (f *forward) signValues(ranked []scored, i int) []float64 {
	s := f.signs(ranked, i)
	return s[:]
}

func (f *forward) matched(c *counter, q *asked, doc int) []ExplainedMatch {
	c.count(doc)
	var out []ExplainedMatch
	for i, w := range q.words {
		if c.score[i] == 0 {
			continue
		}
		m := ExplainedMatch{Word: f.Words[w.number], Fields: map[string]int{}, BM25: c.score[i], Ward: i >= q.own}
		for fd, name := range fieldNames {
			if n := c.tf[fd][i]; n > 0 {
				m.Fields[name] = n
			}
		}
		out = append(out, m)
	}
	return out
}
