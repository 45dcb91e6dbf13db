package index

import (
	"math"
	"slices"
)

// feature is one thing that tells how well a document answers a question.
type feature int

const (
	// lexical is BM25 of the question's words and, at a discount, of the
	// ward's words for them, per root of the question's idf and damped by what
	// share of the question is met.
	lexical feature = iota
	// coverage is the share of the question's idf that is met, in its words or
	// the ward's; together that of the best two neighbouring sentences.
	coverage
	together
	// nearCoverage is coverage where a word that is missing counts by its
	// cosine with the document; nearTitle by its best cosine with a word of the
	// title, and no word counts that is not near the title.
	nearCoverage
	nearTitle
	// nearAbout is the share of the title's idf that the question accounts
	// for; words it does not hold count by their cosine with the question.
	nearAbout
	// near is the cosine of question and document in the latent space, nearOwn
	// the same without the ward's words.
	near
	nearOwn
	// answersIntent is the share of what is asked (where, how much…) that the
	// title says it tells.
	answersIntent
	// compound is the share, by idf, of the question's compounds that the
	// title holds as one run: 児童手当 is not 児童扶養手当.
	compound
	// forOthers is how many groups the title names whom the question does not:
	// firms, the disabled, victims.
	forOthers
	// titleLength is the logarithm of the number of words in the title.
	titleLength
	numFeatures
)

var featureNames = [numFeatures]string{
	"lexical", "coverage", "together", "near_coverage", "near_title", "near_about",
	"near", "near_own", "intent", "compound", "for_others", "title_length",
}

// features are the values of one document, or a weight for each.
type features [numFeatures]float64

// dot is the weighted sum.
func (x *features) dot(w *features) float64 {
	var sum float64
	for i, v := range x {
		sum += v * w[i]
	}
	return sum
}

// reader reads documents for one question.
type reader struct {
	forward *forward
	weights weights
	asked   *asked
	counter *counter

	met        []float64 // scratch of coverage, by content
	heldBefore []wordSet // scratch of together

	place, own []float64            // where the question lies, with the ward's words and without
	contents   [][]float64          // where each word of its content lies
	cosines    map[uint32][]float64 // of words of titles: with each content, then with place
}

func newReader(f *forward, w weights, q *asked) *reader {
	r := &reader{
		forward: f, weights: w, asked: q, counter: newCounter(f, w, q.words), met: make([]float64, len(q.content)),
		place: f.Latent.place(q.words), own: f.Latent.place(q.words[:q.own]), cosines: map[uint32][]float64{},
	}
	for _, t := range q.content {
		var place []float64
		if t.word >= 0 {
			place = f.Latent.place(q.words[t.word : t.word+1])
		}
		r.contents = append(r.contents, place)
	}
	return r
}

// read gives what there is to know of a document, without its score.
func (r *reader) read(doc int) scored {
	s := scored{doc: doc, features: r.features(doc), tells: answered(r.asked.told, r.forward.tokens(doc, bodyField))}
	var all float64
	for _, w := range r.forward.tokens(doc, titleField) {
		idf := r.forward.idf(w)
		all += idf
		if r.counter.slots[w] > 0 {
			s.about += idf
		}
	}
	s.about /= math.Max(all, 1e-9)
	return s
}

// features of a document.
func (r *reader) features(doc int) features {
	r.counter.count(doc)
	var x features
	found := r.counter.found()
	x[coverage] = r.coverage(&found)
	x[lexical] = r.bm25() * math.Pow(x[coverage], r.weights.Coverage)
	x[together] = r.together(doc)
	x[near] = r.forward.Latent.cosine(r.place, doc)
	x[nearOwn] = r.forward.Latent.cosine(r.own, doc)
	x[nearCoverage] = r.nearCoverage(doc, &found)
	title := r.forward.tokens(doc, titleField)
	x[nearTitle], x[nearAbout] = r.nearTitle(title), r.nearAbout(title)
	x[answersIntent] = answered(r.asked.intents, title)
	x[compound] = r.asked.compoundIn(title)
	x[forOthers] = r.asked.forOthers(title)
	x[titleLength] = math.Log1p(float64(len(title)))
	return x
}

// bm25 of the counted document, per root of the question's idf.
func (r *reader) bm25() float64 {
	var direct, wards float64
	for _, t := range r.asked.content {
		if t.word >= 0 {
			direct += r.counter.score[t.word]
		}
	}
	for _, t := range r.asked.wards {
		wards += t.bm25(r.counter)
	}
	return (direct + r.weights.Thesaurus*wards) / math.Sqrt(r.asked.total)
}

// bm25 is that of the target that fits best. One of which only a part occurs
// fits as much less.
func (t *wardText) bm25(c *counter) float64 {
	var best float64
	for _, one := range t.targets {
		var sum, idf float64
		for _, w := range one.words {
			if c.score[w] > 0 {
				sum += c.score[w]
				idf += c.words[w].idf
			}
		}
		best = max(best, one.weight*idf/one.total*sum)
	}
	return best
}

// coverage is the share of the question's idf that the words found meet.
func (r *reader) coverage(found *wordSet) float64 {
	q := r.asked
	for i, t := range q.content {
		r.met[i] = 0
		if t.word >= 0 && found.has(t.word) {
			r.met[i] = 1
		}
	}
	for _, t := range q.wards {
		share := t.share(q.words, found)
		if share == 0 {
			continue
		}
		for _, i := range t.covers {
			r.met[i] = max(r.met[i], share)
		}
	}
	var sum float64
	for i, t := range q.content {
		sum += t.idf * r.met[i]
	}
	return sum / q.total
}

// together is the best coverage of two neighbouring sentences. Those that hold
// no more than others before are passed over.
func (r *reader) together(doc int) float64 {
	var best float64
	r.heldBefore = r.heldBefore[:0]
	r.counter.sentences(doc, func(held wordSet) {
		if held == (wordSet{}) || slices.ContainsFunc(r.heldBefore, held.within) {
			return
		}
		r.heldBefore = append(r.heldBefore, held)
		best = max(best, r.coverage(&held))
	})
	return best
}

// share in which the expression counts as met.
func (t *wardText) share(words []lookedUp, found *wordSet) float64 {
	if !found.meets(&t.words) {
		return 0
	}
	var best float64
	for _, one := range t.targets {
		var idf float64
		for _, w := range one.words {
			if found.has(w) {
				idf += words[w].idf
			}
		}
		part := idf / one.total
		best = max(best, one.weight*part*part)
	}
	return best
}

func (r *reader) nearCoverage(doc int, found *wordSet) float64 {
	var sum float64
	for i, t := range r.asked.content {
		switch {
		case t.word < 0:
		case found.has(t.word):
			sum += t.idf
		default:
			sum += t.idf * max(0, r.forward.Latent.cosine(r.contents[i], doc))
		}
	}
	return sum / r.asked.total
}

func (r *reader) nearTitle(title []uint32) float64 {
	best := r.met
	clear(best)
	for _, w := range title {
		for i, c := range r.cosinesOf(w)[:len(best)] {
			best[i] = max(best[i], c)
		}
	}
	var sum float64
	for i, t := range r.asked.content {
		sum += t.idf * best[i]
	}
	return sum / r.asked.total
}

func (r *reader) nearAbout(title []uint32) float64 {
	var all, met float64
	for _, w := range title {
		if r.asked.stop[w] {
			continue
		}
		idf := r.forward.idf(w)
		all += idf
		if r.counter.slots[w] > 0 {
			met += idf
		} else {
			met += idf * max(0, r.cosinesOf(w)[len(r.contents)])
		}
	}
	return met / math.Max(all, 1e-9)
}

// cosinesOf a word with each content and with the question as a whole.
func (r *reader) cosinesOf(word uint32) []float64 {
	known, ok := r.cosines[word]
	if ok {
		return known
	}
	out := make([]float64, len(r.contents)+1)
	for i, place := range r.contents {
		switch t := r.asked.content[i].word; {
		case t < 0:
		case r.asked.words[t].number == word:
			out[i] = 1
		default:
			out[i] = r.forward.Latent.wordCosine(place, word)
		}
	}
	out[len(r.contents)] = r.forward.Latent.wordCosine(r.place, word)
	r.cosines[word] = out
	return out
}

// answered is the share of the intents, each the words that answer it, for
// which tokens hold one.
func answered(intents [][]uint32, tokens []uint32) float64 {
	n := 0
	for _, words := range intents {
		if slices.ContainsFunc(tokens, func(w uint32) bool { return slices.Contains(words, w) }) {
			n++
		}
	}
	return float64(n) / math.Max(1, float64(len(intents)))
}

// forOthers counts the groups that a title names and the question does not.
func (q *asked) forOthers(title []uint32) float64 {
	n := 0
	for _, group := range q.others {
		if slices.ContainsFunc(group, func(r run) bool { return containsRun(title, r.words) }) {
			n++
		}
	}
	return float64(n)
}

// compoundIn is the share of the question's compounds that stand in tokens.
func (q *asked) compoundIn(tokens []uint32) float64 {
	var all, met float64
	for _, run := range q.compounds {
		all += run.idf
		if containsRun(tokens, run.words) {
			met += run.idf
		}
	}
	return met / math.Max(all, 1e-9)
}

func containsRun(tokens, run []uint32) bool {
	for i := 0; i+len(run) <= len(tokens); i++ {
		if slices.Equal(tokens[i:i+len(run)], run) {
			return true
		}
	}
	return false
}
