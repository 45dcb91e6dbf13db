package crawler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const spoken = "図書館の開館時間は、朝9時から夜8時までです。"

// TestExtractHostile gives pages that no author meant. Each must be read
// without an error, and keep its sentence.
func TestExtractHostile(t *testing.T) {
	for _, c := range []struct{ what, html string }{
		{"deep div", strings.Repeat("<div>", 100_000) + spoken + strings.Repeat("</div>", 100_000)},
		{"deep, then shallow", strings.Repeat("<div>", 5000) + strings.Repeat("</div>", 5000) + "<p>" + spoken},
		{"deep mixture", strings.Repeat("<b><p><table><tr><td><ul><li>", 3000) + spoken},
		{"deep tables", strings.Repeat("<table><tr><td>", 300) + spoken},
		{"unclosed everything", "<html><head><title>開館</title><body><div id=main><h1>開館<p>" + spoken + "<ul><li><a href='x"},
		{"unclosed bold", strings.Repeat("<b><i><p>", 400) + spoken},
		{"huge attribute", `<p class="` + strings.Repeat("x", 1<<20) + `">` + spoken},
		{"many attributes", "<p " + strings.Repeat("a=b ", 100_000) + ">" + spoken},
		{"huge id", `<p id="` + strings.Repeat("x", 1<<16) + `">` + spoken},
		{"many anchors", strings.Repeat(`<a name="x"></a>`, 20_000) + spoken},
		{"many links", strings.Repeat(`<a href="/a">あ</a>`, 20_000) + "<p>" + strings.Repeat(spoken, 3)},
		{"spans of a table", `<table><tr>` + strings.Repeat(`<td rowspan="65000" colspan="1000">あ</td>`, 50) + `</tr>` + strings.Repeat("<tr><td>い</td></tr>", 2000) + "</table>" + spoken},
		{"negative spans", `<table><tr><td rowspan="-1" colspan="-9">あ</td><td colspan="99999999999999999999">い</td></tr></table>` + spoken},
		{"table without cells", "<table><tr></tr></table><table></table><table><tr><th></th></tr></table>" + spoken},
		{"marks only", "<p>Q</p><p>Q</p><p>A</p><p>" + spoken},
		{"NUL", "<p>図書館の\x00開館時間は、朝9時から夜8時までです。"},
		{"controls", "<p>図書館\x01の\u200b開館\u202e時間\u2066は、朝9時から夜8時まで\ufeffです。"},
		{"one line of a megabyte", spoken + strings.Repeat("ア", 300_000)},
		{"broken bytes", "<p>" + spoken + "\xff\xfe\x80" + strings.Repeat(spoken, 5)},
		{"bad addresses", `<a href="http://[::1">x</a><a href="http://%zz/">x</a><base href="://"><link rel=canonical href="%">` + spoken},
		{"nested headings", strings.Repeat("<h1><h2><h3>", 100) + "</h3>" + spoken},
		{"two hundred thousand br", strings.Repeat("<br>", 200_000) + spoken},
	} {
		page, err := Extract([]byte(c.html), "text/html; charset=utf-8", mustURL(t, "https://www.city.mihon.example/a.html"))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		var all strings.Builder
		for _, d := range page.Documents {
			all.WriteString(d.Title + d.Text)
		}
		if !strings.Contains(all.String(), spoken) {
			t.Errorf("%s: the sentence is lost: %.200q", c.what, all.String())
		}
	}
}

func TestExtractNothing(t *testing.T) {
	for _, body := range []string{"", " ", "\x00", "<", "<!--", "<html>", "<title>", "{\"a\":1}", "<script>a</script>"} {
		page, err := Extract([]byte(body), "", nil)
		if err != nil || page.Gone {
			t.Errorf("%q: %+v, %v", body, page, err)
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, pattern := range []string{"testdata/extract/*.html", "testdata/synthetic/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(body, "text/html")
		}
	}
	f.Add([]byte(`<dl><dt>Q1<dd>A1<table><tr><th rowspan=3>質問<th>回答<tr><td>あ<td>い</table>`), "")
	at := mustURL(f, "https://www.city.mihon.example/faq/a.html")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		page, err := Extract(body, contentType, at)
		if err != nil {
			t.Skip(err)
		}
		ids := map[string]bool{}
		for _, d := range page.Documents {
			if d.ID == "" || ids[d.ID] {
				t.Errorf("id %q is empty or given twice", d.ID)
			}
			ids[d.ID] = true
			if d.PageURL() != page.URL {
				t.Errorf("%s is not on %s", d.URL, page.URL)
			}
			if !utf8.ValidString(d.Text) || !utf8.ValidString(d.Title) || strings.ContainsAny(d.Title, "\x00\n") {
				t.Errorf("text %q, title %q", d.Text, d.Title)
			}
			if d.Text == "" && len(d.Attachments) == 0 {
				t.Errorf("%q says nothing", d.Title)
			}
		}
		again, err := Extract(body, contentType, at)
		if err != nil || again.Hash != page.Hash || len(again.Documents) != len(page.Documents) {
			t.Errorf("read twice, two pages: %v", err)
		}
	})
}
