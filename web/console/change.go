package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// Limits of the pages of changes.
const (
	changesOnPage  = 50
	unownedOnPage  = 100
	runsToChoose   = 30
	sectionsListed = 300
	sourcesListed  = 200
	maxSkip        = 1 << 20
)

// changeView is what changes.html shows.
type changeView struct {
	Runs     []ward.IndexRun // with changes, the latest first
	Run      *ward.IndexRun  // the one that is shown, nil when there is none
	What     ward.AnswerChanged
	Section  string
	Sections []string
	Whats    []ward.AnswerChanged
	Changes  []ward.AnswerChange
	All      int
	Cut      bool // not every change of the run was kept
	Newer    string
	Older    string

	Sources []changedSource
	Check   bool // the person may say that they looked

	Here    bool
	Unowned []ownerless
	NoOwner int
}

// changedSource is a curated answer whose source page changed.
type changedSource struct {
	ward.SourceChange
	Page, Title, Owner string
	State              ward.FixState
	Stamp              int64 // of At, for the form
}

// ownerless counts the pages of a category that no section owns.
type ownerless struct {
	Category string
	Pages    int
}

func (s *site) changesPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q := r.URL.Query()
	view := changeView{What: ward.AnswerChanged(q.Get("what")), Section: clean(q.Get("section")), Whats: ward.AnswerChangeds(),
		Check: v.May(ward.PublishAnswers), Here: s.Works != nil}
	if len(view.Section) > maxForm || view.What != "" && view.What.Title() == "" {
		return &ward.Error{Kind: ward.Invalid, Message: "絞り込みの条件が正しくありません。"}
	}
	skip, err := skipField(q)
	if err != nil {
		return err
	}
	if err := s.chooseRun(r.Context(), q.Get("run"), &view); err != nil {
		return err
	}
	if view.Run != nil {
		if err := s.listChanges(r.Context(), &view, skip); err != nil {
			return err
		}
	}
	if view.Sources, err = s.changedSources(r.Context()); err != nil {
		return err
	}
	if err := s.countUnowned(r.Context(), &view); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, v, "changes.html", page{Title: "サイトの変化", Here: "/console/changes", Notice: notice(r), Data: view})
}

// skipField is how many rows of a list come before the page.
func skipField(q url.Values) (int, error) {
	if q.Get("skip") == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(q.Get("skip"))
	if err != nil || n < 0 || n > maxSkip {
		return 0, &ward.Error{Kind: ward.Invalid, Message: "ページの番号が正しくありません。"}
	}
	return n, nil
}

// chooseRun finds the run that is asked for, else the latest with changes.
func (s *site) chooseRun(ctx context.Context, id string, view *changeView) error {
	runs, err := s.Store.Runs(ctx, time.Time{}, runsToChoose)
	if err != nil {
		return err
	}
	view.Runs = slices.DeleteFunc(runs, func(r ward.IndexRun) bool { return r.Changes.Sum() == 0 })
	if id == "" {
		if len(view.Runs) > 0 {
			view.Run = &view.Runs[0]
		}
		return nil
	}
	run, err := s.Store.Run(ctx, id)
	if err != nil {
		return err
	}
	view.Run = &run
	if !slices.ContainsFunc(view.Runs, func(r ward.IndexRun) bool { return r.ID == id }) {
		view.Runs = append(view.Runs, run)
	}
	return nil
}

func (s *site) listChanges(ctx context.Context, view *changeView, skip int) (err error) {
	filter := data.ChangeFilter{Run: view.Run.ID, What: view.What, Section: view.Section}
	if view.Changes, view.All, err = s.Store.RunChanges(ctx, filter, changesOnPage, skip); err != nil {
		return err
	}
	if view.Sections, err = s.Store.RunSections(ctx, view.Run.ID, sectionsListed); err != nil {
		return err
	}
	view.Cut = view.Run.Changes.Sum() > data.MaxRunChanges
	at := func(skip int) string {
		q := url.Values{"run": {view.Run.ID}, "what": {string(view.What)}, "section": {view.Section}, "skip": {strconv.Itoa(skip)}}
		return "/console/changes?" + q.Encode()
	}
	if skip > 0 {
		view.Newer = at(max(0, skip-changesOnPage))
	}
	if skip+changesOnPage < view.All {
		view.Older = at(skip + changesOnPage)
	}
	return nil
}

// changedSources are the curated answers to look at: what was withdrawn, or
// written anew since, is left out.
func (s *site) changedSources(ctx context.Context) ([]changedSource, error) {
	changes, err := s.Store.SourceChanges(ctx, sourcesListed)
	if err != nil {
		return nil, err
	}
	var out []changedSource
	for _, c := range changes {
		f, err := s.Store.Fix(ctx, c.Fix)
		if ward.KindOf(err) == ward.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if f.State != ward.FixWithdrawn && c.Concerns(f) {
			title := f.PageTitle
			if title == "" {
				title = f.Page
			}
			out = append(out, changedSource{c, f.Page, title, f.Owner, f.State, c.At.UnixMilli()})
		}
	}
	return out, nil
}

func (s *site) countUnowned(ctx context.Context, view *changeView) error {
	if s.Works == nil {
		return nil
	}
	owners, err := s.Works.Owners(ctx)
	if err != nil {
		return err
	}
	view.NoOwner = len(owners.Unowned)
	for _, p := range owners.Unowned { // in the order of their categories
		if n := len(view.Unowned); n > 0 && view.Unowned[n-1].Category == p.Category {
			view.Unowned[n-1].Pages++
		} else {
			view.Unowned = append(view.Unowned, ownerless{p.Category, 1})
		}
	}
	return nil
}

// seeSource keeps that somebody looked at a curated answer whose source page
// changed.
func (s *site) seeSource(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	fix, stamp := f.text("fix", "回答", ward.MaxFixURL), f.number("at", "変わった日時")
	if f.err != nil {
		return f.err
	}
	if err := s.Store.SeeSource(r.Context(), fix, time.UnixMilli(stamp), v.Staff); err != nil {
		return err
	}
	return done(w, r, "/console/changes", "seen")
}

// unownedView is what unowned.html shows.
type unownedView struct {
	Category     string
	Pages        []ward.PageRef
	All          int
	Newer, Older string
}

func (s *site) unownedPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := s.elsewhere(); err != nil {
		return err
	}
	q := r.URL.Query()
	skip, err := skipField(q)
	if err != nil {
		return err
	}
	owners, err := s.Works.Owners(r.Context())
	if err != nil {
		return err
	}
	view := unownedView{Category: q.Get("category")}
	for _, p := range owners.Unowned {
		if p.Category == view.Category {
			view.Pages = append(view.Pages, p)
		}
	}
	view.All = len(view.Pages)
	view.Pages = view.Pages[min(skip, view.All):min(skip+unownedOnPage, view.All)]
	at := func(skip int) string {
		return "/console/changes/unowned?" + url.Values{"category": {view.Category}, "skip": {strconv.Itoa(skip)}}.Encode()
	}
	if skip > 0 {
		view.Newer = at(max(0, skip-unownedOnPage))
	}
	if skip+unownedOnPage < view.All {
		view.Older = at(skip + unownedOnPage)
	}
	return s.show(w, http.StatusOK, v, "unowned.html", page{Title: "担当の分からないページ", Here: "/console/changes", Data: view})
}
