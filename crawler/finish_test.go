package crawler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/ward"
)

// twentyPages is a site of an index and 20 pages with answers.
func twentyPages(t *testing.T) *fakeWeb {
	web := &fakeWeb{t: t, pages: map[string]string{}, last: map[string]time.Time{}}
	var links strings.Builder
	for i := range 20 {
		fmt.Fprintf(&links, `<a href="/%d.html">x</a>`, i)
		web.page(fmt.Sprintf("/%d.html", i), fmt.Sprintf("<h1>題%d</h1><main>本文%d</main>", i, i))
	}
	web.page("/", links.String())
	return web
}

func (w *fakeWeb) page(path, body string) {
	w.add("https://www.city.mihon.example/", path, []byte("HTTP/1.1 200 OK\nContent-Type: text/html\n\n"+body))
}

func (w *fakeWeb) answer(path, raw string) {
	w.add("https://www.city.mihon.example/", path, []byte(raw+"\n"))
}

// TestLossIsNotBelieved changes a known site for the worse and looks at what
// is left after the second crawl.
func TestLossIsNotBelieved(t *testing.T) {
	each := func(from, to int, do func(path string, i int)) {
		for i := from; i < to; i++ {
			do(fmt.Sprintf("/%d.html", i), i)
		}
	}
	for name, c := range map[string]struct {
		harm   func(w *fakeWeb)
		accept bool
		left   int
		kept   string // in the sentence; "" for no sentence
	}{
		"one page in five goes": {left: 16, harm: func(w *fakeWeb) {
			each(0, 4, func(p string, _ int) { w.answer(p, "HTTP/1.1 404 Not Found\n") })
		}},
		"more go": {left: 20, kept: "（not found: 5）", harm: func(w *fakeWeb) {
			each(0, 5, func(p string, _ int) { w.answer(p, "HTTP/1.1 410 Gone\n") })
		}},
		"more go, and staff says yes": {accept: true, left: 15, harm: func(w *fakeWeb) {
			each(0, 5, func(p string, _ int) { w.answer(p, "HTTP/1.1 410 Gone\n") })
		}},
		"all fail": {left: 20, kept: "http 500", harm: func(w *fakeWeb) {
			each(0, 20, func(p string, _ int) { w.answer(p, "HTTP/1.1 500 Oops\n") })
			w.answer("/", "HTTP/1.1 500 Oops\n")
		}},
		"a notice everywhere": {left: 20, kept: "same text everywhere: 20", harm: func(w *fakeWeb) {
			each(0, 20, func(p string, _ int) {
				w.page(p, "<h1>お知らせ</h1><main>ただいまメンテナンス中です</main>")
			})
		}},
		"everything leads to a notice": {left: 21, kept: "moved away: 20", harm: func(w *fakeWeb) {
			each(0, 20, func(p string, _ int) { w.answer(p, "HTTP/1.1 302 Found\nLocation: /notice.html\n") })
			w.page("/notice.html", "<h1>お知らせ</h1><main>ただいまメンテナンス中です</main>")
		}},
		"texts are not found any more": {left: 20, kept: "no text found: 10", harm: func(w *fakeWeb) {
			each(0, 10, func(p string, i int) { w.page(p, "<h1>題</h1>") })
		}},
		"robots.txt forbids all": {left: 20, kept: "robots.txt: 20", harm: func(w *fakeWeb) {
			w.answer("/robots.txt", "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nUser-agent: *\nDisallow: /\n")
		}},
		"all move": {left: 20, harm: func(w *fakeWeb) {
			each(0, 20, func(p string, i int) {
				w.answer(p, "HTTP/1.1 301 Moved Permanently\nLocation: /new"+p+"\n")
				w.page("/new"+p, fmt.Sprintf("<h1>新題%d</h1><main>新しい本文%d</main>", i, i))
			})
		}},
		"all move without a word": {left: 20, harm: func(w *fakeWeb) {
			var links strings.Builder
			each(0, 20, func(p string, i int) {
				w.answer(p, "HTTP/1.1 404 Not Found\n")
				w.page("/new"+p, fmt.Sprintf("<h1>題%d</h1><main>本文%d</main>", i, i))
				fmt.Fprintf(&links, `<a href="/new%s">x</a>`, p)
			})
			w.page("/", links.String())
		}},
		"one leads for now to what fails": {left: 20, harm: func(w *fakeWeb) {
			w.answer("/7.html", "HTTP/1.1 302 Found\nLocation: /new.html\n")
			w.answer("/new.html", "HTTP/1.1 500 Oops\n")
		}},
		"all change": {left: 20, harm: func(w *fakeWeb) {
			each(0, 20, func(p string, i int) { w.page(p, fmt.Sprintf("<h1>題%d</h1><main>改めた本文%d</main>", i, i)) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				web, pages := twentyPages(t), openTestPages(t, dir)
				opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Seeds: []string{}, transport: web}
				if s, err := Run(t.Context(), opts); err != nil || s.New != 21 || s.Kept != "" {
					t.Fatalf("first run: %+v %v", s, err)
				}
				c.harm(web)
				opts.AcceptRemovals = c.accept
				s, err := Run(t.Context(), opts)
				if err != nil || (c.kept == "") != (s.Kept == "") || !strings.Contains(s.Kept, c.kept) {
					t.Errorf("kept %q, want %q; %v", s.Kept, c.kept, err)
				}
				if got := len(documents(t, pages)); got != c.left {
					t.Errorf("%d documents left, want %d; %+v", got, c.left, s)
				}
				if last, ok, err := pages.Last(); !ok || err != nil || last.Kept != s.Kept || last.Gone != s.Gone {
					t.Errorf("last summary: %+v %v %v", last, ok, err)
				}
			})
		})
	}
}

// TestHostOutOfConfiguration: pages of a host that is not configured any more
// go with it, however many they are.
func TestHostOutOfConfiguration(t *testing.T) {
	pages := openTestPages(t, t.TempDir())
	web := twentyPages(t)
	opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Seeds: []string{}, transport: web}
	if _, err := Run(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	web.pages = maps.Clone(web.pages)
	web.pages["https://www.other.example/"] = "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<h1>別</h1><main>別の区</main>"
	opts.Site = "https://www.other.example/"
	s, err := Run(t.Context(), opts)
	if docs := documents(t, pages); err != nil || s.Kept != "" || len(docs) != 1 || docs[0].Title != "別" {
		t.Errorf("%+v %v %v", s, docs, err)
	}
}

// TestAnotherSiteBeginsAnew: what a cut-off run for one site left undone is
// nothing to the run for another.
func TestAnotherSiteBeginsAnew(t *testing.T) {
	pages, web := openTestPages(t, t.TempDir()), twentyPages(t)
	ctx, cancel := context.WithCancel(t.Context())
	opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Seeds: []string{}, transport: web, commitEvery: 1,
		Progress: func(p Progress) { cancel() }}
	if _, err := Run(ctx, opts); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	other := &fakeWeb{t: t, last: map[string]time.Time{}, pages: map[string]string{
		"https://www.other.example/": "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<h1>別</h1><main>別の区</main><a href=/2.html>2</a>"}}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	opts.Site, opts.transport = "https://www.other.example/", other
	if s, err := Run(ctx, opts); !errors.Is(err, context.Canceled) || s.Resumed {
		t.Fatalf("%+v %v", s, err)
	}
	opts.Progress = nil
	s, err := Run(t.Context(), opts)
	if err != nil || !s.Resumed || s.New != 1 || s.Missing != 1 || len(other.log) != 4 {
		t.Errorf("%+v %v %q", s, err, other.log)
	}
}

func documents(t *testing.T, p *Pages) (docs []ward.Document) {
	t.Helper()
	if err := p.Documents(t.Context(), func(d ward.Document) error { docs = append(docs, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return docs
}
