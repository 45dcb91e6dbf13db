package index

import (
	"strings"

	"madoguchi/ja"
)

// readingKey writes kana so that what sounds the same is the same: hiragana,
// long vowels as ー (じゅうみん and ジューミン), ぢ and づ as じ and ず.
func readingKey(kana string) string {
	var b strings.Builder
	b.Grow(len(kana))
	vowel := byte('-')
	for _, r := range ja.Hiragana(kana) {
		if lengthens(vowel, r) {
			r = 'ー'
		} else if r != 'ー' {
			r, vowel = soundOf(r), vowelOf(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

func soundOf(r rune) rune {
	switch r {
	case 'ぢ':
		return 'じ'
	case 'づ':
		return 'ず'
	case 'を':
		return 'お'
	}
	return r
}

// lengthens tells whether r after a kana with that vowel is heard as a long one.
func lengthens(vowel byte, r rune) bool {
	switch r {
	case 'あ':
		return vowel == 'a'
	case 'い':
		return vowel == 'i' || vowel == 'e'
	case 'う':
		return vowel == 'u' || vowel == 'o'
	case 'え':
		return vowel == 'e'
	case 'お':
		return vowel == 'o'
	}
	return false
}

// vowels of the hiragana from ぁ to ゔ, in the order of Unicode; - where there is none.
const vowels = "aaiiuueeoo" + "aaiiuueeoo" + "aaiiuueeoo" + "aaii-uueeoo" + "aiueo" +
	"aaaiiiuuueeeooo" + "aiueo" + "aauuoo" + "aiueo" + "aaieo-u"

func vowelOf(r rune) byte {
	if r < 'ぁ' || r > 'ゔ' {
		return '-'
	}
	return vowels[r-'ぁ']
}

// looseKey drops of a key what is easily left out or written in the wrong size:
// long vowels, small っ, small ゃゅょ for large ones.
func looseKey(key string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'ー', 'っ':
			return -1
		case 'ゃ', 'ゅ', 'ょ', 'ぁ', 'ぃ', 'ぅ', 'ぇ', 'ぉ':
			return r + 1
		}
		return r
	}, key)
}

// oneApart tells whether one character more, less or other makes b of a.
func oneApart(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	return i+j >= len(b)-1
}

// isKana tells whether s is nothing but kana.
func isKana(s string) bool { return onlyOf(s, ja.HiraganaScript, ja.KatakanaScript) }

// isHiragana tells whether s is nothing but hiragana.
func isHiragana(s string) bool { return onlyOf(s, ja.HiraganaScript, ja.HiraganaScript) }

func onlyOf(s string, one, other ja.Writing) bool {
	for _, r := range s {
		if w := ja.Script(r); w != one && w != other {
			return false
		}
	}
	return s != ""
}
