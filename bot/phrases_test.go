package bot_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"madoguchi/bot"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

// literals gives the string literals of each non-test file of bot.
func literals(t testing.TB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out[file] = append(out[file], s)
			}
			return true
		})
	}
	return out
}

func japanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= '、' && r <= '〟' || r >= '！' && r <= '～'
	})
}

func TestPhrasesStandInOneFile(t *testing.T) {
	for file, all := range literals(t) {
		for _, s := range all {
			switch {
			case file == "phrases.go" || !japanese(s):
			case file != "words.go":
				t.Errorf("%s says %q: only phrases.go may speak to residents", file, s)
			case strings.HasSuffix(s, "。") || utf8.RuneCountInString(s) > 20:
				t.Errorf("words.go holds %q, which is no word to listen for", s)
			}
		}
	}
}

// vocabulary checks that a reply is page text or phrases and nothing else.
type vocabulary struct {
	site    *wardtest.Site
	phrases *regexp.Regexp
	labels  []string
	names   []string // what a label may be made of
}

func newVocabulary(t testing.TB, site *wardtest.Site) vocabulary {
	t.Helper()
	v := vocabulary{site: site, labels: literals(t)["phrases.go"]}
	names := map[string]bool{}
	for _, e := range site.Entries {
		for _, n := range slices.Concat([]string{e.Title}, e.HeadingPath, e.Category) {
			names[n] = true
		}
	}
	v.names = slices.Collect(maps.Keys(names))
	args := []string{"見本区", "03-0000-0000", "写真", "動画", "ファイル"}
	var alternatives []string
	for _, a := range append(args, v.names...) {
		alternatives = append(alternatives, regexp.QuoteMeta(a))
	}
	arg := "(?:" + strings.Join(alternatives, "|") + ")"
	var all []string
	for _, s := range v.labels {
		if s != "" && japanese(s) {
			all = append(all, strings.ReplaceAll(regexp.QuoteMeta(s), "%s", arg))
		}
	}
	v.phrases = regexp.MustCompile("^(?:" + strings.Join(all, "|") + ")+$")
	return v
}

func (v vocabulary) check(t *testing.T, replies []ward.Reply) {
	t.Helper()
	if len(replies) == 0 || len(replies) > bot.MaxReplies {
		t.Errorf("%d replies", len(replies))
	}
	for i, r := range replies {
		if !v.phrases.MatchString(r.Text) && !v.inPage(r.Text) {
			t.Errorf("neither page nor phrase: %q", r.Text)
		}
		if i < len(replies)-1 && len(r.Choices) > 0 {
			t.Error("choices before the last reply: LINE would not show them")
		}
		v.checkChoices(t, r.Choices)
	}
}

func (v vocabulary) inPage(text string) bool {
	return text != "" && slices.ContainsFunc(v.site.Entries, func(e wardtest.Entry) bool { return strings.Contains(e.Text, text) })
}

func (v vocabulary) checkChoices(t *testing.T, choices []ward.Choice) {
	t.Helper()
	if len(choices) > ward.MaxChoices {
		t.Errorf("%d choices", len(choices))
	}
	seen := map[string]bool{}
	for _, c := range choices {
		if seen[c.Label] || seen[c.Value] || c.Label == "" || utf8.RuneCountInString(c.Label) > bot.MaxLabel {
			t.Errorf("label %q of %q is empty, long or not the only one", c.Label, c.Value)
		}
		seen[c.Label], seen[c.Value] = true, true
		if len(c.Value) > bot.MaxChoiceValue || !utf8.ValidString(c.Value) {
			t.Errorf("value %q does not fit", c.Value)
		}
		if !slices.Contains(v.labels, c.Label) && !v.named(c.Label) {
			t.Errorf("label %q is neither phrase nor page text", c.Label)
		}
	}
}

// named tells whether each part of a label begins a title, heading or category.
func (v vocabulary) named(label string) bool {
	for part := range strings.FieldsFuncSeq(label, func(r rune) bool { return strings.ContainsRune("（）…", r) }) {
		if !slices.ContainsFunc(v.names, func(n string) bool { return strings.HasPrefix(n, part) }) {
			return false
		}
	}
	return true
}
