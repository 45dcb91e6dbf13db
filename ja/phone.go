package ja

import (
	"regexp"
	"slices"
	"strings"
)

var (
	phoneRE = regexp.MustCompile(`(?:\+81[- ]?(?:\(0\))?|\(?0)\d{1,4}\)?[- (]{0,2}\d{1,4}[-) ]{0,2}\d{3,4}`)
	faxRE   = regexp.MustCompile(`(?:fax|ファックス|ファクス|ファクシミリ)(?:番号)?\s*[:は]?\s*$`)
	bothRE  = regexp.MustCompile(`(?:tel|電話)(?:番号)?\s*[・/、兼及びと]*\s*(?:fax|ファックス|ファクス|ファクシミリ)(?:番号)?\s*[:は]?\s*$`)
)

// labelBytes is how far before a number its label is looked for.
const labelBytes = 64

// Phones finds the phone numbers in s, in order and each once, as 03-1234-5678:
// full-width, with brackets or +81 all the same, the extension left out. A
// number that is only a fax is none. Ten digits in one run have no hyphens
// unless the area code is certain (03, 06, 0120, 0570, 0990).
func Phones(s string) []string {
	var out []string
	sh := newShadow(s)
	for _, m := range phoneSpans(sh.text) {
		before := sh.text[max(0, m[0]-labelBytes):m[0]]
		if faxRE.MatchString(before) && !bothRE.MatchString(before) {
			continue
		}
		if n := phoneForm(sh.text[m[0]:m[1]]); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// phoneSpans gives the byte ranges of phone and fax numbers in a shadow.
func phoneSpans(s string) [][2]int {
	var out [][2]int
	for from := 0; from < len(s); {
		m := phoneRE.FindStringIndex(s[from:])
		if m == nil {
			break
		}
		begin, end := from+m[0], from+m[1]
		if !phoneCount(s[begin:end]) || joinedNumber(s, begin, end) {
			from = begin + 1
			continue
		}
		out = append(out, [2]int{begin, end})
		from = end
	}
	return out
}

// phoneCount checks the number of digits: ten, or eleven for mobiles and 0800.
func phoneCount(s string) bool {
	d := digits(s)
	if strings.HasPrefix(s, "+81") {
		d = "0" + strings.TrimPrefix(d[2:], "0")
	}
	if len(d) == 11 {
		return d[2] == '0' && strings.ContainsRune("5789", rune(d[1]))
	}
	return len(d) == 10 && d[1] != '0'
}

// joinedNumber tells whether more digits stand directly, or behind a hyphen, at
// either end.
func joinedNumber(s string, begin, end int) bool {
	before, after := s[:begin], s[end:]
	if n := len(before); n > 0 && (isDigit(rune(before[n-1])) || n > 1 && before[n-1] == '-' && isDigit(rune(before[n-2]))) {
		return true
	}
	return len(after) > 0 && (isDigit(rune(after[0])) || len(after) > 1 && after[0] == '-' && isDigit(rune(after[1])))
}

func phoneForm(s string) string {
	international := strings.HasPrefix(s, "+81")
	if international {
		s = strings.TrimLeft(strings.TrimPrefix(s[3:], "(0)"), "- ")
		s = "0" + strings.TrimPrefix(s, "0")
	}
	if groups := strings.FieldsFunc(s, func(r rune) bool { return !isDigit(r) }); len(groups) == 3 {
		return strings.Join(groups, "-")
	}
	d := digits(s)
	switch {
	case len(d) == 11:
		return d[:3] + "-" + d[3:7] + "-" + d[7:]
	case d[1] == '3' || d[1] == '6':
		return d[:2] + "-" + d[2:6] + "-" + d[6:]
	case strings.HasPrefix(d, "0120") || strings.HasPrefix(d, "0570") || strings.HasPrefix(d, "0990"):
		return d[:4] + "-" + d[4:7] + "-" + d[7:]
	}
	return d
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}
