package crawler

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHostileServer crawls, over real sockets, a site whose every second page
// is an attack, twice: at first all is well, then the attack begins. What was
// kept of each page must stay.
func TestHostileServer(t *testing.T) {
	var private atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { private.Add(1) }))
	defer inside.Close()
	t.Setenv("HTTP_PROXY", inside.URL)
	attacks := hostilePages(inside.URL)
	want := map[string]int{}
	for _, a := range attacks {
		want[a.reason]++
	}

	var attacking atomic.Bool
	var links strings.Builder
	mux := http.NewServeMux()
	for name, a := range attacks {
		fmt.Fprintf(&links, `<a href="/%s.html">x</a><a href="/after-%s.html">y</a>`, name, name)
		mux.HandleFunc("/"+name+".html", func(w http.ResponseWriter, r *http.Request) {
			if attacking.Load() {
				a.serve(w, r)
				return
			}
			fmt.Fprintf(w, "<h1>%s</h1><main>%s</main>", name, name)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "<h1>%s</h1><main>%s</main>%s", r.URL.Path, r.URL.Path, links.String())
	})
	site := httptest.NewServer(mux)
	defer site.Close()

	pages := openTestPages(t, t.TempDir())
	opts := Options{Site: site.URL, Pages: pages, Seeds: []string{}, backoff: time.Millisecond,
		Hosts: []string{strings.TrimPrefix(inside.URL, "http://")}, Log: testLog(t)}
	first, err := Run(t.Context(), opts)
	if err != nil || first.New != 1+2*len(attacks) {
		t.Fatalf("first run: %+v %v", first, err)
	}
	before := showDocuments(t, pages)
	attacking.Store(true)
	second, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, second.Failed); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, showDocuments(t, pages)); diff != "" {
		t.Errorf("documents changed:\n%s", diff)
	}
	if n := private.Load(); n != 0 {
		t.Errorf("%d requests reached the inside", n)
	}
}

type attack struct {
	reason string // key of Summary.Failed
	serve  http.HandlerFunc
}

func hostilePages(inside string) map[string]attack {
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	bomb := zip(io.LimitReader(zeros{}, 2*MaxBody))
	return map[string]attack{
		"endless": {"body too large", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(zeros{}, 2*MaxBody))
		}},
		"bomb": {"body too large", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}},
		"cut": {"body cut short", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			whole := zip(strings.NewReader(strings.Repeat("<p>text", 500)))
			_, _ = w.Write(whole[:len(whole)/2])
		}},
		"lying": {"body cut short", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5000")
			fmt.Fprint(w, "<h1>short</h1><main>not 5000 bytes</main>")
		}},
		"headers": {"no connection", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 2*maxHeader))
		}},
		"rude": {"no connection", func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(conn, "\x16\x03\x01 this is not HTTP")
			_ = conn.Close()
		}},
		"inside":   {"robots.txt unreadable", redirect(inside + "/secret.html")},
		"metadata": {"redirect: host", redirect("http://169.254.169.254/latest/meta-data/")},
		"mapped":   {"redirect: host", redirect("http://[::ffff:127.0.0.1]/")},
		"file":     {"redirect leads nowhere", redirect("file:///etc/passwd")},
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func zip(r io.Reader) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.Copy(z, r)
	_ = z.Close()
	return b.Bytes()
}
