package ja

import (
	"strings"
	"unicode"
)

// Sentences splits s after 。！？!? and at line ends, but not inside 「」『』
// （）(): an unclosed bracket counts until the end of its line. White space
// belongs to the sentence before it. The parts joined give s again.
func Sentences(s string) []string {
	var parts []string
	rs := newRunes(s)
	start, depth := 0, 0
	for i := 0; i < len(rs.r); i++ {
		switch r := rs.r[i]; {
		case strings.ContainsRune("「『（(", r):
			depth++
		case strings.ContainsRune("」』）)", r):
			depth = max(0, depth-1)
		case r == '\n', depth == 0 && rs.ends(i):
			depth = 0
			for i+1 < len(rs.r) && (rs.ends(i+1) || unicode.IsSpace(rs.r[i+1])) {
				i++
			}
			parts = append(parts, s[rs.at[start]:rs.at[i+1]])
			start = i + 1
		}
	}
	if start < len(rs.r) {
		parts = append(parts, s[rs.at[start]:])
	}
	return parts
}

// runes is a string by its runes; at[i] is the byte where rune i begins, and
// the last entry the length. Invalid bytes are runes of one byte.
type runes struct {
	r  []rune
	at []int
}

func newRunes(s string) runes {
	rs := runes{make([]rune, 0, len(s)), make([]int, 0, len(s)+1)}
	for i, r := range s {
		rs.r = append(rs.r, r)
		rs.at = append(rs.at, i)
	}
	rs.at = append(rs.at, len(s))
	return rs
}

// ends tells whether rune i ends a sentence. An ASCII ! or ? does so only where
// no ASCII word goes on behind it, as it does in an address.
func (rs runes) ends(i int) bool {
	switch rs.r[i] {
	case '。', '！', '？', '｡':
		return true
	case '!', '?':
		if i+1 == len(rs.r) {
			return true
		}
		next := rs.r[i+1]
		return next > unicode.MaxASCII || next == '!' || next == '?' || unicode.IsSpace(next)
	}
	return false
}
