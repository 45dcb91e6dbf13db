package index

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand"
	"slices"

	"madoguchi/ward"
)

// TrainingSet is a collection of questions over an index.
type TrainingSet struct {
	Name  string
	Index *Index
	// Queries are the questions and Grades what answers each, by its id; a
	// question without grades is one that nothing answers.
	Queries []Query
	Grades  map[string]map[string]int
	// Key says for which graded key a document counts; of several documents of
	// one key the first counts.
	Key func(Query, ward.Document) string
	// Weight of one of its questions against those of other sets.
	Weight float64
}

// lesson is a question with its candidates, ready to learn from.
type lesson struct {
	set     int
	weight  float64
	fold    int
	grades  map[string]int
	forward *forward
	docs    []int
	keys    []string // by candidate
	gain    []int    // likewise
	read    []scored // likewise

	ids   []string // the first hits' keys, by weights learned without this lesson
	first signs    // of the first hit, likewise
	sure  float64  // its probability, likewise
}

// answerable tells whether something answers the question.
func (l *lesson) answerable() bool { return len(l.grades) > 0 }

// right tells whether the first hit answers.
func (l *lesson) right() bool { return len(l.ids) > 0 && l.grades[l.ids[0]] > 0 }

// lessons asks every question of the set.
func (s *TrainingSet) lessons(ctx context.Context, set int, w weights) ([]*lesson, error) {
	g, release, err := s.Index.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	lex, err := g.lexicon()
	if err != nil {
		return nil, err
	}
	out := make([]*lesson, 0, len(s.Queries))
	order := rand.New(rand.NewSource(1)).Perm(len(s.Queries)) // the same folds in every run
	for i, query := range s.Queries {
		l := &lesson{set: set, weight: s.Weight, fold: order[i] % trainFolds, grades: s.Grades[query.ID], forward: g.forward}
		out = append(out, l)
		q := g.forward.ask(lex, w, question(query.Text), nil)
		if len(q.words) == 0 {
			continue
		}
		candidates, err := g.candidates(ctx, q, maxCandidates)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", query.ID, err)
		}
		l.docs = candidates
		r := newReader(g.forward, w, q)
		for _, doc := range candidates {
			d, err := g.document(doc)
			if err != nil {
				return nil, err
			}
			key := s.Key(query, d)
			l.keys, l.gain = append(l.keys, key), append(l.gain, l.grades[key])
			l.read = append(l.read, r.read(doc))
		}
	}
	return out, nil
}

// answer ranks the candidates by w and notes what a resident would see.
func (l *lesson) answer(w *features) {
	ranked := l.forward.fold(sortScored(l.scores(w)), rivals)
	l.ids = l.ids[:0]
	seen := map[string]bool{}
	places := make(map[int]int, len(l.docs))
	for i, doc := range l.docs {
		places[doc] = i
	}
	for _, s := range ranked {
		if key := l.keys[places[s.doc]]; !seen[key] && len(l.ids) < cutoff {
			seen[key] = true
			l.ids = append(l.ids, key)
		}
	}
	if len(ranked) > 0 {
		l.first = l.forward.signs(ranked, 0)
	}
}

// order is the order of the candidates by w, as places in docs.
func (l *lesson) order(w *features) []place {
	out := make([]place, len(l.docs))
	for i := range l.read {
		out[i] = place{i, l.read[i].dot(w)}
	}
	slices.SortStableFunc(out, func(a, b place) int { return cmp.Compare(b.score, a.score) })
	return out
}

func (l *lesson) scores(w *features) []scored {
	out := slices.Clone(l.read)
	for i := range out {
		out[i].score = out[i].dot(w)
	}
	return out
}

// deviations are the standard deviations of the features among the candidates
// of a question, as one step of each weight is measured.
func deviations(lessons []*lesson) features {
	var out features
	n := 0.0
	for _, l := range lessons {
		var mean features
		for _, x := range l.read {
			for i, v := range x.features {
				mean[i] += v / float64(len(l.read))
			}
		}
		for _, x := range l.read {
			for i, v := range x.features {
				out[i] += (v - mean[i]) * (v - mean[i])
			}
			n++
		}
	}
	for i := range out {
		out[i] = max(math.Sqrt(out[i]/n), 1e-6)
	}
	return out
}

// except are the lessons that are not of a fold.
func except(lessons []*lesson, fold int) []*lesson {
	var out []*lesson
	for _, l := range lessons {
		if l.fold != fold {
			out = append(out, l)
		}
	}
	return out
}
