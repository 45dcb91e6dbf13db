package crawler

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"madoguchi/ward"
)

// filledStore is the path of a store with a crawled site in it, closed.
func filledStore(t *testing.T) string {
	dir := t.TempDir()
	pages, err := OpenPages(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Seeds: []string{}, transport: twentyPages(t)}
	if s, err := Run(t.Context(), opts); err != nil || s.New != 21 {
		t.Fatalf("%+v %v", s, err)
	}
	if err := pages.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, pagesFile)
}

func readStore(t *testing.T, path string) (texts string, err error) {
	pages, err := OpenPages(filepath.Dir(path), true)
	if err != nil {
		return "", err
	}
	defer pages.Close()
	err = pages.Documents(t.Context(), func(d ward.Document) error { texts += d.URL + d.Title + d.Text; return nil })
	return texts, err
}

// TestDamagedStore damages a store in many ways: each is either read as if
// nothing were wrong, or refused with a sentence, never a panic or other text.
func TestDamagedStore(t *testing.T) {
	path := filledStore(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	intact, err := readStore(t, path)
	if err != nil || strings.Count(intact, "本文") != 20 {
		t.Fatal(intact, err)
	}
	refusals := 0
	try := func(what string, data []byte, mustRefuse bool) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		texts, err := readStore(t, path)
		var sentence *ward.Error
		switch {
		case err == nil && texts == intact && !mustRefuse:
		case errors.As(err, &sentence) && sentence.Kind == ward.Unavailable && strings.Contains(sentence.Message, "壊れています"):
			refusals++
		default:
			t.Errorf("%s: %q, %v", what, texts, err)
		}
	}
	try("as it was", whole, false)
	try("garbage", []byte(strings.Repeat("not a database ", 5000)), true)
	try("the first half", whole[:len(whole)/2], true)
	try("one page", whole[:4096], true)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		data := append([]byte(nil), whole...)
		at := rng.IntN(len(data) - 64)
		for i := range 64 {
			data[at+i] = byte(rng.Uint32())
		}
		try("64 bytes overwritten", data, false)
	}
	packed := (&packer{}).pack([]byte("<h1>題3</h1><main>本文3</main>\n"))
	record := []byte(`"Title":"題3"`)
	if bytes.Count(whole, packed) == 0 || bytes.Count(whole, record) == 0 {
		t.Fatal("the store is not what this test thinks it is")
	}
	for i := range packed {
		try("a bit in a body", bytes.ReplaceAll(whole, packed, flip(packed, i)), false)
	}
	for i := range record {
		try("a bit in a record", bytes.ReplaceAll(whole, record, flip(record, i)), true)
	}
	if refusals < 10 {
		t.Errorf("only %d refusals: the damage does not reach what is read", refusals)
	}
}

func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 1
	return b
}

func TestStoreRefusals(t *testing.T) {
	kind := func(dir string, readOnly bool) ward.ErrorKind {
		p, err := OpenPages(dir, readOnly)
		if err == nil {
			p.Close()
		}
		return ward.KindOf(err)
	}
	if got := kind(t.TempDir(), true); got != ward.NotFound {
		t.Errorf("no store: %s", got)
	}
	if got := kind(filepath.Join(t.TempDir(), "nowhere"), false); got != ward.Unavailable {
		t.Errorf("no folder: %s", got)
	}
	dir := filepath.Dir(filledStore(t))
	open, err := OpenPages(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := kind(dir, false); got != ward.Conflict {
		t.Errorf("open elsewhere: %s", got)
	}
	err = open.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketMeta)).Put([]byte("format"), []byte("99")) })
	if err != nil {
		t.Fatal(err)
	}
	open.Close()
	if got := kind(dir, false); got != ward.Conflict {
		t.Errorf("another format: %s", got)
	}
}

// TestDocumentsStopsWhenTold: an error of the caller and a cancelled context
// come back as they are.
func TestDocumentsStopsWhenTold(t *testing.T) {
	pages, err := OpenPages(filepath.Dir(filledStore(t)), true)
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	enough, n := errors.New("enough"), 0
	err = pages.Documents(t.Context(), func(ward.Document) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pages.Documents(ctx, func(ward.Document) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestSweep: bodies that nothing names any more are not kept.
func TestSweep(t *testing.T) {
	pages := openTestPages(t, t.TempDir())
	web := twentyPages(t)
	opts := Options{Site: "https://www.city.mihon.example/", Pages: pages, Seeds: []string{}, transport: web}
	for round := range 3 {
		web.page("/3.html", "<h1>題</h1><main>"+strings.Repeat("版", round+1)+"</main>")
		if _, err := Run(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		bodies := 0
		err := pages.db.View(func(tx *bbolt.Tx) error { bodies = tx.Bucket([]byte(bucketBodies)).Stats().KeyN; return nil })
		if err != nil || bodies != 21 {
			t.Errorf("round %d: %d bodies, %v", round, bodies, err)
		}
	}
}
