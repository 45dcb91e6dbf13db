package crawler

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateGoldens = flag.Bool("update", false, "rewrite testdata/extract/*.golden.json")

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func extractFile(t testing.TB, file string, fetched *url.URL) *Page {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page, err := Extract(body, "", fetched)
	if err != nil {
		t.Fatalf("extract %s: %v", file, err)
	}
	return page
}

// fetchedFrom are the addresses of fixtures for which the address matters.
func fetchedFrom(name string) string {
	switch name {
	case "tsunago_faq":
		return "https://www.city.mihon.example/faq/1020036/1002704.html"
	case "udface_faq":
		return "https://www.city.mihon.example/faq/faq_detail.php?frmId=545"
	case "joruri2017_article":
		return "https://www.town.mihon.example/docs/2025060300012/"
	case "shirasagi_list":
		return "https://www.city.mihon.example/faq/"
	}
	return "https://www.city.mihon.example/kurashi/" + name + ".html"
}

func TestExtractGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/extract/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(name, func(t *testing.T) {
			page := extractFile(t, file, mustURL(t, fetchedFrom(name)))
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", " ")
			if err := enc.Encode(page); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".html") + ".golden.json"
			if *updateGoldens {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("page changed (-want +got):\n%s", diff)
			}
		})
	}
}

// expected is the shape of testdata/synthetic/EXPECTED.json.
type expected struct {
	Encoding   string   `json:"encoding"`
	Title      *string  `json:"title"`
	Updated    *string  `json:"updated"`
	PageID     *string  `json:"page_id"`
	Dept       *string  `json:"dept"`
	Phone      *string  `json:"phone"`
	Breadcrumb []string `json:"breadcrumb"`
	QA         []struct {
		Q           string   `json:"q"`
		AlsoQ       string   `json:"also_q"`
		Contains    []string `json:"a_contains"`
		NotContains []string `json:"a_not_contains"`
		Phones      []string `json:"phones"`
	} `json:"qa"`
	Attachments []struct{ Href, Label, Kind, Size string } `json:"attachments"`
	IndexPage   bool                                       `json:"index_page"`
	Internal    []string                                   `json:"internal_links_distinct"`
	Follow      []string                                   `json:"follow"`
	Index       *bool                                      `json:"index"`
	Body        []string                                   `json:"body_contains"`
}

func TestExtractSynthetic(t *testing.T) {
	raw, err := os.ReadFile("testdata/synthetic/EXPECTED.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for name, line := range all {
		if filepath.Ext(name) != ".html" {
			continue // robots, sitemap and feed are read elsewhere
		}
		t.Run(name, func(t *testing.T) {
			var want expected
			if err := json.Unmarshal(line, &want); err != nil {
				t.Fatal(err)
			}
			fetched := mustURL(t, "https://www.city.mihon.example/old/"+name)
			if name == "faq_article_blocks.html" {
				fetched = mustURL(t, "https://www.city.mihon2.example/faq/docs/12.html")
			}
			page := extractFile(t, "testdata/synthetic/"+name, fetched)
			want.checkPage(t, page, fetched)
			want.checkPairs(t, page)
		})
	}
}

func (want *expected) checkPage(t *testing.T, page *Page, fetched *url.URL) {
	encoding := map[string]string{"cp932": "shift_jis", "euc_jp": "euc-jp", "utf-8": "utf-8"}[want.Encoding]
	if page.Charset != encoding || page.Broken != 0 {
		t.Errorf("read as %s with %d broken characters, want %s", page.Charset, page.Broken, encoding)
	}
	for _, f := range []struct {
		what, got string
		want      *string
	}{{"title", page.Title, want.Title}, {"updated", page.Updated, want.Updated}, {"page id", page.PageID, want.PageID},
		{"section", page.Section, want.Dept}, {"phone", page.Phone, want.Phone}} {
		if f.want != nil && f.got != *f.want {
			t.Errorf("%s %q, want %q", f.what, f.got, *f.want)
		}
	}
	if page.Phone == "03-0000-1111" {
		t.Error("the phone is the switchboard's")
	}
	if want.Breadcrumb != nil {
		if diff := cmp.Diff(want.Breadcrumb, page.Category); diff != "" {
			t.Errorf("breadcrumb (-want +got):\n%s", diff)
		}
	}
	if (want.IndexPage || want.Index != nil) && len(page.Documents) != 0 {
		t.Errorf("%d documents of a page that answers nothing", len(page.Documents))
	}
	for _, href := range want.Internal {
		u, _ := Normalize(fetched, href)
		if !contains(page.Links, u.String()) {
			t.Errorf("link %s is missing in %v", u, page.Links)
		}
	}
	var frames []string
	for _, href := range want.Follow {
		u, _ := Normalize(fetched, href)
		frames = append(frames, u.String())
	}
	if diff := cmp.Diff(frames, page.Frames); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	for _, s := range want.Body {
		if len(page.Documents) != 1 || !strings.Contains(page.Documents[0].Text, s) {
			t.Errorf("text lacks %q", s)
		}
	}
	for i, a := range want.Attachments {
		got := page.Documents[0].Attachments
		if i >= len(got) || !strings.HasSuffix(got[i].Href, a.Href) || got[i].Label != a.Label || got[i].Kind != a.Kind || got[i].Size != a.Size {
			t.Errorf("attachments %+v, want %+v", got, a)
		}
	}
}

func (want *expected) checkPairs(t *testing.T, page *Page) {
	if want.QA == nil {
		return
	}
	if len(page.Documents) != len(want.QA) {
		t.Fatalf("%d documents, want %d pairs", len(page.Documents), len(want.QA))
	}
	for i, q := range want.QA {
		d := page.Documents[i]
		if d.Kind != "faq" || d.Title != q.Q {
			t.Errorf("%s %q, want the question %q", d.Kind, d.Title, q.Q)
		}
		if q.AlsoQ != "" && !contains(d.HeadingPath, q.AlsoQ) {
			t.Errorf("heading path %q lacks %q", d.HeadingPath, q.AlsoQ)
		}
		for _, s := range q.Contains {
			if !strings.Contains(d.Text, s) {
				t.Errorf("answer lacks %q:\n%s", s, d.Text)
			}
		}
		for _, s := range q.NotContains {
			if strings.Contains(d.Text, s) {
				t.Errorf("answer has %q:\n%s", s, d.Text)
			}
		}
		for _, n := range q.Phones {
			if d.Phone != n {
				t.Errorf("phone %q, want %q", d.Phone, n)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// TestIDsStay checks that documents keep their names when the page moves, its
// date changes or a question is put before them.
func TestIDsStay(t *testing.T) {
	body, err := os.ReadFile("testdata/extract/cms8341_numbered.html")
	if err != nil {
		t.Fatal(err)
	}
	ids := func(body []byte, fetched string) map[string]string {
		page, err := Extract(body, "", mustURL(t, fetched))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, d := range page.Documents {
			if out[d.Title] = d.ID; d.ID == "" {
				t.Errorf("%q has no id", d.Title)
			}
		}
		return out
	}
	here := "https://www.city.mihon.example/e123/qa/kosodate/hoiku/sonota.html"
	before := ids(body, here)
	moved := bytes.ReplaceAll(body, []byte("/e123/qa/"), []byte("/e456/qa/"))
	moved = bytes.Replace(moved, []byte("2026年4月27日"), []byte("2026年5月1日"), 1)
	moved = bytes.Replace(moved, []byte("<h2>入園のあと</h2>"), []byte("<h2>入園のあと</h2><h3>Q8-0 新しい質問ですか？</h3><p>A:はい。</p>"), 1)
	after := ids(moved, strings.Replace(here, "e123", "e456", 1))
	if len(after) != len(before)+1 {
		t.Fatalf("%d documents, then %d", len(before), len(after))
	}
	for title, id := range before {
		if after[title] != id {
			t.Errorf("%q was %s and is %s", title, id, after[title])
		}
	}
	seen := map[string]bool{}
	for _, id := range after {
		if seen[id] {
			t.Errorf("id %s is given twice", id)
		}
		seen[id] = true
	}
}

func TestHash(t *testing.T) {
	body, err := os.ReadFile("testdata/extract/tsunago_faq.html")
	if err != nil {
		t.Fatal(err)
	}
	hash := func(old, new string) string {
		changed := strings.Replace(string(body), old, new, 1)
		if old != "" && changed == string(body) {
			t.Fatalf("%q is not in the page", old)
		}
		page, err := Extract([]byte(changed), "", mustURL(t, fetchedFrom("tsunago_faq")))
		if err != nil {
			t.Fatal(err)
		}
		return page.Hash
	}
	same := hash("", "")
	for _, c := range [][2]string{{"令和7年11月4日", "令和8年1月1日"}, {"となりのページ", "別のページ"}, {`alt="新しいウィンドウで開きます"`, `alt="別の絵"`}, {"（代表）", "（総合案内）"}} {
		if hash(c[0], c[1]) != same {
			t.Errorf("%q for %q makes it another page", c[1], c[0])
		}
	}
	for _, c := range [][2]string{{"登録する印鑑", "登録する実印"}, {"03-0000-5555", "03-0000-5550"}, {"inkan.pdf", "inkan2.pdf"}, {"印鑑登録申請書", "印鑑登録の申請書"}} {
		if hash(c[0], c[1]) == same {
			t.Errorf("%q for %q is not noticed", c[1], c[0])
		}
	}
}
