package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"madoguchi/data/sample"
	"madoguchi/index"
	"madoguchi/web"
)

// Figures of the whole program, run by make bench. They use bin/madoguchi,
// which make bench builds first.

// binary is the built program.
func binary(b *testing.B) string {
	path, err := filepath.Abs("../../bin/madoguchi")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Skip("bin/madoguchi is not built: run make bench")
	}
	return path
}

// localgovFAQ is the collection beside the checkout; the benchmark is skipped
// where it is absent.
func localgovFAQ(b *testing.B) index.Collection {
	const dir = "../../../shared/eval/localgovfaq"
	var files [3]io.Reader
	for i, name := range []string{"corpus.jsonl", "queries.jsonl", "qrels.tsv"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			b.Skip("localgovFAQ is not beside the checkout")
		}
		defer f.Close()
		files[i] = f
	}
	c, err := index.ReadBEIR(files[0], files[1], files[2])
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkReady is the time from the start of the service on an index of
// localgovFAQ to the first answer, and what it then keeps in memory.
func BenchmarkReady(b *testing.B) {
	program, collection := binary(b), localgovFAQ(b)
	dir := b.TempDir()
	cfg := config{dataDir: dir}
	if _, err := index.Build(b.Context(), index.Options{Dir: cfg.indexDir()}, sequence(collection.Documents)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		began := time.Now()
		addr := benchAddr(b)
		service := exec.CommandContext(b.Context(), program, "serve", "--addr", addr, "--data-dir", dir)
		if err := service.Start(); err != nil {
			b.Fatal(err)
		}
		tick := time.NewTicker(10 * time.Millisecond)
		for status("http://"+addr+"/readyz") != http.StatusOK {
			if time.Since(began) > time.Minute {
				b.Fatal("not ready within a minute")
			}
			<-tick.C
		}
		tick.Stop()
		b.ReportMetric(time.Since(began).Seconds(), "s-to-ready")
		for _, q := range collection.Queries[:50] {
			askOverHTTP(b, addr, q.Text)
		}
		b.ReportMetric(residentMB(b, service.Process.Pid), "MB-resident")
		if err := service.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		_ = service.Wait()
	}
}

// BenchmarkCrawl is a first and a second crawl of the sample ward with
// politeness off, PDFs left out because a child process reads each.
func BenchmarkCrawl(b *testing.B) {
	program := binary(b)
	site := serveSample(b)
	for b.Loop() {
		dir := b.TempDir()
		first := crawlFigures(b, program, dir, site)
		second := crawlFigures(b, program, dir, site)
		b.ReportMetric(float64(first.requests)/first.seconds, "pages/s")
		b.ReportMetric(100*second.megabytes/first.megabytes, "%-second-crawl")
	}
}

// serveSample gives the address of the sample ward, which is there until b ends.
func serveSample(b *testing.B) string {
	handler, err := sample.Handler("")
	if err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go serveUntil(b.Context(), web.Server("", handler, (&config{}).logger(io.Discard)), listener)
	return listener.Addr().String()
}

// figures are what the summary of a crawl says.
type figures struct {
	requests           int
	megabytes, seconds float64
}

func crawlFigures(b *testing.B, program, dir, site string) figures {
	out, err := exec.CommandContext(b.Context(), program, "crawl", "--site", "http://"+site+"/", "--data-dir", dir, "--crawl-pdfs=false").Output()
	if err != nil {
		b.Fatal(err)
	}
	var f figures
	for line := range strings.Lines(string(out)) {
		var unchanged int
		if n, _ := fmt.Sscanf(line, "  取得 %d 回（変化なしの返事 %d）、本文 %f MB、%f 秒", &f.requests, &unchanged, &f.megabytes, &f.seconds); n == 4 {
			return f
		}
	}
	b.Fatalf("no figures in the summary:\n%s", out)
	return f
}

func benchAddr(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func askOverHTTP(b *testing.B, addr, text string) {
	resp, err := http.Post("http://"+addr+"/api/chat", "application/json", strings.NewReader(fmt.Sprintf(`{"session":"bench","text":%q}`, text)))
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
}

// residentMB reads VmRSS of a process.
func residentMB(b *testing.B, pid int) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("no /proc here")
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1000
		}
	}
	return 0
}
