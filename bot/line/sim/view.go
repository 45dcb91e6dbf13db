package sim

import (
	"encoding/json"
	"fmt"
	"slices"

	"madoguchi/ward"
)

const maxLines = 100 // of the log, at once

// view is what the page shows, or what of it changed since a revision.
type view struct {
	Run       string          `json:"run"` // another one: forget all
	Revision  int64           `json:"revision"`
	Account   string          `json:"account"`
	Webhook   string          `json:"webhook"`
	Used      int64           `json:"used"`
	Quota     int64           `json:"quota"` // 0 for none
	Order     []ward.Resident `json:"order"`
	Residents []residentView  `json:"residents,omitempty"`
	Troubles  []Trouble       `json:"troubles"`
	Lines     []line          `json:"lines,omitempty"`
}

type residentView struct {
	ID      ward.Resident `json:"id"`
	Name    string        `json:"name"`
	Number  int           `json:"number"`
	Is      Friendship    `json:"is"`
	Loading int64         `json:"loading"` // ms left
	Quick   string        `json:"quick"`   // the message whose quick replies stand there
	Menu    *menuView     `json:"menu"`
	Items   []*item       `json:"items,omitempty"`
}

type menuView struct {
	*menu
	HasImage bool `json:"hasImage"`
}

// line is one request, of the API or to the webhook.
type line struct {
	ID     string `json:"id"`
	Out    bool   `json:"out"` // to the webhook
	What   string `json:"what"`
	Path   string `json:"path,omitempty"`
	Status int    `json:"status"`
	Types  string `json:"types"`
	Fault  string `json:"fault"`
	At     int64  `json:"at"`
	Took   int64  `json:"took"` // ms, of what went out
}

// look gives what changed since a revision, and what to wait on for more.
func (s *Sim) look(since int64) (json.RawMessage, int64, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turnMonth()
	v := view{
		Run: s.botID, Revision: s.revision, Account: s.o.Name, Webhook: s.endpoint, Used: s.used, Quota: s.o.Quota,
		Order: []ward.Resident{}, Troubles: append([]Trouble{}, s.troubles...),
	}
	for _, r := range s.residents {
		v.Order = append(v.Order, r.id)
		if rv, changed := s.viewOf(r, since); changed {
			v.Residents = append(v.Residents, rv)
		}
	}
	v.Lines = s.lines(since)
	return marshal(v), s.revision, s.changed
}

func (s *Sim) viewOf(r *resident, since int64) (residentView, bool) {
	v := residentView{ID: r.id, Name: r.name, Number: r.number, Is: r.is, Quick: r.quick}
	v.Loading = max(r.loading.Sub(s.o.Now()).Milliseconds(), 0)
	if m := s.menuOf(r); m != nil && r.is == Friend {
		v.Menu = &menuView{m, m.image != nil}
	}
	for _, it := range r.items {
		if it.revision > since {
			v.Items = append(v.Items, it)
		}
	}
	return v, r.revision > since || len(v.Items) > 0
}

// lines are the requests since, in the order they ended.
func (s *Sim) lines(since int64) (lines []line) {
	type ended struct {
		line
		revision int64
	}
	var all []ended
	for i := len(s.ledger.Calls) - 1; i >= 0 && s.ledger.Calls[i].revision > since && len(all) < maxLines; i-- {
		c := s.ledger.Calls[i]
		all = append(all, ended{line{
			ID: fmt.Sprint("c", i), What: c.Method, Path: c.Path, Status: c.Status, Types: join(c.Types), Fault: string(c.Fault), At: c.At.UnixMilli(),
		}, c.revision})
	}
	calls := len(all)
	for i := len(s.ledger.Postings) - 1; i >= 0 && s.ledger.Postings[i].revision > since && len(all) < calls+maxLines; i-- {
		p := s.ledger.Postings[i]
		all = append(all, ended{line{
			ID: fmt.Sprint("p", i), Out: true, What: p.Type, Status: p.Status, Types: map[bool]string{true: "再送"}[p.Redelivery],
			Fault: join(p.Faults), At: p.At.UnixMilli(), Took: p.Took.Milliseconds(),
		}, p.revision})
	}
	slices.SortFunc(all, func(a, b ended) int { return int(a.revision - b.revision) })
	for _, e := range all[max(0, len(all)-maxLines):] {
		lines = append(lines, e.line)
	}
	return lines
}

func join[T ~string](words []T) (s string) {
	for i, w := range words {
		if i > 0 {
			s += " "
		}
		s += string(w)
	}
	return s
}
