package index

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"

	"madoguchi/ward"
)

// Index answers questions from the live generation. It is safe for use by many
// goroutines. It watches nothing by itself: call Refresh to pick up what Build
// made, in this process or another.
type Index struct {
	opts     Options
	weights  weights
	embedder *embedder // nil without Options.Embeddings
	breaker  breaker   // of embedder

	fixes fixPointer

	refreshing sync.Mutex // one Refresh at a time

	mu   sync.Mutex
	live *generation // nil after Close
}

// generation is an open generation. It closes when it is retired and its last
// reader is done.
type generation struct {
	stats   Stats
	bleve   bleve.Index
	forward *forward
	vectors *vectors // nil without
	// lexicon waits for the dictionary, which the opening began to load.
	lexicon func() (*lexicon, error)
	overlay overlayPointer // of the fixes it was last asked with

	readers int // guarded by Index.mu
	retired bool
}

// Open opens the live generation read-only. Errors: NotFound when nothing was
// built yet, Unavailable when the generation is damaged or of another version.
// The dictionary goes on loading in the background; questions wait for it.
func Open(ctx context.Context, o Options) (*Index, error) {
	ix, err := newIndex(o.withDefaults(), nil)
	if err != nil {
		return nil, err
	}
	if _, err := ix.Refresh(ctx); err != nil {
		return nil, err
	}
	return ix, nil
}

// newIndex answers from g until Refresh.
func newIndex(o Options, g *generation) (*Index, error) {
	w, err := loadWeights()
	if err != nil {
		return nil, err
	}
	ix := &Index{opts: o, weights: w, live: g}
	if o.Embeddings != nil {
		ix.embedder = newEmbedder(*o.Embeddings)
	}
	return ix, nil
}

// Refresh opens the live generation if it is not the one that is open, and
// says whether that was so. Queries under way finish on the old one. On error
// the old one stays in use.
func (ix *Index) Refresh(ctx context.Context) (bool, error) {
	ix.refreshing.Lock()
	defer ix.refreshing.Unlock()
	n, err := current(ix.opts.Dir)
	if err != nil {
		return false, err
	}
	if ix.Stats().Generation == n {
		return false, nil
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	g, err := openGeneration(ix.opts.Dir, n)
	if errors.Is(err, os.ErrNotExist) { // pruned between the two reads: a newer one is live
		if again, e := current(ix.opts.Dir); e == nil && again != n {
			g, err = openGeneration(ix.opts.Dir, again)
		}
	}
	if err != nil {
		return false, err
	}
	ix.swap(g)
	ix.opts.Log.Info("index opened", "generation", g.stats.Generation, "documents", g.stats.Documents)
	return true, nil
}

func openGeneration(dir string, n int) (*generation, error) {
	dir = filepath.Join(dir, genName(n))
	m, err := verify(dir)
	if err != nil {
		return nil, err
	}
	return openFiles(dir, m.stats(n))
}

// openFiles opens the files of a generation, which are trusted.
func openFiles(dir string, s Stats) (*generation, error) {
	fw, err := loadForward(filepath.Join(dir, forwardFile))
	if err != nil {
		return nil, damaged(err)
	}
	b, err := openBleve(filepath.Join(dir, bleveDir))
	if err != nil {
		return nil, damaged(err)
	}
	g := &generation{stats: s, bleve: b, forward: fw}
	if s.Vectors != "" {
		if g.vectors, err = mapVectors(filepath.Join(dir, vectorFile)); err != nil {
			return nil, errors.Join(damaged(err), b.Close())
		}
	}
	g.lexicon = loadLexicon(filepath.Dir(dir))
	return g, nil
}

// loadLexicon begins to open the dictionary and gives a function that waits
// for it.
func loadLexicon(dir string) func() (*lexicon, error) {
	wait := sync.OnceValues(func() (*lexicon, error) {
		d, err := openDictionary(dir)
		if err != nil {
			return nil, err
		}
		return newLexicon(d), nil
	})
	go wait()
	return wait
}

func (g *generation) close() error {
	err := g.bleve.Close()
	if g.vectors != nil {
		err = errors.Join(err, g.vectors.close())
	}
	lex, loading := g.lexicon()
	if loading != nil {
		return errors.Join(err, loading)
	}
	return errors.Join(err, lex.analyzer.dict.close())
}

// Warm waits until the dictionary is loaded, which Open has begun. Questions
// wait for it too: this is for /readyz.
func (ix *Index) Warm() error {
	g, release, err := ix.acquire()
	if err != nil {
		return err
	}
	defer release()
	_, err = g.lexicon()
	return err
}

// swap makes g the live generation; nil closes the index.
func (ix *Index) swap(g *generation) {
	ix.mu.Lock()
	old := ix.live
	ix.live = g
	ix.mu.Unlock()
	if old != nil {
		ix.release(old, func() { old.retired = true })
	}
}

// acquire gives the live generation to a reader, who must release it.
func (ix *Index) acquire() (*generation, func(), error) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	g := ix.live
	if g == nil {
		return nil, nil, &ward.Error{Kind: ward.Unavailable, Message: "検索は終了処理中です。"}
	}
	g.readers++
	return g, func() { ix.release(g, func() { g.readers-- }) }, nil
}

// release applies change to g under the lock and closes g when nobody is left.
func (ix *Index) release(g *generation, change func()) {
	ix.mu.Lock()
	change()
	unused := g.retired && g.readers == 0
	ix.mu.Unlock()
	if !unused {
		return
	}
	if err := g.close(); err != nil {
		ix.opts.Log.Warn("close old generation", "generation", g.stats.Generation, "error", err)
	}
}

// Close closes the index when the queries under way have ended. What is asked
// afterwards is Unavailable.
func (ix *Index) Close() error {
	ix.swap(nil)
	return nil
}

// Stats describes the generation that is open; the zero Stats after Close.
func (ix *Index) Stats() Stats {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.live == nil {
		return Stats{}
	}
	return ix.live.stats
}

// Document gives the document with this id. Error: NotFound.
func (ix *Index) Document(ctx context.Context, id string) (ward.Document, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return ward.Document{}, err
	}
	defer release()
	o, err := ix.overlay(g)
	if err != nil {
		return ward.Document{}, err
	}
	if d, written := o.docs[id]; written {
		return d, nil
	}
	n, known := g.forward.ordinal[id]
	if !known || strings.HasPrefix(id, fixPrefix) {
		return ward.Document{}, &ward.Error{Kind: ward.NotFound, Message: "そのページは見つかりませんでした。"}
	}
	if err := ctx.Err(); err != nil {
		return ward.Document{}, err
	}
	return g.document(n)
}
