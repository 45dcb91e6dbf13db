package index_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/index"
	"madoguchi/ward"
)

// doc is a document about one word, which a question for the word finds.
func doc(id, about string) ward.Document {
	return ward.Document{ID: id, URL: "https://www.city.mihon.example/" + id, Title: about, Text: about + "のご案内です。\n", Kind: ward.Page}
}

func build(tb testing.TB, o index.Options, docs ...ward.Document) index.Stats {
	tb.Helper()
	s, err := index.Build(context.Background(), o, stream(docs))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func open(tb testing.TB, o index.Options) *index.Index {
	tb.Helper()
	ix, err := index.Open(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { ix.Close() })
	return ix
}

// names lists dir without the dictionary.
func names(tb testing.TB, dir string) []string {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "dictionary-") {
			out = append(out, e.Name())
		}
	}
	return out
}

func TestNothingBuiltYet(t *testing.T) {
	_, err := index.Open(context.Background(), index.Options{Dir: t.TempDir()})
	if ward.KindOf(err) != ward.NotFound {
		t.Errorf("%v", err)
	}
}

func TestBuildStats(t *testing.T) {
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}, Now: func() time.Time { return at }}
	built := build(t, o, doc("a", "公園"), doc("b", "図書館"), doc("a", "公園の写し"))
	if want := (index.Stats{Generation: 1, Documents: 2, Terms: built.Terms, BuiltAt: at.UTC()}); built != want || built.Terms < 3 {
		t.Errorf("%+v, want %+v", built, want)
	}
	if opened := open(t, o).Stats(); opened != built {
		t.Errorf("opened %+v, built %+v", opened, built)
	}
}

func TestNoDocumentsIsNoIndex(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, doc("a", "公園"))
	if _, err := index.Build(context.Background(), o, stream(nil)); ward.KindOf(err) != ward.Invalid {
		t.Errorf("%v", err)
	}
	if got := open(t, o).Stats().Generation; got != 1 {
		t.Errorf("generation %d is live", got)
	}
}

// A document may be all but empty and is found all the same.
func TestBareDocument(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, ward.Document{ID: "pdf", URL: "https://www.city.mihon.example/a.pdf", Title: "防災地図", Kind: ward.PDF}, ward.Document{ID: "none"})
	if hit := first(t, open(t, o), "防災地図"); hit.Document.ID != "pdf" || hit.Passage != "" {
		t.Errorf("%+v", hit)
	}
}

func TestSameDocumentsSameGeneration(t *testing.T) {
	c := smallWard(t)
	one, two := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}, index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, one, c.Documents...)
	build(t, two, c.Documents...)
	for _, name := range []string{"forward.gob"} {
		a, err := os.ReadFile(filepath.Join(one.Dir, "gen-1", name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(two.Dir, "gen-1", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) {
			t.Errorf("%s differs between two builds of the same documents", name)
		}
	}
}

func TestRefreshPicksUpANewGeneration(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, doc("a", "公園"))
	ix := open(t, o)
	if changed, err := ix.Refresh(context.Background()); changed || err != nil {
		t.Fatalf("refreshed without a new generation: %v, %v", changed, err)
	}
	build(t, o, doc("b", "図書館"))
	if got := first(t, ix, "公園").Document.ID; got != "a" {
		t.Fatalf("before Refresh: %s", got)
	}
	if changed, err := ix.Refresh(context.Background()); !changed || err != nil {
		t.Fatalf("Refresh: %v, %v", changed, err)
	}
	if got := first(t, ix, "図書館").Document.ID; got != "b" {
		t.Errorf("after Refresh: %s", got)
	}
	if _, err := ix.Document(context.Background(), "a"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("the old document is still there: %v", err)
	}
}

// Questions go on while generations are built, swapped and pruned under them.
func TestQuestionsDuringSwaps(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}, Keep: 1}
	build(t, o, doc("a", "公園"), doc("b", "図書館"))
	ix := open(t, o)
	ctx, stop := context.WithCancel(context.Background())
	var askers sync.WaitGroup
	for range 2 {
		askers.Go(func() {
			for ctx.Err() == nil {
				a, err := ix.Search(context.Background(), "公園", 2)
				if err != nil || len(a.Hits) == 0 || a.Hits[0].Document.ID != "a" {
					t.Errorf("%+v, %v", a, err)
					return
				}
			}
		})
	}
	for range 5 {
		build(t, o, doc("a", "公園"), doc("b", "図書館"))
		if _, err := ix.Refresh(context.Background()); err != nil {
			t.Error(err)
		}
	}
	stop()
	askers.Wait()
	if got := ix.Stats().Generation; got != 6 {
		t.Errorf("generation %d, want 6", got)
	}
}

func TestOldGenerationsArePruned(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	for range 5 {
		build(t, o, doc("a", "公園"))
	}
	want := []string{"CURRENT", "gen-3", "gen-4", "gen-5", "lock"}
	if diff := cmp.Diff(want, names(t, o.Dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a crash can leave behind at each step of Build.
func TestCrashLeavesTheOldOneLive(t *testing.T) {
	for name, leave := range map[string]func(dir string) error{
		"while writing": func(dir string) error {
			return errors.Join(os.MkdirAll(filepath.Join(dir, "gen-2.tmp", "bleve"), 0o700),
				os.WriteFile(filepath.Join(dir, "gen-2.tmp", "forward.gob"), []byte("half"), 0o600))
		},
		"before the swap": func(dir string) error {
			return os.CopyFS(filepath.Join(dir, "gen-2"), os.DirFS(filepath.Join(dir, "gen-1")))
		},
		"in the swap": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "CURRENT.tmp"), []byte("ge"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
			build(t, o, doc("a", "公園"))
			if err := leave(o.Dir); err != nil {
				t.Fatal(err)
			}
			ix := open(t, o)
			if got := ix.Stats().Generation; got != 1 {
				t.Errorf("generation %d is live", got)
			}
			build(t, o, doc("b", "公園"))
			if _, err := ix.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got := first(t, ix, "公園").Document.ID; got != "b" {
				t.Errorf("the next build is not live: %s", got)
			}
			for _, n := range names(t, o.Dir) {
				if strings.HasSuffix(n, ".tmp") {
					t.Errorf("%s is left over", n)
				}
			}
		})
	}
}

func TestFailedBuildLeavesTheOldOneLive(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, doc("a", "公園"))
	broken := errors.New("page store is gone")
	_, err := index.Build(context.Background(), o, func(yield func(ward.Document, error) bool) {
		_ = yield(doc("b", "図書館"), nil) && yield(ward.Document{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := index.Build(ctx, o, stream([]ward.Document{doc("b", "図書館")})); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]string{"CURRENT", "gen-1", "lock"}, names(t, o.Dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	open(t, o)
}

func TestTwoWritersAreRefused(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	var second error
	var docs iter.Seq2[ward.Document, error] = func(yield func(ward.Document, error) bool) {
		_, second = index.Build(context.Background(), o, stream(nil))
		yield(doc("a", "公園"), nil)
	}
	if _, err := index.Build(context.Background(), o, docs); err != nil {
		t.Fatal(err)
	}
	if ward.KindOf(second) != ward.Conflict {
		t.Errorf("the second writer got %v", second)
	}
	build(t, o, doc("a", "公園")) // the lock is free again
}

// Every file of a generation, garbled, cut short or missing, is noticed before
// anybody is answered from it.
func TestDamagedGenerationIsRefused(t *testing.T) {
	for damage, do := range map[string]func(path string, b []byte) error{
		"garbled": func(path string, b []byte) error {
			b[len(b)/2] ^= 0xff
			return os.WriteFile(path, b, 0o600)
		},
		"cut short": func(path string, b []byte) error { return os.WriteFile(path, b[:len(b)/3], 0o600) },
		"empty":     func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"missing":   func(path string, _ []byte) error { return os.Remove(path) },
	} {
		t.Run(damage, func(t *testing.T) {
			o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
			build(t, o, doc("a", "公園"))
			gen := filepath.Join(o.Dir, "gen-1")
			var files []string
			err := filepath.WalkDir(gen, func(path string, e fs.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					files = append(files, path)
				}
				return err
			})
			if err != nil || len(files) < 4 {
				t.Fatalf("%d files, %v", len(files), err)
			}
			for _, path := range files {
				good, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := do(path, slices.Clone(good)); err != nil {
					t.Fatal(err)
				}
				ix, err := index.Open(context.Background(), o)
				if ward.KindOf(err) != ward.Unavailable {
					t.Errorf("%s: %v", filepath.Base(path), err)
				}
				if err == nil {
					ix.Close()
				}
				if err := os.WriteFile(path, good, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			open(t, o) // whole again
		})
	}
}

func TestDamageIsRepairedByBuilding(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, doc("a", "公園"))
	ix := open(t, o)
	if err := os.WriteFile(filepath.Join(o.Dir, "CURRENT"), []byte("../../etc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Refresh(context.Background()); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("%v", err)
	}
	if got := first(t, ix, "公園").Document.ID; got != "a" {
		t.Error("what is open stays in use")
	}
	if s := build(t, o, doc("b", "公園")); s.Generation != 2 {
		t.Errorf("generation %d", s.Generation)
	}
	if changed, err := ix.Refresh(context.Background()); !changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
}

func TestOtherFormatIsRefused(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, doc("a", "公園"))
	path := filepath.Join(o.Dir, "gen-1", "manifest.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	m["format"] = 0
	if b, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Open(context.Background(), o); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestClosedIndexIsUnavailable(t *testing.T) {
	o := index.Options{Dir: newDir(t), Thesauri: []fs.FS{}}
	build(t, o, doc("a", "公園"))
	ix := open(t, o)
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ix.Search(context.Background(), "公園", 1); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("%v", err)
	}
	if (ix.Stats() != index.Stats{}) {
		t.Error("stats after Close")
	}
	if err := ix.Close(); err != nil {
		t.Error("closing twice:", err)
	}
}
