package index_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

// An unchanged document is not sent again, whichever kept generation has it.
func TestUnchangedDocumentsAreNotSentAgain(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	docs := petDocs()
	build(t, o, docs...)
	m.sent()
	docs[1] = doc("p2", "公園の鳥")
	build(t, o, docs...)
	if texts, _ := m.sent(); len(texts) != 1 || !strings.Contains(texts[0], "鳥") {
		t.Errorf("sent again: %q", texts)
	}
	m.breakDown(status(http.StatusServiceUnavailable))
	if s := build(t, o, append(docs, doc("new", "投票所"))...); s.Vectors != "" {
		t.Errorf("vectors of a server that is down: %+v", s)
	}
	m.breakDown(nil)
	m.sent()
	if s := build(t, o, append(docs, doc("new", "投票所"))...); s.Vectors != "small" {
		t.Errorf("%+v", s)
	}
	if texts, _ := m.sent(); len(texts) != 1 {
		t.Errorf("sent again: %q", texts)
	}
}

// What a build got before the server went away is not sent again either.
func TestInterruptedVectorsGoOn(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	var docs []ward.Document
	for i := range 80 {
		docs = append(docs, doc("d"+strings.Repeat("i", i), "公園"+strings.Repeat("池", i)))
	}
	var requests int
	m.breakDown(func(w http.ResponseWriter, _ *http.Request) bool {
		if requests++; requests > 2 {
			w.WriteHeader(http.StatusBadRequest)
		}
		return requests > 2
	})
	if s := build(t, o, docs...); s.Vectors != "" {
		t.Fatalf("%+v", s)
	}
	if texts, asked := m.sent(); len(texts) != 64 || asked != 3 {
		t.Errorf("%d texts in %d requests; what is refused is not sent again", len(texts), asked)
	}
	m.breakDown(nil)
	build(t, o, docs...)
	if texts, _ := m.sent(); len(texts) != 16 {
		t.Errorf("%d texts, want the rest", len(texts))
	}
	if diff := cmp.Diff([]string{"CURRENT", "gen-1", "gen-2", "lock"}, names(t, o.Dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBusyServerIsAskedAgain(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	for _, code := range []int{http.StatusTooManyRequests, http.StatusBadGateway} {
		requests := 0
		m.breakDown(func(w http.ResponseWriter, _ *http.Request) bool {
			if requests++; requests < 3 {
				w.WriteHeader(code)
			}
			return requests < 3
		})
		if s := build(t, o, doc("a", http.StatusText(code))); s.Vectors != "small" || requests != 3 {
			t.Errorf("%d: %d requests, %+v", code, requests, s)
		}
	}
}

// The same name may hide another model: then all is sent anew.
func TestOtherDimension(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	docs := petDocs()
	build(t, o, docs...)
	m.sent()
	m.more = 3
	docs[0] = doc("p1", "公園の森")
	if s := build(t, o, docs...); s.Vectors != "small" {
		t.Errorf("%+v", s)
	}
	if texts, _ := m.sent(); len(texts) != 1+len(docs) {
		t.Errorf("%d texts", len(texts))
	}
	o.Embeddings.Model = "large"
	if s := build(t, o, docs...); s.Vectors != "large" {
		t.Errorf("%+v", s)
	}
	if texts, _ := m.sent(); len(texts) != len(docs) {
		t.Errorf("%d texts for another model", len(texts))
	}
}

// The judging needs no server.
func TestGoldensAreNotSent(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	o.Goldens = []index.Golden{{Question: "公園", Pages: []string{doc("p1", "").URL}}}
	if s := build(t, o, petDocs()...); s.Judgement.Answered != 1 || s.Vectors != "small" {
		t.Errorf("%+v", s)
	}
	texts, _ := m.sent()
	for _, text := range texts {
		if strings.HasPrefix(text, "query: ") {
			t.Errorf("sent %q", text)
		}
	}
}

func TestDamagedVectorsAreRefused(t *testing.T) {
	m := newModel(t)
	o := m.options(t)
	build(t, o, petDocs()...)
	path := filepath.Join(o.Dir, "gen-1", "vectors.bin")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0xff
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Open(context.Background(), o); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("%v", err)
	}
	m.sent()
	build(t, o, petDocs()...) // from a file that cannot be trusted, or anew: it must end well
	if got := search(t, open(t, o), "公園でわんこわんこ"); len(got.Hits) == 0 {
		t.Error("no answer")
	}
}
