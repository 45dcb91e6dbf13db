package bot

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"madoguchi/ja"
	"madoguchi/ward"
)

// MaxPassage is how many characters of a page are shown at once.
const MaxPassage = 500

// span is a part of a document's text in bytes; length 0 runs to the end.
type span struct{ from, length int }

// spanOf is where the passage of a hit stands in its text.
func spanOf(h ward.Hit) span {
	from := strings.Index(h.Document.Text, h.Passage)
	if from < 0 || h.Passage == "" || len(h.Passage) == len(h.Document.Text) {
		return span{}
	}
	return span{from, len(h.Passage)}
}

// showValue is the value of the choice that shows s of d. It remembers a check
// sum of the text, because a page that has changed is shown from its beginning.
func showValue(d *ward.Document, s span) string {
	return value("answer.doc", fmt.Sprintf("%s.%s.%s.%s", base36(s.from), base36(s.length), base36(int(check(d.Text))), d.ID))
}

func base36(n int) string { return strconv.FormatInt(int64(n), 36) }

func check(text string) uint16 { return uint16(crc32.ChecksumIEEE([]byte(text))) }

// parseShow takes the argument of answer.doc apart; within finds the span in
// the text as it now is.
func parseShow(arg string) (id string, within func(text string) span, ok bool) {
	parts := strings.SplitN(arg, ".", 4)
	if len(parts) < 4 || parts[3] == "" {
		return "", nil, false
	}
	var n [3]int
	for i := range n {
		v, err := strconv.ParseInt(parts[i], 36, 32)
		if err != nil || v < 0 {
			return "", nil, false
		}
		n[i] = int(v)
	}
	return parts[3], func(text string) span {
		s := span{n[0], n[1]}
		if int(check(text)) != n[2] || s.from >= len(text) || s.length > len(text)-s.from {
			return span{}
		}
		return s
	}, true
}

// passage cuts s out of text, at most MaxPassage characters and if longer at
// the end of a sentence. rest is what follows, empty when only blanks do.
func passage(text string, s span) (shown string, rest span) {
	end := len(text)
	if s.length > 0 {
		end = s.from + s.length
	}
	end = s.from + fitting(text[s.from:end], MaxPassage)
	if strings.TrimSpace(text[end:]) != "" {
		rest = span{from: end}
	}
	return strings.TrimSpace(strings.ToValidUTF8(text[s.from:end], "")), rest
}

// fitting is how many bytes of text to show: whole sentences up to max
// characters, or max characters when the first sentence alone is longer.
func fitting(text string, max int) int {
	hard := len(text)
	if utf8.RuneCountInString(text) > max {
		hard = 0
		for range max {
			_, size := utf8.DecodeRuneInString(text[hard:])
			hard += size
		}
	}
	if hard == len(text) {
		return hard
	}
	whole := 0
	for _, sentence := range ja.Sentences(text[:hard]) {
		if whole+len(sentence) == hard {
			break // the last one may be cut
		}
		whole += len(sentence)
	}
	if whole == 0 {
		return hard
	}
	return whole
}

// source says where d stands: page, headings, question or file, outermost
// first. Of a page Title is the outermost, of the others the innermost.
func source(d *ward.Document) *ward.Source {
	titles := append([]string{d.Title}, d.HeadingPath...)
	if d.Kind != ward.Page {
		titles = append(slices.Clone(d.HeadingPath), d.Title)
	}
	return &ward.Source{Title: strings.Join(titles, titleJoin), URL: d.URL, Updated: d.Updated, Section: d.Section, Phone: d.Phone}
}

// pageTitle is the title of the page that d stands on.
func pageTitle(d *ward.Document) string {
	if d.Kind == ward.FAQ && len(d.HeadingPath) > 0 {
		return d.HeadingPath[0]
	}
	return d.Title
}
