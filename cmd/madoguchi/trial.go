package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"madoguchi/bot"
	"madoguchi/bot/line"
	"madoguchi/index"
	"madoguchi/ward"
)

// trialHits are how many documents a trial shows, trialWords how many words it
// names.
const (
	trialHits  = 10
	trialWords = 12
)

// desk is what the console asks of the counter about answers.
type desk struct{ *counter }

// Try answers as a resident would be answered, and keeps nothing of it. draft
// is as if in force; nil is none.
func (d desk) Try(ctx context.Context, question string, draft *ward.Fix) (ward.Trial, error) {
	ix, err := d.shelf.use(ctx)
	if err != nil {
		return ward.Trial{}, err
	}
	var drafts []ward.Fix
	if draft != nil && draft.Kind != ward.FixDismiss {
		drafts = append(drafts, *draft)
	}
	why, err := ix.Explain(ctx, question, trialHits, drafts...)
	if err != nil {
		return ward.Trial{}, err
	}
	o := d.bot.Options
	o.Searcher, o.Sessions, o.Desk = drafted{d.shelf, ix, drafts}, forgetting{}, forgetting{}
	b, err := bot.New(o)
	if err != nil {
		return ward.Trial{}, err
	}
	said, err := b.Reply(ctx, ward.Message{Channel: ward.Web, Resident: "trial", Text: question, At: time.Now()})
	if err != nil {
		return ward.Trial{}, err
	}
	bubbles, err := line.Outline(line.Render(said))
	if err != nil {
		return ward.Trial{}, err
	}
	t := ward.Trial{Answer: why.Answer, Replies: said, LINE: bubbles, Reasons: reasons(why), Fix: why.Answer.Fix, Stopped: b.Stopped(ctx, question, why.Answer)}
	if t.Stopped != nil {
		t.Reasons = append([]string{fmt.Sprintf("%s「%s」の案内を止めています。", t.Stopped.Kind.Title(), t.Stopped.Value)}, t.Reasons...)
	}
	return t, nil
}

// Alike puts questions together that ask the same.
func (d desk) Alike(ctx context.Context, texts []string) ([][]int, error) {
	ix, err := d.shelf.use(ctx)
	if err != nil {
		return nil, err
	}
	return ix.Alike(ctx, texts)
}

// Pages finds documents for staff to point to.
func (d desk) Pages(ctx context.Context, words string, top int) ([]ward.Document, error) {
	ix, err := d.shelf.use(ctx)
	if err != nil {
		return nil, err
	}
	found, err := ix.Search(ctx, words, top)
	if err != nil {
		return nil, err
	}
	var docs []ward.Document
	for _, h := range found.Hits {
		docs = append(docs, h.Document)
	}
	return docs, nil
}

// Halts tells what a stop would keep back.
func (d desk) Halts(stop ward.Stop, question string, doc *ward.Document) bool {
	return bot.Halts(stop, question, doc)
}

// reasons tells staff in sentences why a question has the answer it has.
func reasons(e index.Explanation) []string {
	var out []string
	if e.Answer.Fix != "" {
		out = append(out, "職員の対応で答えます。")
	}
	for _, r := range e.Readings {
		out = append(out, fmt.Sprintf("「%s」は「%s」と読みました。", r.Said, r.Read))
	}
	var own, wards, unknown []string
	for _, w := range e.Words {
		switch {
		case w.Ward:
			wards = append(wards, w.Word)
		case w.Documents == 0:
			unknown = append(unknown, w.Word)
		default:
			own = append(own, fmt.Sprintf("%s（%dか所）", w.Word, w.Documents))
		}
	}
	for _, list := range []struct {
		title string
		words []string
	}{
		{"探したことば", own}, {"区のことばに言いかえたもの", wards}, {"どのページにもないことば", unknown},
	} {
		if len(list.words) > 0 {
			out = append(out, list.title+": "+strings.Join(list.words[:min(trialWords, len(list.words))], "、"))
		}
	}
	if len(e.Answer.Hits) == 0 {
		return append(out, "当てはまるページがありません。")
	}
	return append(out, fmt.Sprintf("1番目の確かさは%.2fです（%.2f以上なら答え、%.2f以上なら候補、それより低ければ「見つからない」）。", e.Answer.Hits[0].Confidence, e.Sure, e.Unsure))
}

// drafted is the shelf with drafts in force.
type drafted struct {
	*shelf
	ix     *index.Index
	drafts []ward.Fix
}

func (t drafted) Search(ctx context.Context, question string, top int) (ward.Answer, error) {
	e, err := t.ix.Explain(ctx, question, top, t.drafts...)
	return e.Answer, err
}

// forgetting keeps nothing of a trial: neither conversation nor record.
type forgetting struct{}

func (forgetting) Get(context.Context, string) ([]byte, int64, error) { return nil, 0, nil }

func (forgetting) CompareAndSwap(context.Context, string, []byte, int64, time.Duration) error {
	return nil
}

func (forgetting) Delete(context.Context, string) error { return nil }

func (forgetting) RecordUnanswered(context.Context, ward.Unanswered) error { return nil }

func (forgetting) RecordFeedback(context.Context, ward.Feedback) error { return nil }

func (forgetting) RecordQuestion(context.Context, ward.Asked) error { return nil }
