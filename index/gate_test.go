package index_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

var topics = []string{"公園", "図書館", "国民健康保険", "保育園", "防災", "選挙", "住民票", "印鑑登録", "粗大ごみ", "介護保険"}

// town are documents, one for each topic, and goldens that ask for them.
func town() (docs []ward.Document, goldens []index.Golden) {
	for i, topic := range topics {
		d := doc(string(rune('a'+i)), topic)
		docs = append(docs, d)
		goldens = append(goldens, index.Golden{Question: topic + "について", Pages: []string{d.URL}})
	}
	return docs, goldens
}

// emptied gives the documents without what the first n of them said.
func emptied(docs []ward.Document, n int) []ward.Document {
	docs = slices.Clone(docs)
	for i := range n {
		docs[i].Title, docs[i].Text = "お知らせ", ""
	}
	return docs
}

func judgedOptions(t *testing.T, goldens []index.Golden) index.Options {
	t.Helper()
	return index.Options{Dir: newDir(t), Thesauri: []fs.FS{}, Goldens: goldens}
}

func TestBrokenGenerationIsRefused(t *testing.T) {
	docs, goldens := town()
	o := judgedOptions(t, goldens)
	if s := build(t, o, docs...); s.Judgement == nil || s.Judgement.Answered != len(goldens) || s.Judgement.Against != 0 {
		t.Fatalf("the first generation: %+v", s.Judgement)
	}
	ix := open(t, o)
	stats, err := index.Build(context.Background(), o, stream(emptied(docs, 5)))
	var refused *index.Refused
	if ward.KindOf(err) != ward.Invalid || !errors.As(err, &refused) || refused.Generation != 2 || stats.Generation != 2 {
		t.Fatalf("%+v, %v", stats, err)
	}
	want := index.Judgement{Goldens: 10, Asked: 10, Answered: 5, Against: 1, Before: 10, Lost: nil, Refused: true}
	for _, g := range goldens[:5] {
		want.Lost = append(want.Lost, g.Question)
		if !strings.Contains(err.Error(), "「"+g.Question+"」") {
			t.Errorf("%q is not named: %v", g.Question, err)
		}
	}
	if diff := cmp.Diff(want, refused.Judgement); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if changed, err := ix.Refresh(context.Background()); changed || err != nil {
		t.Errorf("the refused generation is live: %v, %v", changed, err)
	}
	if got := first(t, ix, "公園").Document.ID; got != "a" {
		t.Errorf("the live one gives %s", got)
	}
}

// Staff can make a refused generation live and go back again.
func TestUse(t *testing.T) {
	docs, goldens := town()
	o := judgedOptions(t, goldens)
	build(t, o, docs...)
	if _, err := index.Build(context.Background(), o, stream(emptied(docs, 5))); err == nil {
		t.Fatal("not refused")
	}
	ix := open(t, o)
	for _, n := range []int{2, 1} {
		if s, err := index.Use(context.Background(), o, n); err != nil || s.Generation != n {
			t.Fatalf("use %d: %+v, %v", n, s, err)
		}
		if changed, err := ix.Refresh(context.Background()); !changed || err != nil || ix.Stats().Generation != n {
			t.Errorf("after use %d: generation %d, %v", n, ix.Stats().Generation, err)
		}
		list, err := index.Generations(o)
		if err != nil || len(list) != 2 || !list[n-1].Live || list[2-n].Live || !list[1].Judgement.Refused {
			t.Errorf("list after use %d: %+v, %v", n, list, err)
		}
	}
	if _, err := index.Use(context.Background(), o, 7); ward.KindOf(err) != ward.NotFound {
		t.Errorf("use of what is not there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "gen-2", "forward.gob"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Use(context.Background(), o, 2); ward.KindOf(err) != ward.Unavailable || open(t, o).Stats().Generation != 1 {
		t.Errorf("use of a damaged one: %v", err)
	}
}

// Refused generations do not push out those one can go back to; the last of
// them stays until a better one is live.
func TestRefusedGenerationsArePruned(t *testing.T) {
	docs, goldens := town()
	o := judgedOptions(t, goldens)
	o.Keep = 2
	build(t, o, docs...)
	build(t, o, docs...)
	for range 3 {
		if _, err := index.Build(context.Background(), o, stream(emptied(docs, 5))); err == nil {
			t.Fatal("not refused")
		}
	}
	if diff := cmp.Diff([]string{"CURRENT", "gen-1", "gen-2", "gen-5", "lock"}, names(t, o.Dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	build(t, o, docs...)
	build(t, o, docs...)
	if diff := cmp.Diff([]string{"CURRENT", "gen-6", "gen-7", "lock"}, names(t, o.Dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One question more or less does not stop a ward with ten goldens; two do.
func TestTolerance(t *testing.T) {
	docs, goldens := town()
	for emptiedDocs, refused := range map[int]bool{1: false, 2: true} {
		o := judgedOptions(t, goldens)
		build(t, o, docs...)
		s, err := index.Build(context.Background(), o, stream(emptied(docs, emptiedDocs)))
		if (err != nil) != refused || len(s.Judgement.Lost) != emptiedDocs {
			t.Errorf("%d lost: %v, %+v", emptiedDocs, err, s.Judgement)
		}
	}
}

// A page that left the site is a matter for staff, not for the ranking, and
// neither is a question that nobody ever answered.
func TestGoneAndUnansweredDoNotBlock(t *testing.T) {
	docs, goldens := town()
	goldens = append(goldens, index.Golden{Question: "海の家", Pages: []string{docs[0].URL}})
	o := judgedOptions(t, goldens)
	build(t, o, docs...)
	for range 2 {
		s := build(t, o, docs[4:]...)
		j := s.Judgement
		if len(j.Gone) != 5 || len(j.Lost) != 0 || j.Answered != 6 || j.Asked != 11 {
			t.Errorf("%+v", j)
		}
	}
	o.Goldens[10].Pages = []string{docs[5].URL}
	if j := build(t, o, docs...).Judgement; len(j.Gone) != 0 || !slices.Equal(j.Unanswered, []string{"海の家"}) {
		t.Errorf("%+v", j)
	}
}

// A golden may name a page or a part of it, as staff copied the address.
func TestGoldenAddresses(t *testing.T) {
	docs := []ward.Document{doc("a", "公園"), doc("b", "図書館"), doc("c", "保育園")}
	docs[0].URL = "https://www.city.mihon.example/faq/#q1"
	docs[1].URL = "https://www.city.mihon.example/faq/#q2"
	for address, want := range map[string]string{
		"https://www.city.mihon.example/faq/#q1":          "answered",
		"http://WWW.city.mihon.example/faq/index.html#q1": "answered",
		"https://www.city.mihon.example/faq/":             "answered",
		"https://www.city.mihon.example/faq/#no-more":     "answered",
		"https://www.city.mihon.example/faq/#q2":          "unanswered",
		"https://www.city.mihon.example/c":                "unanswered",
		"https://www.city.mihon.example/faq/?page=2":      "gone",
	} {
		o := judgedOptions(t, []index.Golden{{Question: "公園", Pages: []string{address}}})
		j := build(t, o, docs...).Judgement
		got := map[bool]string{true: "answered"}[j.Answered == 1]
		if len(j.Unanswered) == 1 && j.Answered == 0 {
			got = "unanswered"
		}
		if len(j.Gone) == 1 {
			got = "gone"
		}
		if got != want {
			t.Errorf("%s is %s, want %s: %+v", address, got, want, j)
		}
	}
}

// A live generation that cannot be opened keeps no new one from going live.
func TestDamagedLiveIsNotComparedWith(t *testing.T) {
	docs, goldens := town()
	o := judgedOptions(t, goldens)
	build(t, o, docs...)
	if err := os.WriteFile(filepath.Join(o.Dir, "gen-1", "forward.gob"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := build(t, o, emptied(docs, 5)...); s.Judgement.Against != 0 || len(s.Judgement.Unanswered) != 5 {
		t.Errorf("%+v", s.Judgement)
	}
}

// When the time is over the rest is not asked, and the log says how many were.
func TestJudgingHasATimeLimit(t *testing.T) {
	docs, goldens := town()
	o := judgedOptions(t, goldens)
	at := time.Unix(0, 0)
	o.Now = func() time.Time { at = at.Add(30 * time.Second); return at }
	if j := build(t, o, docs...).Judgement; j.Asked >= len(goldens) || j.Asked == 0 || j.Answered != j.Asked {
		t.Errorf("%+v", j)
	}
}

// cutter ends a build at a log line, as a kill would between two steps.
type cutter struct {
	slog.Handler
	at   string
	stop func()
}

func (c cutter) Enabled(context.Context, slog.Level) bool { return true }

func (c cutter) Handle(_ context.Context, r slog.Record) error {
	if r.Message == c.at {
		c.stop()
	}
	return nil
}

func TestStopBetweenJudgingAndSwapping(t *testing.T) {
	docs, goldens := town()
	o := judgedOptions(t, goldens)
	build(t, o, docs...)
	killed := o
	var left []string
	killed.Log = slog.New(cutter{slog.DiscardHandler, "index judged", func() {
		left = names(t, o.Dir)
		panic("killed")
	}})
	func() {
		defer func() { _ = recover() }()
		_, _ = index.Build(context.Background(), killed, stream(docs))
	}()
	if diff := cmp.Diff([]string{"CURRENT", "gen-1", "gen-2.tmp", "lock"}, left); diff != "" {
		t.Errorf("at the time (-want +got):\n%s", diff)
	}
	if got := open(t, o).Stats().Generation; got != 1 {
		t.Errorf("generation %d is live", got)
	}
	if s := build(t, o, docs...); s.Generation != 2 || open(t, o).Stats().Generation != 2 {
		t.Errorf("the next build: %+v", s)
	}
}

func TestPersonalDataInGoldensIsMasked(t *testing.T) {
	o := judgedOptions(t, []index.Golden{{Question: "03-1234-5678に電話した", Pages: []string{"https://www.city.mihon.example/no-more"}}})
	j := build(t, o, doc("a", "公園")).Judgement
	if len(j.Gone) != 1 || strings.Contains(j.Gone[0], "1234") {
		t.Errorf("%+v", j)
	}
}

// staff is a folder as the ward's staff leave it.
func staff(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestStaffGoldens(t *testing.T) {
	url := doc("a", "公園").URL
	for name, text := range map[string]string{
		"plain":           "# 説明\n\n公園\t" + url + "\n",
		"excel":           "\ufeff公園\t" + url + "\t\t\r\n#\t\t\r\n\t\t\r\n",
		"quoted":          "\"公園\"\t\"" + url + "\"\r\n",
		"utf-16":          "\xff\xfe\x6c\x51\x12\x57\t\x00" + utf16le(url) + "\r\x00\n\x00",
		"shift_jis":       "\x8c\xf6\x89\x80\t" + url + "\r\n",
		"last line open":  "公園\t" + url,
		"two pages":       "公園\thttps://www.city.mihon.example/no-more\n公園\t" + url + "\n",
		"one broken line": "公園\t" + url + "\n図書館\n",
	} {
		o := judgedOptions(t, nil)
		o.Own = staff(map[string]string{"goldens.tsv": text})
		if j := build(t, o, doc("a", "公園"), doc("b", "図書館")).Judgement; j == nil || j.Goldens != 1 || j.Answered != 1 {
			t.Errorf("%s: %+v", name, j)
		}
	}
}

func utf16le(ascii string) string {
	var b strings.Builder
	for _, c := range []byte(ascii) {
		b.Write([]byte{c, 0})
	}
	return b.String()
}

func TestStaffFilesAreChecked(t *testing.T) {
	folder := staff(map[string]string{
		"goldens.tsv": "公園\thttps://www.city.mihon.example/a\n図書館\n\n選挙\twww.city.mihon.example/c\n\thttps://www.city.mihon.example/d\n" +
			"防災\thttps://www.city.mihon.example/e\tメモ\n",
		"thesaurus/a.tsv": "みほりん\tsame\tコミュニティバス\t1.0\n",
		"thesaurus/b.tsv": "# 説明\r\nみほりん\tlike\tコミュニティバス\t1.0\r\n",
		"thesaurus/c.tsv": "\x81\xff\xfe",
		"thesaurus/d.txt": "not read",
	})
	var got []string
	for _, err := range index.CheckOwn(folder) {
		if ward.KindOf(err) != ward.Invalid {
			t.Errorf("%v", err)
		}
		got = append(got, err.Error())
	}
	want := []string{
		"goldens.tsv の 2 行目", "goldens.tsv の 4 行目", "goldens.tsv の 5 行目", "goldens.tsv の 6 行目",
		"b.tsv の 2 行目", "thesaurus/c.tsv の文字コード",
	}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%q does not say %q", got[i], want[i])
		}
	}
	if faults := index.CheckOwn(fstest.MapFS{}); len(faults) != 0 {
		t.Errorf("an empty folder: %v", faults)
	}
}

// A line of the ward's thesaurus leads to the page with the next build; a
// broken file is left out and costs nothing else.
func TestStaffThesaurus(t *testing.T) {
	o := judgedOptions(t, nil)
	docs := []ward.Document{doc("a", "公園"), doc("b", "コミュニティバス"), doc("c", "図書館")}
	folder := staff(map[string]string{"thesaurus/broken.tsv": "図書館\n"})
	o.Own = folder
	build(t, o, docs...)
	ix := open(t, o)
	if a, err := ix.Search(context.Background(), "みほりん", 1); err != nil || len(a.Hits) > 0 && a.Verdict != ward.Nothing {
		t.Fatalf("before: %+v, %v", a, err)
	}
	folder["thesaurus/ku.tsv"] = &fstest.MapFile{Data: []byte("\ufeff\"みほりん\"\tsame\tコミュニティバス\t1.0\t\r\n")}
	build(t, o, docs...)
	if _, err := ix.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := first(t, ix, "みほりん").Document.ID; got != "b" {
		t.Errorf("after: %s", got)
	}
}
