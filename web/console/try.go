package console

import (
	"fmt"
	"net/http"

	"madoguchi/ward"
	"madoguchi/web"
)

// tryView is a question with what residents get for it.
type tryView struct {
	Question string
	Tried    *tried // nil before a question was asked
	Hits     []tryHit
	Problem  string
	Max      int
	Stop     bool // the visitor may stop what is shown
	Fix      bool // the visitor may write an answer
}

// tryHit is one thing that was found.
type tryHit struct {
	found
	Page       string // without the anchor
	Confidence string
}

func (s *site) tryPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showTry(w, http.StatusOK, v, tryView{})
}

// try answers as a resident would be answered. The question comes in the body
// of a POST, for an address is kept in histories and logs.
func (s *site) try(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	view := tryView{Question: f.text("question", "質問", ward.MaxQuestion)}
	if f.err != nil {
		view.Problem = web.Sentence(f.err).Message
		return s.showTry(w, http.StatusBadRequest, v, view)
	}
	if view.Question == "" {
		view.Problem = "質問を書いてください。"
		return s.showTry(w, http.StatusBadRequest, v, view)
	}
	t, err := s.Desk.Try(r.Context(), view.Question, nil)
	if err != nil {
		return err
	}
	view.Tried = &tried{view.Question, t}
	for _, h := range t.Answer.Hits {
		view.Hits = append(view.Hits, tryHit{foundOf(h.Document), h.Document.PageURL(), fmt.Sprintf("%.0f%%", 100*h.Confidence)})
	}
	return s.showTry(w, http.StatusOK, v, view)
}

func (s *site) showTry(w http.ResponseWriter, status int, v *visitor, view tryView) error {
	view.Max, view.Stop, view.Fix = ward.MaxQuestion, v.May(ward.StopAnswers), v.May(ward.PrepareAnswers)
	return s.show(w, status, v, "try.html", page{Title: "試す", Here: "/console/try", Data: view})
}
