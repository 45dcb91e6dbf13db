package index

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"

	"madoguchi/ward"
)

//go:embed weights.json
var weightsJSON []byte

// weights are the numbers that were chosen on goldens. They stand in
// weights.json, so that a change of ranking is a change of data.
type weights struct {
	// Logistic turns the features of a hit into a probability.
	Logistic struct {
		Bias, Title, Document, Margin float64
	}
	// Sure and Unsure are the confidences of the first hit from which an
	// answer is given directly, or offered as a choice.
	Sure, Unsure float64
}

func loadWeights() (weights, error) {
	var w weights
	if err := json.Unmarshal(weightsJSON, &w); err != nil {
		return w, fmt.Errorf("read weights.json: %w", err)
	}
	return w, nil
}

// features are what confidence depends on, each 0 to 1.
type features struct {
	title    float64 // share of the question's weight that the title holds
	document float64 // and that all fields hold
	margin   float64 // lead of the score over the next different page
}

func (w weights) confidence(f features) float64 {
	l := w.Logistic
	return 1 / (1 + math.Exp(-(l.Bias + l.Title*f.title + l.Document*f.document + l.Margin*f.margin)))
}

func (w weights) verdict(confidence float64) ward.Verdict {
	switch {
	case confidence >= w.Sure:
		return ward.Sure
	case confidence >= w.Unsure:
		return ward.Unsure
	}
	return ward.Nothing
}

// features of ranked[i]. total is the weight of all words of the question,
// those that no document holds included.
func (g *generation) features(terms []weighted, total float64, ranked []scored, i int) features {
	doc := ranked[i].doc
	f := features{
		title:    g.found(terms, g.forward.tokens(doc, titleField)) / total,
		document: g.found(terms, g.forward.all(doc)) / total,
	}
	for _, next := range ranked[i+1:] {
		if g.forward.Pages[next.doc] != g.forward.Pages[doc] {
			f.margin = 1 - next.score/ranked[i].score
			break
		}
	}
	return f
}
