package crawler

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKilledCrawlGoesOn kills a crawling process, with no warning, at the n-th
// request of each life, until one comes through. What it leaves must be what a
// crawl without a kill leaves. The child is this test binary.
func TestKilledCrawlGoesOn(t *testing.T) {
	if site := os.Getenv("CRAWL_TEST_SITE"); site != "" {
		crawlInChild(t, site, os.Getenv("CRAWL_TEST_DIR"))
		return
	}
	web := newTreeSite(t, 60)
	want := crawlWhole(t, web.URL, t.TempDir())
	dir := t.TempDir()
	lives := 0
	for _, at := range []int{1, 2, 7, 23, 11, 40, 5, 0} {
		lives++
		if killAt(t, web, dir, at) {
			break
		}
	}
	if lives < 5 {
		t.Fatalf("only %d lives", lives)
	}
	pages := openTestPages(t, dir)
	last, ok, err := pages.Last()
	if err != nil || !ok || !last.Resumed {
		t.Fatalf("no resumed run: %+v %v", last, err)
	}
	if diff := cmp.Diff(want, leaves(t, pages, last)); diff != "" {
		t.Errorf("after %d lives (-whole +killed):\n%s", lives, diff)
	}
}

// treeSite is a site where page i links to 2i and 2i+1; its last row
// leads to dead links.
type treeSite struct {
	*httptest.Server
	mu       sync.Mutex
	requests int
	killAt   int
	kill     func()
}

func newTreeSite(t *testing.T, pages int) *treeSite {
	s := &treeSite{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.count(r)
		w.Header().Set("Content-Type", "text/html")
		var i int
		if r.URL.Path == "/" {
			i = 1
		} else if n, _ := fmt.Sscanf(r.URL.Path, "/p/%d.html", &i); n != 1 || i > pages {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, i))
		if r.Header.Get("If-None-Match") == w.Header().Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, `<h1>題%d</h1><p id="id">%d</p><main>%s</main><a href="/p/%d.html">x</a><a href="/p/%d.html">y</a>`,
			i, i, strings.Repeat("本文", i), 2*i, 2*i+1)
	}))
	t.Cleanup(s.Close)
	return s
}

// count kills at the request that was set, and leaves that one unanswered.
func (s *treeSite) count(r *http.Request) {
	s.mu.Lock()
	s.requests++
	deadly := s.requests == s.killAt
	s.mu.Unlock()
	if deadly {
		s.kill()
		<-r.Context().Done()
	}
}

// killAt runs a child and kills it when it makes its n-th request; true if it
// came to its end.
func killAt(t *testing.T, web *treeSite, dir string, n int) bool {
	ctx, kill := context.WithTimeout(t.Context(), time.Minute)
	defer kill()
	web.mu.Lock()
	web.requests, web.killAt, web.kill = 0, n, kill
	web.mu.Unlock()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledCrawlGoesOn$")
	child.Env = append(os.Environ(), "CRAWL_TEST_SITE="+web.URL, "CRAWL_TEST_DIR="+dir)
	out, err := child.CombinedOutput()
	if err != nil && ctx.Err() == nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	t.Logf("killed at %d of %d requests: %v", n, web.requests, err)
	return err == nil
}

func crawlInChild(t *testing.T, site, dir string) {
	pages := openTestPages(t, dir)
	if _, err := Run(t.Context(), Options{Site: site, Pages: pages, Seeds: []string{}, commitEvery: 3}); err != nil {
		t.Fatal(err)
	}
}

func crawlWhole(t *testing.T, site, dir string) string {
	pages := openTestPages(t, dir)
	s, err := Run(t.Context(), Options{Site: site, Pages: pages, Seeds: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	return leaves(t, pages, s)
}

// leaves is all that a crawl leaves behind, but for times and for requests
// that a restart makes twice.
func leaves(t *testing.T, pages *Pages, s Summary) string {
	return showSummary(s, nil) + showDocuments(t, pages)
}

// TestCancelledCrawlGoesOn stops a run by its context, in one process.
func TestCancelledCrawlGoesOn(t *testing.T) {
	web := newTreeSite(t, 30)
	want := crawlWhole(t, web.URL, t.TempDir())
	pages := openTestPages(t, t.TempDir())
	for i := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		done := 0
		opts := Options{Site: web.URL, Pages: pages, Seeds: []string{}, Progress: func(p Progress) {
			if done++; done == 4 {
				cancel()
			}
		}}
		s, err := Run(ctx, opts)
		cancel()
		if err != nil {
			if got := len(documents(t, pages)); got == 0 {
				t.Errorf("life %d: nothing to read yet", i)
			}
			continue
		}
		if diff := cmp.Diff(want, leaves(t, pages, s)); diff != "" {
			t.Errorf("after %d lives (-whole +cancelled):\n%s", i+1, diff)
		}
		return
	}
	t.Error("never came to an end")
}
