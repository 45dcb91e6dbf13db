package index

import (
	"cmp"
	"slices"
)

const (
	fusionK       = 60  // of reciprocal rank fusion, as its authors chose it
	maxNeighbours = 100 // documents that the vectors propose
)

// neighbours are the documents nearest to a question by the optional vectors,
// nearest first; nil where there are none, and then all is as without them.
type neighbours []int

// join adds to candidates those that only the vectors found.
func (n neighbours) join(candidates []int) []int {
	if n == nil {
		return candidates
	}
	known := make(map[int]bool, len(candidates))
	for _, c := range candidates {
		known[c] = true
	}
	out := slices.Clip(candidates)
	for _, c := range n {
		if !known[c] {
			out = append(out, c)
		}
	}
	return out
}

// depth is how far the built-in ranking must be known for the first top.
func (n neighbours) depth(top int) int {
	if n == nil {
		return top
	}
	return maxCandidates + maxNeighbours
}

// place is where an answer stands in the built-in ranking, and what orders it.
type place struct {
	at    int
	score float64
}

// order gives the best top of ranked. With neighbours the two rankings are
// fused by rank (reciprocal rank fusion, Cormack, Clarke and Büttcher 2009):
// their scores do not compare.
func (n neighbours) order(ranked []scored, top int) []place {
	out := make([]place, len(ranked))
	ranks := make(map[int]int, len(n))
	for i, doc := range n {
		ranks[doc] = i + 1
	}
	for i, s := range ranked {
		out[i] = place{i, s.score}
		if n == nil {
			continue
		}
		out[i].score = 1 / float64(fusionK+i+1)
		if r := ranks[s.doc]; r > 0 {
			out[i].score += 1 / float64(fusionK+r)
		}
	}
	slices.SortStableFunc(out, func(a, b place) int { return cmp.Compare(b.score, a.score) })
	return out[:min(top, len(out))]
}
