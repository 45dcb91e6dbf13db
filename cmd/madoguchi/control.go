package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"madoguchi/ward"
)

// The running service listens on a socket in its data directory, which only
// its owner can enter, so that `crawl`, `index` and `user` can hand it their work
// instead of being refused. The answer is the progress, line by line; the last
// line is "ok" or "error: " and the sentence.

func (c *counter) controlPath() string { return filepath.Join(c.cfg.dataDir, "control.sock") }

// control answers on the socket until ctx ends.
func (c *counter) control(ctx context.Context) error {
	path := c.controlPath()
	// A crash leaves the file; the lock on the directory says it is ours.
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /crawl", func(w http.ResponseWriter, r *http.Request) {
		out := lineWriter{w}
		show := newProgress(out)
		// Who asked may go away; the work goes on.
		result, err := c.crawl(ctx, crawlOptions{full: r.FormValue("full") == "true", progress: show.update})
		if !result.Ended.IsZero() {
			printSummary(out, result.Summary)
		}
		printJudgement(out, result.index)
		out.end(err)
	})
	mux.HandleFunc("POST /index", func(w http.ResponseWriter, r *http.Request) {
		use, err := strconv.Atoi(r.FormValue("use"))
		if err != nil {
			use = 0
		}
		out := lineWriter{w}
		out.end(c.indexed(ctx, use, out))
	})
	mux.HandleFunc("POST /user", c.controlUser)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: controlHeaderTimeout}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// lineWriter sends each line at once.
type lineWriter struct{ w http.ResponseWriter }

func (l lineWriter) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if f, ok := l.w.(http.Flusher); ok {
		f.Flush()
	}
	return n, err
}

func (l lineWriter) end(err error) {
	if err != nil {
		fmt.Fprintln(l, "error: "+strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Fprintln(l, "ok")
}

// handOver lets the running service do what path names. refused is the error
// that says somebody else has the data directory; it is what the caller gets
// when nobody answers.
func handOver(ctx context.Context, cfg *config, path string, refused error, out io.Writer) error {
	return handOverForm(ctx, cfg, path, nil, refused, out)
}

// handOverForm is handOver with what does not belong in an address.
func handOverForm(ctx context.Context, cfg *config, path string, fields url.Values, refused error, out io.Writer) error {
	socket := filepath.Join(cfg.dataDir, "control.sock")
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service"+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return refused
	}
	defer resp.Body.Close()
	fmt.Fprintln(out, "動いているサービスに任せます。")
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == "ok":
			return nil
		case strings.HasPrefix(line, "error: "):
			return &ward.Error{Kind: ward.Unavailable, Message: strings.TrimPrefix(line, "error: ")}
		default:
			fmt.Fprintln(out, line)
		}
	}
	return &ward.Error{Kind: ward.Unavailable, Message: "サービスとの接続が途中で切れました。サービスの記録を見てください", Err: lines.Err()}
}
