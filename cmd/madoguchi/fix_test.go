package main

import (
	"strings"
	"testing"

	"madoguchi/ward"
)

// What staff publish, withdraw and stop holds from the next question on, in LINE
// and in the widget, without a new index and without a restart; and a trial shows
// it before.
func TestFixedAtOnce(t *testing.T) {
	p := openPhone(t)
	ctx, store := t.Context(), p.counter.store
	by := ward.Staff{ID: "s1", Role: ward.SystemManager}
	user := p.AddResident("")
	inLINE := func(text string) string {
		t.Helper()
		if _, err := p.Say(ctx, user, text); err != nil {
			t.Fatal(err)
		}
		return p.next(t, user)
	}
	inWidget := func(text string) []ward.Reply {
		t.Helper()
		replies, err := chat(p.address, map[string]string{"session": "fixes", "text": text})
		if err != nil {
			t.Fatal(err)
		}
		return replies
	}
	const question = "ぽんぽこ広場でバーベキューをしたい"
	if r := inWidget(question); r[0].Source != nil && strings.Contains(r[0].Text, "この答え") {
		t.Fatalf("already answered: %+v", r)
	}
	found, err := desk{p.counter}.Pages(ctx, "公園の利用", 5)
	if err != nil || len(found) == 0 {
		t.Fatalf("no page to point to: %v", err)
	}
	target := found[0]
	fix := ward.Fix{Kind: ward.FixPage, Page: target.PageURL(), PageTitle: target.Title, Questions: []string{question}}
	trial, err := desk{p.counter}.Try(ctx, question, &fix)
	if err != nil || trial.Answer.Verdict != ward.Sure || trial.Replies[0].Source == nil || !strings.HasPrefix(trial.Replies[0].Source.URL, fix.Page) || len(trial.LINE) == 0 || len(trial.Reasons) == 0 {
		t.Fatalf("the trial: %+v, %v", trial, err)
	}
	if r := inWidget(question); r[0].Source != nil && strings.HasPrefix(r[0].Source.URL, fix.Page) {
		t.Fatal("trying puts in force")
	}
	if fix, err = store.SaveFix(ctx, fix, by); err != nil {
		t.Fatal(err)
	}
	if err := store.PublishFix(ctx, fix.ID, fix.Version, by); err != nil {
		t.Fatal(err)
	}
	if r := inWidget(question); r[0].Source == nil || !strings.HasPrefix(r[0].Source.URL, fix.Page) {
		t.Errorf("the widget after publishing: %+v", r)
	}
	if got := inLINE(question); !strings.Contains(got, fix.Page) {
		t.Errorf("LINE after publishing: %s", got)
	}

	stop, err := store.SaveStop(ctx, ward.Stop{Kind: ward.StopWord, Value: "バーベキュー", Phone: "03-0000-0042", Why: "誤りがある"}, by)
	if err != nil {
		t.Fatal(err)
	}
	if r := inWidget(question); !strings.Contains(r[0].Text, "止めています") || !strings.Contains(r[0].Text, stop.Phone) {
		t.Errorf("the widget after stopping: %+v", r)
	}
	if got := inLINE(question); !strings.Contains(got, stop.Phone) || strings.Contains(got, fix.Page) {
		t.Errorf("LINE after stopping: %s", got)
	}
	if trial, err := (desk{p.counter}).Try(ctx, question, nil); err != nil || trial.Stopped == nil {
		t.Errorf("the trial does not say that it is stopped: %+v, %v", trial, err)
	}
	if err := store.LiftStop(ctx, stop.ID, stop.Version, by); err != nil {
		t.Fatal(err)
	}
	if err := store.WithdrawFix(ctx, fix.ID, fix.Version+1, "試しただけ", by); err != nil {
		t.Fatal(err)
	}
	if r := inWidget(question); r[0].Source != nil && strings.HasPrefix(r[0].Source.URL, fix.Page) {
		t.Errorf("withdrawn and still in force: %+v", r)
	}
}
