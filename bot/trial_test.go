package bot

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"madoguchi/ja"
	"madoguchi/ward"
)

// Trial is a dialogue that only the tests have: it takes a choice, a place or
// words, a date, a photo or none, and sends what it was told. TestTrial plays
// it; that it is a table and nothing else shows what a new dialogue needs.
type Trial struct {
	Sent []TrialForm
	Err  error // of asking whether to send, and of sending
}

// TrialForm is what was sent.
type TrialForm struct {
	ID      string
	Answers map[string]string
}

// Install adds the dialogue to b and to its menu words; 「ためす」 opens it.
func (tr *Trial) Install(b *Bot) {
	b.steps = stepsByPath(append(dialogues(), tr.table(), dialogue{"other", []step{
		{name: "place", run: saying("どこですか。"), take: takePlace},
		{name: "send", run: tr.send},
	}}))
}

// The values of the choices that open the dialogue, and a shorter one.
const (
	TrialOpening = choiceFormat + ":trial.kind:"
	OtherOpening = choiceFormat + ":other.place:"
)

func (tr *Trial) table() dialogue {
	return dialogue{"trial", []step{
		{name: "kind", run: saying("どこの傷みですか。", "道路", "road", "公園", "park"), take: func(t *turn, arg string) (string, error) {
			if arg != "road" && arg != "park" {
				return "", refused("下のボタンから選んでください。")
			}
			return arg, nil
		}},
		{name: "place", run: saying("場所を、文で書くか、位置情報で送ってください。"), take: takePlace},
		dayStep("day", "いつ気づきましたか。", func(t *turn) ward.Days {
			return ward.Days{First: "2025-01-01", Last: t.msg.At.Format(time.DateOnly)}
		}),
		{name: "photo", run: saying("写真があれば、送ってください。", "写真はない", "none"), take: func(t *turn, arg string) (string, error) {
			if arg != "none" && t.msg.Content != ward.Image {
				return "", refused("写真を送るか、下のボタンを押してください。")
			}
			return t.msg.ID, nil
		}},
		{name: "confirm", run: tr.confirm, take: func(_ *turn, arg string) (string, error) {
			if arg != "yes" {
				return "", refused("よければ「送る」を押してください。")
			}
			return "", nil
		}},
		{name: "send", run: tr.send},
	}}
}

func (tr *Trial) send(_ context.Context, t *turn, _ string) error {
	if tr.Err != nil {
		return tr.Err
	}
	if f := t.s.Form; !slices.ContainsFunc(tr.Sent, func(s TrialForm) bool { return s.ID == f.ID }) {
		tr.Sent = append(tr.Sent, TrialForm{f.ID, f.clone().Answers})
	}
	t.say(ward.Reply{Text: "受け付けました。"})
	return nil
}

func TestStepsThatWaitHaveANext(t *testing.T) {
	steps := stepsByPath(append(dialogues(), (&Trial{}).table()))
	for path, s := range steps {
		if _, ok := steps[s.next]; s.take != nil && !ok || s.run == nil {
			t.Errorf("%s waits for nothing to come", path)
		}
	}
}

// saying asks with choices: label, argument, label, argument …
func saying(question string, choices ...string) func(context.Context, *turn, string) error {
	return func(_ context.Context, t *turn, _ string) error {
		r := ward.Reply{Text: question}
		for c := range slices.Chunk(choices, 2) {
			r.Choices = append(r.Choices, choice(c[0], t.s.Form.Step, c[1]))
		}
		t.say(r)
		return nil
	}
}

func takePlace(t *turn, _ string) (string, error) {
	if t.msg.Content == ward.Location {
		return fmt.Sprintf("%.3f,%.3f", t.msg.Place.Latitude, t.msg.Place.Longitude), nil
	}
	if utf8.RuneCountInString(t.msg.Text) < 2 {
		return "", refused("場所が読み取れませんでした。")
	}
	return ja.Mask(t.msg.Text), nil
}

func (tr *Trial) confirm(ctx context.Context, t *turn, arg string) error {
	if tr.Err != nil {
		return tr.Err
	}
	a := t.s.Form.Answers
	return saying(fmt.Sprintf("これでよろしいですか。%s %s %s", a["kind"], a["place"], a["day"]), "送る", "yes")(ctx, t, arg)
}
