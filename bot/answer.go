package bot

import (
	"context"
	"fmt"
	"slices"

	"madoguchi/ja"
	"madoguchi/ward"
)

const (
	maxCandidates = 5  // documents that a resident chooses among
	maxHits       = 10 // that are looked at to find them on different pages
)

// ask answers a typed question. One that only goes on from the last answer is
// asked together with that answer's page, because alone 「持ち物は？」 finds
// whatever page speaks of it most.
func ask(ctx context.Context, t *turn, text string) error {
	if stop := t.stopOf(text); stop != nil {
		t.withhold(stop)
		t.count(ward.Answer{Verdict: ward.Nothing})
		return nil
	}
	question, found, err := t.find(ctx, text)
	if err != nil {
		return err
	}
	if err := t.answer(ctx, ja.Mask(question), found); err != nil {
		return err
	}
	t.count(found)
	return nil
}

// find searches for a question as it is meant.
func (t *turn) find(ctx context.Context, text string) (question string, found ward.Answer, err error) {
	question = t.inContext(text)
	found, err = t.search(ctx, question)
	if err == nil && found.Verdict == ward.Nothing && question != text {
		if found, err = t.search(ctx, text); found.Verdict != ward.Nothing {
			question = text
		}
	}
	if err == nil && question != text && len(found.Hits) > 1 && t.showing(found.Hits[0]) {
		found.Verdict = ward.Unsure // to show it again may answer, or something beside it
	}
	return question, found, err
}

func (t *turn) search(ctx context.Context, text string) (ward.Answer, error) {
	found, err := t.Searcher.Search(ctx, text, maxHits)
	if err != nil {
		return ward.Answer{}, fmt.Errorf("search: %w", failed(err))
	}
	if len(found.Hits) == 0 {
		found.Verdict = ward.Nothing
	}
	return found, nil
}

// showing tells whether a hit is what was shown last.
func (t *turn) showing(h ward.Hit) bool {
	return t.s.Shown[len(t.s.Shown)-1].Value == showValue(&h.Document, spanOf(h))
}

// failed keeps a search that fails from looking like a choice gone stale.
func failed(err error) error {
	if ward.KindOf(err) == ward.NotFound {
		return &ward.Error{Kind: ward.Internal, Message: phraseUnavailable, Err: err}
	}
	return err
}

// inContext puts the page of the last answer before a question that says
// nothing of its subject; any other question stays.
func (t *turn) inContext(text string) string {
	if len(t.s.Shown) == 0 || !isFollowUp(spoken(text)) {
		return text
	}
	return t.s.Shown[len(t.s.Shown)-1].Title + " " + text
}

// answer says what was found for a question, and remembers it.
func (t *turn) answer(ctx context.Context, question string, found ward.Answer) error {
	hits := onePerPage(found.Hits)
	if found.Verdict != ward.Nothing {
		kept, stop := t.allowed(found.Verdict, hits)
		if stop != nil {
			t.withhold(stop)
			return nil
		}
		hits = kept
	}
	switch found.Verdict {
	case ward.Sure:
		q := t.remember(question, found.Verdict, hits[1:])
		t.present(&hits[0].Document, spanOf(hits[0]), q.ID)
		return nil
	case ward.Unsure:
		q := t.remember(question, found.Verdict, hits)
		if t.forgetful {
			t.say(ward.Reply{Text: which(q.Question, q.Candidates), Choices: q.Candidates})
			return nil
		}
		return showCandidates(ctx, t, q.ID)
	default:
		switch { // it may have been meant for a step that waits, or did
		case t.s.unread:
			return t.forgotten()
		case t.s.over != "":
			return showMenu(ctx, t, "")
		}
		t.notAnswered(t.remember(question, ward.Nothing, nil))
		t.say(t.withContact(phraseNothing))
		return nil
	}
}

// onePerPage leaves the best hit of each page and title: a page that has much to
// say must not push out the others. Where there is only one page, its parts are
// the choice.
func onePerPage(hits []ward.Hit) []ward.Hit {
	type page struct{ url, title string }
	seen := map[page]bool{}
	best := slices.DeleteFunc(slices.Clone(hits), func(h ward.Hit) bool {
		p := page{h.Document.PageURL(), h.Document.Title}
		again := seen[p]
		seen[p] = true
		return again
	})
	if len(best) < 2 {
		return hits
	}
	return best
}

// remember keeps a question with the first of its candidates.
func (t *turn) remember(question string, verdict ward.Verdict, hits []ward.Hit) *asked {
	hits = hits[:min(len(hits), maxCandidates)]
	docs := make([]ward.Document, len(hits))
	for i := range hits {
		docs[i] = hits[i].Document
	}
	var candidates []ward.Choice
	for i, label := range labels(docs, documentTitle) {
		candidates = append(candidates, ward.Choice{Label: label, Value: showValue(&docs[i], spanOf(hits[i]))})
	}
	q := asked{ID: t.NewID(), Question: question, Verdict: verdict, Candidates: t.usable(candidates), Message: t.msg.ID}
	t.s.Asks = last(append(t.s.Asks, q), maxAsks)
	return &t.s.Asks[len(t.s.Asks)-1]
}

// usable leaves out choices whose value no channel would carry.
func (t *turn) usable(choices []ward.Choice) []ward.Choice {
	return slices.DeleteFunc(choices, func(c ward.Choice) bool {
		if len(c.Value) > MaxChoiceValue {
			t.Log.Error("choice left out: its value is too long", "bytes", len(c.Value))
		}
		return len(c.Value) > MaxChoiceValue
	})
}

// showDocument shows a part of a document: a candidate, a page of a category,
// or what follows on a part shown before.
func showDocument(ctx context.Context, t *turn, arg string) error {
	id, within, ok := parseShow(arg)
	if !ok {
		return stale()
	}
	d, err := t.Searcher.Document(ctx, id)
	if err != nil {
		return fmt.Errorf("fetch document: %w", err)
	}
	t.present(&d, within(d.Text), t.askedFor(value("answer.doc", arg)))
	t.countChoice(value("answer.doc", arg), &d)
	return nil
}

// askedFor gives the id of the latest question that had the choice among its
// candidates, or of the answer that the choice goes on from; else "".
func (t *turn) askedFor(v string) string {
	for _, q := range slices.Backward(t.s.Asks) {
		if slices.ContainsFunc(q.Candidates, func(c ward.Choice) bool { return c.Value == v }) {
			return q.ID
		}
	}
	for _, a := range slices.Backward(t.s.Shown) {
		if a.Value == v || a.More == v {
			return a.Ask
		}
	}
	return ""
}

// present shows a part of d as an answer and asks whether it helped.
func (t *turn) present(d *ward.Document, part span, askID string) {
	text, rest := passage(d.Text, part)
	if stop := t.stopOn(d, text); stop != nil {
		t.withhold(stop)
		return
	}
	if text == "" {
		text = phraseNoText
	}
	t.say(ward.Reply{Text: text, Source: source(d)})
	a := shown{ID: t.NewID(), Document: d.ID, Title: shorten(pageTitle(d), maxTitle), Value: showValue(d, part), Ask: askID}
	r := ward.Reply{Text: phraseHelpful}
	if t.forgetful {
		r.Text = phraseMore
	} else {
		r.Choices = append(r.Choices, choice(labelYes, "answer.yes", a.ID), choice(labelNo, "answer.no", a.ID))
	}
	if rest != (span{}) {
		a.More = showValue(d, rest)
		r.Choices = append(r.Choices, ward.Choice{Label: labelMore, Value: a.More})
	}
	if q := t.s.ask(askID); q != nil && !t.forgetful && len(t.others(q, a.Value)) > 0 {
		r.Choices = append(r.Choices, choice(labelOthers, "answer.list", askID))
	}
	r.Choices = t.usable(r.Choices)
	if _, waits := t.waiting(); !waits && len(r.Choices) > 0 {
		t.say(r)
	}
	t.s.Shown = last(append(t.s.Shown, a), maxShown)
	t.s.visit(a.Value)
}

// others are the candidates for q but the one that is being shown.
func (t *turn) others(q *asked, showing string) []ward.Choice {
	return slices.DeleteFunc(slices.Clone(q.Candidates), func(c ward.Choice) bool { return c.Value == showing })
}

// showCandidates lets the resident choose.
func showCandidates(_ context.Context, t *turn, id string) error {
	q := t.s.ask(id)
	if q == nil {
		return t.forgotten()
	}
	choices := append(slices.Clone(q.Candidates), choice(labelNone, "answer.none", q.ID))
	t.say(ward.Reply{Text: which(q.Question, q.Candidates), Choices: choices})
	t.s.visit(value("answer.list", q.ID))
	return nil
}

// refuseAll takes どれでもない.
func refuseAll(_ context.Context, t *turn, id string) error {
	q := t.s.ask(id)
	if q == nil {
		return t.forgotten()
	}
	t.notAnswered(q)
	t.say(t.withContact(phraseSorry))
	return nil
}

// voteHelpful takes はい.
func voteHelpful(_ context.Context, t *turn, id string) error {
	if _, err := t.vote(id, true); err != nil {
		return err
	}
	t.say(ward.Reply{Text: phraseThanks})
	return nil
}

// voteUnhelpful takes いいえ and offers what else there is.
func voteUnhelpful(_ context.Context, t *turn, id string) error {
	a, err := t.vote(id, false)
	if err != nil {
		return err
	}
	reply := t.withContact(phraseSorry)
	q := t.s.ask(a.Ask)
	if q == nil {
		t.say(reply)
		return nil
	}
	t.notAnswered(q)
	if others := t.others(q, a.Value); len(others) > 0 {
		reply.Choices = nil
		t.say(reply)
		reply = ward.Reply{Text: phraseOthers, Choices: append(others, t.waysOn()...)}
	}
	t.say(reply)
	return nil
}

// vote records what a resident thinks of an answer.
func (t *turn) vote(id string, helpful bool) (*shown, error) {
	a := t.s.answer(id)
	if a == nil {
		return nil, t.forgotten()
	}
	f := ward.Feedback{AnswerID: a.ID, DocumentID: a.Document, Channel: t.msg.Channel, Helpful: helpful, At: t.msg.At}
	if q := t.s.ask(a.Ask); q != nil {
		f.Question, f.MessageID = q.Question, q.Message
	}
	t.feedback = append(t.feedback, f)
	t.settle(a)
	return a, nil
}

// settle makes the way back from an answer that is done with lead to the list
// it was chosen from, else to the menu, and not to what was asked before.
func (t *turn) settle(a *shown) {
	q := t.s.ask(a.Ask)
	switch {
	case q != nil && len(t.others(q, a.Value)) > 0:
		t.s.Places = []string{value("answer.list", q.ID), a.Value}
	case a.Ask != "":
		t.s.Places = nil
	}
}

// notAnswered records a question for the staff, once.
func (t *turn) notAnswered(q *asked) {
	if q.Recorded {
		return
	}
	q.Recorded = true
	t.unanswered = append(t.unanswered, ward.Unanswered{Text: q.Question, Channel: t.msg.Channel, Verdict: q.Verdict, At: t.msg.At, MessageID: q.Message})
}
