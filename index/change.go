package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"madoguchi/ward"
)

// Live is the number of the generation in use, 0 when there is none.
func Live(o Options) int {
	n, err := current(o.Dir)
	if err != nil {
		return 0
	}
	return n
}

// Documents reads the documents of generation n, what staff wrote left out. It
// opens nothing else, so it works beside whoever answers from it.
func Documents(ctx context.Context, o Options, n int) iter.Seq2[ward.Document, error] {
	return func(yield func(ward.Document, error) bool) {
		if err := documents(ctx, filepath.Join(o.Dir, genName(n)), func(d ward.Document) bool { return yield(d, nil) }); err != nil {
			yield(ward.Document{}, err)
		}
	}
}

func documents(ctx context.Context, dir string, do func(ward.Document) bool) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return &ward.Error{Kind: ward.NotFound, Message: "その索引はもうありません。", Err: err}
	}
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	b, err := openBleve(filepath.Join(dir, bleveDir))
	if err != nil {
		return damaged(err)
	}
	defer b.Close()
	g := &generation{bleve: b}
	for i := range m.Documents {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := g.document(i)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(d.ID, fixPrefix) && !do(d) {
			return nil
		}
	}
	return nil
}

// remembered is what is kept of a document to compare it with another.
type remembered struct {
	url, title, section string
	text                uint64 // hash of what a resident reads
}

// Compare says how the answers of generation after differ from those of
// before, in the order of their addresses. before 0 is none: then everything is
// new, and only counted.
func Compare(ctx context.Context, o Options, before, after int) (ward.Changes, error) {
	old := map[string]remembered{}
	if before > 0 {
		for d, err := range Documents(ctx, o, before) {
			if err != nil {
				return ward.Changes{}, fmt.Errorf("read generation %d: %w", before, err)
			}
			old[d.ID] = remembered{strings.Clone(d.URL), strings.Clone(d.Title), strings.Clone(d.Section), read(d)}
		}
	}
	var out ward.Changes
	for d, err := range Documents(ctx, o, after) {
		if err != nil {
			return ward.Changes{}, fmt.Errorf("read generation %d: %w", after, err)
		}
		was, known := old[d.ID]
		delete(old, d.ID)
		if before == 0 {
			out.Counts.New++
			continue
		}
		count(&out, d, was, known)
	}
	for id, was := range old {
		out.Counts.Gone++
		out.Answers = append(out.Answers, ward.AnswerChange{Document: id, What: ward.AnswerGone, URL: was.url, Title: was.title, Section: was.section})
	}
	slices.SortFunc(out.Answers, func(a, b ward.AnswerChange) int {
		return cmp.Or(cmp.Compare(a.URL, b.URL), cmp.Compare(a.Document, b.Document), cmp.Compare(a.What, b.What))
	})
	return out, nil
}

// count adds what became of a document that is there now.
func count(out *ward.Changes, d ward.Document, was remembered, known bool) {
	change := ward.AnswerChange{Document: d.ID, URL: d.URL, Title: d.Title, Section: d.Section}
	add := func(what ward.AnswerChanged, counter *int) {
		*counter++
		change.What = what
		out.Answers = append(out.Answers, change)
	}
	if !known {
		add(ward.AnswerNew, &out.Counts.New)
		return
	}
	if was.text != read(d) {
		add(ward.AnswerText, &out.Counts.Text)
	}
	if was.section != d.Section {
		change.SectionWas = was.section
		add(ward.AnswerSection, &out.Counts.Section)
	}
}

// read is a hash of what a resident reads of a document.
func read(d ward.Document) uint64 {
	h := fnv.New64a()
	for _, part := range []string{d.Title, d.Text, d.Phone} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// Owners reads who is in charge of the answers of generation n. Pages that no
// section owns come in the order of their categories.
func Owners(ctx context.Context, o Options, n int) (ward.Owners, error) {
	answers := map[string]int{}
	owned := map[string]bool{} // pages of which some part has an owner
	pages := map[string]ward.PageRef{}
	for d, err := range Documents(ctx, o, n) {
		if err != nil {
			return ward.Owners{}, fmt.Errorf("read generation %d: %w", n, err)
		}
		page := strings.Clone(d.PageURL())
		if d.Section != "" {
			answers[d.Section]++
			owned[page] = true
		} else if _, known := pages[page]; !known {
			pages[page] = ward.PageRef{URL: page, Title: d.Title, Category: ward.TopicOf(d.Category)}
		}
	}
	var out ward.Owners
	for section, n := range answers {
		out.Sections = append(out.Sections, ward.OwnedBy{Section: section, Answers: n})
	}
	slices.SortFunc(out.Sections, func(a, b ward.OwnedBy) int { return cmp.Compare(a.Section, b.Section) })
	for page, ref := range pages {
		if !owned[page] {
			out.Unowned = append(out.Unowned, ref)
		}
	}
	slices.SortFunc(out.Unowned, func(a, b ward.PageRef) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.URL, b.URL))
	})
	return out, nil
}
