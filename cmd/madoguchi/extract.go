package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"madoguchi/crawler"
	"madoguchi/ward"
)

// extractTimeout bounds the fetch of one URL.
const extractTimeout = 30 * time.Second

func extract(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("extract", flag.ContinueOnError)
	fs.Bool("json", true, "1行に1件のJSONで出す（いつもそうする）")
	names, args := leadingNames(args)
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	names = append(names, fs.Args()...)
	if len(names) == 0 {
		return invalidf("ファイルかURLを書いてください。例: madoguchi extract page.html")
	}
	enc := json.NewEncoder(env.stdout)
	enc.SetEscapeHTML(false)
	var failed error
	for _, name := range names {
		docs, note, err := cfg.extractOne(ctx, name)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", name, err))
			continue
		}
		if note != "" {
			fmt.Fprintf(env.stderr, "%s: %s\n", name, note)
		}
		for _, d := range docs {
			if err := enc.Encode(d); err != nil {
				return err
			}
		}
	}
	return failed
}

// leadingNames takes the arguments before the first flag.
func leadingNames(args []string) (names, rest []string) {
	for i, a := range args {
		if strings.HasPrefix(a, "-") {
			return args[:i], args[i:]
		}
	}
	return args, nil
}

// extractOne gives the documents of one file or URL; note says why there are
// none where the page itself says so.
func (cfg *config) extractOne(ctx context.Context, name string) (docs []ward.Document, note string, err error) {
	body, contentType, at, err := read(ctx, name)
	if err != nil {
		return nil, "", err
	}
	if strings.HasPrefix(string(body[:min(len(body), 5)]), "%PDF-") {
		docs, err := cfg.extractPDF(ctx, body, at)
		return docs, "", err
	}
	page, err := crawler.Extract(body, contentType, at)
	if err != nil {
		return nil, "", err
	}
	switch {
	case page.Gone:
		note = "「見つかりません」というページです"
	case len(page.Frames) > 0:
		note = "フレームのページです: " + strings.Join(page.Frames, " ")
	case page.Refresh != "":
		note = "移転先: " + page.Refresh
	case page.NoIndex:
		note = "ページが索引に入れないよう求めています"
	case len(page.Documents) == 0:
		note = "答えになる本文がありません（リンクの一覧など）"
	}
	return page.Documents, note, nil
}

// read reads a file or fetches a URL, at most crawler.MaxBody bytes of either.
func read(ctx context.Context, name string) (body []byte, contentType string, at *url.URL, err error) {
	var r io.ReadCloser
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		r, contentType, at, err = fetch(ctx, name)
	} else {
		r, at, err = openFile(name)
	}
	if err != nil {
		return nil, "", nil, err
	}
	defer r.Close()
	body, err = io.ReadAll(io.LimitReader(r, crawler.MaxBody+1))
	if err == nil && len(body) > crawler.MaxBody {
		err = &ward.Error{Kind: ward.TooLarge, Message: fmt.Sprintf("%d MB を超えています", crawler.MaxBody>>20)}
	}
	return body, contentType, at, err
}

func openFile(name string) (io.ReadCloser, *url.URL, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, &ward.Error{Kind: ward.NotFound, Message: "読めません", Err: err}
	}
	path, err := filepath.Abs(name)
	if err != nil {
		path = name
	}
	return f, &url.URL{Scheme: "file", Path: filepath.ToSlash(path)}, nil
}

// fetch gets one URL that the person at the keyboard typed; unlike a crawl it
// asks no robots.txt and goes wherever it is sent.
func fetch(ctx context.Context, name string) (io.ReadCloser, string, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, name, nil)
	if err != nil {
		return nil, "", nil, invalidf("URLではありません")
	}
	req.Header.Set("User-Agent", "madoguchi-extract/"+releaseName())
	resp, err := (&http.Client{Timeout: extractTimeout}).Do(req)
	if err != nil {
		return nil, "", nil, &ward.Error{Kind: ward.Unavailable, Message: "取得できません", Err: err}
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, "", nil, &ward.Error{Kind: ward.Unavailable, Message: "取得できません: " + resp.Status}
	}
	return resp.Body, resp.Header.Get("Content-Type"), resp.Request.URL, nil
}
