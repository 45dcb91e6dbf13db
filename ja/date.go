package ja

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An era's year 1 is offset+1. Only eras that residents' papers still name.
type era struct {
	name, letter string
	offset       int // year 0
	last         int // its last calendar year, 0 while it lasts
}

func eras() []era {
	return []era{
		{"令和", "r", 2018, 0},
		{"平成", "h", 1988, 2019},
		{"昭和", "s", 1925, 1989},
		{"大正", "t", 1911, 1926},
		{"明治", "m", 1867, 1912},
	}
}

const (
	eraYear     = `(令和|平成|昭和|大正|明治|[rhstm])\.?\s*(元|\d{1,2})`
	westernYear = `((?:18|19|20)\d\d)`
	otherYear   = `\((?:[^()]{1,12})\)` // 令和8(2026)年, 2026年(令和8年)
	afterYear   = `\s*(?:年\s*` + otherYear + `|` + otherYear + `\s*年|[年./-])`
	monthDay    = `\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})`
)

var (
	dateRE = regexp.MustCompile(`(?:` + eraYear + `|` + westernYear + `)` + afterYear + monthDay)
	yearRE = regexp.MustCompile(`(?:` + eraYear + `|` + westernYear + `)` +
		`(?:\s*` + otherYear + `)?\s*(?:年|[./-]\s*\d{1,2}\s*[月./-])`)
)

// Date finds the first date in s, of the era or western, and gives it as
// YYYY-MM-DD. A day that the calendar does not have is no date.
func Date(s string) (iso string, ok bool) {
	s = Fold(s)
	for from := 0; from < len(s); {
		m := dateRE.FindStringSubmatchIndex(s[from:])
		if m == nil {
			return "", false
		}
		begin, end := from+m[0], from+m[1]
		if opensWord(s, begin) && !digitAt(s, end) {
			sub := dateRE.FindStringSubmatch(s[begin:end])
			if iso, ok := isoDate(yearOf(sub), sub[4], sub[5]); ok {
				return iso, true
			}
		}
		from = begin + 1
	}
	return "", false
}

// opensWord tells whether at is not inside a longer number or word.
func opensWord(s string, at int) bool {
	if at == 0 {
		return true
	}
	before := s[at-1]
	return !isDigit(rune(before)) && (before < 'a' || before > 'z')
}

func digitAt(s string, at int) bool { return at < len(s) && isDigit(rune(s[at])) }

// yearOf reads the groups of eraYear and westernYear.
func yearOf(sub []string) int {
	if sub[3] != "" {
		y, _ := strconv.Atoi(sub[3])
		return y
	}
	n := 1
	if sub[2] != "元" {
		n, _ = strconv.Atoi(sub[2])
	}
	for _, e := range eras() {
		if (sub[1] == e.name || sub[1] == e.letter) && n > 0 {
			return e.offset + n
		}
	}
	return 0
}

func isoDate(year int, month, day string) (string, bool) {
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if t := time.Date(year, time.Month(m), d, 0, 0, 0, 0, time.UTC); year == 0 || t.Month() != time.Month(m) {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, m, d), true
}

// EraYears gives, for each year that s names, its other form, folded and each
// once: 2026年 for 令和8年 and R8.2.4, 令和8年 for 2026年 and 2026/2/4. A year in
// which the era changed has two (2019年: 令和元年, 平成31年).
func EraYears(s string) []string {
	s = Fold(s)
	var out []string
	for _, m := range yearRE.FindAllStringSubmatchIndex(s, -1) {
		if !opensWord(s, m[0]) {
			continue
		}
		sub := yearRE.FindStringSubmatch(s[m[0]:m[1]])
		for _, form := range otherForms(yearOf(sub), sub[3] != "") {
			if !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	return out
}

func otherForms(year int, western bool) []string {
	if year == 0 {
		return nil
	}
	if !western {
		return []string{strconv.Itoa(year) + "年"}
	}
	var out []string
	for _, e := range eras() {
		if n := year - e.offset; n >= 1 && (e.last == 0 || year <= e.last) {
			out = append(out, strings.Replace(fmt.Sprintf("%s%d年", e.name, n), e.name+"1年", e.name+"元年", 1))
		}
	}
	return out
}
