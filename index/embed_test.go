package index_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

// meanings are the axes of the fake model: texts with words of one axis are near.
var meanings = [][]string{{"公園", "ひろば"}, {"犬", "わんこ"}, {"図書館", "本"}, {"選挙", "投票"}}

// model is an embeddings server with a model so small that one can see what it does.
type model struct {
	*httptest.Server
	mu    sync.Mutex
	texts []string                                      // all that was sent
	asked int                                           // requests
	fault func(http.ResponseWriter, *http.Request) bool // true when it has answered
	more  int                                           // further dimensions
	keys  map[string]bool                               // Authorization headers
}

func newModel(t *testing.T) *model {
	t.Helper()
	m := &model{keys: map[string]bool{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // a server notices who leaves only when it has read all
	if err != nil {
		return
	}
	m.mu.Lock()
	m.asked++
	fault := m.fault
	m.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	var in struct {
		Model string
		Input []string
	}
	if err := json.Unmarshal(body, &in); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/embeddings" || in.Model == "" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys[r.Header.Get("Authorization")] = true
	m.texts = append(m.texts, in.Input...)
	type item struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	var out struct {
		Data []item `json:"data"`
	}
	for i, text := range in.Input {
		out.Data = append([]item{{i, m.vector(text)}}, out.Data...) // any order will do
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (m *model) vector(text string) []float32 {
	v := make([]float32, len(meanings)+1+m.more)
	v[len(meanings)] = 0.1
	for i, words := range meanings {
		for _, word := range words {
			v[i] += float32(strings.Count(text, word))
		}
	}
	return v
}

// breakDown makes the server answer otherwise; nil mends it.
func (m *model) breakDown(fault func(http.ResponseWriter, *http.Request) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = fault
}

// sent gives what was sent since the last call, and in how many requests.
func (m *model) sent() ([]string, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	texts, asked := m.texts, m.asked
	m.texts, m.asked = nil, 0
	return texts, asked
}

func (m *model) options(t *testing.T) index.Options {
	t.Helper()
	return index.Options{Dir: newDir(t), Thesauri: []fs.FS{}, Embeddings: &index.Embeddings{
		URL: m.URL + "/v1/embeddings", Model: "small", Key: "secret-key", Query: "query: ", Passage: "passage: ",
		Timeout: time.Minute, Pause: time.Millisecond,
	}}
}

func status(code int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		return true
	}
}

func petDocs() []ward.Document {
	return []ward.Document{doc("p1", "公園"), doc("p2", "公園の花"), doc("p3", "公園の池"), doc("dog", "犬の登録"), doc("lib", "図書館"), doc("vote", "選挙")}
}

func ids(a ward.Answer) []string {
	var out []string
	for _, h := range a.Hits {
		out = append(out, h.Document.ID)
	}
	return out
}

func search(t *testing.T, ix *index.Index, question string) ward.Answer {
	t.Helper()
	a, err := ix.Search(context.Background(), question, 3)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The vectors bring up what no word of the question leads to; how sure the
// index is of each page stays what the built-in ranking says.
func TestVectorsAreFused(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	if s := build(t, o, petDocs()...); s.Vectors != "small" {
		t.Fatalf("%+v", s)
	}
	plain := o
	plain.Embeddings = nil
	without, with := open(t, plain), open(t, o)
	const question = "公園でわんこわんこ"
	before, after := search(t, without, question), search(t, with, question)
	if strings.Contains(strings.Join(ids(before), " "), "dog") || !strings.Contains(strings.Join(ids(after), " "), "dog") {
		t.Errorf("without %v, with %v", ids(before), ids(after))
	}
	confidence := map[string]float64{}
	for _, h := range before.Hits {
		confidence[h.Document.ID] = h.Confidence
	}
	for i, h := range after.Hits {
		if was, ok := confidence[h.Document.ID]; ok && was != h.Confidence {
			t.Errorf("%s is sure to %v, was %v", h.Document.ID, h.Confidence, was)
		}
		if i > 0 && h.Score > after.Hits[i-1].Score {
			t.Errorf("the scores do not fall: %v after %v", h.Score, after.Hits[i-1].Score)
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	build(t, o, doc("a", "公園"), doc("b", "図書館"))
	texts, asked := m.sent()
	want := []string{"passage: 公園\n公園のご案内です。\n", "passage: 図書館\n図書館のご案内です。\n"}
	if diff := cmp.Diff(want, texts); diff != "" || asked != 1 {
		t.Errorf("in %d requests (-want +got):\n%s", asked, diff)
	}
	search(t, open(t, o), "公園の電話、03-1234-5678にかけた")
	texts, _ = m.sent()
	if diff := cmp.Diff([]string{"query: 公園の電話、〔電話番号〕にかけた"}, texts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !m.keys["Bearer secret-key"] || len(m.keys) != 1 {
		t.Errorf("keys %v", m.keys)
	}
	m.breakDown(status(http.StatusInternalServerError))
	search(t, open(t, o), "公園の秘密")
	if text := log.String(); !strings.Contains(text, "answered without vectors") || strings.Contains(text, "秘密") || strings.Contains(text, "secret-key") {
		t.Errorf("the log:\n%s", text)
	}
}

// Whatever the server does, the answer is there and is the built-in one.
func TestFaultsOfTheServer(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	build(t, o, petDocs()...)
	plain := o
	plain.Embeddings = nil
	const question = "公園でわんこわんこ"
	want := search(t, open(t, plain), question)
	elsewhere := newModel(t)
	reply := func(body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write([]byte(body)); return true }
	}
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"slow":            func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true },
		"error":           status(http.StatusInternalServerError),
		"not found":       status(http.StatusNotFound),
		"garbage":         reply("<html>"),
		"no vector":       reply(`{"data":[]}`),
		"two vectors":     reply(`{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`),
		"other place":     reply(`{"data":[{"index":7,"embedding":[1,1,1,1,1]}]}`),
		"wrong dimension": reply(`{"data":[{"index":0,"embedding":[1,0]}]}`),
		"nothing in it":   reply(`{"data":[{"index":0,"embedding":[0,0,0,0,0]}]}`),
		"no number":       reply(`{"data":[{"index":0,"embedding":[1e99,0,0,0,0]}]}`),
		"huge": func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(`{"data":[{"index":0,"embedding":[1`))
			chunk := bytes.Repeat([]byte(",1"), 1<<16)
			for range 256 { // 32 MB
				if _, err := w.Write(chunk); err != nil {
					break
				}
			}
			_, _ = w.Write([]byte(`]}]}`))
			return true
		},
		"elsewhere": func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, elsewhere.URL+"/v1/embeddings", http.StatusTemporaryRedirect)
			return true
		},
		"hang up": func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			settings := *o.Embeddings
			faulty := o
			faulty.Embeddings = &settings
			if name == "slow" {
				settings.Timeout = 20 * time.Millisecond
			}
			ix := open(t, faulty)
			m.breakDown(fault)
			if diff := cmp.Diff(want, search(t, ix, question)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			m.breakDown(nil)
			if got := search(t, ix, question); cmp.Equal(want, got) {
				t.Error("a server that works again is not used")
			}
		})
	}
	if _, asked := elsewhere.sent(); asked > 0 {
		t.Error("a redirect carried the question elsewhere")
	}
	dead := *o.Embeddings
	dead.URL = "http://" + httptest.NewUnstartedServer(nil).Listener.Addr().String() // listens, answers nobody
	dead.Timeout = 20 * time.Millisecond
	gone := o
	gone.Embeddings = &dead
	if diff := cmp.Diff(want, search(t, open(t, gone), question)); diff != "" {
		t.Errorf("dead (-want +got):\n%s", diff)
	}
}

// A server that fails three times is left alone for a while; then one question
// tries it.
func TestDeadServerCostsNothing(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	at := time.Unix(0, 0)
	o.Now = func() time.Time { return at }
	build(t, o, petDocs()...)
	ix := open(t, o)
	m.sent()
	m.breakDown(status(http.StatusInternalServerError))
	ask := func(times int) int {
		for range times {
			search(t, ix, "公園")
		}
		_, asked := m.sent()
		return asked
	}
	if got := ask(10); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
	at = at.Add(time.Minute)
	if got := ask(10); got != 1 {
		t.Errorf("%d requests after a rest, want 1", got)
	}
	m.breakDown(nil)
	at = at.Add(time.Minute)
	if got := ask(10); got != 10 {
		t.Errorf("%d requests when it works again, want 10", got)
	}
	gone, cancel := context.WithCancel(context.Background())
	m.breakDown(func(_ http.ResponseWriter, r *http.Request) bool { cancel(); <-r.Context().Done(); return true })
	for range 5 {
		_, _ = ix.Search(gone, "公園", 3)
	}
	m.breakDown(nil)
	m.sent()
	if got := ask(1); got != 1 {
		t.Error("residents who left count as failures of the server")
	}
}

// Vectors of one model say nothing about a question's vector of another.
func TestOtherModelIsNotAsked(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	build(t, o, petDocs()...)
	m.sent()
	settings := *o.Embeddings
	settings.Model = "large"
	o.Embeddings = &settings
	search(t, open(t, o), "公園")
	if _, asked := m.sent(); asked != 0 {
		t.Errorf("%d requests", asked)
	}
}
