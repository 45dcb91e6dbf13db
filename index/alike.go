package index

import (
	"context"
	"math"
)

const (
	// alikeFrom is from when two questions ask the same: the cosine of what they
	// are about, words by their idf. Nearness in the latent space was tried and put
	// together what is of one topic, of which one answer is wrong for most.
	alikeFrom = 0.6
	alikeNoun = 1.5 // what a noun counts against another word: 飛ばしたい and 飛ばせる ask the same of a drone

	maxAlike = 5000 // texts; those after stand alone
)

// Alike puts texts together that ask the same: places in texts, each in exactly
// one group. A group is led by the first of its texts, so give the one that is
// asked most first; groups come in the order of their leaders.
func (ix *Index) Alike(ctx context.Context, texts []string) ([][]int, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return nil, err
	}
	defer release()
	lex, err := g.lexicon()
	if err != nil {
		return nil, err
	}
	var groups [][]int
	var leaders []gist
	led := map[string][]int{} // leaders by their words
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m := g.forward.gist(lex, text)
		at := -1
		if i < maxAlike {
			at = nearest(m, leaders, led)
		}
		if at >= 0 {
			groups[at] = append(groups[at], i)
			continue
		}
		for w := range m.words {
			led[w] = append(led[w], len(groups))
		}
		groups, leaders = append(groups, []int{i}), append(leaders, m)
	}
	return groups, nil
}

// gist is what a text is about: its words, each with its weight.
type gist struct {
	words  map[string]float64
	length float64
}

func (f *forward) gist(lex *lexicon, text string) gist {
	m := gist{words: map[string]float64{}}
	var square float64
	for _, t := range without(lex.analyzer.split(f.asRead(lex, question(text))), lex.stop) {
		if _, again := m.words[t.text]; again {
			continue
		}
		weight := f.unknownIDF()
		if n, ok := f.numbers[t.text]; ok && f.DF[n] > 0 {
			weight = f.idf(n)
		}
		if t.class == noun {
			weight *= alikeNoun
		}
		m.words[t.text] = weight
		square += weight * weight
	}
	m.length = math.Sqrt(square)
	return m
}

// nearest is the leader that asks the same, -1 if none does.
func nearest(m gist, leaders []gist, led map[string][]int) int {
	best, most := -1, alikeFrom
	seen := map[int]bool{}
	for w := range m.words {
		for _, at := range led[w] {
			if seen[at] {
				continue
			}
			seen[at] = true
			if by := m.cosine(&leaders[at]); by > most || by == most && (best < 0 || at < best) {
				best, most = at, by
			}
		}
	}
	return best
}

func (m *gist) cosine(o *gist) float64 {
	var common float64
	for w, weight := range m.words {
		if _, ok := o.words[w]; ok {
			common += weight * weight
		}
	}
	return common / (m.length * o.length)
}
