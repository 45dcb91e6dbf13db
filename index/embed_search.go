package index

import (
	"context"
	"fmt"
	"sync"
	"time"

	"madoguchi/ja"
	"madoguchi/ward"
)

const (
	breakAfter = 3                // failures one after the other
	restFor    = 30 * time.Second // without asking; then one question tries again
)

// near gives the documents nearest to the question by the optional vectors,
// nil when there are none in time.
func (ix *Index) near(ctx context.Context, g *generation, text string) neighbours {
	if ix.embedder == nil || g.vectors == nil || g.stats.Vectors != ix.embedder.Model || !ix.breaker.allow(ix.opts.Now()) {
		return nil
	}
	v, err := ix.questionVector(ctx, text)
	if err == nil && len(v) != g.vectors.dimension {
		err = fmt.Errorf("the embeddings server gives %d numbers, the index has %d", len(v), g.vectors.dimension)
	}
	if ctx.Err() != nil { // who asked has gone: that says nothing of the server
		ix.breaker.undo()
		return nil
	}
	ix.breaker.note(err == nil, ix.opts.Now())
	if err != nil {
		ix.opts.Log.Warn("answered without vectors", "error", err)
		return nil
	}
	return g.vectors.nearest(newVector(v), maxNeighbours)
}

// questionVector sends the question, with personal data masked.
func (ix *Index) questionVector(ctx context.Context, text string) ([]float32, error) {
	e := ix.embedder
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	masked := ja.Mask(capRunes(ja.Clean(text), ward.MaxQuestion))
	vectors, err := e.embed(ctx, []string{e.Query + masked})
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

// breaker keeps questions from waiting for a server that does not answer.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time // nobody asks before
}

// allow says whether to ask. After a rest one question alone tries.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true
	}
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(restFor)
	return true
}

// note takes how an allowed question went.
func (b *breaker) note(good bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if good {
		b.failures = 0
		return
	}
	b.failures++
	b.until = now.Add(restFor)
}

// undo lets the next question try in place of one that was not answered.
func (b *breaker) undo() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = time.Time{}
}
