package index

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"madoguchi/ward"
)

const (
	// fixPrefix begins the ids of documents that staff wrote.
	fixPrefix = "fix-"
	// maxFixParts is how many words of a question must be in another one for it
	// to be led to the same page; a question of more leads nowhere.
	maxFixParts = 5
	// fixLead is the weight of what a question leads to, beside the thesaurus'.
	fixLead = 0.8
)

// followed are the fixes that an Index goes by.
type followed struct{ fixes []ward.Fix }

// overlay is what fixes mean to one generation. It is applied to each question
// and stands in no file, so that a fix holds at once, and no longer than it is
// in force. Only what staff wrote is in the generation, too, to be found by
// questions in other words; without its fix it is never shown.
type overlay struct {
	of    *followed
	pins  map[string]pin
	words *thesaurus               // nil when they add none
	docs  map[string]ward.Document // what staff wrote, by id
}

// pin is the answer to a question that is asked in the same words.
type pin struct {
	fix  string
	id   string   // of what staff wrote, or of the part of the page that answers
	page []uint32 // documents of the page that answers; none for what staff wrote
}

// Follow makes the index go by these fixes from the next question on; those
// that are not live or that dismiss are left out.
func (ix *Index) Follow(fixes []ward.Fix) { ix.fixes.Store(newFollowed(fixes)) }

func newFollowed(fixes []ward.Fix) *followed {
	return &followed{slices.DeleteFunc(slices.Clone(fixes), func(f ward.Fix) bool {
		return f.State != ward.FixLive || f.Kind == ward.FixDismiss
	})}
}

// with are the fixes with the drafts as if they were live; a draft takes the
// place of the fix with its id.
func (f *followed) with(drafts []ward.Fix) *followed {
	all := slices.DeleteFunc(slices.Clone(f.fixes), func(f ward.Fix) bool {
		return slices.ContainsFunc(drafts, func(d ward.Fix) bool { return d.ID == f.ID })
	})
	for _, d := range drafts {
		d.State = ward.FixLive
		all = append(all, d)
	}
	return newFollowed(all)
}

// fixes of an Index, and what they mean to a generation; both are nil at first.
type (
	fixPointer     = atomic.Pointer[followed]
	overlayPointer = atomic.Pointer[overlay]
)

// overlay gives what the fixes mean to g, made when they are new to it.
func (ix *Index) overlay(g *generation) (*overlay, error) {
	f := ix.fixes.Load()
	if f == nil {
		f = &followed{}
	}
	if o := g.overlay.Load(); o != nil && (o.of == f || len(o.of.fixes)+len(f.fixes) == 0) {
		return o, nil
	}
	o, err := g.lay(f)
	if err == nil {
		g.overlay.Store(o)
	}
	return o, err
}

// lay works out what fixes mean to the generation.
func (g *generation) lay(f *followed) (*overlay, error) {
	lex, err := g.lexicon()
	if err != nil {
		return nil, err
	}
	o := &overlay{of: f, pins: map[string]pin{}, docs: map[string]ward.Document{}}
	pages := g.forward.pagesOf(f.fixes)
	var lines []thesaurusLine
	for _, fix := range f.fixes {
		p := pin{fix: fix.ID, id: fix.Document}
		switch fix.Kind {
		case ward.FixPage:
			p.page = pages[fixPage(fix)]
		case ward.FixAnswer:
			d := fixDocument(fix)
			p.id, o.docs[d.ID] = d.ID, d
		case ward.FixWord:
			lines = append(lines, thesaurusLine{parts: []string{fix.Word}, relation: "same", targets: fix.Means, weight: 1})
			continue
		}
		for _, q := range fix.Questions {
			terms := lex.about(question(q))
			o.pins[pinKey(terms)] = p
			lines = append(lines, leads(terms, fix)...)
		}
	}
	delete(o.pins, "") // a question without words is every such question
	if len(lines) == 0 {
		return o, nil
	}
	words, err := analyseParts(lex.analyzer, lines)
	if err != nil {
		return nil, err
	}
	o.words = compileThesaurus(lines, words, g.forward)
	return o, nil
}

// leads is the line by which questions that hold all words of one that staff
// have answered find the same.
func leads(terms []string, fix ward.Fix) []thesaurusLine {
	target := fix.PageTitle
	if fix.Kind == ward.FixAnswer {
		target = fix.Questions[0]
	}
	if len(terms) == 0 || len(terms) > maxFixParts || target == "" {
		return nil
	}
	return []thesaurusLine{{parts: terms, relation: "leads", targets: []string{target}, weight: fixLead}}
}

// fixPage is the address of a fix's page without the anchor.
func fixPage(f ward.Fix) string {
	page, _, _ := strings.Cut(f.Page, "#")
	return page
}

// pagesOf are the documents of the pages that fixes lead to, by address.
func (f *forward) pagesOf(fixes []ward.Fix) map[string][]uint32 {
	wanted := map[uint64]string{}
	for _, fix := range fixes {
		if fix.Kind == ward.FixPage {
			wanted[hashString(fixPage(fix))] = fixPage(fix)
		}
	}
	out := map[string][]uint32{}
	for n, page := range f.Pages {
		if address, ok := wanted[page]; ok && !strings.HasPrefix(f.IDs[n], fixPrefix) {
			out[address] = append(out[address], uint32(n))
		}
	}
	return out
}

// fixDocument is what staff wrote as a document: it stands on the page that it
// was written from.
func fixDocument(f ward.Fix) ward.Document {
	d := ward.Document{
		ID: fixPrefix + f.ID, Kind: ward.FAQ, URL: f.Page, Title: f.Questions[0], Text: f.Text + "\n",
		Section: f.Owner, Phone: f.Phone,
	}
	if f.PageTitle != "" {
		d.HeadingPath = []string{f.PageTitle}
	}
	if !f.PublishedAt.IsZero() {
		d.Updated = f.PublishedAt.In(ward.Japan()).Format(time.DateOnly)
	}
	return d
}

// fixDocuments are the documents that staff wrote, for a Build.
func (f *followed) documents() []ward.Document {
	var out []ward.Document
	for _, fix := range f.fixes {
		if fix.Kind == ward.FixAnswer {
			out = append(out, fixDocument(fix))
		}
	}
	return out
}

// goldens are the fixes' first questions with the pages that answer them. The
// others are residents' own words, which a judgement must not outlive.
func (f *followed) goldens() []Golden {
	var out []Golden
	for _, fix := range f.fixes {
		if fix.Page != "" && len(fix.Questions) > 0 {
			out = append(out, Golden{Question: fix.Questions[0], Pages: []string{fix.Page}})
		}
	}
	return out
}

// about are the words that a folded question is about, each once, in order of
// the alphabet: two questions with the same are the same question.
func (lex *lexicon) about(text string) []string {
	all := lex.analyzer.split(text)
	counted := without(all, lex.stop)
	if len(counted) == 0 {
		counted = all
	}
	terms := texts(nil, counted)
	slices.Sort(terms)
	return slices.Compact(terms)
}

func pinKey(terms []string) string { return strings.Join(terms, " ") }

// asRead is a folded question as the generation reads it.
func (f *forward) asRead(lex *lexicon, text string) string {
	read, _ := f.reread(text, lex.analyzer.morphs(text))
	return read
}

// settle makes an answer one that goes by the fixes: what staff wrote is shown
// as it now is, or not at all, and the answer that a question is pinned to comes
// first and is sure.
func (ix *Index) settle(ctx context.Context, g *generation, o *overlay, text string, f finding, a ward.Answer) (ward.Answer, error) {
	a = o.current(ix.weights, a)
	p, ok, err := g.pinned(o, text)
	if err != nil || !ok {
		return a, err
	}
	hit, ok, err := g.hitOf(ctx, o, p, f, a)
	if err != nil || !ok {
		return a, err
	}
	rest := slices.DeleteFunc(a.Hits, func(h ward.Hit) bool { return h.Document.ID == hit.Document.ID })
	if len(rest) > 0 {
		hit.Score = max(hit.Score, rest[0].Score)
	}
	return ward.Answer{Verdict: ward.Sure, Hits: append([]ward.Hit{hit}, rest...), Fix: p.fix}, nil
}

// current leaves of what staff wrote only what is in force, as it now is.
func (o *overlay) current(w weights, a ward.Answer) ward.Answer {
	was := len(a.Hits)
	hits := slices.DeleteFunc(a.Hits, func(h ward.Hit) bool {
		_, live := o.docs[h.Document.ID]
		return strings.HasPrefix(h.Document.ID, fixPrefix) && !live
	})
	for i := range hits {
		if d, live := o.docs[hits[i].Document.ID]; live {
			hits[i].Document, hits[i].Passage = d, d.Text
			if i == 0 && a.Verdict == ward.Sure {
				a.Fix = strings.TrimPrefix(d.ID, fixPrefix)
			}
		}
	}
	a.Hits = hits
	if len(hits) < was {
		a.Verdict, a.Fix = ward.Nothing, ""
		if len(hits) > 0 {
			a.Verdict = w.verdict(hits[0].Confidence)
		}
	}
	return a
}

// pinned is the pin of a question, as it is written or as it is read.
func (g *generation) pinned(o *overlay, text string) (pin, bool, error) {
	if len(o.pins) == 0 {
		return pin{}, false, nil
	}
	lex, err := g.lexicon()
	if err != nil {
		return pin{}, false, err
	}
	text = question(text)
	p, ok := o.pins[pinKey(lex.about(text))]
	if !ok {
		p, ok = o.pins[pinKey(lex.about(g.forward.asRead(lex, text)))]
	}
	return p, ok, nil
}

// hitOf is the hit that a pin stands for; none when its page has left the site.
func (g *generation) hitOf(ctx context.Context, o *overlay, p pin, f finding, a ward.Answer) (ward.Hit, bool, error) {
	if d, ok := o.docs[p.id]; ok {
		return ward.Hit{Document: d, Passage: d.Text, Confidence: 1}, true, nil
	}
	if len(p.page) == 0 {
		return ward.Hit{}, false, nil
	}
	for _, h := range a.Hits { // the part of the page that fits the question best
		n := uint32(g.forward.ordinal[h.Document.ID])
		if slices.Contains(p.page, n) && (p.id == "" || p.id == h.Document.ID) {
			h.Confidence = 1
			return h, true, nil
		}
	}
	n := int(p.page[0])
	if at, known := g.forward.ordinal[p.id]; known && slices.Contains(p.page, uint32(at)) {
		n = at
	}
	d, err := g.document(n)
	if err != nil || ctx.Err() != nil {
		return ward.Hit{}, false, cmp.Or(err, ctx.Err())
	}
	var words []lookedUp
	if f.asked != nil {
		words = g.forward.inPassage(f.asked)
	}
	return ward.Hit{Document: d, Passage: g.forward.passage(words, n, d.Text), Confidence: 1}, true, nil
}
