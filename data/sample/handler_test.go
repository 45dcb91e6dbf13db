package sample

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func serve(t *testing.T) http.Handler {
	t.Helper()
	h, err := Handler("")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://mihon.test"+target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Every link that a page shows in its own menus, lists and text leads somewhere.
func TestEveryLinkAnswers(t *testing.T) {
	h := serve(t)
	href := regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)
	seen, queue := map[string]bool{"/": true}, []string{"/"}
	for len(queue) > 0 {
		target := queue[0]
		queue = queue[1:]
		w := get(h, target)
		if w.Code == http.StatusNotFound {
			t.Errorf("%s: not found", target)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || strings.HasPrefix(target, calendarPath) {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(w.Body.String(), -1) {
			next, _, _ := strings.Cut(strings.ReplaceAll(m[1], "&amp;", "&"), "#")
			if !seen[next] && !leavesTheSample(next) {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d addresses reached from the top page", len(seen))
	}
}

// leavesTheSample tells the addresses that crawlers must leave alone anyway.
func leavesTheSample(target string) bool {
	for _, prefix := range []string{"/cgi-bin/", "/cdn-cgi/", "/kana/", "/mobile/", "/category/", "/search.html"} {
		if strings.HasPrefix(target, prefix) && !strings.HasPrefix(target, calendarPath) {
			return true
		}
	}
	return strings.HasSuffix(target, ".r") || strings.Contains(target, "?print=")
}

func TestWrittenPageShowsItsFurniture(t *testing.T) {
	body := get(serve(t), "/toiawase.html").Body.String()
	for _, want := range []string{
		`<title>区へのご意見・お問い合わせ　見本区ホームページ</title>`,
		`<meta property="og:url" content="http://mihon.test/toiawase.html">`,
		`<p id="tmp_update">更新日：2026年4月1日</p>`, `<p id="tmp_pageid">ページID：99004</p>`,
		`<h2 id="form">フォームから送る</h2>`, `総務部広報課</a>が担当しています`,
		`電話番号：03-0000-0001（代表）`, `/jaen/http://mihon.test/toiawase.html`, `現在情報はありません。`,
		`&gt; 区へのご意見・お問い合わせ</p>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

func TestConditionalGet(t *testing.T) {
	h := serve(t)
	first := get(h, "/toiawase.html")
	etag, modified := first.Header().Get("ETag"), first.Header().Get("Last-Modified")
	if etag == "" || modified == "" {
		t.Fatalf("ETag %q, Last-Modified %q", etag, modified)
	}
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"If-None-Match", etag, http.StatusNotModified},
		{"If-None-Match", `W/"other"`, http.StatusOK},
		{"If-Modified-Since", modified, http.StatusNotModified},
		{"If-Modified-Since", "Mon, 01 Jan 2018 00:00:00 GMT", http.StatusOK},
	} {
		if got := get(h, "/toiawase.html", c.name, c.value); got.Code != c.want {
			t.Errorf("%s %s: status %d, want %d", c.name, c.value, got.Code, c.want)
		}
	}
}

func TestGzip(t *testing.T) {
	h := serve(t)
	plain, packed := get(h, "/toiawase.html"), get(h, "/toiawase.html", "Accept-Encoding", "gzip")
	if plain.Header().Get("Content-Encoding") != "" || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal("gzip must be sent when asked for, and only then")
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
		t.Errorf("gzip body differs: %v", err)
	}
}

func TestTraps(t *testing.T) {
	h := serve(t)
	for _, c := range []struct {
		target   string
		status   int
		contains string
	}{
		{"/nothing-here.html", http.StatusNotFound, "お探しのページは見つかりませんでした"},
		{"/e004/kuseijoho/kohokocho/kohomihon/0704.html", http.StatusOK, "<h1>お探しのページは見つかりませんでした</h1>"},
		{"/e004/kuseijoho/hp/tsukaikata.html", http.StatusMovedPermanently, "/aboutweb/index.html"},
		{"/aboutweb", http.StatusMovedPermanently, "/aboutweb/"},
		{"/aboutweb/", http.StatusOK, "<h1>見本区ホームページの利用にあたって</h1>"},
		{"/kuseijoho/kohokocho/kohomihon/back.html", http.StatusOK, `http-equiv="refresh" content="0;URL=/e004/`},
		{"/toiawase.html;jsessionid=0A1B", http.StatusOK, "<h1>区へのご意見・お問い合わせ</h1>"},
		{"/kana/toiawase.html", http.StatusOK, "<ruby>区役所<rp>"},
		{"/e004/kuseijoho/kohokocho/insatsu.html", http.StatusOK, `<meta name="robots" content="noindex">`},
		{"/e014/event/natsumatsuri.html", http.StatusOK, `alt="見本区夏まつりは7月25日`},
		{calendarPath + "?type=2&year=2026&month=12", http.StatusOK, "year=2027&amp;month=1"},
		{calendarPath + "?year=x&month=99", http.StatusOK, "イベントカレンダー2026年4月"},
		{"/robots.txt", http.StatusOK, "Sitemap: http://mihon.test/sitemap.xml"},
	} {
		w := get(h, c.target)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.contains) {
			t.Errorf("%s: status %d, want %d with %q", c.target, w.Code, c.status, c.contains)
		}
	}
}

// The old pages name their charset inside and the server says nothing.
func TestOldPagesKeepTheirBytes(t *testing.T) {
	h := serve(t)
	for target, word := range map[string]string{
		"/kuseijoho/johokokai/bunsho.html": "\x8ds\x90\xad\x8f\xee\x95\xf1",    // 行政情報 in Shift_JIS
		"/kuseijoho/johokokai/riyo.html":   "\xb9\xd4\xc0\xaf\xbb\xf1\xce\xc1", // 行政資料 in EUC-JP
		"/reiki/":                          "<frameset",
	} {
		w := get(h, target)
		if got := w.Header().Get("Content-Type"); got != "text/html" {
			t.Errorf("%s: Content-Type %q", target, got)
		}
		if !strings.Contains(w.Body.String(), word) {
			t.Errorf("%s: lacks %q", target, word)
		}
	}
}

func TestFormsHaveTheKindTheyClaim(t *testing.T) {
	h := serve(t)
	for path, p := range pagesByPath(t) {
		for _, a := range p.Attachments {
			w := get(h, a.Href)
			magic := map[string]string{"PDF": "%PDF-", "ワード": "PK", "エクセル": "PK"}[a.Kind]
			if w.Code != http.StatusOK || magic == "" || !strings.HasPrefix(w.Body.String(), magic) || w.Header().Get("Content-Type") == "" {
				t.Errorf("%s: %s %s: status %d, %q", path, a.Kind, a.Href, w.Code, w.Header().Get("Content-Type"))
			}
		}
	}
}

func TestFeedsAndSitemapsAreXML(t *testing.T) {
	h := serve(t)
	for _, target := range []string{"/sitemap.xml", "/e004/sitemap-pages.xml", "/news/shinchaku.xml", "/news/index.atom"} {
		w := get(h, target)
		d := xml.NewDecoder(w.Body)
		var err error
		for err == nil {
			_, err = d.Token()
		}
		if err != io.EOF {
			t.Errorf("%s: %v", target, err)
		}
	}
	child := get(h, "/e004/sitemap-pages.xml").Body.String()
	if strings.Contains(child, "insatsu.html") {
		t.Error("a noindex page stands in the sitemap")
	}
	if !strings.Contains(child, "<lastmod>2026-03-17T00:00:00+09:00</lastmod>") {
		t.Errorf("the sitemap's date of 広報みほん of 2026-05-01 must be older by %v: %s", sitemapLag, child)
	}
}

func TestOnlyReadingIsServed(t *testing.T) {
	w := httptest.NewRecorder()
	serve(t).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/toiawase.html", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
}

func TestWidgetScriptOnEveryShape(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	h, err := newSite(pages, "http://madoguchi.test/widget.js")
	if err != nil {
		t.Fatal(err)
	}
	for i := range pages {
		if body := get(h, pages[i].Path).Body.String(); !strings.Contains(body, `<script src="http://madoguchi.test/widget.js" defer></script>`) {
			t.Errorf("%s (%s): no widget", pages[i].Path, pages[i].Shape)
		}
	}
}
