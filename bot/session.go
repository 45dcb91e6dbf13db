package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"madoguchi/ward"
)

// How much of a conversation is remembered.
const (
	maxAsks   = 3
	maxShown  = 5
	maxPlaces = 10
	maxTitle  = 60 // characters of a page's title
)

// session is what a conversation remembers. Resident's words in it are masked.
type session struct {
	Format int           `json:"format"`
	Asks   []asked       `json:"asks,omitempty"`   // latest last
	Shown  []shown       `json:"shown,omitempty"`  // latest last
	Places []string      `json:"places,omitempty"` // values of choices that lead back, latest last
	Menu   []ward.Choice `json:"menu,omitempty"`   // what was offered last
}

// sessionFormat changes when an older session can no longer be read.
const sessionFormat = 1

// asked is a question and what was found for it.
type asked struct {
	ID         string        `json:"id"`
	Question   string        `json:"question"`
	Verdict    ward.Verdict  `json:"verdict"`
	Candidates []ward.Choice `json:"candidates,omitempty"`
	Recorded   bool          `json:"recorded,omitempty"` // as unanswered
}

// shown is an answer that a resident can vote on.
type shown struct {
	ID       string `json:"id"`
	Document string `json:"document"`
	Title    string `json:"title"`          // of its page, for follow-up questions
	Value    string `json:"value"`          // of the choice that shows it
	More     string `json:"more,omitempty"` // of the choice that goes on from it
	Ask      string `json:"ask,omitempty"`
}

// sessionKey hides who it is: the key of a store may turn up in its tools.
func sessionKey(m ward.Message) string {
	sum := sha256.Sum256([]byte(string(m.Channel) + "\x00" + string(m.Resident)))
	return "talk:" + hex.EncodeToString(sum[:])
}

// load reads a session. One that cannot be understood counts as none: what it
// held was only the thread of a conversation.
func (b *Bot) load(ctx context.Context, key string) (s session, version int64, err error) {
	value, version, err := b.Sessions.Get(ctx, key)
	if err != nil {
		return session{}, 0, fmt.Errorf("load session: %w", err)
	}
	if value == nil {
		return session{}, version, nil
	}
	if err := json.Unmarshal(value, &s); err != nil || s.Format != sessionFormat {
		b.Log.WarnContext(ctx, "session not understood, starting a new one", "format", s.Format, "error", err)
		return session{}, version, nil
	}
	return s, version, nil
}

// keep stores what a turn leaves, or forgets the conversation if it has ended.
func (b *Bot) keep(ctx context.Context, key string, t *turn, version int64) error {
	if t.ended {
		if err := b.Sessions.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete session: %w", err)
		}
		return nil
	}
	t.s.Format = sessionFormat
	value, err := json.Marshal(t.s)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	if err := b.Sessions.CompareAndSwap(ctx, key, value, version, SessionTTL); err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	return nil
}

// clone lets a turn be done over from the same beginning.
func (s session) clone() session {
	s.Asks, s.Shown, s.Places = slices.Clone(s.Asks), slices.Clone(s.Shown), slices.Clone(s.Places)
	return s
}

// ask finds a question by its id; nil when it is forgotten.
func (s *session) ask(id string) *asked {
	for i := range s.Asks {
		if s.Asks[i].ID == id {
			return &s.Asks[i]
		}
	}
	return nil
}

// answer finds a shown answer by its id; nil when it is forgotten.
func (s *session) answer(id string) *shown {
	for i := range s.Shown {
		if s.Shown[i].ID == id {
			return &s.Shown[i]
		}
	}
	return nil
}

// visit remembers a place to come back to.
func (s *session) visit(value string) {
	if n := len(s.Places); n == 0 || s.Places[n-1] != value {
		s.Places = last(append(s.Places, value), maxPlaces)
	}
}

// leave gives the place before the present one, and forgets both.
func (s *session) leave() (value string, ok bool) {
	n := len(s.Places)
	if n < 2 {
		s.Places = nil
		return "", false
	}
	value = s.Places[n-2]
	s.Places = s.Places[:n-2]
	return value, true
}

// last keeps the newest n.
func last[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }
