package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"madoguchi/ja"
	"madoguchi/ward"
)

// compared is the form in which a stop's word and what it is looked for in are
// compared: ワクチン stops わくちん and ﾜｸﾁﾝ.
func compared(s string) string { return ja.Hiragana(ja.Fold(strings.TrimSpace(s))) }

// names tells whether a stop's word stands in one of these words.
func names(s *ward.Stop, words ...string) bool {
	return s.Kind == ward.StopWord && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(compared(w), compared(s.Value)) })
}

// covers tells whether a stop keeps part of a document from being shown. A word
// stops where it is named in what the resident would read: title, headings, the
// part itself.
func covers(s *ward.Stop, d *ward.Document, part string) bool {
	switch s.Kind {
	case ward.StopPage:
		return ward.SamePage(s.Value, d.URL)
	case ward.StopCategory:
		path := strings.Split(s.Value, ward.CategorySeparator)
		return len(d.Category) >= len(path) && slices.Equal(d.Category[:len(path)], path)
	}
	return names(s, append([]string{d.Title, part}, d.HeadingPath...)...)
}

// Halts tells whether a stop, once in force, would keep a question from being
// answered, or any part of a document from being shown; either may be empty.
func Halts(s ward.Stop, question string, d *ward.Document) bool {
	return question != "" && names(&s, question) || d != nil && covers(&s, d, d.Text)
}

// stopOf is the stop that keeps a question from being answered, nil if none.
func (t *turn) stopOf(question string) *ward.Stop {
	for i := range t.stops {
		if names(&t.stops[i], question) {
			return &t.stops[i]
		}
	}
	return nil
}

// stopOn is the stop that keeps part of a document from being shown, nil if
// none.
func (t *turn) stopOn(d *ward.Document, part string) *ward.Stop {
	for i := range t.stops {
		if covers(&t.stops[i], d, part) {
			return &t.stops[i]
		}
	}
	return nil
}

// withhold says that the counter does not answer about it, and whom to ask.
func (t *turn) withhold(s *ward.Stop) {
	r := t.withContact(phraseWithheld)
	if s.Phone != "" {
		r.Text = phraseWithheld + fmt.Sprintf(phraseContactPhone, s.Phone)
		r.Source = &ward.Source{Title: titleWithheld, Phone: s.Phone}
	}
	t.withheld = true
	t.say(r)
}

// allowed are the hits that no stop keeps back. stop is the one that keeps the
// answer back, when the first hit was to be shown alone or none is left.
func (t *turn) allowed(verdict ward.Verdict, hits []ward.Hit) (kept []ward.Hit, stop *ward.Stop) {
	var first *ward.Stop
	for i := range hits {
		s := t.stopOn(&hits[i].Document, hits[i].Passage)
		switch {
		case s == nil:
			kept = append(kept, hits[i])
		case i == 0 && verdict == ward.Sure:
			return nil, s
		case first == nil:
			first = s
		}
	}
	if len(kept) == 0 {
		return nil, first
	}
	return kept, nil
}

// Stopped is the stop that keeps a question from being answered with what was
// found for it, nil if none.
func (b *Bot) Stopped(ctx context.Context, question string, found ward.Answer) *ward.Stop {
	if b.Stops == nil {
		return nil
	}
	t := &turn{Bot: b, stops: b.Stops(ctx)}
	if s := t.stopOf(question); s != nil || found.Verdict == ward.Nothing {
		return s
	}
	_, s := t.allowed(found.Verdict, onePerPage(found.Hits))
	return s
}
