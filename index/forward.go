package index

import (
	"bufio"
	"encoding/gob"
	"fmt"
	"hash/fnv"
	"os"

	"madoguchi/ja"
	"madoguchi/ward"
)

// field is a part of a document that is counted and weighted on its own.
type field int

const (
	titleField field = iota
	pathField        // headings above, and the categories of the page
	bodyField
	sectionField
	numFields
)

// fieldNames are the names in Bleve.
var fieldNames = [numFields]string{"title", "path", "body", "section"}

// analysed is a document as words.
type analysed struct {
	doc    ward.Document
	fields [numFields][]string
	bounds []bound
	spoken []spoken // in the title and the headings above it
}

// bound is where a sentence of the text begins: as a term of the body and as
// a byte of the text.
type bound struct{ Term, Byte uint32 }

func (a *analyzer) document(d ward.Document) analysed {
	out := analysed{doc: d}
	out.say(a, titleField, d.Title)
	for _, h := range d.HeadingPath {
		out.say(a, pathField, h)
	}
	for _, c := range d.Category {
		out.fields[pathField] = texts(out.fields[pathField], a.terms(c))
	}
	out.fields[sectionField] = texts(nil, a.terms(d.Section))
	at := 0
	for _, s := range ja.Sentences(d.Text) {
		out.bounds = append(out.bounds, bound{uint32(len(out.fields[bodyField])), uint32(at)})
		out.fields[bodyField] = texts(out.fields[bodyField], a.terms(s))
		at += len(s)
	}
	return out
}

// say adds a heading to a field and to what is spoken.
func (d *analysed) say(a *analyzer, fd field, heading string) {
	heading = fold(heading)
	words := a.split(heading)
	d.fields[fd] = texts(d.fields[fd], words)
	d.spoken = append(d.spoken, spokenIn(heading, words)...)
}

func texts(out []string, terms []term) []string {
	for _, t := range terms {
		out = append(out, t.text)
	}
	return out
}

// forward is what ranking reads beside Bleve: every document as the sequence
// of its words. It is stored with encoding/gob.
type forward struct {
	Words  []string // the vocabulary; a word's number is its place here
	DF     []uint32 // documents that hold the word, by word; 0 for one that only the thesaurus knows
	Starts []uint32 // of field f of document d at d*numFields+f, into Tokens; one more at the end
	Tokens []uint32 // words of all documents, field after field

	BoundStarts []uint32 // of document d, into Bounds; one more at the end
	Bounds      []bound

	IDs        []string
	Pages      []uint64   // hash of the page's address
	Paths      [][]string // the distinct categories
	Categories []uint32   // of each document, into Paths

	Thesaurus *thesaurus
	Latent    *latent
	Readings  *readings

	numbers map[string]uint32 // of Words
	ordinal map[string]int    // of IDs
	average [numFields]float64
	idfs    []float64 // of Words; none while the documents are being read
}

func (f *forward) documents() int { return len(f.IDs) }

func (f *forward) tokens(doc int, fd field) []uint32 {
	i := doc*int(numFields) + int(fd)
	return f.Tokens[f.Starts[i]:f.Starts[i+1]]
}

func (f *forward) bounds(doc int) []bound {
	return f.Bounds[f.BoundStarts[doc]:f.BoundStarts[doc+1]]
}

// forwardBuilder collects documents into a forward.
type forwardBuilder struct {
	forward
	paths map[string]uint32
	heard readingBuilder
	last  []uint32 // by word: the last document, plus 1, that was counted in DF
}

func newForwardBuilder() *forwardBuilder {
	b := &forwardBuilder{paths: map[string]uint32{}, heard: readingBuilder{}}
	b.numbers, b.ordinal = map[string]uint32{}, map[string]int{}
	b.Starts, b.BoundStarts = []uint32{0}, []uint32{0}
	return b
}

// add appends a document and gives its ordinal; false when its id is known.
func (b *forwardBuilder) add(a analysed) (int, bool) {
	if _, known := b.ordinal[a.doc.ID]; known {
		return 0, false
	}
	n := len(b.IDs)
	b.ordinal[a.doc.ID] = n
	b.IDs = append(b.IDs, a.doc.ID)
	for _, words := range a.fields {
		for _, w := range words {
			b.Tokens = append(b.Tokens, b.count(w, n))
		}
		b.Starts = append(b.Starts, uint32(len(b.Tokens)))
	}
	b.heard.add(a.spoken)
	b.Bounds = append(b.Bounds, a.bounds...)
	b.BoundStarts = append(b.BoundStarts, uint32(len(b.Bounds)))
	b.Pages = append(b.Pages, hashString(a.doc.PageURL()))
	b.Categories = append(b.Categories, b.category(a.doc.Category))
	return n, true
}

// count gives the number of word and notes that document n holds it.
func (b *forwardBuilder) count(word string, n int) uint32 {
	id := b.number(word)
	if b.last[id] != uint32(n)+1 {
		b.last[id] = uint32(n) + 1
		b.DF[id]++
	}
	return id
}

// number gives the number of a word, which joins the vocabulary if it must.
func (b *forwardBuilder) number(word string) uint32 {
	id, known := b.numbers[word]
	if !known {
		id = uint32(len(b.Words))
		b.Words, b.numbers[word] = append(b.Words, word), id
		b.DF, b.last = append(b.DF, 0), append(b.last, 0)
	}
	return id
}

func (b *forwardBuilder) category(path []string) uint32 {
	key := fmt.Sprintf("%q", path)
	id, known := b.paths[key]
	if !known {
		id = uint32(len(b.Paths))
		b.Paths, b.paths[key] = append(b.Paths, path), id
	}
	return id
}

func (f *forward) save(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create forward file: %w", err)
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	if err := gob.NewEncoder(w).Encode(f); err != nil {
		return fmt.Errorf("write forward file: %w", err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write forward file: %w", err)
	}
	return file.Close()
}

func loadForward(path string) (*forward, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open forward file: %w", err)
	}
	defer file.Close()
	f := &forward{}
	if err := gob.NewDecoder(bufio.NewReader(file)).Decode(f); err != nil {
		return nil, fmt.Errorf("read forward file: %w", err)
	}
	f.numbers = make(map[string]uint32, len(f.Words))
	for i, w := range f.Words {
		f.numbers[w] = uint32(i)
	}
	f.ordinal = make(map[string]int, len(f.IDs))
	for i, id := range f.IDs {
		f.ordinal[id] = i
	}
	f.measure()
	f.Thesaurus.index()
	f.Latent.measure()
	f.Readings.index()
	return f, nil
}

// measure computes the average length of each field and the words' idf.
func (f *forward) measure() {
	idfs := make([]float64, len(f.Words))
	for w := range idfs {
		idfs[w] = f.idf(uint32(w))
	}
	f.idfs = idfs
	f.average = [numFields]float64{}
	for d := range f.documents() {
		for fd := range numFields {
			f.average[fd] += float64(len(f.tokens(d, fd))) / float64(f.documents())
		}
	}
}

func hashString(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
