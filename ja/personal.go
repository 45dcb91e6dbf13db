package ja

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// maskRules are in order: what is certain comes before what only looks alike.
func maskRules() []maskRule {
	return []maskRule{
		{maskMail, matches(mailRE, nil)},
		{maskNumber, matches(myNumberRE, nil)},
		{maskPhone, phoneSpans},
		{maskBirth, matches(birthRE, isBirth)},
		{maskAddress, matches(addressRE, notEra)},
		{maskPostal, matches(postalRE, nil)},
		{maskPhone, matches(localPhoneRE, notYears)},
		{maskNumber, matches(numberRE, notQuantity)},
		{maskNumber, matches(namedNumberRE, nil)},
		{maskName, nameSpans},
	}
}

const (
	numeral = `[0-9〇一二三四五六七八九十百]{1,5}`
	place   = `[\p{Han}\p{Katakana}々ヶー]{1,20}`
	house   = `(?:\s?[\p{Han}\p{Katakana}々ー]{0,12}(?:マンション|アパート|ハイツ|コーポ|荘|ビル|メゾン|ハイム|団地|レジデンス|棟)` +
		`[\p{Katakana}ー]{0,10}\s?(?:\d{1,4}(?:-\d{1,4})?(?:号室|号)?)?|\s?\d{1,4}号室)?`
)

var (
	mailRE = regexp.MustCompile(`[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+`)
	// Twelve digits in fours, or 14 to 16 as on a card.
	myNumberRE = regexp.MustCompile(`\b\d{4}[- ]?\d{4}[- ]?\d{4}(?:[- ]?\d{2,4})?\b`)
	birthRE    = regexp.MustCompile(birthDay + `\s?(?:生まれ|生れ|うまれ|生)|(?:生年月日|誕生日)\s?[はが:、]?\s?(?:` + birthDay + `|\d{8})`)
	addressRE  = regexp.MustCompile(`(?:` + place + `\s?)?(?:` +
		numeral + `丁目\s?` + numeral + `(?:番地?|-|の)(?:の?` + numeral + `)?(?:号|-\d{1,4})?|` +
		numeral + `番\s?` + numeral + `号)` + house + `|` +
		place + `\s?(?:` + numeral + `番地(?:の?` + numeral + `)?|` +
		`\d{1,2}-\d{1,3}-\d{1,4}(?:-\d{1,4})?)` + house + `|` +
		place + `[町村区市条字目]\s?\d{1,4}-\d{1,4}` + house)
	postalRE      = regexp.MustCompile(`(?:〒\s?|\b)\d{3}-\d{4}\b|〒\s?\d{7}\b`)
	localPhoneRE  = regexp.MustCompile(`\b\d{4}-\d{4}\b`)
	numberRE      = regexp.MustCompile(`\b[a-z]{0,2}\d(?:-?\d){7,}[a-z]{0,2}\b`)
	namedNumberRE = regexp.MustCompile(`番号\s?[はがを:]?\s?[a-z]{0,2}\d[\d -]{3,}\d[a-z]{0,2}`)
)

const birthDay = `(?:(?:令和|平成|昭和|大正|明治|[rhstm])\.?\s?(?:元|\d{1,2})|(?:19|20)\d\d)\s?[年./-]\s?\d{1,2}\s?[月./-]\s?\d{1,2}日?`

// matches finds every match of re that keep, if given, accepts.
func matches(re *regexp.Regexp, keep func(s string, begin, end int) bool) func(string) [][2]int {
	return func(s string) [][2]int {
		var out [][2]int
		for _, m := range re.FindAllStringIndex(s, -1) {
			if keep == nil || keep(s, m[0], m[1]) {
				out = append(out, [2]int{m[0], m[1]})
			}
		}
		return out
	}
}

// notYears refuses a span of years, 2025-2026.
func notYears(s string, begin, end int) bool {
	year := func(y string) bool { return strings.HasPrefix(y, "19") || strings.HasPrefix(y, "20") }
	return !year(s[begin:begin+4]) || !year(s[end-4:end])
}

// notQuantity refuses large amounts and dates.
func notQuantity(s string, begin, end int) bool {
	for _, unit := range []string{"円", "人", "件", "年", "世帯", "kb", "mb"} {
		if strings.HasPrefix(strings.TrimLeft(s[end:], " "), unit) {
			return false
		}
	}
	_, err := time.Parse("20060102", s[begin:end])
	return err != nil && notEra(s, begin, end)
}

// isBirth refuses a bound (4月2日から…4月1日生まれ) and words that begin with 生.
func isBirth(s string, begin, end int) bool {
	before := strings.TrimRight(s[:begin], " ")
	for _, to := range []string{"から", "~", "-", "より"} {
		if strings.HasSuffix(before, to) {
			return false
		}
	}
	next, _ := utf8.DecodeRuneInString(s[end:])
	return !strings.HasSuffix(s[begin:end], "生") || Script(next) != KanjiScript && !strings.ContainsRune("きけえじか", next)
}

// notEra refuses a date, 令和8-2-4.
func notEra(s string, begin, end int) bool {
	_, date := Date(s[begin:end])
	return !date
}
