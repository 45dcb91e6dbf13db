package index

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"madoguchi/ja"
	"madoguchi/ward"
)

// maxRun is where an unbroken run of one script is cut before it reaches
// kagome, whose time grows with the square of a run.
const maxRun = 64

// term is one word as it is indexed, and where it stands in the folded text as
// bytes; a term that stands for no single place is from 0 to 0.
type term struct {
	text     string
	sound    string // how a word of the dictionary is read, in katakana
	class    wordClass
	from, to int
}

// analyzer splits Japanese text into terms.
type analyzer struct{ dict *dictionary }

// fold brings a text into the form that is split into words.
func fold(s string) string { return ja.CutRuns(foldKanji(ja.Fold(s)), maxRun) }

// terms are the words of s in order: UniDic lemmas without particles,
// auxiliaries and symbols, runs of Latin letters and of digits as one word each
// (wi-fi is wifi, 132-8501 is two numbers), and for each year that is named one
// more term for the year itself, so that 令和8年 and 2026年 meet.
func (a *analyzer) terms(s string) []term { return a.split(fold(s)) }

// split is terms of a text that is folded already.
func (a *analyzer) split(s string) []term { return termsOf(a.morphs(s)) }

// termsOf leaves out what is never a term.
func termsOf(morphs []term) []term {
	return slices.DeleteFunc(slices.Clone(morphs), func(t term) bool { return t.class == functionWord })
}

// morphs are the words of a folded text and what stands between them.
func (a *analyzer) morphs(s string) []term {
	var out []term
	from := -1 // where a run of ASCII began: kagome cuts such runs anywhere
	for _, t := range a.dict.tokenizer.Tokenize(s) {
		if isASCII(t.Surface) {
			if from < 0 {
				from = t.Position
			}
			continue
		}
		if from >= 0 {
			out, from = asciiTerms(out, s, from, t.Position), -1
		}
		lemma, class := a.dict.words.lookUp(t)
		if !wordlike(t.Surface) {
			class = functionWord
		}
		out = append(out, term{lemma, a.dict.words.reading(t), class, t.Position, t.Position + len(t.Surface)})
	}
	if from >= 0 {
		out = asciiTerms(out, s, from, len(s))
	}
	for _, year := range years(s) {
		out = append(out, term{text: year, class: numeral})
	}
	return out
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// asciiTerms adds the runs of digits and of letters in s[from:to]; a hyphen
// between letters joins them.
func asciiTerms(out []term, s string, from, to int) []term {
	for from < to {
		n := from
		switch {
		case isDigit(s[n]):
			for n < to && isDigit(s[n]) {
				n++
			}
			out = append(out, term{s[from:n], "", numeral, from, n})
		case isLetter(s[n]):
			for n < to && (isLetter(s[n]) || s[n] == '-' && n+1 < to && isLetter(s[n+1])) {
				n++
			}
			out = append(out, term{strings.ReplaceAll(s[from:n], "-", ""), "", noun, from, n})
		default:
			n++
		}
		from = n
	}
	return out
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// wordlike tells a word from stray symbols that kagome takes for unknown nouns.
func wordlike(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// years gives for each year named in s its western form, "2026年".
func years(s string) []string {
	if !strings.ContainsAny(s, "0123456789元") {
		return nil
	}
	var out []string
	for _, y := range ja.EraYears(s) {
		if !isDigit(y[0]) { // s has the western form, y the era's
			if back := ja.EraYears(y); len(back) > 0 {
				y = back[0]
			}
		}
		out = append(out, y)
	}
	return out
}

// question is what is read of a resident's words: clean, folded and short.
func question(s string) string {
	return ja.CutRuns(capRunes(foldKanji(ja.Fold(capRunes(ja.Clean(s), ward.MaxQuestion))), ward.MaxQuestion), maxRun)
}

func capRunes(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	for i := range s {
		if max == 0 {
			return s[:i]
		}
		max--
	}
	return s
}
