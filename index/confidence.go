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

// weights are the numbers that were chosen or learned on goldens. They stand
// in weights.json, so that a change of ranking is a change of data.
type weights struct {
	Fields    [numFields]float64 // title, path, body, section
	Thesaurus float64            // of the ward's words against the question's own
	Coverage  float64            // power of the share of the question that is met
	// Rank orders the hits; madoguchi train learns it.
	Rank features
	// Logistic turns what is known of a hit into the probability that it
	// answers; learned likewise.
	Logistic logistic
	// Sure and Unsure are the confidences of the first hit from which an
	// answer is given directly, or offered as a choice.
	Sure, Unsure float64
}

// sign is one thing that tells whether a hit answers.
type sign int

const (
	// leadSign is how far the hit's score is before that of the best other
	// page, lexicalSign by what share its words alone are.
	leadSign sign = iota
	lexicalSign
	// togetherSign is the hit's together, nearCoverageSign its nearCoverage,
	// nearAboutSign its nearAbout, nearSign its near.
	togetherSign
	nearCoverageSign
	nearAboutSign
	nearSign
	// aboutSign is the share of the title's idf that the words looked up
	// account for.
	aboutSign
	numSigns
)

// logistic is a logistic regression on the signs.
type logistic struct {
	Bias  float64
	Signs signs
}

var signNames = [numSigns]string{
	"lead", "lexical_lead", "together", "near_coverage", "near_about", "near", "about",
}

// signs are the values of one hit, or a weight for each.
type signs [numSigns]float64

func loadWeights() (weights, error) {
	var w weights
	if err := json.Unmarshal(weightsJSON, &w); err != nil {
		return w, fmt.Errorf("read weights.json: %w", err)
	}
	return w, nil
}

func (l *logistic) probability(s signs) float64 {
	sum := l.Bias
	for i, v := range s {
		sum += l.Signs[i] * v
	}
	return 1 / (1 + math.Exp(-sum))
}

func (w *weights) verdict(confidence float64) ward.Verdict {
	switch {
	case confidence >= w.Sure:
		return ward.Sure
	case confidence >= w.Unsure:
		return ward.Unsure
	}
	return ward.Nothing
}

// maxLead is the lead of a hit that has no rival, and the most that counts.
const maxLead = 2

// rivals are the hits, from the first, that a hit is compared with.
const rivals = 20

// signs of ranked[i].
func (f *forward) signs(ranked []scored, i int) signs {
	hit := &ranked[i]
	out := signs{
		leadSign: maxLead, lexicalSign: 1, togetherSign: hit.features[together], nearCoverageSign: hit.features[nearCoverage],
		nearAboutSign: hit.features[nearAbout], nearSign: hit.features[near], aboutSign: hit.about,
	}
	for o := range ranked[:min(rivals, len(ranked))] {
		other := &ranked[o]
		if f.Pages[other.doc] != f.Pages[hit.doc] {
			out[leadSign] = min(out[leadSign], hit.score-other.score)
			out[lexicalSign] = min(out[lexicalSign], 1-other.features[lexical]/max(hit.features[lexical], 1e-9))
		}
	}
	out[leadSign], out[lexicalSign] = max(out[leadSign], -maxLead), max(out[lexicalSign], -1)
	return out
}
