package crawler

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"madoguchi/ward"
)

var updateSites = flag.Bool("update-sites", false, "rewrite the want parts of testdata/sites")

// TestSites crawls the websites of testdata/sites, one file each. The comment
// of a file holds options, a line each; a file "1 /path" is the raw response
// that /path gives from run 1 on ("never" fails the test when it is asked for;
// what is not listed is 404), and "want 1" is what run 1 must do and leave.
// Time stands still but for waits, so the requests carry their second.
func TestSites(t *testing.T) {
	files, err := filepath.Glob("testdata/sites/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sites: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { crawlArchive(t, file, dir) })
		})
	}
}

func crawlArchive(t *testing.T, file, dir string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	web := &fakeWeb{t: t, start: time.Now(), pages: map[string]string{}, delay: 2 * time.Second, last: map[string]time.Time{}}
	pages := openTestPages(t, dir)
	base := siteOptions(archive, pages, web)
	for i, f := range archive.Files {
		kind, name, _ := strings.Cut(f.Name, " ")
		if kind != "want" {
			web.add(base.Site, name, f.Data)
			continue
		}
		opts := base
		if s, found := strings.CutPrefix(string(f.Data), "accept\n"); found {
			opts.AcceptRemovals, f.Data = true, []byte(s)
		}
		web.log, web.start, web.last = nil, time.Now(), map[string]time.Time{}
		summary, err := Run(t.Context(), opts)
		got := fmt.Sprint(strings.Join(web.log, ""), showSummary(summary, err), showDocuments(t, pages))
		if *updateSites {
			if opts.AcceptRemovals {
				got = "accept\n" + got
			}
			archive.Files[i].Data = []byte(got)
		} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
			t.Errorf("run %s (-want +got):\n%s", name, diff)
		}
	}
	if *updateSites {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func openTestPages(t *testing.T, dir string) *Pages {
	t.Helper()
	pages, err := OpenPages(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pages.Close() })
	return pages
}

func siteOptions(archive *txtar.Archive, pages *Pages, web http.RoundTripper) Options {
	opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Delay: 2 * time.Second, transport: web, Seeds: []string{}}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "hosts":
			opts.Hosts = strings.Fields(value)
		case "seeds":
			opts.Seeds = strings.Fields(value)
		case "default seeds":
			opts.Seeds = nil
		case "queries":
			opts.Queries = strings.Fields(value)
		case "deny":
			opts.Deny = strings.Fields(value)
		case "pdfs":
			opts.PDFs = true
			fmt.Sscan(value, &opts.MaxPDFs)
			opts.PDF = func(_ context.Context, b []byte) (string, error) { return "text of " + string(b), nil }
		case "max pages":
			fmt.Sscan(value, &opts.MaxPages)
		case "max depth":
			fmt.Sscan(value, &opts.MaxDepth)
		case "max prefix":
			fmt.Sscan(value, &opts.MaxPrefix)
		}
	}
	return opts
}

// A fakeWeb answers from raw responses. It fails the test on anything that is
// asked twice at once, or that is not a plain GET with a contact.
type fakeWeb struct {
	t     *testing.T
	start time.Time
	pages map[string]string
	log   []string
	delay time.Duration        // that is kept to every host
	last  map[string]time.Time // end of the last request, by host
}

func (w *fakeWeb) add(site, name string, raw []byte) {
	u, err := url.Parse(site)
	if err == nil {
		u, err = u.Parse(name)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.pages[u.String()] = string(raw) + "\n"
}

func (w *fakeWeb) RoundTrip(req *http.Request) (*http.Response, error) {
	if since := time.Since(w.last[req.URL.Host]); since < w.delay {
		w.t.Errorf("%s asked %v after the one before", req.URL, since)
	}
	defer func() { w.last[req.URL.Host] = time.Now() }()
	agent := req.Header.Get("User-Agent")
	if req.Method != "GET" || req.Body != nil || !strings.Contains(agent, "(+https://") {
		w.t.Errorf("odd request: %s %s %q", req.Method, req.URL, agent)
	}
	raw, ok := w.pages[req.URL.String()]
	never := strings.HasPrefix(raw, "never")
	if never {
		w.t.Errorf("asked for %s", req.URL)
	}
	if !ok || never {
		raw = "HTTP/1.1 404 Not Found\n\n"
	}
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), req)
	if err != nil {
		w.t.Errorf("%s: %v", req.URL, err)
		return nil, err
	}
	if tag := resp.Header.Get("ETag"); tag != "" && tag == req.Header.Get("If-None-Match") {
		resp.StatusCode, resp.Body = http.StatusNotModified, http.NoBody
	}
	w.log = append(w.log, fmt.Sprintf("%3d %d %s\n", int(time.Since(w.start).Seconds()), resp.StatusCode, req.URL))
	return misbehave(resp, req.Context())
}

// misbehave does what the header X-Test says.
func misbehave(resp *http.Response, ctx context.Context) (*http.Response, error) {
	switch resp.Header.Get("X-Test") {
	case "no connection":
		return nil, errors.New("dial: connection refused")
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	case "drip":
		resp.Body = io.NopCloser(drip{ctx})
	case "cut":
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, errorReader{io.ErrUnexpectedEOF}))
	case "gzip", "cut gzip":
		body, _ := io.ReadAll(resp.Body)
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		if resp.Header.Get("X-Test") == "cut gzip" {
			b.Truncate(b.Len() - 12)
		}
		resp.Body = io.NopCloser(&b)
	}
	return resp, nil
}

// A drip is a body of one byte a second that does not end.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func showSummary(s Summary, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nnew %d, changed %d, unchanged %d, moved %d, gone %d, missing %d, not modified %d\n",
		s.New, s.Changed, s.Unchanged, s.Moved, s.Gone, s.Missing, s.NotModified)
	for name, counts := range map[string]map[string]int{"failed": s.Failed} {
		for _, k := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "%s: %s %d\n", name, k, counts[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&b, "skipped: %s %d\n", k, s.Skipped[k])
	}
	for _, c := range s.Changes {
		fmt.Fprintf(&b, "%s %s %s %s\n", c.Kind, c.URL, c.To, c.Title)
	}
	if s.Kept != "" {
		fmt.Fprintf(&b, "kept: %s\n", s.Kept)
	}
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String()
}

func showDocuments(t *testing.T, p *Pages) string {
	t.Helper()
	var b strings.Builder
	err := p.Documents(context.Background(), func(d ward.Document) error {
		fmt.Fprintf(&b, "%s %s %s: %s\n", d.Kind, d.URL, d.Title, strings.ReplaceAll(strings.TrimSpace(d.Text), "\n", "／"))
		return nil
	})
	if err != nil {
		t.Errorf("documents: %v", err)
	}
	return "\n" + b.String()
}

// testLog writes the crawl's log into the test.
func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}
