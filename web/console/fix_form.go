package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

const (
	pagesOffered  = 8
	pageBeginning = 120 // characters of a page that is offered
	otherTrials   = 5   // wordings that a draft is tried on, besides the first
	entriesOfFix  = 200 // of the audit, that the page of a fix shows
)

// fixView is the form of a fix.
type fixView struct {
	Draft   *draft // nil where the visitor may only look
	Group   *openGroup
	Now     *tried // what residents get now
	After   *tried // what they would get with the page that is chosen
	Left    int    // wordings of the group that are more than one fix holds
	Pages   []found
	Stored  *ward.Fix // what somebody else wrote meanwhile
	Problem string
	Publish bool // the visitor may
	Limits  fixLimits
}

// fixLimits are those of the fields.
type fixLimits struct{ Question, More, Text, Owner, Word, Means, Reason int }

// Has tells whether the form is about this kind: all kinds until it is kept.
func (v fixView) Has(kind string) bool { return v.Draft.Version == 0 || string(v.Draft.Kind) == kind }

// Open tells whether the part of this kind is unfolded.
func (v fixView) Open(kind string) bool {
	d := v.Draft
	return string(d.Kind) == kind || kind == "answer" && d.Text != "" || kind == "word" && d.Word != ""
}

// found is a page to choose.
type found struct {
	Value                          string
	Title, Path, Section, URL, Day string
	Kind                           string // in words
	Beginning                      string
	Chosen                         bool
}

// tried is a question with what a resident gets for it.
type tried struct {
	Question string
	ward.Trial
}

// Outcome is the verdict in the ward's words.
func (t tried) Outcome() string {
	switch {
	case t.Stopped != nil:
		return "止めている案内なので、決まった文と電話を出します"
	case t.Answer.Verdict == ward.Sure:
		return "答えます"
	case t.Answer.Verdict == ward.Unsure:
		return "候補を出して選んでもらいます"
	}
	return "見つからないと伝えます"
}

// Good tells whether the resident gets an answer.
func (t tried) Good() bool { return t.Stopped == nil && t.Answer.Verdict == ward.Sure }

// showDraft shows the form of a fix with the pages that its words find.
func (s *site) showDraft(w http.ResponseWriter, r *http.Request, status int, v *visitor, view fixView) error {
	d := view.Draft
	view.Publish = v.May(ward.PublishAnswers)
	view.Limits = fixLimits{ward.MaxQuestion, maxLines, ward.MaxFixText, ward.MaxFixOwner, ward.MaxFixWord, ward.MaxFixMeans, ward.MaxFixReason}
	var err error
	if view.Pages, err = s.findPages(r.Context(), d); err != nil {
		return err
	}
	if view.Now != nil && len(view.Pages) > 0 {
		if view.After, err = s.afterFirst(r.Context(), d, view.Pages[0]); err != nil {
			return err
		}
	}
	p := page{Title: "対応を書く", Here: "/console/fixes", Data: view}
	if d.Version > 0 {
		p.Title = "対応を変える"
	}
	if d.From != "" {
		p.Title, p.Here = groupTitle, "/console/unanswered"
	}
	return s.show(w, status, v, "fix-form.html", p)
}

// findPages finds what a draft can point to. The page that is chosen is among
// them; where none is, the first one found is.
func (s *site) findPages(ctx context.Context, d *draft) ([]found, error) {
	var pages []found
	if d.Words != "" {
		docs, err := s.Desk.Pages(ctx, d.Words, pagesOffered)
		if err != nil {
			return nil, err
		}
		for _, doc := range docs {
			pages = append(pages, foundOf(doc))
		}
	}
	if _, url, _ := strings.Cut(d.Chosen, " "); url != "" {
		at := slices.IndexFunc(pages, func(p found) bool { return samePart(p.Value, d.Chosen) })
		if at < 0 {
			title := d.PageTitle
			if title == "" {
				title = url
			}
			pages, at = append([]found{{Value: d.Chosen, Title: title, URL: url, Kind: "いまの選択"}}, pages...), 0
		}
		pages[at].Chosen = true
	} else if len(pages) > 0 {
		pages[0].Chosen = true
	}
	return pages, nil
}

// samePart tells whether two values choose the same part of the same page.
func samePart(a, b string) bool {
	a, _, _ = strings.Cut(a, "#")
	b, _, _ = strings.Cut(b, "#")
	return a == b
}

func foundOf(d ward.Document) found {
	f := found{Value: pageValue(d.ID, d.URL), Title: d.Title, Path: strings.Join(d.HeadingPath, "、"), Section: d.Section, URL: d.URL,
		Day: d.Updated, Beginning: strings.Join(strings.Fields(d.Text), " ")}
	f.Kind = map[ward.Kind]string{ward.FAQ: "よくある質問", ward.Page: "ページ", ward.PDF: "PDF"}[d.Kind]
	if utf8.RuneCountInString(f.Beginning) > pageBeginning {
		f.Beginning = string([]rune(f.Beginning)[:pageBeginning]) + "…"
	}
	return f
}

// afterFirst tries a group's question with the first page found.
func (s *site) afterFirst(ctx context.Context, d *draft, first found) (*tried, error) {
	document, address, _ := strings.Cut(first.Value, " ")
	address, _, _ = strings.Cut(address, "#")
	try := ward.Fix{ID: d.ID, Kind: ward.FixPage, Questions: []string{d.Lead}, Page: address, PageTitle: first.Title, Document: document}
	t, err := s.Desk.Try(ctx, d.Lead, &try)
	return &tried{d.Lead, t}, err
}

// newFixPage is an empty form, for questions that staff think of themselves.
func (s *site) newFixPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showDraft(w, r, http.StatusOK, v, fixView{Draft: newDraft(s.Now())})
}

// editFixPage is the form of a fix that is kept.
func (s *site) editFixPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.Store.Fix(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.mayChange(r.Context(), v, f); err != nil {
		return err
	}
	return s.showDraft(w, r, http.StatusOK, v, fixView{Draft: draftOf(f, s.Now())})
}

// redraw shows a form as it was sent, with the pages that its words now find.
func (s *site) redraw(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	d := readDraft(f, s.Now())
	if f.r.PostForm.Get("search") != "" {
		d.Chosen = ""
	}
	if f.err != nil {
		return s.refused(w, r, v, d, f.err)
	}
	return s.showDraft(w, r, http.StatusOK, v, fixView{Draft: d})
}

// refused shows a form again with the reason why it was not taken.
func (s *site) refused(w http.ResponseWriter, r *http.Request, v *visitor, d *draft, err error) error {
	e := web.Sentence(err)
	view := fixView{Draft: d, Problem: e.Message}
	switch e.Kind {
	case ward.Invalid:
	case ward.Conflict:
		stored, err := s.Store.Fix(r.Context(), d.ID)
		if err != nil {
			return err
		}
		if err := s.mayChange(r.Context(), v, stored); err != nil {
			return err
		}
		view.Stored, d.Version = &stored, stored.Version
	default:
		return err
	}
	return s.showDraft(w, r, web.Status(e.Kind), v, view)
}

// mayChange says why somebody may not change a fix. Who may not see residents'
// words may change only what nobody else has written in.
func (s *site) mayChange(ctx context.Context, v *visitor, f ward.Fix) error {
	sees, err := s.seesWords(ctx, v, f)
	if err != nil {
		return err
	}
	if !sees {
		return &ward.Error{Kind: ward.Forbidden, Message: "ほかの人が書いた対応は、あなたの役割（" + v.Role.Title() + "）では変えられません。"}
	}
	if f.State == ward.FixLive && !v.May(ward.PublishAnswers) {
		return &ward.Error{Kind: ward.Forbidden, Message: "公開中の対応は、公開できる役割の人だけが変えられます。"}
	}
	return nil
}

// seesWords tells whether somebody may read the questions of a fix: all who may
// see what residents asked, and who alone has written in it.
func (s *site) seesWords(ctx context.Context, v *visitor, f ward.Fix) (bool, error) {
	if v.May(ward.SeeQuestions) {
		return true, nil
	}
	if f.PreparedBy != v.ID {
		return false, nil
	}
	entries, err := s.Store.SearchAudit(ctx, data.AuditQuery{Object: f.ID, Limit: entriesOfFix})
	if err != nil || len(entries) == 0 || len(entries) == entriesOfFix {
		return false, err
	}
	return !slices.ContainsFunc(entries, func(e ward.AuditEntry) bool {
		return (e.Action == "fix-prepared" || e.Action == "fix-changed") && e.Actor.Staff != v.ID
	}), nil
}

func (s *site) today() string { return s.Now().In(ward.Japan()).Format(time.DateOnly) }

func fixPath(id string) string { return "/console/fixes/" + url.PathEscape(id) }
