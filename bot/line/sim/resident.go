package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"madoguchi/ward"
)

// Friendship is what a resident is to the account.
type Friendship string

// A resident is a stranger until the first Follow.
const (
	Stranger Friendship = "stranger"
	Friend   Friendship = "friend"
	Blocked  Friendship = "blocked"
)

const (
	maxResidents = 20                 // on the page
	maxItems     = 300                // kept of one conversation
	strangerDays = 7 * 24 * time.Hour // how long one who wrote can be pushed to
)

// resident is one person and what stands on their phone.
type resident struct {
	id       ward.Resident
	name     string
	number   int
	is       Friendship
	wasBlock bool // has blocked the account before
	wrote    time.Time
	menu     string    // linked to this person
	loading  time.Time // until when
	items    []*item
	quick    string // the message whose quick replies stand there
	revision int64
	read     int           // deliveries that Next has given
	turn     chan struct{} // held while an event of theirs is posted
}

// item is one line of a conversation.
type item struct {
	ID       string          `json:"id"`
	Who      who             `json:"who"`
	At       int64           `json:"at"` // Unix ms
	Message  json.RawMessage `json:"message,omitempty"`
	Note     string          `json:"note,omitempty"`
	Unsent   bool            `json:"unsent,omitempty"`
	Read     bool            `json:"read,omitempty"`
	Failed   bool            `json:"failed,omitempty"` // the webhook did not take it
	revision int64
}

type who string

const (
	byResident who = "resident"
	byAccount  who = "account"
	byNobody   who = "note"
)

// AddResident adds a person who is not a friend yet. "" gives a name that goes
// with the number.
func (s *Sim) AddResident(name string) ward.Resident {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbered++
	if name == "" {
		name = fmt.Sprintf("住民%d", s.numbered)
	}
	r := &resident{id: ward.Resident(randomID("U")), name: name, number: s.numbered, is: Stranger, turn: make(chan struct{}, 1)}
	s.residents = append(s.residents, r)
	s.byID[r.id] = r
	s.touchResident(r)
	return r.id
}

// RemoveResident takes a person out, as if they had left LINE: no event tells.
func (s *Sim) RemoveResident(user ward.Resident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.residents = slices.DeleteFunc(s.residents, func(r *resident) bool { return r.id == user })
	delete(s.byID, user)
	s.left[user] = true
	s.touch()
}

// Residents are the people there are, in the order they came.
func (s *Sim) Residents() (users []ward.Resident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.residents {
		users = append(users, r.id)
	}
	return users
}

// find gives the person, nil if there is none; s.mu is held.
func (s *Sim) find(user ward.Resident) *resident { return s.byID[user] }

func (s *Sim) touchResident(r *resident) { r.revision = s.touch() }

// add puts an item on r's phone; s.mu is held.
func (s *Sim) add(r *resident, it *item) {
	it.At = s.o.Now().UnixMilli()
	r.items = append(r.items, it)
	if len(r.items) > maxItems {
		r.items = slices.Delete(r.items, 0, len(r.items)-maxItems)
	}
	if it.revision = s.touch(); r.quick != "" {
		r.quick = ""
		r.revision = it.revision
	}
}

// reached tells whether a message to r arrives.
func (s *Sim) reached(r *resident) bool {
	return r.is == Friend || r.is == Stranger && s.o.Now().Sub(r.wrote) < strangerDays
}
