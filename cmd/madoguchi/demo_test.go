package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/ward"
)

// running is a service under test.
type running struct {
	counter string // http://host:port
	dataDir string
	done    chan error
	log     *safeBuffer
}

// safeBuffer may be written and read at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// freeAddr gives a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// readyWithin is how long a service may take to crawl and index on a busy
// machine with the race detector.
const readyWithin = 12 * time.Minute

// start runs a verb that serves, on addr and dataDir, until it answers questions.
func start(t *testing.T, ctx context.Context, addr, dataDir, verb string, args ...string) *running {
	t.Helper()
	r := &running{"http://" + addr, dataDir, make(chan error, 1), &safeBuffer{}}
	args = append([]string{verb, "--addr", addr, "--data-dir", dataDir, "--crawl-pdfs=false"}, args...)
	go func() {
		r.done <- run(ctx, args, func(string) string { return "" }, io.Discard, r.log)
	}()
	deadline := time.NewTimer(readyWithin)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-r.done:
			t.Fatalf("%s ended: %v\n%s", verb, err, r.log)
		case <-deadline.C:
			t.Fatalf("%s not ready within %v\n%s", verb, readyWithin, r.log)
		case <-tick.C:
			if status(r.counter+"/readyz") == http.StatusOK {
				return r
			}
		}
	}
}

// wait waits for the end of a service whose context was cancelled.
func (r *running) wait(t *testing.T) {
	t.Helper()
	if err := <-r.done; err != nil {
		t.Errorf("service ended with %v\n%s", err, r.log)
	}
}

// status is the status code of a GET, 0 where nobody answers.
func status(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// say posts one message to the chat API and gives the replies.
func (r *running) say(t *testing.T, message map[string]string) []ward.Reply {
	t.Helper()
	replies, err := chat(r.counter, message)
	if err != nil {
		t.Fatal(err)
	}
	return replies
}

// choice finds the value behind a label.
func choice(t *testing.T, replies []ward.Reply, label string) string {
	t.Helper()
	for _, r := range replies {
		for _, c := range r.Choices {
			if strings.Contains(c.Label, label) {
				return c.Value
			}
		}
	}
	t.Fatalf("no choice %q in %+v", label, replies)
	return ""
}

// sampleDir is a data directory with the sample ward's pages and index, and
// where its site stood when it was crawled.
func sampleDir(t *testing.T) (dir, siteAddr string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "var")
	for _, part := range []string{"pages", "index"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(sampleWard(t).dir, part))); err != nil {
			t.Fatal(err)
		}
	}
	found, err := sampleWard(t).index.Search(t.Context(), "住民票", 1)
	if err != nil || len(found.Hits) == 0 {
		t.Fatalf("the sample ward is empty: %v", err)
	}
	u, err := url.Parse(found.Hits[0].Document.URL)
	if err != nil {
		t.Fatal(err)
	}
	return dir, u.Host
}

// TestDemo is what a newcomer does: open the counter, ask, get the passage
// with its page, date and section, say whether it helped; and again after the
// service was stopped and started, in the same conversation.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service")
	}
	t.Chdir(t.TempDir())
	dir, siteAddr := sampleDir(t)
	addr := freeAddr(t)
	ctx, cancel := context.WithCancel(t.Context())
	demo := start(t, ctx, addr, dir, "demo", "--site-addr", siteAddr)
	for _, path := range []string{"/widget", "/widget.js", "/healthz", "/metrics", "/sim/"} {
		if got := status(demo.counter + path); got != http.StatusOK {
			t.Errorf("GET %s is %d", path, got)
		}
	}
	replies := demo.say(t, map[string]string{"session": "newcomer", "text": "住民票の写しの手数料はいくらですか"})
	source := replies[0].Source
	if source == nil || !strings.HasPrefix(source.URL, "http://"+siteAddr+"/") || source.Updated == "" || source.Section == "" {
		t.Fatalf("the answer has no full source: %+v", replies[0])
	}
	if !strings.Contains(replies[0].Text, "300円") {
		t.Errorf("the answer does not name the fee:\n%s", replies[0].Text)
	}
	helped := choice(t, replies, "はい")
	cancel()
	demo.wait(t)

	ctx, cancel = context.WithCancel(t.Context())
	demo = start(t, ctx, addr, dir, "demo", "--site-addr", siteAddr)
	defer func() { cancel(); demo.wait(t) }()
	demo.say(t, map[string]string{"session": "newcomer", "choice": helped})
	if log := demo.log.String(); strings.Contains(log, "住民票の写しの手数料") || strings.Contains(log, "newcomer") {
		t.Errorf("the resident's words or id are in the log:\n%s", log)
	}
	resp, err := http.Get(demo.counter + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if metrics, err := io.ReadAll(resp.Body); err != nil || !bytes.Contains(metrics, []byte(`madoguchi_http_requests_total`)) {
		t.Errorf("metrics: %v\n%s", err, metrics)
	}
}

// A damaged index is made anew from the kept pages when the service starts.
func TestDamagedIndexIsRebuilt(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service")
	}
	t.Chdir(t.TempDir())
	dir, addr, site := filepath.Join(t.TempDir(), "var"), freeAddr(t), newVillage(t)
	ctx, cancel := context.WithCancel(t.Context())
	service := start(t, ctx, addr, dir, "serve", "--site-url", site.URL+"/")
	cancel()
	service.wait(t)
	if err := garble(filepath.Join(dir, "index")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	service = start(t, ctx, addr, dir, "serve", "--site-url", site.URL+"/")
	defer func() { cancel(); service.wait(t) }()
	if replies := service.say(t, map[string]string{"session": "again", "text": "図書館の利用案内"}); replies[0].Source == nil {
		t.Errorf("no answer after the rebuild: %+v", replies)
	}
	if !strings.Contains(service.log.String(), "making one from the kept pages") {
		t.Errorf("the log does not say that the index was made anew:\n%s", service.log)
	}
}

// garble cuts every file of the index generations to half its size.
func garble(indexDir string) error {
	return filepath.WalkDir(indexDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "gen-") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	})
}
