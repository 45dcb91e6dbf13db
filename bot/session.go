package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"madoguchi/ward"
)

// How much of a conversation is remembered.
const (
	maxAsks   = 3
	maxShown  = 5
	maxPlaces = 10
	maxSaid   = 3
	maxTitle  = 60 // characters of a page's title
)

// lateTTL is how long a dialogue that was left in the middle stays in the store
// after SessionTTL, only to tell a resident who comes back that it is over.
const lateTTL = 90 * time.Minute

// session is what a conversation remembers. Resident's words in it are masked.
type session struct {
	Format int           `json:"format"`
	Asks   []asked       `json:"asks,omitempty"`   // latest last
	Shown  []shown       `json:"shown,omitempty"`  // latest last
	Places []string      `json:"places,omitempty"` // values of choices that lead back, latest last
	Menu   []ward.Choice `json:"menu,omitempty"`   // what was offered last
	Form   *form         `json:"form,omitempty"`   // the dialogue under way
	Said   []said        `json:"said,omitempty"`   // latest last

	over   string // a dialogue was under way and is over: the phrase that says why
	unread bool   // the store did not give what was remembered
}

// said is what came of a message, for when the same message comes again: the
// replies, and the records, because nobody may have got to them.
type said struct {
	ID         string            `json:"id"`
	Replies    []ward.Reply      `json:"replies"`
	Unanswered []ward.Unanswered `json:"unanswered,omitempty"`
	Feedback   []ward.Feedback   `json:"feedback,omitempty"`
	Counted    []ward.Asked      `json:"counted,omitempty"`
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
	Message    string        `json:"message,omitempty"`  // id of the message it came with
	Chosen     bool          `json:"chosen,omitempty"`   // a candidate was chosen and counted
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
func sessionKey(c ward.Channel, r ward.Resident) string {
	sum := sha256.Sum256([]byte(string(c) + "\x00" + string(r)))
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
	if s.Form != nil && b.Now().Unix() >= s.Form.Until {
		return session{over: phraseLate}, version, nil
	}
	if s.Form != nil && s.Form.Unsent {
		return session{over: phraseUnsent}, version, nil
	}
	return s, version, nil
}

// unsend forgets a conversation, but for that a dialogue was under way.
func (b *Bot) unsend(ctx context.Context, key string) error {
	s, version, err := b.load(ctx, key)
	if err != nil || s.Form == nil {
		return errors.Join(err, b.Sessions.Delete(ctx, key))
	}
	return b.keep(ctx, key, &turn{s: session{Form: &form{Unsent: true}}}, version)
}

// keep stores what a turn leaves, or forgets the conversation if it has ended.
func (b *Bot) keep(ctx context.Context, key string, t *turn, version int64) error {
	if t.ended && len(t.s.Said) == 0 {
		if err := b.Sessions.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete session: %w", err)
		}
		return nil
	}
	t.s.Format = sessionFormat
	ttl := SessionTTL
	if t.s.Form != nil {
		t.s.Form.Until = b.Now().Add(SessionTTL).Unix()
		ttl += lateTTL
	}
	value, err := json.Marshal(t.s)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	if err := b.Sessions.CompareAndSwap(ctx, key, value, version, ttl); err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	return nil
}

// clone lets a turn be done over from the same beginning.
func (s session) clone() session {
	s.Asks, s.Shown, s.Places, s.Said = slices.Clone(s.Asks), slices.Clone(s.Shown), slices.Clone(s.Places), slices.Clone(s.Said)
	s.Form = s.Form.clone()
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

// returnTo visits a place that may lie behind: then what came after is left.
func (s *session) returnTo(value string) {
	if i := slices.Index(s.Places, value); i >= 0 {
		s.Places = s.Places[:i]
	}
	s.visit(value)
}

// leave gives the present place and the one before it, "" if there is none, and
// forgets both.
func (s *session) leave() (here, before string) {
	n := len(s.Places)
	if n > 0 {
		here = s.Places[n-1]
	}
	if n > 1 {
		before = s.Places[n-2]
	}
	s.Places = s.Places[:max(0, n-2)]
	return here, before
}

// heard finds what came of a message; nil when it is new or long ago.
func (s *session) heard(id string) *said {
	i := slices.IndexFunc(s.Said, func(x said) bool { return x.ID == id })
	if id == "" || i < 0 {
		return nil
	}
	return &s.Said[i]
}

// last keeps the newest n.
func last[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }
