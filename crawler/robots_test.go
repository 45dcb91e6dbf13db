package crawler

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRobotsRules(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		allow map[string]bool
		delay time.Duration
	}{
		"ours before everybody's": {"User-agent: *\nDisallow: /\nCrawl-delay: 9\n\nUser-agent: Madoguchi/1.0\nCrawl-delay: 1.5\nDisallow: /x/\n",
			map[string]bool{"/a.html": true, "/x/a.html": false}, 1500 * time.Millisecond},
		"named ones only": {"User-agent: Googlebot\nUser-agent: bingbot\nAllow: /\n\nUser-agent: *\nCrawl-delay: 5\nDisallow: /\n",
			map[string]bool{"/a.html": false, "/": false}, 5 * time.Second},
		"the longest wins, Allow at a draw": {"User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /d\nDisallow: /d\n",
			map[string]bool{"/a": false, "/a/b": true, "/a/b/c": false, "/d": true}, 0},
		"wildcards are anchored": {"User-agent: *\nDisallow: /a*b\nDisallow: /*.cgi$\nDisallow: /x$\n",
			map[string]bool{"/axxb": false, "/y/axxb": true, "/q.cgi": false, "/q.cgi2": true, "/x": false, "/xy": true}, 0},
		"a star alone":             {"User-agent: *\nDisallow: *\n", map[string]bool{"/a": false}, 0},
		"an empty rule is no rule": {"User-agent: *\nDisallow:\n", map[string]bool{"/a": true}, 0},
		"bad lines cost only themselves": {"Disallow: /early\nUser-agent: *\nCrawl-delay: soon\nnonsense\nDisallow: /x\n",
			map[string]bool{"/early": true, "/x": false}, 0},
		"encoded and not":   {"User-agent: *\nDisallow: /窓口/\n", map[string]bool{"/%E7%AA%93%E5%8F%A3/a": false}, 0},
		"byte order mark":   {"\ufeffUser-agent: *\nDisallow: /x\n", map[string]bool{"/x": false}, 0},
		"a page, not rules": {"<html><title>見つかりません</title></html>", map[string]bool{"/a": true}, 0},
		"a delay for ever":  {"User-agent: *\nCrawl-delay: 86400\n", map[string]bool{"/a": true}, maxCrawlDelay},
		"past 500 KiB":      {"User-agent: *\nDisallow: /x\n" + strings.Repeat("# 0123456789\n", 50_000) + "Disallow: /late\n", map[string]bool{"/x": false, "/late": true}, 0},
	} {
		r := parseRobots(c.file)
		for path, want := range c.allow {
			if got := r.allow(&url.URL{Scheme: "https", Host: "www.city.mihon.example", Path: mustUnescape(t, path)}); got != want {
				t.Errorf("%s: %s allowed %v", name, path, got)
			}
		}
		if r.delay != c.delay {
			t.Errorf("%s: delay %v, want %v", name, r.delay, c.delay)
		}
	}
}

func mustUnescape(t *testing.T, path string) string {
	t.Helper()
	p, err := url.PathUnescape(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRobotsAnswers(t *testing.T) {
	kept := &robotsCopy{Body: "User-agent: *\nDisallow: /kept\n"}
	for _, c := range []struct {
		status int
		body   string
		err    error
		kept   *robotsCopy
		path   string
		allow  bool
	}{
		{status: 200, body: "User-agent: *\nDisallow: /new\n", kept: kept, path: "/kept", allow: true},
		{status: 200, body: "User-agent: *\nDisallow: /new\n", kept: kept, path: "/new"},
		{status: 304, kept: kept, path: "/kept"},
		{status: 404, kept: kept, path: "/kept", allow: true},
		{status: 401, path: "/a", allow: true},
		{status: 429, path: "/a"},
		{status: 429, kept: kept, path: "/a", allow: true},
		{status: 500, path: "/a"},
		{status: 503, kept: kept, path: "/kept"},
		{status: 503, kept: kept, path: "/a", allow: true},
		{err: errTimeout, path: "/a"},
		{err: errTimeout, kept: kept, path: "/a", allow: true},
		{err: errRedirects, path: "/a"},
	} {
		r, _ := readRobots(&response{Status: c.status, Body: []byte(c.body)}, c.err, c.kept)
		if got := r.allow(&url.URL{Scheme: "https", Host: "h", Path: c.path}); got != c.allow {
			t.Errorf("%d %v, kept %v: %s allowed %v", c.status, c.err, c.kept != nil, c.path, got)
		}
	}
}

// TestRobotsRedirects follows five, not six, and none that leaves the site.
func TestRobotsRedirects(t *testing.T) {
	for hops, want := range map[int]int{5: 1, 6: 0} {
		web := &fakeWeb{t: t, pages: map[string]string{}, last: map[string]time.Time{}}
		web.page("/", "<h1>a</h1><main>b</main>")
		web.answer("/robots.txt", "HTTP/1.1 302 Found\nLocation: /r1\n")
		for i := 1; i < hops; i++ {
			web.answer("/r"+string(rune('0'+i)), "HTTP/1.1 302 Found\nLocation: /r"+string(rune('1'+i))+"\n")
		}
		web.answer("/r"+string(rune('0'+hops)), "HTTP/1.1 404 Not Found\n")
		s, err := Run(t.Context(), Options{Site: "https://www.city.mihon.example/", Pages: openTestPages(t, t.TempDir()), Seeds: []string{}, transport: web})
		if err != nil || s.New != want {
			t.Errorf("%d redirects: %+v %v", hops, s, err)
		}
	}
	web := &fakeWeb{t: t, last: map[string]time.Time{}, pages: map[string]string{"https://evil.example/robots.txt": "never"}}
	web.answer("/robots.txt", "HTTP/1.1 302 Found\nLocation: https://evil.example/robots.txt\n")
	web.answer("/", "never")
	if _, err := Run(t.Context(), Options{Site: "https://www.city.mihon.example/", Pages: openTestPages(t, t.TempDir()), transport: web}); err != nil {
		t.Error(err)
	}
}

// TestRobotsOfTheSampleSite reads the sample beside the checkout.
func TestRobotsOfTheSampleSite(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "html", "synthetic")
	file, err := os.ReadFile(filepath.Join(dir, "robots_normal.txt"))
	if err != nil {
		t.Skip("no sample pages beside the checkout")
	}
	expected, err := os.ReadFile(filepath.Join(dir, "EXPECTED.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct{ Allowed map[string]bool }
	if err := json.Unmarshal(expected, &want); err != nil || len(want["robots_normal.txt"].Allowed) == 0 {
		t.Fatalf("%v %v", want, err)
	}
	r, _ := readRobots(&response{Status: http.StatusOK, Body: file}, nil, nil)
	for path, allowed := range want["robots_normal.txt"].Allowed {
		u, err := url.Parse("https://www.city.mihon.example" + path)
		if err != nil || r.allow(u) != allowed {
			t.Errorf("%s: allowed %v; %v", path, !allowed, err)
		}
	}
	if len(r.sitemaps) != 1 {
		t.Errorf("sitemaps: %v", r.sitemaps)
	}
}
