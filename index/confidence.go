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
	Fields    [numFields]float64 // title, path, body, section
	Thesaurus float64            // of the ward's words against the question's own
	Coverage  float64            // power of the share of the question that is met
	Latent    float64            // of the nearness in meaning
	// Logistic turns the features of a hit into a probability.
	Logistic struct {
		Bias, Concept, Margin, About float64
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

func (w weights) confidence(f features) float64 {
	l := w.Logistic
	return 1 / (1 + math.Exp(-(l.Bias + l.Concept*f.concept + l.Margin*f.margin + l.About*f.about)))
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

// features of ranked[i], its margin included.
func (f *forward) features(ranked []scored, i int) features {
	x := ranked[i].features
	x.margin = 1
	for _, next := range ranked[i+1:] {
		if f.Pages[next.doc] != f.Pages[ranked[i].doc] {
			x.margin = 1 - next.score/ranked[i].score
			break
		}
	}
	return x
}
