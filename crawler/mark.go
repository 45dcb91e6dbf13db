package crawler

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The marks by which pages tell questions from answers: Q1, Ｑ３－２, 質問:, 問1,
// 【Q】 and A1., 回答, 答え. Marks are read on the original text, so that what
// follows them can be shown as it stands.

// questionMark reads the mark at the begin of a line. number is what counts the
// question ("3-2", "" if nothing does), rest is the question itself.
func questionMark(s string) (number, rest string, ok bool) {
	m := newMark(s)
	switch {
	case m.word("Q"):
		if c := m.peek(); isLetter(c) || c == '&' || c == '熱' || m.follows(" and ", " & ") {
			return "", "", false
		}
	case m.word("質問"):
		if c := m.peekPastSpace(); !isDigit(c) && c != ':' && c != '.' && c != '、' && c != 0 && !m.closes(c) {
			return "", "", false
		}
	case m.word("問"):
		if c := m.peekPastSpace(); !isDigit(c) {
			return "", "", false
		}
	default:
		return "", "", false
	}
	number = m.number()
	if m.follows("の回答", "の答", "を参照", "をご", "をお", "と同", "から", "~") {
		return "", "", false
	}
	if rest, ok = m.finish(); !ok {
		return "", "", false
	}
	return number, rest, true
}

// answerMark reads the mark at the begin of an answer. Right after a question
// (number is that question's) a mark may go without punctuation: 「A　はい」.
func answerMark(s string, afterQuestion bool, number string) (rest string, ok bool) {
	m := newMark(s)
	sure := false
	switch {
	case m.word("A"):
		if isLetter(m.peek()) {
			return "", false
		}
	case m.word("ご回答"), m.word("回答"):
		sure = m.word("内容")
	case m.word("答え"), m.word("答"):
	default:
		return "", false
	}
	spaced := m.peek() == ' '
	counted := m.number()
	if afterQuestion && (counted == "" && spaced || counted != "" && (counted == number || m.peek() == ' ')) {
		sure = true
	}
	if c := m.peekPastSpace(); !sure && c != 0 && c != '.' && c != ':' && c != '、' && c != ')' && !m.closes(c) {
		return "", false
	}
	return m.finish()
}

// loneMark tells whether s is nothing but a mark.
func loneMark(s string) bool {
	const longest = 24
	if len(s) > longest {
		return false
	}
	if s := strings.TrimSpace(s); s == "問" || s == "答" {
		return true
	}
	if _, rest, ok := questionMark(s); ok {
		return rest == ""
	}
	rest, ok := answerMark(s, false, "")
	return ok && rest == ""
}

// markReader walks along a line and sees each character in its narrow form.
type markReader struct {
	in     string
	at     int
	opened rune // the bracket before the mark, 0 if there is none
}

func newMark(s string) *markReader {
	m := &markReader{in: strings.TrimLeft(s, "●■◆◇○◎□▼▽▶▷・★☆※ \t　")}
	if c := m.peek(); c != 0 && strings.ContainsRune("【[(〈《「『<〔", c) {
		m.opened = c
		m.step()
	}
	return m
}

// peek gives the next character, 0 at the end.
func (m *markReader) peek() rune {
	if m.at >= len(m.in) {
		return 0
	}
	c, _ := utf8.DecodeRuneInString(m.in[m.at:])
	return narrow(c)
}

func (m *markReader) step() {
	_, n := utf8.DecodeRuneInString(m.in[m.at:])
	m.at += n
}

func (m *markReader) skipSpace() {
	for m.peek() == ' ' {
		m.step()
	}
}

func (m *markReader) peekPastSpace() rune {
	at := m.at
	m.skipSpace()
	c := m.peek()
	m.at = at
	return c
}

// word steps over w if it comes next.
func (m *markReader) word(w string) bool {
	at := m.at
	for _, c := range w {
		if m.peek() != c {
			m.at = at
			return false
		}
		m.step()
	}
	return true
}

// follows tells whether any of the words comes next.
func (m *markReader) follows(words ...string) bool {
	at := m.at
	for _, w := range words {
		if m.word(w) {
			m.at = at
			return true
		}
	}
	return false
}

// number steps over the number of a question: digits, in groups behind dashes.
// Behind a space it is no number of the question if it counts something (「Q
// 65歳から」) or is a year.
func (m *markReader) number() string {
	const mostDigits = 3
	begin := m.at
	m.skipSpace()
	spaced := m.at > begin
	if c := m.peek(); c == '-' || c == '(' { // Q-1, Q(1)
		m.step()
	}
	var groups []string
	for {
		at := m.at
		d := m.digits()
		if d == "" || len(d) > mostDigits {
			m.at = at
			break
		}
		groups = append(groups, d)
		if c := m.peek(); c != '-' && c != 'ー' {
			break
		}
		m.step()
	}
	if len(groups) == 0 || spaced && m.follows("年", "月", "日", "円", "歳", "才", "人", "回", "個", "枚", "つ", "時", "か", "ヶ", "カ", "ヵ", "世帯", "%", "万", "割", "級", "号") {
		m.at = begin
		return ""
	}
	return strings.Join(groups, "-")
}

func (m *markReader) digits() string {
	if c := m.peek(); c >= '①' && c <= '⑳' {
		m.step()
		return strconv.Itoa(int(c-'①') + 1)
	}
	begin := m.at
	for isDigit(m.peek()) {
		m.step()
	}
	return strings.Map(narrow, m.in[begin:m.at])
}

// closes tells whether c ends a bracket that was opened before the mark.
func (m *markReader) closes(c rune) bool {
	return m.opened != 0 && c != 0 && strings.ContainsRune("】])〉》」』>〕", c)
}

// finish steps over the punctuation of the mark and gives what is behind it;
// ok is false when a bracket is still open.
func (m *markReader) finish() (rest string, ok bool) {
	m.skipSpace()
	closed := m.opened == 0
	if m.closes(m.peek()) {
		closed = true
		m.step()
		m.skipSpace()
	}
	if c := m.peek(); c != 0 && strings.ContainsRune(".:、。,)", c) {
		m.step()
	}
	return strings.TrimLeft(m.in[m.at:], " 　\t"), closed
}

func isLetter(c rune) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func isDigit(c rune) bool { return c >= '0' && c <= '9' }

// narrow gives the ASCII form of full-width characters, and one dash for all.
func narrow(c rune) rune {
	switch {
	case c >= '！' && c <= '～':
		return c - '！' + '!'
	case c == '　' || c == '\t':
		return ' '
	case c >= '\u2010' && c <= '\u2015', c == '\u2212':
		return '-'
	case c == '〜':
		return '~'
	}
	return c
}
