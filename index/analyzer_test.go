package index

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

var update = flag.Bool("update", false, "rewrite goldens")

func testAnalyzer(tb testing.TB) *analyzer {
	tb.Helper()
	d, err := decodeDictionary()
	if err != nil {
		tb.Fatal(err)
	}
	return &analyzer{d}
}

func TestAnalyzer(t *testing.T) {
	a := testAnalyzer(t)
	path := filepath.Join("testdata", "analyzer.txt")
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(golden)) {
		if strings.HasPrefix(line, "#") {
			got.WriteString(line)
			continue
		}
		text, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		got.WriteString(text + "\t" + strings.Join(texts(nil, a.terms(text)), " ") + "\n")
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(golden), got.String()); diff != "" {
		t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
	}
}

// Spellings that a resident may use for what the ward writes.
func TestSpellingsMeet(t *testing.T) {
	a := testAnalyzer(t)
	for _, pair := range [][2]string{
		{"ごみ", "ゴミ"}, {"申込み", "申し込み"}, {"引越し", "引っ越し"}, {"こども", "子ども"},
		{"ｺﾋﾟｰ", "コピー"}, {"Ｗｉ－Ｆｉ", "wifi"}, {"１４日", "14日"}, {"令和8年", "令和８年"},
		{"２０２６年", "2026年"}, {"見積り", "見積もり"},
	} {
		one, two := texts(nil, a.terms(pair[0])), texts(nil, a.terms(pair[1]))
		if diff := cmp.Diff(one, two); diff != "" {
			t.Errorf("%s and %s differ:\n%s", pair[0], pair[1], diff)
		}
	}
}

func TestYearsMeet(t *testing.T) {
	a := testAnalyzer(t)
	for _, s := range []string{"令和8年度", "R8.4.1", "2026年", "２０２６／４／１", "令和８年"} {
		if got := texts(nil, a.terms(s)); got[len(got)-1] != "2026年" {
			t.Errorf("%s: %q", s, got)
		}
	}
}

func TestQuestionIsCapped(t *testing.T) {
	for name, s := range map[string]string{
		"long":    strings.Repeat("あ", 1000),
		"growing": strings.Repeat("㍿", 290), // NFKC makes four characters of each
		"short":   "あ",
	} {
		if n := utf8.RuneCountInString(question(s)); n > ward.MaxQuestion+ward.MaxQuestion/maxRun { // a blank each maxRun
			t.Errorf("%s: %d characters", name, n)
		}
	}
	if got := question(" ごみ\x00の日\u200b "); got != "ごみの日" {
		t.Errorf("%q", got)
	}
}

// A word of asking is not looked up unless there is nothing else.
func TestStopWords(t *testing.T) {
	lex := newLexicon(testAnalyzer(t).dict)
	for text, want := range map[string]string{
		"粗大ごみの出し方を教えてください": "粗大 塵 出す",
		"住民票はどこで取れますか":     "住民 票 取れる",
		"教えて欲しいことがあるのですが":  "",
	} {
		if got := strings.Join(texts(nil, without(lex.analyzer.terms(text), lex.stop)), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// The way from a stranger's bytes to words: whatever they are, words come out
// whole, without blanks, and not more than there were characters.
func FuzzAnalyzer(f *testing.F) {
	for _, s := range []string{"", "粗大ごみの出し方", "令和8年4月1日", "ｗｉ－ｆｉ", "\xff\x00", strings.Repeat("ア", 500), "1-2-3 a-b", "㍿①", "﷽"} {
		f.Add(s)
	}
	lex := newLexicon(testAnalyzer(f).dict)
	f.Fuzz(func(t *testing.T, s string) {
		q := question(s)
		terms := lex.analyzer.terms(q)
		if len(terms) > 2*utf8.RuneCountInString(q) {
			t.Errorf("%d words of %d characters", len(terms), utf8.RuneCountInString(q))
		}
		for _, w := range terms {
			if w.text == "" || !utf8.ValidString(w.text) || strings.ContainsFunc(w.text, unicode.IsSpace) {
				t.Errorf("%q has the word %q", s, w.text)
			}
		}
	})
}
