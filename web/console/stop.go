package console

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"madoguchi/ward"
	"madoguchi/web"
)

const (
	stopsListed = 200
	stopPages   = 20 // that a look at a stop names
)

// stopRow is one stop in a list.
type stopRow struct {
	ward.Stop
	Name, Lifter string
}

// stopsView is what is stopped and what was, and the form of a stop.
type stopsView struct {
	InForce, Lifted []stopRow
	Typed           ward.Stop
	Example         string // a question to try
	Kinds           []ward.StopKind
	Look            *stopLook
	Problem         string
	Stop, Lift      bool // the visitor may
	Limits          struct{ Value, Why, Question int }
	Full            int // as many are listed when there are more; else 0
}

// stopLook is what a stop would keep from being shown.
type stopLook struct {
	Pages   []found  // that it hits, of those its value finds
	Choices []choice // what may be meant, where the value names nothing yet
	Tried   *tried   // the example, as it is answered now
	Hit     bool     // the stop would keep its first answer back
}

// choice is something to choose.
type choice struct{ Value, Title string }

func (s *site) stopsPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showStops(w, r, http.StatusOK, v, stopsView{Typed: ward.Stop{Kind: ward.StopWord}})
}

func (s *site) showStops(w http.ResponseWriter, r *http.Request, status int, v *visitor, view stopsView) error {
	stops, err := s.Store.Stops(r.Context(), stopsListed)
	if err != nil {
		return err
	}
	names, err := s.Store.StaffNames(r.Context())
	if err != nil {
		return err
	}
	if len(stops) == stopsListed {
		view.Full = stopsListed
	}
	for _, stop := range stops {
		row := stopRow{Stop: stop, Name: nameOf(names, stop.By)}
		if stop.LiftedBy == "" {
			view.InForce = append(view.InForce, row)
			continue
		}
		row.Lifter = nameOf(names, stop.LiftedBy)
		view.Lifted = append(view.Lifted, row)
	}
	if view.Typed.ID == "" {
		view.Typed.ID = rand.Text()[:fixIDLength] // a button pressed twice stops once
	}
	view.Kinds = []ward.StopKind{ward.StopWord, ward.StopPage, ward.StopCategory}
	view.Stop, view.Lift = v.May(ward.StopAnswers), v.May(ward.LiftStops)
	view.Limits.Value, view.Limits.Why, view.Limits.Question = ward.MaxStopValue, ward.MaxStopWhy, ward.MaxQuestion
	return s.show(w, status, v, "stops.html", page{Title: "案内の停止", Here: "/console/stops", Notice: notice(r), Data: view})
}

// readStop reads the form of a stop. What was chosen stands for what was typed.
func readStop(f *form) (stop ward.Stop, example string) {
	stop = ward.Stop{Kind: ward.StopKind(f.text("kind", "種類", maxField)), Value: f.text("value", "止めるもの", ward.MaxStopValue),
		Phone: f.text("phone", "電話", maxField), Why: f.text("why", "理由", ward.MaxStopWhy)}
	if id := f.r.PostForm.Get("id"); isFixID(id) {
		stop.ID = id
	}
	if chosen := f.text("chosen", "止めるもの", ward.MaxStopValue); chosen != "" {
		stop.Value = chosen
	}
	return stop, f.text("example", "質問の例", ward.MaxQuestion)
}

// stopNow stops something from this moment on.
func (s *site) stopNow(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	stop, example := readStop(f)
	if err = f.err; err == nil {
		_, err = s.Store.SaveStop(r.Context(), stop, v.Staff)
	}
	if err == nil {
		return done(w, r, "/console/stops", "stopped")
	}
	if e := web.Sentence(err); e.Kind == ward.Invalid {
		return s.showStops(w, r, web.Status(e.Kind), v, stopsView{Typed: stop, Example: example, Problem: e.Message})
	}
	return err
}

// lookAtStop shows what a stop would keep back. It stops nothing.
func (s *site) lookAtStop(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	view := stopsView{}
	view.Typed, view.Example = readStop(f)
	switch {
	case f.err != nil:
		view.Problem = web.Sentence(f.err).Message
	case view.Typed.Kind.Title() == "":
		view.Problem = "何を止めるかを選んでください。"
	case view.Typed.Value == "":
		view.Problem = "止めるものを書いてください。"
	}
	if view.Problem != "" {
		return s.showStops(w, r, http.StatusBadRequest, v, view)
	}
	if view.Look, err = s.look(r.Context(), view.Typed, view.Example); err != nil {
		return err
	}
	return s.showStops(w, r, http.StatusOK, v, view)
}

func (s *site) look(ctx context.Context, stop ward.Stop, example string) (*stopLook, error) {
	words := stop.Value
	if names := strings.Split(words, ward.CategorySeparator); stop.Kind == ward.StopCategory {
		words = names[len(names)-1]
	}
	docs, err := s.Desk.Pages(ctx, words, stopPages)
	if err != nil {
		return nil, err
	}
	l := &stopLook{}
	for _, d := range docs {
		if s.Desk.Halts(stop, "", &d) {
			l.Pages = append(l.Pages, foundOf(d))
		}
	}
	if len(l.Pages) == 0 {
		l.Choices = choices(stop.Kind, docs)
	}
	if stop.Kind == ward.StopPage && strings.Contains(stop.Value, "://") {
		l.Choices = nil // an address names one page
	}
	if example == "" {
		return l, nil
	}
	t, err := s.Desk.Try(ctx, example, nil)
	if err != nil {
		return nil, err
	}
	l.Tried = &tried{example, t}
	l.Hit = s.Desk.Halts(stop, example, nil) || len(t.Answer.Hits) > 0 && s.Desk.Halts(stop, "", &t.Answer.Hits[0].Document)
	return l, nil
}

// choices are the pages, or the breadcrumbs, of what was found.
func choices(kind ward.StopKind, docs []ward.Document) (out []choice) {
	add := func(c choice) {
		if c.Value != "" && !slices.ContainsFunc(out, func(o choice) bool { return o.Value == c.Value }) {
			out = append(out, c)
		}
	}
	for _, d := range docs {
		switch kind {
		case ward.StopPage:
			add(choice{d.PageURL(), d.Title})
		case ward.StopCategory:
			for n := range d.Category {
				path := strings.Join(d.Category[:n+1], ward.CategorySeparator)
				add(choice{path, path})
			}
		}
	}
	return out
}

// liftStop lets it be answered again.
func (s *site) liftStop(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	version := f.number("version", "版")
	if f.err != nil {
		return f.err
	}
	if err := s.Store.LiftStop(r.Context(), r.PathValue("id"), version, v.Staff); err != nil {
		return err
	}
	return done(w, r, "/console/stops", "lifted")
}
