package ja

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form in which two spellings of the same text are equal: NFKC,
// the dashes and wave dashes that NFKC leaves apart, ASCII letters lower-cased,
// each run of white space as one blank, none at the ends. Kana and kanji stay
// as they are, and so does the long-vowel mark ー unless it stands for a dash
// beside a digit (３ー２).
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	in := []rune(norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")))
	prev := ' '
	for i, r := range in {
		r = foldRune(r)
		if r == 'ー' && dashLike(prev, in, i) {
			r = '-'
		}
		if r == ' ' && prev == ' ' {
			continue
		}
		b.WriteRune(r)
		prev = r
	}
	// Lower-casing can make a letter join its combining mark (H + U+0331).
	return norm.NFC.String(strings.TrimRight(b.String(), " "))
}

// foldRune folds what NFKC leaves: dashes, wave dashes, case and white space.
func foldRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= '\u2010' && r <= '\u2015', r == '\u2212', r == '\u2500', r == '\uFF0D':
		return '-'
	case r == '\u301C', r == '\uFF5E', r == '\u223C':
		return '~'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// dashLike tells whether the ー at i is a dash: it follows a digit, or it
// stands before a digit and does not lengthen a kana.
func dashLike(prev rune, in []rune, i int) bool {
	if isDigit(prev) {
		return true
	}
	return i+1 < len(in) && isDigit(in[i+1]) && !isKana(prev)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isKana(r rune) bool {
	s := Script(r)
	return s == HiraganaScript || s == KatakanaScript
}

// Clean makes a stranger's text safe to keep and to show: valid UTF-8, line
// ends as "\n", and none of the characters that cannot be seen: control
// characters other than "\n" and "\t", zero-width and bidirectional controls.
func Clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").
		Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, s)
}

// Hiragana writes katakana as hiragana; everything else stays.
func Hiragana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' || r == 'ヽ' || r == 'ヾ' {
			return r - ('ァ' - 'ぁ')
		}
		return r
	}, s)
}
