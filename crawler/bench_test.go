package crawler

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"madoguchi/ward"
)

// BenchmarkCrawl crawls a site of 600 pages of the usual size over loopback
// with no delay, twice: pages/s is of the first run, second-bytes-% what the
// second one transfers of the first one's bodies.
func BenchmarkCrawl(b *testing.B) {
	const n = 600
	site := wardSite(n)
	defer site.Close()
	var pagesPerSecond, share float64
	for b.Loop() {
		pages, err := OpenPages(b.TempDir(), false)
		if err != nil {
			b.Fatal(err)
		}
		opts := Options{Site: site.URL, Pages: pages}
		first, err := Run(b.Context(), opts)
		if err != nil || first.New < n {
			b.Fatalf("%+v %v", first, err)
		}
		second, err := Run(b.Context(), opts)
		if err != nil || second.Unchanged < n || second.Changed > 0 {
			b.Fatalf("%+v %v", second, err)
		}
		docs := 0
		if err := pages.Documents(b.Context(), func(ward.Document) error { docs++; return nil }); err != nil || docs < n {
			b.Fatal(docs, err)
		}
		pages.Close()
		pagesPerSecond += float64(first.New) / first.Duration().Seconds()
		share += 100 * float64(second.Bytes) / float64(first.Bytes)
	}
	b.ReportMetric(pagesPerSecond/float64(b.N), "pages/s")
	b.ReportMetric(share/float64(b.N), "second-bytes-%")
}

// wardSite has n pages in the frame of a usual CMS, 20 KB each, ten in a
// folder, and a sitemap.
func wardSite(n int) *httptest.Server {
	menu := strings.Repeat(`<li><a href="/kurashi/f0/p0.html">くらし・手続き</a></li>`, 80)
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var folder, i int
		switch {
		case r.URL.Path == "/":
		case scan(r.URL.Path, "/kurashi/f%d/p%d.html", &folder, &i) && i < n:
		default:
			http.NotFound(w, r)
			return
		}
		tag := fmt.Sprintf(`"%d"`, i)
		w.Header().Set("ETag", tag)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="ja"><head><title>手続き%d｜見本区</title></head><body><div id="tmp_header"><ul>%s</ul></div>
<div id="tmp_contents"><h1>手続き%d</h1><p>更新日：2026年4月1日</p>`, i, menu, i)
		for s := range 5 {
			fmt.Fprintf(w, "<h2>見出し%d</h2>%s", s, strings.Repeat(fmt.Sprintf("<p>手続き%dの説明です。区役所の窓口へお越しください。</p>", i), 15))
		}
		for j := 2 * i; j <= 2*i+1; j++ {
			fmt.Fprintf(w, `<p><a href="/kurashi/f%d/p%d.html">関連</a></p>`, j/10, j)
		}
		fmt.Fprint(w, `<a href="/kurashi/f0/p1.html">はじめ</a></div><div id="tmp_footer">見本区役所</div></body></html>`)
	}))
}

func scan(s, format string, into ...any) bool {
	n, err := fmt.Sscanf(s, format, into...)
	return err == nil && n == len(into)
}
