package ja

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The marks that Mask leaves, one for each kind of personal data.
const (
	maskMail    = "〔メールアドレス〕"
	maskPhone   = "〔電話番号〕"
	maskPostal  = "〔郵便番号〕"
	maskNumber  = "〔番号〕"
	maskBirth   = "〔生年月日〕"
	maskAddress = "〔住所〕"
	maskName    = "〔氏名〕"
)

// Mask replaces what in s is personal, or looks it, by a mark that names its
// kind: phone numbers, mail addresses, postal codes, My Number and other long
// numbers, addresses with 丁目, 番地 or 1-2-3, dates of birth and the names of
// people who introduce themselves. The rest stays as it stands, so an ordinary
// question (令和8年, 300円, 110番, 2丁目の公園) comes back unchanged and
// Mask(s) != s tells that s held personal data.
func Mask(s string) string {
	for {
		masked := maskOnce(s)
		if masked == s {
			return s
		}
		s = masked // a mark can part what had hidden a second piece
	}
}

func maskOnce(s string) string {
	sh := newShadow(s)
	for _, rule := range maskRules() {
		if spans := rule.find(sh.text); len(spans) > 0 {
			s = sh.replace(s, spans, rule.mark)
			sh = newShadow(s)
		}
	}
	return s
}

// A maskRule finds byte ranges in a shadow and names what they are.
type maskRule struct {
	mark string
	find func(shadow string) [][2]int
}

// shadow is a text folded rune by rune, so that a place found in it is a place
// in the text: at maps its bytes to the bytes of the original.
type shadow struct {
	text string
	at   []int
}

func newShadow(s string) shadow {
	rs := newRunes(s)
	var b strings.Builder
	at := make([]int, 0, len(s)+1)
	prev := ' '
	for i, r := range rs.r {
		if n := []rune(norm.NFKC.String(string(r))); len(n) == 1 {
			r = n[0]
		}
		if r = foldRune(r); r == 'ー' && isDigit(prev) {
			r = '-'
		}
		prev = r
		n := b.Len()
		b.WriteRune(r)
		for range b.Len() - n {
			at = append(at, rs.at[i])
		}
	}
	return shadow{b.String(), append(at, len(s))}
}

// replace puts mark for each span of the shadow into s, the text it belongs to.
// Of two spans that overlap the first counts.
func (sh shadow) replace(s string, spans [][2]int, mark string) string {
	var b strings.Builder
	last := 0
	for _, span := range spans {
		begin, end := sh.at[span[0]], sh.at[span[1]]
		if begin < last {
			continue
		}
		b.WriteString(s[last:begin])
		b.WriteString(mark)
		last = end
	}
	return b.String() + s[last:]
}
