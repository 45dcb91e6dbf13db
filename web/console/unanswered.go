package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

const (
	maxOpenQuestions = 2000 // wordings that are put together
	groupsOnPage     = 50
	maxPageNumber    = 1000
	groupIDBytes     = 8
)

// openDays are how far back the list of open questions may look.
func openDays() []int { return []int{7, 30, 90} }

// openGroup are wordings that ask the same, the one asked most first.
type openGroup struct {
	ID                         string
	Wordings                   []data.OpenQuestion
	Count, Web, LINE, Disliked int
	First, Last                time.Time
}

// Text is the wording that stands for all.
func (g *openGroup) Text() string { return g.Wordings[0].Text }

// Others is how many wordings there are besides.
func (g *openGroup) Others() int { return len(g.Wordings) - 1 }

// groupID names a wording in an address, where the wording must not be.
func groupID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:groupIDBytes])
}

// openView is the list of open questions.
type openView struct {
	Groups       []openGroup
	All          int // groups
	Asked        int // times, in all groups
	Cut          int // wordings that were read when there are more; else 0
	Days         []int
	Day          int // chosen
	Channel      ward.Channel
	Newer, Older string // addresses, "" for none
	Fix          bool   // the visitor may do something about it
}

// unansweredPage lists what was not answered, those asked most first.
func (s *site) unansweredPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q := r.URL.Query()
	view := openView{Days: openDays(), Day: int(openSince.Hours() / 24), Fix: v.May(ward.PrepareAnswers)}
	if n, err := strconv.Atoi(q.Get("days")); err == nil && slices.Contains(view.Days, n) {
		view.Day = n
	}
	if c := ward.Channel(q.Get("channel")); c == ward.Web || c == ward.LINE {
		view.Channel = c
	}
	groups, read, err := s.openGroups(r.Context(), view.Day, view.Channel)
	if err != nil {
		return err
	}
	if read == maxOpenQuestions {
		view.Cut = read
	}
	for _, g := range groups {
		view.Asked += g.Count
	}
	view.All = len(groups)
	at := pageNumber(q)
	address := func(n int) string {
		return "/console/unanswered?" + url.Values{"days": {strconv.Itoa(view.Day)}, "channel": {string(view.Channel)}, "page": {strconv.Itoa(n)}}.Encode()
	}
	from := min((at-1)*groupsOnPage, len(groups))
	to := min(from+groupsOnPage, len(groups))
	view.Groups = groups[from:to]
	if at > 1 {
		view.Newer = address(at - 1)
	}
	if to < len(groups) {
		view.Older = address(at + 1)
	}
	return s.show(w, http.StatusOK, v, "unanswered.html", page{Title: "答えられなかった質問", Here: "/console/unanswered", Notice: notice(r), Data: view})
}

// pageNumber is which page of a list is asked for, from 1.
func pageNumber(q url.Values) int {
	n, err := strconv.Atoi(q.Get("page"))
	if err != nil || n < 1 || n > maxPageNumber {
		return 1
	}
	return n
}

// openGroups puts the open questions of so many days together, those asked most
// first, the latest of them first. A channel leaves out what did not come by it.
func (s *site) openGroups(ctx context.Context, days int, channel ward.Channel) (groups []openGroup, read int, err error) {
	open, err := s.Store.OpenQuestions(ctx, s.Now().AddDate(0, 0, -days), channel, maxOpenQuestions)
	if err != nil {
		return nil, 0, err
	}
	read = len(open)
	texts := make([]string, len(open))
	for i, q := range open {
		texts[i] = q.Text
	}
	alike, err := s.Desk.Alike(ctx, texts)
	if err != nil {
		return nil, 0, fmt.Errorf("group open questions: %w", err)
	}
	for _, places := range alike {
		groups = append(groups, newGroup(open, places))
	}
	slices.SortStableFunc(groups, func(a, b openGroup) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return b.Last.Compare(a.Last)
	})
	return groups, read, nil
}

func newGroup(open []data.OpenQuestion, places []int) openGroup {
	g := openGroup{ID: groupID(open[places[0]].Text)}
	for _, i := range places {
		q := open[i]
		g.Wordings = append(g.Wordings, q)
		g.Count, g.Web, g.LINE, g.Disliked = g.Count+q.Count, g.Web+q.Web, g.LINE+q.LINE, g.Disliked+q.Disliked
		if g.First.IsZero() || q.First.Before(g.First) {
			g.First = q.First
		}
		if q.Last.After(g.Last) {
			g.Last = q.Last
		}
	}
	return g
}

// groupPage is one group: every wording, what residents get now, and what can
// be done about it.
func (s *site) groupPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	g, err := s.groupOf(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	now, err := s.Desk.Try(r.Context(), g.Text(), nil)
	if err != nil {
		return err
	}
	view := fixView{Group: g, Now: &tried{Question: g.Text(), Trial: now}}
	if v.May(ward.PrepareAnswers) {
		d := newDraft(s.Now())
		d.From, d.Lead, d.Words = r.PathValue("id"), g.Text(), g.Text()
		for _, q := range g.Wordings[1:min(len(g.Wordings), ward.MaxFixQuestions)] {
			d.Wordings = append(d.Wordings, wording{q.Text, q.Count, true})
		}
		view.Left = max(0, len(g.Wordings)-ward.MaxFixQuestions)
		view.Draft = d
		return s.showDraft(w, r, http.StatusOK, v, view)
	}
	return s.show(w, http.StatusOK, v, "fix-form.html", page{Title: groupTitle, Here: "/console/unanswered", Data: view})
}

const groupTitle = "答えられなかった質問を見る"

// groupOf finds the group that a wording, by its groupID, is in.
func (s *site) groupOf(ctx context.Context, id string) (*openGroup, error) {
	groups, _, err := s.openGroups(ctx, int(openSince.Hours()/24), "")
	if err != nil {
		return nil, err
	}
	for i := range groups {
		if slices.ContainsFunc(groups[i].Wordings, func(q data.OpenQuestion) bool { return groupID(q.Text) == id }) {
			return &groups[i], nil
		}
	}
	return nil, &ward.Error{Kind: ward.NotFound, Message: "その質問は、もう一覧にありません。ほかの人が対応したか、期間が過ぎました。"}
}

// isGroupID tells whether it may stand in an address of ours.
func isGroupID(s string) bool {
	return len(s) == 2*groupIDBytes && strings.Trim(s, "0123456789abcdef") == ""
}
