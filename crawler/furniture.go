package crawler

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"madoguchi/ja"
)

// longestFurniture is how long, in characters, a line may be and still be
// looked up among the sentences that sites put into every page.
const longestFurniture = 160

// shortestAlt is how long, in characters, the description of a picture must be
// to count as text; shorter ones are names.
const shortestAlt = 15

func (f *furniture) read(text []byte) error {
	if err := decodeStrict(text, f); err != nil {
		return err
	}
	f.line = map[string]bool{}
	for _, l := range f.Lines {
		f.line[ja.Fold(l)] = true
	}
	var err error
	if f.begin, err = regexp.Compile(`^(?:` + strings.Join(f.Begin, "|") + `)`); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if f.bracket, err = regexp.Compile(f.Bracket); err != nil {
		return fmt.Errorf("bracket: %w", err)
	}
	var pairs []string
	for _, s := range f.Inline {
		pairs = append(pairs, s, "")
	}
	f.inline = strings.NewReplacer(pairs...)
	quoted := make([]string, len(f.Alt))
	for i, s := range f.Alt {
		quoted[i] = regexp.QuoteMeta(s)
	}
	f.alt, err = regexp.Compile(strings.Join(quoted, "|") + `|(?i)\.(?:jpe?g|png|gif|bmp|webp)|(?:写真|画像|イラスト|図|地図|絵|様子)$`)
	return err
}

// boilerplate tells whether a line is the site's and not the page's.
func (f *furniture) boilerplate(line string) bool {
	if utf8.RuneCountInString(line) > longestFurniture {
		return false
	}
	folded := ja.Fold(line)
	bare := strings.Trim(folded, " ▲△▼▽↑←→^<>«»‹›[]()「」【】・|*#")
	return bare == "" || f.line[bare] || f.onlyFurniture(bare) ||
		f.begin.MatchString(folded) ||
		slices.ContainsFunc(f.Word, func(w string) bool { return strings.Contains(folded, w) }) ||
		slices.ContainsFunc(f.End, func(w string) bool { return strings.HasSuffix(bare, w) })
}

// onlyFurniture tells whether a line is several such sentences in a row:
// 「前へ | 次へ | 戻る」.
func (f *furniture) onlyFurniture(bare string) bool {
	words := strings.FieldsFunc(bare, func(c rune) bool { return strings.ContainsRune(" |/・>", c) })
	return len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !f.line[w] })
}

// tidy cuts out of a line what sites put behind their links.
func (f *furniture) tidy(line string) string {
	line = f.inline.Replace(line)
	if strings.Contains(line, "ンドウ") {
		line = f.bracket.ReplaceAllString(line, "")
	}
	line = strings.TrimFunc(line, unicode.IsSpace)
	for _, s := range f.Suffix {
		if rest, ok := strings.CutSuffix(line, s); ok && rest != "" && !strings.HasSuffix(rest, "が") && !strings.HasSuffix(rest, "は") && !strings.HasSuffix(rest, "で") && !strings.HasSuffix(rest, "、") {
			return strings.TrimRightFunc(rest, unicode.IsSpace)
		}
	}
	return line
}

// sentence tells whether the alt text of a picture says something that a
// resident must not miss, rather than naming the picture.
func (f *furniture) sentence(alt string) bool {
	return utf8.RuneCountInString(alt) >= shortestAlt && !f.alt.MatchString(alt) &&
		(strings.ContainsAny(alt, "。、") || strings.HasSuffix(alt, "です") || strings.HasSuffix(alt, "ます"))
}
