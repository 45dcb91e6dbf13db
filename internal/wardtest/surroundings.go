package wardtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"madoguchi/ward"
)

// Where the small ward sends those it cannot help, and its terms.
const (
	WardName     = "見本区"
	ContactURL   = Origin + "/goiken/"
	ContactPhone = "03-0000-0000"
	TermsURL     = Origin + "/line/kimari.html"
)

// Surroundings are all that a bot needs to play a conversation as its file has
// it: the small ward, a memory, the staff's desk, a clock that stands and ids
// that count. Safe for concurrent use.
type Surroundings struct {
	Site     *Site
	Sessions *Sessions
	Desk     *Desk

	mu  sync.Mutex
	now time.Time
	ids int

	stops []ward.Stop
}

// NewSurroundings are those of a conversation's beginning.
func NewSurroundings() *Surroundings {
	s := &Surroundings{Site: Mihon(), Desk: &Desk{}, now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	s.Sessions = &Sessions{Now: s.Now}
	return s
}

// Now is the time of the conversation.
func (s *Surroundings) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Pass lets time pass.
func (s *Surroundings) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// NewID gives n1, n2 ….
func (s *Surroundings) NewID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids++
	return fmt.Sprint("n", s.ids)
}

// Stops are what the counter must not answer about.
func (s *Surroundings) Stops(context.Context) []ward.Stop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stops
}

func (s *Surroundings) stop(stops ...ward.Stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = stops
}

// Directions does what the stage directions of conversations say.
func (s *Surroundings) Directions() map[string]func() {
	down := errors.New("down")
	return map[string]func(){
		"（31分後）":        func() { s.Pass(31 * time.Minute) },
		"（2時間後）":        func() { s.Pass(2 * time.Hour) },
		"（検索が止まる）":      func() { s.Site.Fail(down) },
		"（検索がもどる）":      func() { s.Site.Fail(nil) },
		"（記憶が止まる）":      func() { s.Sessions.Fail(down, down) },
		"（記憶に書けない）":     func() { s.Sessions.Fail(nil, down) },
		"（記憶がもどる）":      func() { s.Sessions.Fail(nil, nil) },
		"（粗大ごみの話題を止める）": func() { s.stop(ward.Stop{Kind: ward.StopWord, Value: "粗大ゴミ", Phone: "03-0000-2002"}) },
		"（転入のページを止める）":  func() { s.stop(ward.Stop{Kind: ward.StopPage, Value: Origin + "/kurashi/todoke/tennyu.html"}) },
		"（税の分類を止める）":    func() { s.stop(ward.Stop{Kind: ward.StopCategory, Value: "税"}) },
		"（案内をもどす）":      func() { s.stop() },
		"（ページがなくなる）":    func() { s.Site.Entries = s.Site.Entries[1:] },
	}
}

// Kept is what the staff's desk holds, as a conversation's file has it.
func (s *Surroundings) Kept() string {
	var b strings.Builder
	for _, u := range s.Desk.Unanswered() {
		fmt.Fprintf(&b, "答えられなかった質問 (%s): %s\n", u.Verdict, u.Text)
	}
	for _, f := range s.Desk.Feedback() {
		vote := "いいえ"
		if f.Helpful {
			vote = "はい"
		}
		fmt.Fprintf(&b, "役に立ったか: %s 回答 %s 文書 %s 質問 %s\n", vote, f.AnswerID, f.DocumentID, f.Question)
	}
	return b.String()
}
