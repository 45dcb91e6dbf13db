package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"madoguchi/ward"
)

const (
	maxPassage    = 700              // characters of a document that are sent: 512 tokens, which every model reads
	embedBatch    = 32               // documents of one request
	embedAttempts = 4                // of one request
	batchWithin   = time.Minute      // of one attempt
	embedWithin   = 2 * time.Hour    // of a build; the next one goes on from there
	partialFile   = "vectors.part"   // vectors of a build that did not get all of them
	embedReport   = 15 * time.Second // between two log lines
)

var errEmbedTime = errors.New("the time for vectors is over")

// vectorize gets a vector for every document of g and writes them into tmp.
// All or none: a document without one would fall behind the others. What was
// got is kept for the next build. The error is only that of ctx: without
// vectors a generation is as good as the built-in ranking.
func (o Options) vectorize(ctx context.Context, tmp string, g *generation, m *manifest) error {
	if o.Embeddings == nil {
		return nil
	}
	v := &vectorizer{o: o, embedder: newEmbedder(*o.Embeddings), deadline: o.Now().Add(embedWithin)}
	v.keys, v.rows = make([]vectorKey, g.forward.documents()), make([]vector, g.forward.documents())
	known := o.knownVectors()
	err := v.run(ctx, g, known)
	if errors.Is(err, errOtherDimension) && len(known) > 0 { // the server has another model under the same name
		clear(v.rows)
		err = v.run(ctx, g, nil)
	}
	part := filepath.Join(o.Dir, partialFile)
	if err != nil {
		err = errors.Join(err, v.keepPart(part))
		o.Log.Warn("index without vectors", "documents", len(v.rows), "sent", v.sent, "error", err)
		return ctx.Err()
	}
	if err := writeVectors(filepath.Join(tmp, vectorFile), v.keys, v.rows); err != nil {
		return err
	}
	m.Vectors = &vectorInfo{o.Embeddings.Model, len(v.rows[0].bytes)}
	o.Log.Info("vectors written", "documents", len(v.rows), "sent", v.sent, "dimension", m.Vectors.Dimension)
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		o.Log.Warn("a leftover stays", "error", err)
	}
	return nil
}

// vectorInfo stands in the manifest of a generation that has vectors.
type vectorInfo struct {
	Model     string `json:"model"`
	Dimension int    `json:"dimension"`
}

// vectorizer fills rows, one for each document.
type vectorizer struct {
	o        Options
	embedder *embedder
	deadline time.Time
	keys     []vectorKey
	rows     []vector
	sent     int
	reported time.Time
}

var errOtherDimension = errors.New("the embeddings server has changed its dimension")

// run takes what is known and asks for the rest.
func (v *vectorizer) run(ctx context.Context, g *generation, known map[vectorKey]vector) error {
	var places []int
	var texts []string
	for n := range v.rows {
		d, err := g.document(n)
		if err != nil {
			return err
		}
		text := v.embedder.Passage + passageOf(d)
		v.keys[n] = keyOf(v.embedder.Model, text)
		if row, ok := known[v.keys[n]]; ok {
			v.rows[n] = row
			continue
		}
		places, texts = append(places, n), append(texts, text)
		if len(texts) == embedBatch {
			if err := v.ask(ctx, places, texts); err != nil {
				return err
			}
			places, texts = places[:0], texts[:0]
		}
	}
	if len(texts) > 0 {
		if err := v.ask(ctx, places, texts); err != nil {
			return err
		}
	}
	return v.sameDimension()
}

func (v *vectorizer) sameDimension() error {
	for _, r := range v.rows {
		if len(r.bytes) != len(v.rows[0].bytes) {
			return errOtherDimension
		}
	}
	return nil
}

// ask sends one batch, again after a pause when that may help.
func (v *vectorizer) ask(ctx context.Context, places []int, texts []string) error {
	pause := v.embedder.Pause
	for attempt := 1; ; attempt++ {
		if v.o.Now().After(v.deadline) {
			return errEmbedTime
		}
		vectors, err := v.attempt(ctx, texts)
		if err == nil {
			for i, n := range places {
				v.rows[n] = newVector(vectors[i])
			}
			v.sent += len(texts)
			v.report()
			return nil
		}
		if attempt == embedAttempts || !transient(err) {
			return err
		}
		wake := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wake.Stop()
			return ctx.Err()
		case <-wake.C:
		}
		pause *= 2
	}
}

func (v *vectorizer) attempt(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, batchWithin)
	defer cancel()
	return v.embedder.embed(ctx, texts)
}

func (v *vectorizer) report() {
	if now := v.o.Now(); now.Sub(v.reported) > embedReport {
		v.reported = now
		v.o.Log.Info("getting vectors", "sent", v.sent, "of at most", len(v.rows))
	}
}

// keepPart keeps what was got for the next build.
func (v *vectorizer) keepPart(path string) error {
	var keys []vectorKey
	var rows []vector
	for n, r := range v.rows {
		if r.bytes != nil && (len(rows) == 0 || len(r.bytes) == len(rows[0].bytes)) {
			keys, rows = append(keys, v.keys[n]), append(rows, r)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := writeVectors(path+tmpSuffix, keys, rows); err != nil {
		return err
	}
	if err := os.Rename(path+tmpSuffix, path); err != nil {
		return fmt.Errorf("name vector file: %w", err)
	}
	return nil
}

// passageOf is what is sent of a document: where it stands, and its beginning.
func passageOf(d ward.Document) string {
	head := strings.Join(slices.Concat(d.HeadingPath, []string{d.Title}), "\n")
	return capRunes(head+"\n"+d.Text, maxPassage)
}

func keyOf(model, text string) vectorKey {
	sum := sha256.Sum256([]byte(model + "\x00" + text))
	return vectorKey(sum[:len(vectorKey{})])
}

// knownVectors are those of the generations that are kept and of a build that
// did not get all. One file of another dimension than the newest is passed over.
func (o Options) knownVectors() map[vectorKey]vector {
	known := map[vectorKey]vector{}
	found, err := generations(o.Dir)
	if err != nil {
		return known
	}
	paths := []string{filepath.Join(o.Dir, partialFile)}
	for _, n := range slices.Backward(found) {
		paths = append(paths, filepath.Join(o.Dir, genName(n), vectorFile))
	}
	dimension := 0
	for _, path := range paths {
		v, err := mapVectors(path)
		if err != nil {
			continue // there is none, or it is damaged: the texts are sent again
		}
		if dimension == 0 {
			dimension = v.dimension
		}
		for n, key := range v.keys {
			if _, seen := known[key]; !seen && v.dimension == dimension {
				row := v.row(n)
				known[key] = vector{row.scale, slices.Clone(row.bytes)}
			}
		}
		if err := v.close(); err != nil {
			o.Log.Warn("close vector file", "error", err)
		}
	}
	return known
}
