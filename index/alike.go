package index

import (
	"context"
	"math"
)

const (
	// Two questions ask the same when what they are about is, by words (cosine of
	// idf vectors), or all but is, by meaning, with a word in common.
	alikeByWords   = 0.6
	alikeByMeaning = 0.8
	alikeNoun      = 1.5 // what a noun counts against another word: 飛ばしたい and 飛ばせる ask the same of a drone

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

// gist is what a text is about: its words with their idf, and its place in the
// latent space.
type gist struct {
	words  map[string]float64
	length float64
	place  []float64
}

func (f *forward) gist(lex *lexicon, text string) gist {
	m := gist{words: map[string]float64{}}
	var known []lookedUp
	var square float64
	for _, t := range without(lex.analyzer.split(f.asRead(lex, question(text))), lex.stop) {
		if _, again := m.words[t.text]; again {
			continue
		}
		idf := f.unknownIDF()
		if n, ok := f.numbers[t.text]; ok && f.DF[n] > 0 {
			idf = f.idf(n)
			known = append(known, lookedUp{number: n, idf: idf, weight: 1})
		}
		if t.class == noun {
			idf *= alikeNoun
		}
		m.words[t.text] = idf
		square += idf * idf
	}
	m.length = math.Sqrt(square)
	if len(known) > 0 {
		m.place = f.Latent.place(known)
	}
	return m
}

// nearest is the leader that asks the same, -1 if none does.
func nearest(m gist, leaders []gist, led map[string][]int) int {
	best, most := -1, 0.0
	seen := map[int]bool{}
	for w := range m.words {
		for _, at := range led[w] {
			if seen[at] {
				continue
			}
			seen[at] = true
			by := m.alike(&leaders[at])
			if by > most || by == most && at < best {
				best, most = at, by
			}
		}
	}
	return best
}

// alike is how surely two texts, which have a word in common, ask the same; 0
// when they do not.
func (m *gist) alike(o *gist) float64 {
	var common float64
	for w, idf := range m.words {
		if _, ok := o.words[w]; ok {
			common += idf * idf
		}
	}
	by := common / (m.length * o.length)
	if by >= alikeByWords {
		return by
	}
	if m.place == nil || o.place == nil {
		return 0
	}
	var cosine float64
	for i, x := range m.place {
		cosine += x * o.place[i]
	}
	if cosine < alikeByMeaning {
		return 0
	}
	return by
}
