package index

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"madoguchi/ward"
)

const (
	trainFolds  = 5
	trainSteps  = 80
	trainRate   = 0.05  // of a step, in standard deviations of the feature
	trainShrink = 0.001 // pull of each weight to zero, in that unit
	trainDepth  = 60    // pairs below this rank are left alone

	logisticSteps  = 600
	logisticRate   = 0.05
	logisticShrink = 0.0003

	// What Sure and Unsure must keep on questions that were held back. The
	// promises of docs/evaluation.md are 0.92 and 0.90.
	wantedRight     = 0.92  // of the direct answers of every set
	wantedUnfounded = 0.085 // of the unanswerable questions, answered directly
	wantedMissed    = 0.03  // of the answerable, told that there is nothing though a choice was right
)

// Trained is what Train learned, and how well that does on questions that were
// held back: each is judged by weights that were learned without it.
type Trained struct {
	Weights []byte // of weights.json
	Sets    []TrainedSet
}

// TrainedSet is the cross-validated measure of a set.
type TrainedSet struct {
	Name string
	Report
	Refused    int     // questions that nothing answers
	Unfounded  float64 // share of them that is answered directly
	ToldNo     float64 // share of them that is told there is nothing
	MissedByNo float64 // share of the answerable that is told so though one of the first five answers
}

// Train learns Rank by LambdaRank (Burges 2010) of a linear model, Logistic by
// logistic regression on the first hits, and then chooses Sure and Unsure. It
// knows nothing of the weights of Rank and Logistic in force; the same sets
// give the same weights.
func Train(ctx context.Context, sets []TrainingSet) (Trained, error) {
	w, lessons, err := prepare(ctx, sets, nil)
	if err != nil {
		return Trained{}, err
	}
	out := Trained{Sets: crossValidate(lessons, sets, &w)}
	w.Logistic = learnLogistic(lessons) // on first hits by weights that did not know them
	w.Rank = learnRank(lessons, deviations(lessons))
	out.Weights, err = json.MarshalIndent(rounded(w), "", "  ")
	return out, err
}

// CrossValidate is what Train would report if the features of the given names
// were not there.
func CrossValidate(ctx context.Context, sets []TrainingSet, without ...string) ([]TrainedSet, error) {
	w, lessons, err := prepare(ctx, sets, without)
	if err != nil {
		return nil, err
	}
	return crossValidate(lessons, sets, &w), nil
}

// FeatureNames are the names of all features.
func FeatureNames() []string { return slices.Clone(featureNames[:]) }

func prepare(ctx context.Context, sets []TrainingSet, without []string) (weights, []*lesson, error) {
	w, err := loadWeights()
	if err != nil {
		return w, nil, err
	}
	var dropped []feature
	for _, name := range without {
		f := slices.Index(featureNames[:], name)
		if f < 0 {
			return w, nil, &ward.Error{Kind: ward.Invalid, Message: name + " という手がかりはありません"}
		}
		dropped = append(dropped, feature(f))
	}
	var lessons []*lesson
	for i := range sets {
		more, err := sets[i].lessons(ctx, i, w)
		if err != nil {
			return w, nil, fmt.Errorf("%s: %w", sets[i].Name, err)
		}
		lessons = append(lessons, more...)
	}
	for _, l := range lessons {
		for i := range l.read {
			for _, f := range dropped {
				l.read[i].features[f] = 0
			}
		}
	}
	return w, lessons, nil
}

// crossValidate judges every lesson by weights learned without its fold, and
// chooses w's thresholds by that.
func crossValidate(lessons []*lesson, sets []TrainingSet, w *weights) []TrainedSet {
	unit := deviations(lessons)
	parallel(trainFolds, func(fold int) {
		rank := learnRank(except(lessons, fold), unit)
		for _, l := range lessons {
			if l.fold == fold {
				l.answer(&rank)
			}
		}
	})
	for fold := range trainFolds {
		model := learnLogistic(except(lessons, fold))
		for _, l := range lessons {
			if l.fold == fold && len(l.docs) > 0 {
				l.sure = model.probability(l.first)
			}
		}
	}
	w.Sure, w.Unsure = chooseSure(lessons, len(sets)), chooseUnsure(lessons)
	return measure(lessons, sets, *w)
}

// learnRank climbs the slope of nDCG over pairs of candidates: LambdaRank with
// Adam (Kingma and Ba 2015).
func learnRank(lessons []*lesson, unit features) features {
	var w features
	a := adam{rate: trainRate}
	for range trainSteps {
		slopes := make([]features, len(lessons))
		parallel(len(lessons), func(i int) { slopes[i] = lessons[i].slope(&w) })
		var sum features
		for i, l := range lessons {
			for k, v := range slopes[i] {
				sum[k] += l.weight * v / float64(len(lessons))
			}
		}
		for k := range sum {
			sum[k] = sum[k]/unit[k] - trainShrink*w[k]*unit[k]
		}
		for k, step := range a.step(sum[:]) {
			w[k] += step / unit[k]
		}
	}
	return w
}

// slope of the lesson's nDCG by each weight.
func (l *lesson) slope(w *features) features {
	var out features
	ranked := l.order(w)
	ideal := math.Max(idealDCG(l.grades), math.SmallestNonzeroFloat64)
	for p, better := range ranked {
		gain := l.gain[better.at]
		if gain == 0 {
			continue
		}
		for o, worse := range ranked[:min(len(ranked), trainDepth)] {
			less := l.gain[worse.at]
			if less >= gain {
				continue
			}
			swap := float64(gain-less) * math.Abs(discount(p)-discount(o)) / ideal
			wrong := swap / (1 + math.Exp(better.score-worse.score))
			x, y := &l.read[better.at].features, &l.read[worse.at].features
			for k := range out {
				out[k] += wrong * (x[k] - y[k])
			}
		}
	}
	return out
}

func discount(place int) float64 { return 1 / math.Log2(float64(place)+2) }

// learnLogistic learns how probably the first hit answers.
func learnLogistic(lessons []*lesson) logistic {
	var m logistic
	a := adam{rate: logisticRate}
	for range logisticSteps {
		var sum [numSigns + 1]float64 // the last is the bias
		for _, l := range lessons {
			if len(l.docs) == 0 {
				continue
			}
			miss := -m.probability(l.first)
			if l.right() {
				miss++
			}
			miss *= l.weight / float64(len(lessons))
			for k, v := range l.first {
				sum[k] += miss * v
			}
			sum[numSigns] += miss
		}
		for k := range m.Signs {
			sum[k] -= logisticShrink * m.Signs[k]
		}
		step := a.step(sum[:])
		for k := range m.Signs {
			m.Signs[k] += step[k]
		}
		m.Bias += step[numSigns]
	}
	return m
}

// adam keeps the moving means of a slope and of its square.
type adam struct {
	rate         float64
	steps        int
	mean, square []float64
}

func (a *adam) step(slope []float64) []float64 {
	const keep, keepSquare, small = 0.9, 0.99, 1e-8
	if a.steps == 0 {
		a.mean, a.square = make([]float64, len(slope)), make([]float64, len(slope))
	}
	a.steps++
	out := make([]float64, len(slope))
	for k, g := range slope {
		a.mean[k] = keep*a.mean[k] + (1-keep)*g
		a.square[k] = keepSquare*a.square[k] + (1-keepSquare)*g*g
		mean := a.mean[k] / (1 - math.Pow(keep, float64(a.steps)))
		square := a.square[k] / (1 - math.Pow(keepSquare, float64(a.steps)))
		out[k] = a.rate * mean / (math.Sqrt(square) + small)
	}
	return out
}

// thresholds are those that are tried.
func thresholds() []float64 {
	var out []float64
	for t := 0.02; t < 0.995; t += 0.01 {
		out = append(out, math.Round(t*100)/100)
	}
	return out
}

// chooseSure is the lowest threshold that keeps what is wanted in every set.
func chooseSure(lessons []*lesson, sets int) float64 {
	all := thresholds()
	for _, t := range all {
		w := weights{Sure: t}
		kept := true
		for set := range sets {
			s := countSet(lessons, set, &w)
			kept = kept && s.SureRight >= wantedRight && s.Unfounded <= wantedUnfounded
		}
		if kept {
			return t
		}
	}
	return all[len(all)-1]
}

// chooseUnsure is the highest threshold under which hardly anybody is sent
// away whom a choice would have helped.
func chooseUnsure(lessons []*lesson) float64 {
	best := 0.0
	for _, t := range thresholds() {
		missed, answerable := 0, 0
		for _, l := range lessons {
			if !l.answerable() {
				continue
			}
			answerable++
			if l.sure < t && l.among(shownChoices) {
				missed++
			}
		}
		if float64(missed) <= wantedMissed*float64(answerable) {
			best = t
		}
	}
	return best
}

// among tells whether one of the first n hits answers.
func (l *lesson) among(n int) bool {
	return slices.ContainsFunc(l.ids[:min(n, len(l.ids))], func(id string) bool { return l.grades[id] > 0 })
}

func measure(lessons []*lesson, sets []TrainingSet, w weights) []TrainedSet {
	out := make([]TrainedSet, len(sets))
	for i, s := range sets {
		out[i] = countSet(lessons, i, &w)
		out[i].Name, out[i].Documents = s.Name, s.Index.Stats().Documents
	}
	return out
}

// countSet measures the lessons of one set.
func countSet(lessons []*lesson, set int, w *weights) TrainedSet {
	var s TrainedSet
	var sure, right, unfounded, no, missed float64
	for _, l := range lessons {
		if l.set != set {
			continue
		}
		verdict := w.verdict(l.sure)
		if !l.answerable() {
			s.Refused++
			switch verdict {
			case ward.Sure:
				unfounded++
			case ward.Nothing:
				no++
			}
			continue
		}
		s.Queries++
		s.add(l.grades, l.ids)
		if verdict == ward.Sure {
			sure++
			if l.right() {
				right++
			}
		}
		if verdict == ward.Nothing && l.among(shownChoices) {
			missed++
		}
	}
	n, refused := math.Max(1, float64(s.Queries)), math.Max(1, float64(s.Refused))
	s.divide(n)
	s.Sure, s.SureRight, s.MissedByNo = sure/n, 1, missed/n
	if sure > 0 {
		s.SureRight = right / sure
	}
	s.Unfounded, s.ToldNo = unfounded/refused, no/refused
	return s
}

// rounded to what a reader can compare.
func rounded(w weights) weights {
	round := func(v *float64) { *v = math.Round(*v*1000) / 1000 }
	for k := range w.Rank {
		round(&w.Rank[k])
	}
	for k := range w.Logistic.Signs {
		round(&w.Logistic.Signs[k])
	}
	round(&w.Logistic.Bias)
	return w
}
