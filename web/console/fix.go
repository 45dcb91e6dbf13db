package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

const fixesOnPage = 50

// fixRow is one fix in a list.
type fixRow struct {
	ward.Fix
	Title   string // what it is about, without residents' words where they may not be seen
	By      string
	Due     bool // the day of its review has come
	Changed bool // the page it was written from is not as it was
}

// fixesView is the list of fixes.
type fixesView struct {
	Rows         []fixRow
	Filter       data.FixFilter
	Due          bool
	Filtered     bool
	States       []ward.FixState
	Kinds        []ward.FixKind
	Newer, Older string // addresses, "" for none
	Write        bool   // the visitor may write one
	Max          int    // characters of the section
}

// fixesPage lists what was done about questions.
func (s *site) fixesPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q := r.URL.Query()
	view := fixesView{
		States: []ward.FixState{ward.FixDraft, ward.FixLive, ward.FixWithdrawn}, Write: v.May(ward.PrepareAnswers), Max: ward.MaxFixOwner,
		Kinds:  []ward.FixKind{ward.FixPage, ward.FixAnswer, ward.FixWord, ward.FixDismiss},
		Filter: data.FixFilter{State: ward.FixState(q.Get("state")), Kind: ward.FixKind(q.Get("kind")), Owner: clean(q.Get("owner")), Page: clean(q.Get("of"))},
		Due:    q.Get("due") != "",
	}
	f := &view.Filter
	if !slices.Contains(view.States, f.State) {
		f.State = ""
	}
	if !slices.Contains(view.Kinds, f.Kind) {
		f.Kind = ""
	}
	if utf8.RuneCountInString(f.Owner) > ward.MaxFixOwner || utf8.RuneCountInString(f.Page) > ward.MaxFixURL {
		return &ward.Error{Kind: ward.Invalid, Message: "探すことばが長すぎます。"}
	}
	if view.Due {
		f.DueBefore = s.tomorrow()
	}
	view.Filtered = *f != data.FixFilter{}
	at := pageNumber(q)
	fixes, err := s.Store.Fixes(r.Context(), *f, fixesOnPage+1, (at-1)*fixesOnPage)
	if err != nil {
		return err
	}
	if at > 1 {
		view.Newer = fixesAddress(view, at-1)
	}
	if len(fixes) > fixesOnPage {
		fixes, view.Older = fixes[:fixesOnPage], fixesAddress(view, at+1)
	}
	if view.Rows, err = s.fixRows(r.Context(), v, fixes); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, v, "fixes.html", page{Title: "対応と回答", Here: "/console/fixes", Notice: notice(r), Data: view})
}

func fixesAddress(view fixesView, at int) string {
	q := url.Values{"page": {strconv.Itoa(at)}}
	for name, value := range map[string]string{"state": string(view.Filter.State), "kind": string(view.Filter.Kind), "owner": view.Filter.Owner, "of": view.Filter.Page} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if view.Due {
		q.Set("due", "1")
	}
	return "/console/fixes?" + q.Encode()
}

// tomorrow is the first day whose reviews are not due yet.
func (s *site) tomorrow() string {
	return s.Now().In(ward.Japan()).AddDate(0, 0, 1).Format(time.DateOnly)
}

func (s *site) fixRows(ctx context.Context, v *visitor, fixes []ward.Fix) ([]fixRow, error) {
	names, err := s.Store.StaffNames(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := s.changedSources(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]fixRow, len(fixes))
	for i, f := range fixes {
		rows[i] = fixRow{Fix: f, Title: titleOf(f, v.May(ward.SeeQuestions)), By: nameOf(names, f.PreparedBy),
			Due: s.isDue(f), Changed: slices.ContainsFunc(changed, func(c changedSource) bool { return c.Fix == f.ID })}
	}
	return rows, nil
}

func (s *site) isDue(f ward.Fix) bool {
	return f.State == ward.FixLive && f.Review != "" && f.Review < s.tomorrow()
}

// titleOf is what a fix is about in a line.
func titleOf(f ward.Fix, words bool) string {
	switch {
	case words && len(f.Questions) > 0:
		return f.Questions[0]
	case f.Kind == ward.FixWord:
		return "「" + f.Word + "」"
	case f.PageTitle != "":
		return "「" + f.PageTitle + "」への対応"
	}
	return f.Kind.Title() + "（" + f.ID + "）"
}

// oneFix is a fix with its history.
type oneFix struct {
	fixRow
	Words     bool   // the visitor may read the questions
	Publisher string // name
	History   []auditRow
	Change    bool // the visitor may change it
	Publish   bool // publish and withdraw
	MaxReason int
	Typed     string // as a reason
	Problem   string
}

func (s *site) fixPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showFix(w, r, http.StatusOK, v, "", "")
}

// showFix shows one fix and, when a withdrawal was not taken, what was typed.
func (s *site) showFix(w http.ResponseWriter, r *http.Request, status int, v *visitor, typed, problem string) error {
	f, err := s.Store.Fix(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	rows, err := s.fixRows(r.Context(), v, []ward.Fix{f})
	if err != nil {
		return err
	}
	view := oneFix{fixRow: rows[0], Publish: v.May(ward.PublishAnswers), MaxReason: ward.MaxFixReason, Typed: typed, Problem: problem}
	if view.Words, err = s.seesWords(r.Context(), v, f); err != nil {
		return err
	}
	if !view.Words {
		view.Questions = nil
	}
	view.Change = v.May(ward.PrepareAnswers) && s.mayChange(r.Context(), v, f) == nil
	entries, err := s.Store.SearchAudit(r.Context(), data.AuditQuery{Object: f.ID, Limit: entriesOfFix})
	if err != nil {
		return err
	}
	if view.History, err = s.auditRows(r.Context(), slices.DeleteFunc(entries, notOfFix)); err != nil {
		return err
	}
	names, err := s.Store.StaffNames(r.Context())
	if err != nil {
		return err
	}
	if f.PublishedBy != "" {
		view.Publisher = nameOf(names, f.PublishedBy)
	}
	return s.show(w, status, v, "fix.html", page{Title: "対応と回答", Here: "/console/fixes", Notice: notice(r), Data: view})
}

// notOfFix tells whether an entry is about something else with the id of a fix:
// forms bring their ids, and most who see a fix may not see the audit.
func notOfFix(e ward.AuditEntry) bool {
	return !strings.HasPrefix(e.Action, "fix-") && e.Action != "source-checked"
}

// publishFix puts a fix in force as it is kept.
func (s *site) publishFix(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	id, version := r.PathValue("id"), f.number("version", "版")
	if f.err != nil {
		return f.err
	}
	err = s.Store.PublishFix(r.Context(), id, version, v.Staff)
	if err == nil {
		return done(w, r, fixPath(id), "published")
	}
	switch e := web.Sentence(err); e.Kind {
	case ward.Invalid, ward.Conflict:
		return s.showFix(w, r, web.Status(e.Kind), v, "", e.Message)
	}
	return err
}

// withdrawFix takes a fix out of force.
func (s *site) withdrawFix(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	id, version, reason := r.PathValue("id"), f.number("version", "版"), f.text("reason", "理由", ward.MaxFixReason)
	if err = f.err; err == nil {
		err = s.Store.WithdrawFix(r.Context(), id, version, reason, v.Staff)
	}
	if err == nil {
		return done(w, r, fixPath(id), "withdrawn")
	}
	switch e := web.Sentence(err); e.Kind {
	case ward.Invalid, ward.Conflict:
		return s.showFix(w, r, web.Status(e.Kind), v, reason, e.Message)
	}
	return err
}
