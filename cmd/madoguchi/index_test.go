package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// village is a small site whose pages can lose what they say.
type village struct {
	*httptest.Server
	mu     sync.Mutex
	silent bool
}

func villagePages() []string {
	return []string{"公園", "図書館", "国民健康保険", "保育園", "防災", "選挙"}
}

func newVillage(t *testing.T) *village {
	t.Helper()
	v := &village{}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *village) silence(silent bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.silent = silent
}

func (v *village) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	body := ""
	for i, topic := range villagePages() {
		switch path := fmt.Sprintf("/%d.html", i); {
		case r.URL.Path == "/":
			body += fmt.Sprintf(`<li><a href="%s">%s</a></li>`, path, topic)
		case r.URL.Path == path && v.silent:
			body = "<h1>お知らせ</h1><p>ただいま準備中です。しばらくお待ちください。</p>"
		case r.URL.Path == path:
			body = "<h1>" + topic + "</h1><p>" + topic + "の利用案内です。区民の方はどなたでもご利用になれます。</p>"
		}
	}
	if body == "" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintf(w, `<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>村</title></head><body><main>%s</main></body></html>`, body)
}

// write makes a file below dir.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What a ward officer sees when the site loses its texts over night: the old
// index goes on, the lost questions are named, and either index can be chosen.
func TestWorseIndexIsNotUsed(t *testing.T) {
	t.Chdir(t.TempDir())
	site := newVillage(t)
	goldens := "\ufeff# 質問\tページ\r\n"
	for i, topic := range villagePages() {
		goldens += fmt.Sprintf("%sについて\t%s/%d.html\r\n", topic, site.URL, i)
	}
	write(t, "var", "goldens.tsv", goldens+"こわれた行\r\n")
	write(t, "var", "thesaurus/ku.tsv", "いこいの広場\tsame\t公園\t1.0\n")
	write(t, "var", "thesaurus/broken.tsv", "いこいの広場\tsame\n")

	out, log, err := command(t, "crawl", "--site", site.URL+"/", "--crawl-pdfs=false")
	if err != nil || !strings.Contains(out, "お手本の質問 6 件のうち 6 件に答えられます") {
		t.Fatalf("the first crawl: %v\n%s", err, out)
	}
	for _, want := range []string{"goldens.tsv の 8 行目", "broken.tsv の 1 行目"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	if out, _, err := command(t, "ask", "いこいの広場"); err != nil || !strings.Contains(out, "公園") {
		t.Errorf("the ward's own word leads nowhere: %v\n%s", err, out)
	}

	site.silence(true)
	out, _, err = command(t, "crawl", "--site", site.URL+"/", "--crawl-pdfs=false")
	if exitCode(err) != 2 || !strings.Contains(err.Error(), "「図書館について」") || !strings.Contains(out, "変更 6") {
		t.Fatalf("the crawl of silent pages: %v\n%s", err, out)
	}
	if out, _, err := command(t, "ask", "図書館"); err != nil || !strings.Contains(out, "利用案内") {
		t.Errorf("the old index does not go on: %v\n%s", err, out)
	}
	out, _, _ = command(t, "doctor")
	for _, want := range []string{"8 行目", "broken.tsv の 1 行目", "新しい索引 2 は", "最後の巡回は前回のページを残しました: 作った索引 2 は"} {
		if !strings.Contains(out, want) {
			t.Errorf("the doctor does not say %q:\n%s", want, out)
		}
	}
	out, _, err = command(t, "index", "--use", "2")
	if err != nil || !strings.Contains(out, "索引 2 に入れ替えました") {
		t.Errorf("use 2: %v\n%s", err, out)
	}
	out, _, err = command(t, "index", "--list")
	if err != nil || !strings.Contains(out, "  索引 1 ") || !strings.Contains(out, "* 索引 2 ") || !strings.Contains(out, "入れ替えませんでした") {
		t.Errorf("list: %v\n%s", err, out)
	}
	if _, _, err := command(t, "index", "--use", "9"); err == nil || !strings.Contains(err.Error(), "索引 9 はありません") {
		t.Errorf("use 9: %v", err)
	}
}

// A running service changes its index when another process asks for it.
func TestIndexBesideTheService(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service")
	}
	t.Chdir(t.TempDir())
	site, addr := newVillage(t), freeAddr(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	log := &safeBuffer{}
	go func() {
		done <- run(ctx, []string{"serve", "--addr", addr, "--site-url", site.URL + "/", "--crawl-pdfs=false"}, func(string) string { return "" }, log, log)
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("%v\n%s", err, log)
		}
	}()
	waitReady(t, "http://"+addr, log)
	write(t, "var", "goldens.tsv", "選挙\t"+site.URL+"/5.html\n")
	out, _, err := command(t, "index")
	if err != nil || !strings.Contains(out, "サービスに任せます") || !strings.Contains(out, "お手本の質問 1 件のうち 1 件") {
		t.Errorf("index: %v\n%s", err, out)
	}
	out, _, err = command(t, "index", "--use", "1")
	if err != nil || !strings.Contains(out, "索引 1 に入れ替えました") {
		t.Errorf("use: %v\n%s", err, out)
	}
	if out, _, err = command(t, "index", "--list"); err != nil || !strings.Contains(out, "* 索引 1 ") || !strings.Contains(out, "  索引 2 ") {
		t.Errorf("list: %v\n%s", err, out)
	}
	if !strings.Contains(log.String(), `msg="index opened" generation=1`) || strings.Count(log.String(), `msg="index opened"`) != 3 {
		t.Errorf("the service has not opened index 1, 2 and 1 again:\n%s", log)
	}
}

// waitReady waits until a service answers questions.
func waitReady(t *testing.T, counter string, log *safeBuffer) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(readyWithin); status(counter+"/readyz") != http.StatusOK; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not ready within %v\n%s", readyWithin, log)
		}
	}
}

// embeddings gives every text the same vector.
func embeddings(w http.ResponseWriter, r *http.Request) {
	var in struct{ Input []string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Authorization") != "Bearer hidden-key" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var items []string
	for i := range in.Input {
		items = append(items, fmt.Sprintf(`{"index":%d,"embedding":[1,0]}`, i))
	}
	fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(items, ","))
}

// The optional vectors come into the index, and the doctor says when they
// cannot.
func TestEmbeddingsSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	site, server := newVillage(t), httptest.NewServer(http.HandlerFunc(embeddings))
	defer server.Close()
	write(t, ".", "key", "hidden-key\n")
	vars := map[string]string{"MADOGUCHI_SITE_URL": site.URL + "/", "MADOGUCHI_CRAWL_PDFS": "false"}
	run := func(args ...string) (string, error) {
		var out, log bytes.Buffer
		err := run(t.Context(), args, func(k string) string { return vars[k] }, &out, &log)
		return out.String() + log.String(), err
	}
	if out, err := run("crawl"); err != nil || strings.Contains(out, "vectors") {
		t.Fatalf("off by default: %v\n%s", err, out)
	}
	vars["MADOGUCHI_EMBEDDINGS_URL"], vars["MADOGUCHI_EMBEDDINGS_MODEL"] = server.URL+"/v1/embeddings", "small"
	if out, _ := run("doctor"); !strings.Contains(out, "embeddings-url のサーバーが使えません") || !strings.Contains(out, "401") {
		t.Errorf("doctor without the key:\n%s", out)
	}
	vars["MADOGUCHI_EMBEDDINGS_KEY_FILE"] = "key"
	if out, _ := run("doctor"); !strings.Contains(out, "small のベクトルがありません") {
		t.Errorf("doctor before the index is made:\n%s", out)
	}
	if out, err := run("index"); err != nil || !strings.Contains(out, `msg="vectors written" documents=`) || strings.Contains(out, "hidden-key") {
		t.Errorf("index: %v\n%s", err, out)
	}
	if out, _ := run("doctor"); strings.Contains(out, "embeddings") || strings.Contains(out, "ベクトル") {
		t.Errorf("doctor when all is well:\n%s", out)
	}
	if out, err := run("ask", "図書館"); err != nil || strings.Contains(out, "without vectors") {
		t.Errorf("ask: %v\n%s", err, out)
	}
}
