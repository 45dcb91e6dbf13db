package line

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

const sentenceEnds = "。！？!?"

// units counts s as LINE counts a text message: in UTF-16 code units.
func units(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// fit shortens s to at most characters, as LINE counts a label and a reader
// does, and to at most max units, as a character can be long without end.
func fit(s string, characters, max int) string {
	end, shorter, size := 0, 0, 0
	it := graphemes.FromString(s)
	for n := 1; it.Next(); n++ {
		size += units(it.Value())
		if n > characters || size > max {
			return s[:shorter] + ellipsis
		}
		end += len(it.Value())
		if n < characters && size < max {
			shorter = end // with room for the ellipsis
		}
	}
	return s
}

// split cuts s into pieces of at most max units: at ends of sentences, else
// between characters. Blanks around the pieces go; no piece is empty.
func split(s string, max int) (pieces []string) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		n := head(s, max)
		pieces = append(pieces, strings.TrimSpace(s[:n]))
		s = s[n:]
	}
	return pieces
}

// head is how many bytes of s the first piece takes. A sentence does not end
// within brackets, unless the line does.
func head(s string, most int) int {
	whole, end, size, depth := 0, 0, 0, 0
	for it := graphemes.FromString(s); it.Next(); {
		letter := it.Value()
		if size += units(letter); size > most {
			break
		}
		end += len(letter)
		switch {
		case strings.Contains("「『（(", letter):
			depth++
		case strings.Contains("」』）)", letter):
			depth = max(depth-1, 0)
		case letter == "\n" || letter == "\r\n", depth == 0 && strings.Contains(sentenceEnds, letter):
			whole, depth = end, 0
		}
	}
	switch {
	case end == len(s):
		return end
	case whole > 0:
		return whole
	case end > 0:
		return end
	}
	return within(s, most)
}

// within cuts inside a character that is longer than max units.
func within(s string, max int) (end int) {
	for size := 0; end < len(s); {
		r, n := utf8.DecodeRuneInString(s[end:])
		if size += utf16.RuneLen(r); size > max {
			break
		}
		end += n
	}
	return end
}

// excerpt is the beginning of s on one line, at most max units, whole sentences
// if there are any.
func excerpt(s string, max int) string {
	s = oneLine(s)
	if n := head(s, max); n < len(s) {
		if whole := strings.TrimSpace(s[:n]); strings.HasSuffix(whole, "。") {
			return whole
		}
		return strings.TrimSpace(s[:head(s, max-1)]) + ellipsis
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
