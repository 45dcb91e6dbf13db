package index

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

// compiled makes a thesaurus of text over a vocabulary.
func compiled(tb testing.TB, text string, vocabulary ...string) (*analyzer, *forward) {
	tb.Helper()
	a := testAnalyzer(tb)
	lines, err := parseThesaurus("test.tsv", text)
	if err != nil {
		tb.Fatal(err)
	}
	f := small([2][]string{vocabulary, nil})
	words, err := analyseParts(a, lines)
	if err != nil {
		tb.Fatal(err)
	}
	f.Thesaurus = compileThesaurus(lines, words, f)
	return a, f
}

// found gives the ward's words that a question leads to.
func found(a *analyzer, f *forward, question string) []string {
	text := fold(question)
	var out []string
	for _, m := range f.Thesaurus.find(text, a.split(text)) {
		for _, t := range f.Thesaurus.Expressions[m.expression].Targets {
			var words []string
			for _, w := range t.Words {
				words = append(words, f.Words[w])
			}
			out = append(out, strings.Join(words, " "))
		}
	}
	slices.Sort(out)
	return out
}

const someThesaurus = `# comment

妊活	same	不妊治療	1.0
会社+作る	leads	創業支援、法人設立届	0.9
ひっこし	same	転居届	0.9
引っ越し	same	転入届	0.9
引越し	same	転出届	0.5
火星	kind	惑星	0.5
`

func TestThesaurusFinds(t *testing.T) {
	a, f := compiled(t, someThesaurus, "不妊", "治療", "創業", "支援", "転居", "転入", "転出", "届け")
	for question, want := range map[string][]string{
		"妊活のお金":       {"不妊 治療"},
		"会社を作りたい":     {"創業 支援", "届け"},
		"作った会社":       {"創業 支援", "届け"},
		"会社で働きたい":     nil, // not all parts
		"引越しのとき":      {"転入 届け", "転出 届け"},
		"おひっこしするんですが": {"転居 届け"}, // kana, however kagome cuts it
		"火星に行きたい":     nil,       // leads nowhere in this vocabulary
		"図書館はどこ":      nil,
	} {
		if diff := cmp.Diff(want, found(a, f, question)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", question, diff)
		}
	}
}

// Kana that kagome cuts to a common word, and kana inside another word, lead
// nowhere; the same kana as written do.
func TestThesaurusReadsNoWordOutOfKana(t *testing.T) {
	a, f := compiled(t, "うんどうかい\tsame\t運動会\t1.0\nリス\tkind\t野生動物\t0.8\nDV\tleads\t女性相談\t0.8\n", "運動", "会", "野生", "動物", "女性", "相談")
	for question, want := range map[string][]string{
		"うんどうかいはいつ":  {"運動 会"},
		"どうすればいいですか": nil,
		"リスが家に来る":    {"野生 動物"},
		"リスクを知りたい":   nil,
		"DVから逃げたい":   {"女性 相談"},
		"DVDの捨て方":    nil,
	} {
		if diff := cmp.Diff(want, found(a, f, question)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", question, diff)
		}
	}
}

func TestThesaurusCoversTheWordsOfThePart(t *testing.T) {
	a, f := compiled(t, someThesaurus, "創業", "支援")
	text := fold("駅前で会社を作る")
	words := a.split(text)
	ms := f.Thesaurus.find(text, words)
	if len(ms) != 1 {
		t.Fatalf("%d matches", len(ms))
	}
	var covered []string
	for _, i := range ms[0].covers {
		covered = append(covered, words[i].text)
	}
	slices.Sort(covered)
	if diff := cmp.Diff([]string{"会社", "作る"}, covered); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What of a target no document holds counts against it.
func TestTargetsKnowWhatIsMissing(t *testing.T) {
	_, f := compiled(t, someThesaurus, "不妊")
	target := f.Thesaurus.Expressions[0].Targets[0]
	if len(target.Words) != 1 || target.Total <= f.idf(target.Words[0]) {
		t.Errorf("%+v", target)
	}
}

func TestBadThesaurusLines(t *testing.T) {
	for name, line := range map[string]string{
		"columns":   "妊活\tsame\t不妊治療",
		"relation":  "妊活\tlike\t不妊治療\t1",
		"weight":    "妊活\tsame\t不妊治療\theavy",
		"too heavy": "妊活\tsame\t不妊治療\t1.5",
		"empty":     "妊活+\tsame\t不妊治療\t1",
		"no target": "妊活\tsame\t\t1",
	} {
		_, err := parseThesaurus("ku.tsv", "# 一行目\n"+line+"\n")
		if ward.KindOf(err) != ward.Invalid || !strings.Contains(err.Error(), "ku.tsv の 2 行目") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestThesauriAreReadInOrder(t *testing.T) {
	own := fstest.MapFS{
		"ku.tsv":    {Data: []byte("みほりん\tsame\tコミュニティバス\t1.0\n")},
		"notes.txt": {Data: []byte("no thesaurus")},
	}
	lines, err := readThesauri([]fs.FS{own, own})
	if err != nil || len(lines) != 2 || lines[0].parts[0] != "みほりん" {
		t.Errorf("%+v, %v", lines, err)
	}
	own["bad.tsv"] = &fstest.MapFile{Data: []byte("みほりん\n")}
	if _, err := readThesauri([]fs.FS{own}); ward.KindOf(err) != ward.Invalid {
		t.Errorf("%v", err)
	}
}

// The thesaurus of the program: every line can be read, says something, and
// leads somewhere else than where it starts.
func TestThesaurusFiles(t *testing.T) {
	lines, err := readThesauri([]fs.FS{Thesaurus()})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 6000 {
		t.Errorf("%d lines", len(lines))
	}
	seen := map[string]bool{}
	for _, l := range lines {
		key := strings.Join(l.parts, "+") + " " + l.relation + " " + strings.Join(l.targets, "、")
		if seen[key] {
			t.Errorf("twice: %s", key)
		}
		seen[key] = true
		if len(l.parts) == 1 && len(l.targets) == 1 && l.parts[0] == l.targets[0] {
			t.Errorf("leads to itself: %s", key)
		}
	}
}
