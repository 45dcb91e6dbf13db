package crawler

import (
	"net/url"
	"regexp"
	"strings"

	"madoguchi/ja"
)

// goneRE matches what a page that does not exist has in its title or h1. It is
// never tried on the text: a page about lost things may well say such a
// sentence.
var goneRE = regexp.MustCompile(`(?:ページ|ファイル|url|コンテンツ|記事|アドレス)[^。]{0,14}(?:見つかりません|みつかりません|見つけられません|見当たりません|見あたりません|存在しません|存在しない|ございません|ありません|ありませんでした|表示できません|表示することができません|削除されました|(?:公開|掲載)(?:期間)?[をがは]?終了)` +
	`|お探しの(?:ページ|情報)は` +
	`|^(?:http ?)?(?:エラー|error)?[ :]*40[34](?:[ :]|$|エラー|error|not)` +
	`|\b404 (?:not found|error|エラー)|(?:page|file) not found|^not found$`)

// saysGone tells whether a title or h1 says that there is no such page.
func saysGone(headline string) bool {
	return headline != "" && len(headline) < 400 && goneRE.MatchString(ja.Fold(headline))
}

// robotsTag reads the directives of a meta robots tag.
func robotsTag(content string) (noIndex, noFollow bool) {
	for _, d := range strings.FieldsFunc(strings.ToLower(content), func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		switch d {
		case "noindex":
			noIndex = true
		case "nofollow":
			noFollow = true
		case "none":
			noIndex, noFollow = true, true
		}
	}
	return noIndex, noFollow
}

var refreshRE = regexp.MustCompile(`(?i)^\s*[\d.]*\s*[;,]?\s*url\s*=\s*['"]?\s*([^'"\s]+)`)

// refresh gives the target of a meta refresh, "" if it only reloads.
func refresh(content string, base *url.URL) string {
	m := refreshRE.FindStringSubmatch(content)
	if m == nil {
		return ""
	}
	if u, ok := Normalize(base, m[1]); ok {
		return u.String()
	}
	return ""
}
