package index

import (
	"slices"
	"strings"
	"unicode/utf8"

	"madoguchi/ja"
)

const (
	minKana      = 4 // sounds of a stretch in kana that is read as a word
	minHomophone = 5 // … where kagome takes it for another word
	minMixed     = 4 // … of a stretch that holds kanji
)

// Reading says that a stretch of a question was read as what the ward writes.
type Reading struct {
	Said  string `json:"said"`
	Read  string `json:"read"`
	Exact bool   `json:"exact"` // it sounds the same

	from, to int // where Read stands in the question as it was read
}

// reread reads again what the resident wrote by ear, as the ward writes it: a
// stretch that sounds like one expression of the ward's and that does not
// itself stand in the documents. It gives the text with what was read in place.
func (f *forward) reread(text string, morphs []term) (string, []Reading) {
	rd := &rereading{forward: f, text: text, morphs: morphs}
	pieces := rd.pieces()
	for from := 0; from < len(pieces); {
		to := from + 1
		for to < len(pieces) && pieces[to-1].to == pieces[to].from {
			to++
		}
		rd.read(pieces[from:to])
		from = to
	}
	rd.romaji()
	return rd.replaced()
}

type rereading struct {
	forward *forward
	text    string
	morphs  []term
	found   []Reading // places are those of Said
}

// piece is the smallest piece of a question that sounds by itself: one kana, or
// a word that holds kanji.
type piece struct {
	from, to      int
	sound         string
	opens, closes bool // it begins, ends a word
	kana          bool
	morph         int
}

func (rd *rereading) pieces() []piece {
	var out []piece
	for n, m := range rd.morphs {
		s := rd.text[m.from:m.to]
		if !isKana(s) {
			if m.sound != "" {
				out = append(out, piece{m.from, m.to, m.sound, true, true, false, n})
			}
			continue
		}
		for i, r := range s {
			l := utf8.RuneLen(r)
			out = append(out, piece{m.from + i, m.from + i + l, s[i : i+l], i == 0, i+l == len(s), true, n})
		}
	}
	return out
}

// read goes through a run without gaps and takes of each place what the ward
// writes for what stands there.
func (rd *rereading) read(run []piece) {
	sounds := make([]string, 0, maxReading)
	for from := 0; from < len(run); {
		n := 0
		if rd.mayBegin(run, from) {
			rest := run[from:min(len(run), from+maxReading)]
			n = rd.longest(rest, soundsOf(sounds, rest), from+len(rest) == len(run))
		}
		from += max(n, 1)
	}
}

// mayBegin tells whether a word may begin at a place: where the run begins,
// where kagome begins a word that is not grammar, after a particle, and after a
// stretch that was read.
func (rd *rereading) mayBegin(run []piece, at int) bool {
	if at == 0 {
		return true
	}
	if n := len(rd.found); n > 0 && rd.found[n-1].to == run[at-1].to {
		return !rd.isParticle(run[at])
	}
	return run[at].opens && (rd.isParticle(run[at-1]) || rd.morphs[run[at].morph].class != functionWord)
}

// isParticle tells whether kagome takes a kana for a particle, too.
func (rd *rereading) isParticle(p piece) bool {
	return isParticle(p.sound) && rd.morphs[p.morph].class == functionWord
}

// soundsOf gives the key of each beginning of run.
func soundsOf(out []string, run []piece) []string {
	var kana strings.Builder
	for _, p := range run {
		kana.WriteString(p.sound)
		out = append(out, readingKey(kana.String()))
	}
	return out
}

// longest gives how many pieces at the beginning of run are one word, and notes
// what they are read as. A stretch that nearly sounds like something must be
// longer by two than one that does, or it may have swallowed a particle.
func (rd *rereading) longest(run []piece, keys []string, toEnd bool) int {
	n, as := rd.exactly(run, keys, toEnd)
	if near, e := rd.nearly(run, keys, n+2, toEnd); near > 0 {
		rd.note(run[:near], e, false)
		return near
	}
	if as.Text != "" {
		rd.note(run[:n], as, true)
	}
	return n
}

// exactly gives the longest stretch that sounds like an entry, or one that is
// fine as it is, without an entry.
func (rd *rereading) exactly(run []piece, keys []string, toEnd bool) (int, entry) {
	for n := len(run); n > 0; n-- {
		if !mayEnd(run, n, toEnd) || utf8.RuneCountInString(keys[n-1]) < minReading {
			continue
		}
		if word, one := rd.oneWord(run[:n]); one && rd.known(word) {
			return n, entry{}
		}
		e, ok := rd.forward.Readings.exactly(keys[n-1])
		switch {
		case ok && strings.Join(texts(nil, rd.wordsOf(run[:n])), " ") == e.Words:
			return n, entry{} // another spelling of the same words
		case ok && rd.mayBe(run[:n], keys[n-1], e) && (isKana(rd.said(run[:n])) || rd.endsWord(run, n, toEnd)):
			return n, e
		}
		if _, said := rd.forward.Thesaurus.bySurface[rd.said(run[:n])]; said {
			return n, entry{}
		}
	}
	return 0, entry{}
}

// nearly gives the longest stretch of at least that many kana that nearly
// sounds like an entry.
func (rd *rereading) nearly(run []piece, keys []string, least int, toEnd bool) (int, entry) {
	for n := len(run); n >= max(least, minNearLoose); n-- {
		if !rd.endsWord(run, n, toEnd) {
			continue
		}
		known, ok := rd.covered(run[:n])
		if !ok || known == n {
			continue
		}
		if e, same, ok := rd.forward.Readings.nearly(keys[n-1]); ok && (same || 2*known <= n) {
			return n, e
		}
	}
	return 0, entry{}
}

func (rd *rereading) note(run []piece, e entry, exact bool) {
	if said := rd.said(run); said != e.Text {
		rd.found = append(rd.found, Reading{said, e.Text, exact, run[0].from, run[len(run)-1].to})
	}
}

// mayEnd tells whether a word may end after n pieces.
func mayEnd(run []piece, n int, toEnd bool) bool {
	return run[n-1].closes || n < len(run) && isParticle(run[n].sound) || n == len(run) && toEnd
}

// endsWord is a stricter mayEnd: no rest of a word follows.
func (rd *rereading) endsWord(run []piece, n int, toEnd bool) bool {
	if n == len(run) {
		return toEnd
	}
	next := run[n]
	switch rd.morphs[next.morph].class {
	case functionWord, verb, adjective:
		return next.opens || isParticle(next.sound)
	}
	return !next.kana || isParticle(next.sound)
}

// whole tells whether a stretch is nothing but whole words.
func whole(run []piece) bool { return run[0].opens && run[len(run)-1].closes }

// oneWord gives the one word that a stretch is.
func (rd *rereading) oneWord(run []piece) (term, bool) {
	words := rd.wordsOf(run)
	return words[0], len(words) == 1 && whole(run)
}

func isParticle(kana string) bool {
	return len(kana) == len("の") && strings.Contains("のをがはにでともへやか", kana)
}

// mayBe tells whether a stretch may be read as what sounds the same. It keeps
// hands off short words of the dictionary.
func (rd *rereading) mayBe(run []piece, key string, e entry) bool {
	sounds := utf8.RuneCountInString(key)
	word, one := rd.oneWord(run)
	one = one && word.sound != ""
	if isKana(rd.said(run)) {
		return sounds >= minKana && !one || sounds >= minHomophone
	}
	return sounds >= minMixed && !one && rd.mayBeKanji(run, e)
}

// mayBeKanji is mayBe of a stretch that holds kanji: whole words, half of the
// kanji those of the entry, no kana that is a word of the vocabulary or stands
// alone, and nothing that a document holds.
func (rd *rereading) mayBeKanji(run []piece, e entry) bool {
	kana := 0
	for _, p := range run {
		m := rd.morphs[p.morph]
		if !p.kana {
			continue
		}
		if kana++; m.to-m.from > len("あ") && rd.known(m) {
			return false
		}
	}
	return kana != 1 && whole(run) && sharesKanji(rd.said(run), e.Text) && !rd.stands(rd.wordsOf(run))
}

func (rd *rereading) said(run []piece) string { return rd.text[run[0].from:run[len(run)-1].to] }

// wordsOf are the words that a stretch lies in.
func (rd *rereading) wordsOf(run []piece) []term {
	return rd.morphs[run[0].morph : run[len(run)-1].morph+1]
}

// known tells whether a document or the thesaurus knows a word.
func (rd *rereading) known(t term) bool {
	if t.class == functionWord {
		return false
	}
	if rd.held(t) {
		return true
	}
	_, known := rd.forward.Thesaurus.byWords[t.text]
	return known
}

// held tells whether a document holds a word.
func (rd *rereading) held(t term) bool {
	n, known := rd.forward.numbers[t.text]
	return known && rd.forward.DF[n] > 0
}

// stands tells whether some document holds the words side by side.
func (rd *rereading) stands(words []term) bool {
	r, known := rd.forward.run(words)
	if !known || len(r.words) == 0 {
		return false
	}
	for tokens := rd.forward.Tokens; ; tokens = tokens[1:] {
		at := slices.Index(tokens, r.words[0])
		if at < 0 {
			return false
		}
		if tokens = tokens[at:]; len(tokens) >= len(r.words) && slices.Equal(tokens[:len(r.words)], r.words) {
			return true
		}
	}
}

// sharesKanji tells whether half of the kanji of said stand in read.
func sharesKanji(said, read string) bool {
	all, shared := 0, 0
	for _, r := range said {
		if ja.Script(r) == ja.KanjiScript {
			all++
			if strings.ContainsRune(read, r) {
				shared++
			}
		}
	}
	return 2*shared >= all
}

// covered counts the kana of a stretch that lie in words of grammar and of the
// vocabulary; ok is false where it is not kana alone or ends in a particle.
func (rd *rereading) covered(run []piece) (known int, ok bool) {
	for _, p := range run {
		if !p.kana {
			return 0, false
		}
		m := rd.morphs[p.morph]
		long := utf8.RuneCountInString(rd.text[m.from:m.to])
		if m.class == functionWord && long > 1 || long > 2 && rd.known(m) {
			known++
		}
	}
	return known, !rd.isParticle(run[len(run)-1])
}

// romaji reads Latin letters that no document holds, words that stand side by
// side as one where that means something.
func (rd *rereading) romaji() {
	var words []term
	for _, m := range rd.morphs {
		if m.to > 0 && isLetter(rd.text[m.from]) && !rd.held(m) {
			words = append(words, m)
		}
	}
	for len(words) > 0 {
		n := min(maxSpoken, len(words))
		for ; n > 1 && !rd.latin(words[:n]); n-- {
		}
		if n == 1 {
			rd.latin(words[:1])
		}
		words = words[n:]
	}
}

// latin reads words of Latin letters as one, and tells whether it could.
func (rd *rereading) latin(words []term) bool {
	from, to := words[0].from, words[len(words)-1].to
	kana, ok := kanaOf(strings.ReplaceAll(rd.text[from:to], " ", ""))
	if !ok {
		return false
	}
	key := readingKey(kana)
	e, exact := rd.forward.Readings.exactly(key)
	if !exact {
		if e, _, ok = rd.forward.Readings.nearly(key); !ok {
			return false
		}
	}
	rd.found = append(rd.found, Reading{rd.text[from:to], e.Text, exact, from, to})
	return true
}

// replaced is the text with what was read in the place of what was said.
func (rd *rereading) replaced() (string, []Reading) {
	if len(rd.found) == 0 {
		return rd.text, nil
	}
	slices.SortFunc(rd.found, func(a, b Reading) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for i, r := range rd.found {
		b.WriteString(rd.text[at:r.from])
		at = r.to
		rd.found[i].from = b.Len()
		b.WriteString(r.Read)
		rd.found[i].to = b.Len()
	}
	b.WriteString(rd.text[at:])
	return b.String(), rd.found
}
