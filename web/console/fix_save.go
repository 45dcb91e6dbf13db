package console

import (
	"context"
	"net/http"
	"slices"

	"madoguchi/ward"
)

// fixTrial is a draft with what residents would get.
type fixTrial struct {
	Draft   *draft
	Fix     ward.Fix
	Trials  []tried
	More    int // questions that were not tried
	Publish bool
}

// tryFix shows what residents would get if a draft were in force. It keeps
// nothing.
func (s *site) tryFix(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	d := readDraft(f, s.Now())
	fix, err := s.settle(r.Context(), v, f, d)
	if err != nil {
		return s.refused(w, r, v, d, err)
	}
	view := fixTrial{Draft: d, Fix: fix, Publish: v.May(ward.PublishAnswers)}
	questions := fix.Questions
	if len(questions) == 0 {
		questions = []string{fix.Word}
	}
	for _, q := range questions[:min(len(questions), 1+otherTrials)] {
		t, err := s.Desk.Try(r.Context(), q, &fix)
		if err != nil {
			return err
		}
		view.Trials = append(view.Trials, tried{q, t})
	}
	view.More = len(questions) - len(view.Trials)
	here := "/console/fixes"
	if d.From != "" {
		here = "/console/unanswered"
	}
	return s.show(w, http.StatusOK, v, "fix-try.html", page{Title: "公開する前に試す", Here: here, Data: view})
}

// keepFix keeps a draft, or what was changed of a fix.
func (s *site) keepFix(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.takeFix(w, r, v, false)
}

// keepAndPublish does so and puts it in force.
func (s *site) keepAndPublish(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.takeFix(w, r, v, true)
}

func (s *site) takeFix(w http.ResponseWriter, r *http.Request, v *visitor, publish bool) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	d := readDraft(f, s.Now())
	fix, err := s.settle(r.Context(), v, f, d)
	if err == nil {
		fix, err = s.saveFix(r.Context(), v, fix)
	}
	if err == nil && publish && fix.State != ward.FixLive {
		err = s.Store.PublishFix(r.Context(), fix.ID, fix.Version, v.Staff)
	}
	if err != nil {
		return s.refused(w, r, v, d, err)
	}
	what := "saved"
	if publish {
		what = "published"
	}
	if publish && fix.Kind == ward.FixDismiss {
		what = "dismissed"
	}
	if d.From != "" && v.May(ward.SeeQuestions) {
		return done(w, r, "/console/unanswered", what)
	}
	return done(w, r, fixPath(fix.ID), what)
}

// settle makes of a form a fix that can be kept: complete, with a page that is
// the counter's own, and one that its sender may write.
func (s *site) settle(ctx context.Context, v *visitor, f *form, d *draft) (ward.Fix, error) {
	if f.err != nil {
		return ward.Fix{}, f.err
	}
	var kept ward.Fix
	if d.Version > 0 {
		var err error
		if kept, err = s.Store.Fix(ctx, d.ID); err != nil {
			return kept, err
		}
		if err := s.mayChange(ctx, v, kept); err != nil {
			return kept, err
		}
		d.Kind, d.State = kept.Kind, kept.State
	}
	fix := d.Settled()
	if fix.Kind != ward.FixDismiss {
		fix.Reason = kept.Reason // why it was withdrawn once
	}
	if err := fix.Check(s.today()); err != nil {
		return fix, err
	}
	err := s.settlePage(ctx, &fix, kept)
	d.PageTitle = fix.PageTitle
	return fix, err
}

// settlePage fills in what the counter knows of the page of a fix. A page that
// it does not know is refused, so that residents are sent nowhere but to the
// ward's own pages.
func (s *site) settlePage(ctx context.Context, fix *ward.Fix, kept ward.Fix) error {
	if fix.Kind == ward.FixWord {
		return s.settleWord(ctx, fix)
	}
	if fix.Page == "" {
		return nil
	}
	probe := ward.Fix{ID: fix.ID, Kind: ward.FixPage, Questions: fix.Questions[:1], Page: fix.Page, Document: fix.Document}
	t, err := s.Desk.Try(ctx, fix.Questions[0], &probe)
	if err != nil {
		return err
	}
	if hits := t.Answer.Hits; len(hits) > 0 && t.Fix == probe.ID && hits[0].Document.PageURL() == fix.Page {
		fix.PageTitle = hits[0].Document.Title
		return nil
	}
	if kept.Page == fix.Page && kept.Document == fix.Document {
		fix.PageTitle = kept.PageTitle // it has left the site since
		return nil
	}
	return &ward.Error{Kind: ward.Invalid, Message: "そのページで答えることができません。区のページを選び直すか、質問をことばで書いてください。"}
}

// settleWord gives a word the page that its first question then finds: by it the
// question judges later indexes.
func (s *site) settleWord(ctx context.Context, fix *ward.Fix) error {
	if len(fix.Questions) == 0 {
		return nil
	}
	t, err := s.Desk.Try(ctx, fix.Questions[0], fix)
	if err != nil {
		return err
	}
	if hits := t.Answer.Hits; len(hits) > 0 && t.Answer.Verdict != ward.Nothing {
		fix.Page, fix.PageTitle = hits[0].Document.PageURL(), hits[0].Document.Title
	}
	return nil
}

// saveFix keeps a fix. A new one that the same person has just sent with the
// same contents is kept already: a button was pressed twice.
func (s *site) saveFix(ctx context.Context, v *visitor, fix ward.Fix) (ward.Fix, error) {
	kept, err := s.Store.SaveFix(ctx, fix, v.Staff)
	if ward.KindOf(err) != ward.Conflict || fix.Version != 0 {
		return kept, err
	}
	before, e := s.Store.Fix(ctx, fix.ID)
	if e == nil && before.PreparedBy == v.ID && sameFix(before, fix) {
		return before, nil
	}
	return kept, err
}

func sameFix(a, b ward.Fix) bool {
	return a.Kind == b.Kind && a.Page == b.Page && a.Document == b.Document && a.Text == b.Text && a.Owner == b.Owner &&
		a.Phone == b.Phone && a.Review == b.Review && a.Word == b.Word && a.Reason == b.Reason &&
		slices.Equal(a.Means, b.Means) && slices.Equal(a.Questions, b.Questions)
}
