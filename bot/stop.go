package bot

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"madoguchi/ja"
	"madoguchi/ward"
)

// compared is the form in which a stop's word and what it is looked for in are
// compared: ワクチン stops わくちん and ﾜｸﾁﾝ.
func compared(s string) string { return ja.Hiragana(ja.Fold(strings.TrimSpace(s))) }

// stopOf is the stop that keeps words from being said or asked about, nil if
// none.
func (t *turn) stopOf(words ...string) *ward.Stop {
	for i, s := range t.stops {
		if s.Kind == ward.StopWord && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(compared(w), compared(s.Value)) }) {
			return &t.stops[i]
		}
	}
	return nil
}

// stopOn is the stop that keeps part of a document from being shown, nil if
// none. A word stops where it is named in what the resident would read: title,
// headings, the part itself.
func (t *turn) stopOn(d *ward.Document, part string) *ward.Stop {
	for i, s := range t.stops {
		switch s.Kind {
		case ward.StopPage:
			if samePage(s.Value, d.URL) {
				return &t.stops[i]
			}
		case ward.StopCategory:
			if names := strings.Split(s.Value, ward.CategorySeparator); len(d.Category) >= len(names) && slices.Equal(d.Category[:len(names)], names) {
				return &t.stops[i]
			}
		}
	}
	return t.stopOf(append([]string{d.Title, part}, d.HeadingPath...)...)
}

// samePage tells whether two addresses are of one page, however they were
// copied: with or without anchor, index.html, https.
func samePage(a, b string) bool {
	plain := func(raw string) string {
		u, err := url.Parse(strings.TrimSpace(raw))
		if err != nil {
			return raw
		}
		at := u.Path
		if folder, name := path.Split(at); name == "index.html" || name == "index.htm" {
			at = folder
		}
		return strings.ToLower(u.Host) + "/" + strings.Trim(at, "/") + "?" + u.RawQuery
	}
	return plain(a) == plain(b)
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
