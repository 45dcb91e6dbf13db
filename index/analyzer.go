package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"madoguchi/ja"
	"madoguchi/ward"
)

// maxRun is where an unbroken run of one script is cut before it reaches
// kagome, whose time grows with the square of a run.
const maxRun = 64

// term is one word as it is indexed.
type term struct {
	text  string
	class wordClass
}

// analyzer splits Japanese text into terms.
type analyzer struct{ dict *dictionary }

// terms are the words of s in order: UniDic lemmas without particles,
// auxiliaries and symbols, runs of Latin letters and of digits as one word each
// (wi-fi is wifi, 132-8501 is two numbers), and for each year that is named one
// more term for the year itself, so that 令和8年 and 2026年 meet.
func (a *analyzer) terms(s string) []term {
	s = ja.Fold(s)
	var out []term
	for rest := ja.CutRuns(s, maxRun); rest != ""; {
		run, next := cutASCII(rest)
		switch {
		case run == "":
			out = a.japanese(out, next.text)
		case run[0] >= '0' && run[0] <= '9':
			out = append(out, term{run, numeral})
		default:
			out = append(out, term{strings.ReplaceAll(run, "-", ""), noun})
		}
		rest = next.rest
	}
	for _, year := range years(s) {
		out = append(out, term{year, numeral})
	}
	return out
}

type cut struct{ text, rest string }

// cutASCII takes from the front of s either a run of digits, a run of letters
// (hyphens between letters included), or the text up to the next such run.
func cutASCII(s string) (run string, next cut) {
	n := 0
	switch {
	case isDigit(s[0]):
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		return s[:n], cut{rest: s[n:]}
	case isLetter(s[0]):
		for n < len(s) && (isLetter(s[n]) || s[n] == '-' && n+1 < len(s) && isLetter(s[n+1])) {
			n++
		}
		return s[:n], cut{rest: s[n:]}
	}
	for n < len(s) && !isDigit(s[n]) && !isLetter(s[n]) {
		n++
	}
	return "", cut{s[:n], s[n:]}
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

func (a *analyzer) japanese(out []term, s string) []term {
	for _, t := range a.dict.tokenizer.Tokenize(s) {
		lemma, class := a.dict.words.lookUp(t)
		if class == functionWord || !wordlike(t.Surface) {
			continue
		}
		out = append(out, term{lemma, class})
	}
	return out
}

// wordlike tells a word from stray symbols that kagome takes for unknown nouns.
func wordlike(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// years gives for each year named in s its western form, "2026年".
func years(s string) []string {
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

// question is what is read of a resident's words: clean and short.
func question(s string) string {
	return capRunes(ja.Fold(capRunes(ja.Clean(s), ward.MaxQuestion)), ward.MaxQuestion)
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
