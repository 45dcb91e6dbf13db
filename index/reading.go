package index

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

const (
	maxSpoken    = 6 // words of an expression whose reading is kept
	minReading   = 3 // sounds of a reading
	maxReading   = 24
	minNearLoose = 5 // sounds of a reading that is recognised without its long vowels
	minNearApart = 6 // … with one sound wrong
	clearlyMore  = 2 // times as often as others that sound the same
)

// spoken is an expression as it is written, its words and how it sounds.
type spoken struct{ text, words, key string }

// spokenIn are the nouns of a folded text and what several of them make
// together, each part of a longer one too.
func spokenIn(s string, words []term) []spoken {
	var out []spoken
	for from := range words {
		var kana strings.Builder
		for to := from; to < min(from+maxSpoken, len(words)); to++ {
			w := words[to]
			sound := soundOfTerm(s, w)
			if w.class != noun || sound == "" || to > from && !adjoins(words[to-1], w) {
				break
			}
			kana.WriteString(sound)
			key := readingKey(kana.String())
			if n := utf8.RuneCountInString(key); n < minReading || n > maxReading {
				continue
			}
			out = append(out, spoken{s[words[from].from:w.to], strings.Join(texts(nil, words[from:to+1]), " "), key})
		}
	}
	return out
}

// soundOfTerm is the term itself where it is kana: people write as they speak.
func soundOfTerm(s string, t term) string {
	if written := s[t.from:t.to]; isKana(written) {
		return written
	}
	return t.sound
}

// readings are the ward's words by how they sound. Exported fields are stored.
type readings struct {
	Entries []entry // sorted by Key

	near []nearKey // loose keys, and those with one sound left out; sorted
}

// entry is what a reading is read as; without text where that is not clear.
type entry struct{ Key, Text, Words string }

// nearKey leads from a hash to an entry that may be meant.
type nearKey struct{ hash, entry uint32 }

// readingBuilder counts what sounds how.
type readingBuilder map[string]map[string]*heard // by key and words

type heard struct {
	text  string
	count int
}

func (b readingBuilder) add(all []spoken) {
	for _, s := range all {
		if b[s.key] == nil {
			b[s.key] = map[string]*heard{}
		}
		h := b[s.key][s.words]
		if h == nil {
			h = &heard{text: s.text}
			b[s.key][s.words] = h
		}
		h.count++
	}
}

// readings of what wards write, and of what residents say where no ward writes
// what sounds the same.
func (b readingBuilder) readings(said readingBuilder) *readings {
	r := &readings{}
	for key, all := range said {
		if b[key] == nil {
			b[key] = all
		}
	}
	for key, all := range b {
		r.Entries = append(r.Entries, clearest(key, all))
	}
	slices.SortFunc(r.Entries, func(a, b entry) int { return cmp.Compare(a.Key, b.Key) })
	r.index()
	return r
}

// clearest is of what sounds the same that which is written clearly more often
// than all others that are not much like it, or none.
func clearest(key string, all map[string]*heard) entry {
	var best entry
	top := 0
	for words, h := range all {
		if h.count > top || h.count == top && words < best.Words {
			top, best = h.count, entry{key, h.text, words}
		}
	}
	others := 0
	for words, h := range all {
		if words != best.Words && !sharesKanji(h.text, best.Text) {
			others += h.count
		}
	}
	if top < clearlyMore*others || isHiragana(best.Text) {
		return entry{Key: key}
	}
	return best
}

// index prepares what is not stored.
func (r *readings) index() {
	r.near = nil
	for n, e := range r.Entries {
		for _, h := range nearHashes([]rune(looseKey(e.Key))) {
			r.near = append(r.near, nearKey{h, uint32(n)})
		}
	}
	slices.SortFunc(r.near, func(a, b nearKey) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.entry, b.entry)) })
	r.near = slices.Compact(r.near)
}

// nearHashes of a loose key: its own and, where it is long enough, that of
// each key that has one sound less. Two keys that are one apart share one.
func nearHashes(loose []rune) []uint32 {
	if len(loose) < minNearLoose {
		return nil
	}
	out := []uint32{hashRunes(loose, -1)}
	if len(loose) < minNearApart {
		return out
	}
	for i := range loose {
		out = append(out, hashRunes(loose, i))
	}
	return out
}

func hashRunes(s []rune, without int) uint32 {
	h := uint32(2166136261) // FNV-1a
	for i, r := range s {
		if i != without {
			h = (h ^ uint32(r)) * 16777619
		}
	}
	return h
}

// exactly gives the entry that sounds like key.
func (r *readings) exactly(key string) (entry, bool) {
	i, found := slices.BinarySearchFunc(r.Entries, key, func(e entry, key string) int { return cmp.Compare(e.Key, key) })
	if !found || r.Entries[i].Text == "" {
		return entry{}, false
	}
	return r.Entries[i], true
}

// nearly gives the one entry that is key but for long vowels and small kana,
// or, where there is none, the one that is one sound apart. same tells which.
// More than one are none.
func (r *readings) nearly(key string) (e entry, same, ok bool) {
	loose := []rune(looseKey(key))
	if len(loose) < minNearLoose {
		return entry{}, false, false
	}
	alike, apart := map[string]entry{}, map[string]entry{} // by words
	for _, h := range nearHashes(loose) {
		i, _ := slices.BinarySearchFunc(r.near, h, func(n nearKey, h uint32) int { return cmp.Compare(n.hash, h) })
		for ; i < len(r.near) && r.near[i].hash == h; i++ {
			e := r.Entries[r.near[i].entry]
			switch other := []rune(looseKey(e.Key)); {
			case slices.Equal(loose, other):
				alike[e.Words] = e
			case max(len(loose), len(other)) >= minNearApart && oneApart(loose, other):
				apart[e.Words] = e
			}
		}
	}
	if len(alike) > 0 {
		e, ok = only(alike)
		return e, true, ok
	}
	e, ok = only(apart)
	return e, false, ok
}

// only gives the one entry there is, if it is clear.
func only(entries map[string]entry) (entry, bool) {
	if len(entries) == 1 {
		for _, e := range entries {
			return e, e.Text != ""
		}
	}
	return entry{}, false
}

// readings are those of titles and headings, of what the thesaurus says wards
// write, as far as documents hold it, and of what it says residents say.
func (b *forwardBuilder) readings(a *analyzer, lines []thesaurusLine, words map[string][]string) (*readings, error) {
	var wards, residents []string
	for _, l := range lines {
		for _, s := range l.targets {
			if b.holdsAll(words[s]) {
				wards = append(wards, s)
			}
		}
	}
	for _, p := range b.Thesaurus.Parts {
		residents = append(residents, p.Surfaces...)
	}
	said := readingBuilder{}
	if err := b.heard.addExpressions(a, wards); err != nil {
		return nil, err
	}
	if err := said.addExpressions(a, residents); err != nil {
		return nil, err
	}
	return b.heard.readings(said), nil
}

func (f *forward) holdsAll(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { n, known := f.numbers[w]; return !known || f.DF[n] == 0 })
}

// addExpressions adds those that are as a whole nouns side by side.
func (b readingBuilder) addExpressions(a *analyzer, expressions []string) error {
	found := make([][]spoken, len(expressions))
	var g errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(expressions); i += workers {
				s := fold(expressions[i])
				if isHiragana(s) || utf8.RuneCountInString(s) > maxSurface {
					continue
				}
				found[i] = slices.DeleteFunc(spokenIn(s, a.split(s)), func(p spoken) bool { return p.text != s })
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, f := range found {
		b.add(f)
	}
	return nil
}
