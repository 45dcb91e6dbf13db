package crawler

import (
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"madoguchi/ward"
)

func TestOptionsAreRefusedWithASentence(t *testing.T) {
	pages := openTestPages(t, t.TempDir())
	for name, opts := range map[string]Options{
		"no site":                 {},
		"no scheme":               {Site: "www.city.mihon.example"},
		"not the web":             {Site: "ftp://www.city.mihon.example/"},
		"contact in Japanese":     {Site: "https://www.city.mihon.example/", Contact: "https://www.city.mihon.example/窓口"},
		"contact without address": {Site: "https://www.city.mihon.example/", Contact: "区役所"},
		"bad pattern":             {Site: "https://www.city.mihon.example/", Deny: []string{"("}},
	} {
		opts.Pages = pages
		if _, err := Run(t.Context(), opts); ward.KindOf(err) != ward.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProgressAndReadingMeanwhile: while a second run goes on, the documents
// are those of the first, whole.
func TestProgressAndReadingMeanwhile(t *testing.T) {
	pages, web := openTestPages(t, t.TempDir()), twentyPages(t)
	var last Progress
	calls := 0
	opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Seeds: []string{}, transport: web, commitEvery: 1,
		Progress: func(p Progress) { last, calls = p, calls+1 }}
	s, err := Run(t.Context(), opts)
	if err != nil || calls != 21 || last.Done != 21 || last.Queued != 0 || last.Bytes != s.Bytes || last.URL == "" {
		t.Fatalf("%d calls, %+v, %v", calls, last, err)
	}
	for i := range 20 {
		web.page("/"+strings.Repeat("1", i+3)+".html", "<h1>x</h1>") // never linked
		web.page("/0.html", "<h1>題0</h1><main>改めた本文</main>")
	}
	opts.Progress = func(p Progress) {
		if _, err := Run(t.Context(), opts); ward.KindOf(err) != ward.Conflict {
			t.Errorf("a second crawl at once: %v", err)
		}
		docs := documents(t, pages)
		if len(docs) != 20 || docs[0].Text != "本文0\n" {
			t.Errorf("after %d: %d documents, first %q", p.Done, len(docs), docs[0].Text)
		}
	}
	if s, err := Run(t.Context(), opts); err != nil || s.Changed != 1 {
		t.Errorf("%+v %v", s, err)
	}
	if docs := documents(t, pages); docs[0].Text != "改めた本文\n" {
		t.Errorf("after the run: %q", docs[0].Text)
	}
}

// TestFullDisk: a disk that fills up ends the run with a sentence; with room
// again, the next run brings it to its end.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	openTestPages(t, dir).Close()
	full, err := bbolt.Open(filepath.Join(dir, pagesFile), 0o600, &bbolt.Options{MaxSize: 128 << 10})
	if err != nil {
		t.Fatal(err)
	}
	web := twentyPages(t)
	for i := range 20 {
		web.page("/"+string(rune('a'+i))+".html", "<h1>x</h1><main>"+randomText(i, 20_000)+"</main>")
		web.pages["https://www.city.mihon.example/"] += `<a href="/` + string(rune('a'+i)) + `.html">x</a>`
	}
	opts := Options{Site: "https://www.city.mihon.example/", Pages: &Pages{db: full}, Seeds: []string{}, transport: web, commitEvery: 4}
	if _, err := Run(t.Context(), opts); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("full disk: %v", err)
	}
	if err := full.Close(); err != nil {
		t.Fatal(err)
	}
	opts.Pages = openTestPages(t, dir)
	if s, err := Run(t.Context(), opts); err != nil || !s.Resumed || s.New != 41 {
		t.Errorf("with room: %+v %v", s, err)
	}
	if got := len(documents(t, opts.Pages)); got != 40 {
		t.Errorf("%d documents", got)
	}
}

// randomText does not compress.
func randomText(seed, n int) string {
	var b strings.Builder
	x := uint32(seed*2654435761 + 1)
	for range n {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b.WriteRune(rune(0x4e00 + x%20000))
	}
	return b.String()
}
