package index

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"golang.org/x/sync/errgroup"

	"madoguchi/ward"
)

// Options says where an index lives. The zero value of all but Dir is useful.
type Options struct {
	Dir  string           // made when missing
	Log  *slog.Logger     // nil logs nothing
	Now  func() time.Time // nil is time.Now
	Keep int              // finished generations kept, the live one included; 0 is 3
	// Thesauri are folders of thesaurus files (*.tsv, in the form of
	// thesaurus/README.md); Build reads them and fails where it cannot. nil is
	// the program's own, Thesaurus().
	Thesauri []fs.FS
	// Own is the folder in which the ward's staff edit: thesaurus/*.tsv in the
	// same form, and goldens.tsv (question, tab, address). Build reads it. What
	// cannot be read is left out and logged: see CheckOwn. nil is none.
	Own fs.FS
	// Goldens judge a generation before it goes live, beside those of Own.
	Goldens []Golden
	// Fixes are what staff did about questions: what they wrote becomes documents,
	// and the questions judge the generation, as the index will answer them.
	Fixes []ward.Fix
	// Embeddings give documents and questions vectors for a second ranking;
	// nil is none.
	Embeddings *Embeddings
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keep == 0 {
		o.Keep = 3
	}
	if o.Thesauri == nil {
		o.Thesauri = []fs.FS{Thesaurus()}
	}
	return o
}

// Stats describes a generation.
type Stats struct {
	Generation int
	Documents  int
	Terms      int // distinct words
	BuiltAt    time.Time
	Judgement  *Judgement // nil when there were no goldens
	Vectors    string     // the model of its vectors, "" when it has none
}

// batchSize is how many documents are analysed at once, in parallel.
const batchSize = 256

// Build makes a new generation of docs and makes it the live one, unless it
// answers the goldens worse than the one that is live. Documents with an id
// that came before are left out. An error of docs, a cancelled context or any
// failure on the way leaves the live generation as it is.
// Errors: Conflict when another process is building, Invalid without
// documents; Invalid around a *Refused, with the Stats of the new generation,
// when it is kept but not made live: Use can do that.
func Build(ctx context.Context, o Options, docs iter.Seq2[ward.Document, error]) (Stats, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return Stats{}, fmt.Errorf("make index folder: %w", err)
	}
	unlock, err := lock(o.Dir)
	if err != nil {
		return Stats{}, err
	}
	defer unlock()
	return build(ctx, o, docs)
}

// build is Build by the holder of the lock.
func build(ctx context.Context, o Options, docs iter.Seq2[ward.Document, error]) (Stats, error) {
	n, live, err := nextNumber(o.Dir)
	if err != nil {
		return Stats{}, err
	}
	final := filepath.Join(o.Dir, genName(n))
	tmp := final + tmpSuffix
	if err := os.RemoveAll(tmp); err != nil {
		return Stats{}, fmt.Errorf("remove leftover: %w", err)
	}
	m := manifest{BuiltAt: o.Now().UTC()}
	own, faults := readOwn(o.Own)
	for _, f := range faults {
		o.Log.Warn("a file of the ward's staff cannot be used as it is", "error", f)
	}
	fixes := newFollowed(o.Fixes)
	err = o.write(ctx, tmp, withDocuments(docs, fixes.documents()), own.lines, &m)
	if err == nil {
		err = o.examine(ctx, tmp, n, slices.Concat(o.Goldens, own.goldens, fixes.goldens()), &m)
	}
	if err == nil {
		err = seal(tmp, final, m)
	}
	if err != nil {
		os.RemoveAll(tmp)
		return Stats{}, err
	}
	refusal := m.Judgement.refusal(n)
	if refusal == nil {
		if err := setCurrent(o.Dir, n); err != nil {
			return Stats{}, err
		}
		live = n
	}
	if err := prune(o.Dir, live, o.Keep); err != nil {
		o.Log.Warn("old generations stay", "error", err)
	}
	debug.FreeOSMemory() // the service goes on in the same process with a small index
	o.Log.Info("index built", "generation", n, "live", live, "documents", m.Documents, "terms", m.Terms, "took", o.Now().Sub(m.BuiltAt))
	return m.stats(n), refusal
}

// withDocuments are docs and then more, but only where there are docs: a site
// that gives nothing is no index of what staff wrote.
func withDocuments(docs iter.Seq2[ward.Document, error], more []ward.Document) iter.Seq2[ward.Document, error] {
	return func(yield func(ward.Document, error) bool) {
		some := false
		for d, err := range docs {
			if some = true; !yield(d, err) {
				return
			}
		}
		for _, d := range more {
			if !some || !yield(d, nil) {
				return
			}
		}
	}
}

// nextNumber is that of the generation to build, and that of the live one, 0
// when there is none or it is unreadable.
func nextNumber(dir string) (next, live int, err error) {
	found, err := generations(dir)
	if err != nil {
		return 0, 0, err
	}
	if live, err = current(dir); err != nil {
		live = 0
	}
	return slices.Max(append(found, live, 0)) + 1, live, nil
}

// write writes the generation's files into tmp and counts into m.
func (o Options) write(ctx context.Context, tmp string, docs iter.Seq2[ward.Document, error], own []thesaurusLine, m *manifest) error {
	dict, kept, err := keepDictionary(o.Dir)
	if err != nil {
		return err
	}
	defer dict.close()
	if kept != nil { // then every start is slow, and that is all
		o.Log.Warn("dictionary file not written", "error", kept)
	}
	lines, err := readThesauri(o.Thesauri)
	if err != nil {
		return err
	}
	return writeGeneration(ctx, &analyzer{dict}, tmp, docs, append(lines, own...), m)
}

// writeGeneration writes Bleve's files and the forward file into tmp and
// counts into m.
func writeGeneration(ctx context.Context, a *analyzer, tmp string, docs iter.Seq2[ward.Document, error], lines []thesaurusLine, m *manifest) error {
	scratch := filepath.Join(tmp, "scratch")
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return fmt.Errorf("make generation: %w", err)
	}
	store, err := bleve.NewBuilder(filepath.Join(tmp, bleveDir), bleveMapping(), map[string]any{"buildPathPrefix": scratch})
	if err != nil {
		return fmt.Errorf("start Bleve: %w", err)
	}
	fw := newForwardBuilder()
	err = inBatches(ctx, docs, func(batch []ward.Document) error {
		return addBatch(ctx, a, batch, fw, store)
	})
	if err == nil && fw.documents() == 0 {
		err = &ward.Error{Kind: ward.Invalid, Message: "索引に入れる文書が一件もありません。前の索引をそのまま使います。"}
	}
	if fw.documents() == 0 { // Bleve's builder panics when it closes empty
		return err
	}
	if closing := store.Close(); err == nil && closing != nil {
		err = fmt.Errorf("finish Bleve: %w", closing)
	}
	if err != nil {
		return err
	}
	if err := os.RemoveAll(scratch); err != nil {
		return fmt.Errorf("clear scratch: %w", err)
	}
	m.Documents, m.Terms = fw.documents(), len(fw.Words)
	words, err := analyseParts(a, lines)
	if err != nil {
		return err
	}
	fw.Thesaurus = compileThesaurus(lines, words, &fw.forward)
	if fw.Latent, err = newLatent(ctx, &fw.forward, fw.sayings(lines, words), latentDimensions); err != nil {
		return err
	}
	if fw.Readings, err = fw.readings(a, lines, words.writes); err != nil {
		return err
	}
	return fw.save(filepath.Join(tmp, forwardFile))
}

func inBatches(ctx context.Context, docs iter.Seq2[ward.Document, error], do func([]ward.Document) error) error {
	batch := make([]ward.Document, 0, batchSize)
	for d, err := range docs {
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if batch = append(batch, d); len(batch) == batchSize {
			if err := do(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return do(batch)
}

// addBatch analyses in parallel and adds in order, so that a generation
// depends on nothing but its documents.
func addBatch(ctx context.Context, a *analyzer, batch []ward.Document, fw *forwardBuilder, store bleve.Builder) error {
	done := make([]analysed, len(batch))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range batch {
		g.Go(func() error {
			done[i] = a.document(batch[i])
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, d := range done {
		n, fresh := fw.add(d)
		if !fresh {
			continue
		}
		if err := addToBleve(store, n, d); err != nil {
			return err
		}
	}
	return nil
}

func addToBleve(store bleve.Builder, n int, d analysed) error {
	raw, err := json.Marshal(d.doc)
	if err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	fields := map[string]any{storedField: string(raw)}
	for fd, words := range d.fields {
		fields[fieldNames[fd]] = strings.Join(words, " ")
	}
	if err := store.Index(strconv.Itoa(n), fields); err != nil {
		return fmt.Errorf("add document to Bleve: %w", err)
	}
	return nil
}
