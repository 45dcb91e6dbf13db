package ja

import (
	"strings"
	"unicode"
)

// Writing is one of the kinds of characters that Japanese text mixes.
type Writing int

// The writings.
const (
	OtherScript Writing = iota // signs, blanks, emoji, every other alphabet
	KanjiScript
	HiraganaScript
	KatakanaScript // half-width forms and the long-vowel mark ー included
	LatinScript
	DigitScript
)

// Script tells which writing r belongs to, whatever its width.
func Script(r rune) Writing {
	switch {
	case isDigit(r), r >= '０' && r <= '９':
		return DigitScript
	case r == 'ー', r == 'ｰ', unicode.Is(unicode.Katakana, r):
		return KatakanaScript
	case unicode.Is(unicode.Hiragana, r):
		return HiraganaScript
	case unicode.Is(unicode.Han, r):
		return KanjiScript
	case unicode.Is(unicode.Latin, r):
		return LatinScript
	}
	return OtherScript
}

// CutRuns puts a blank into every run of one writing that is longer than max
// characters, each max characters. A tokenizer takes time with the square of
// such a run. With max below 1 the text stays as it is.
func CutRuns(s string, max int) string {
	if max < 1 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	run, last := 0, OtherScript
	for _, r := range s {
		w := Script(r)
		switch {
		case unicode.IsSpace(r):
			run = 0
		case w != last:
			run = 1
		default:
			run++
		}
		if run > max {
			b.WriteByte(' ')
			run = 1
		}
		last = w
		b.WriteRune(r)
	}
	return b.String()
}
