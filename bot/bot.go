package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"madoguchi/ward"
)

// SessionTTL is how long a conversation is remembered after its last message.
const SessionTTL = 30 * time.Minute

// maxAttempts is how often a turn is done over because another message of the
// same resident came first.
const maxAttempts = 4

// Searcher finds documents. Its errors of kind NotFound mean that a document
// or category is no longer there; every other error, that it cannot be asked.
type Searcher interface {
	Search(ctx context.Context, question string, top int) (ward.Answer, error)
	Browse(ctx context.Context, path []string) (ward.Category, error)
	Document(ctx context.Context, id string) (ward.Document, error)
}

// Sessions keep one value per conversation. Get of none is nil, 0, nil;
// CompareAndSwap fails with ward.Conflict when version is no longer the stored
// one.
type Sessions interface {
	Get(ctx context.Context, key string) (value []byte, version int64, err error)
	CompareAndSwap(ctx context.Context, key string, value []byte, version int64, ttl time.Duration) error
	Delete(ctx context.Context, key string) error
}

// Desk takes what the staff look at. The same record may come again and then
// changes nothing.
type Desk interface {
	RecordUnanswered(ctx context.Context, u ward.Unanswered) error
	RecordFeedback(ctx context.Context, f ward.Feedback) error
	RecordQuestion(ctx context.Context, a ward.Asked) error
}

// Contact is where residents are sent when the counter cannot help: the ward's
// 「区へのご意見・お問い合わせ」 page and a phone number. Either may be empty.
type Contact struct {
	URL   string // http or https
	Phone string
}

// Options are the parts of a Bot. Searcher, Sessions, Desk, Now and Log are
// required.
type Options struct {
	Searcher Searcher
	Sessions Sessions
	Desk     Desk
	Contact  Contact
	// Stops gives what the counter must not answer about now; nil is nothing.
	// It is asked at each turn.
	Stops    func(context.Context) []ward.Stop
	WardName string // as residents call it; "" leaves the name out
	SiteURL  string // the ward's own site, for the greeting; http or https, or ""
	TermsURL string // the page with the terms of use, likewise
	Now      func() time.Time
	Log      *slog.Logger
	NewID    func() string // names answers; random by default
}

// Bot answers residents. It is safe for concurrent use.
type Bot struct {
	Options
	steps map[string]step
	kinds map[string]string // of small talk, by expression
}

// New checks the options.
func New(o Options) (*Bot, error) {
	if o.Searcher == nil || o.Sessions == nil || o.Desk == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("new bot: Searcher, Sessions, Desk, Now and Log are required")
	}
	for name, address := range map[string]string{"contact page": o.Contact.URL, "site": o.SiteURL, "page with the terms": o.TermsURL} {
		if u, err := url.Parse(address); err != nil || address != "" && u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("new bot: %s %q is no http address", name, address)
		}
	}
	if o.NewID == nil {
		o.NewID = func() string { return rand.Text()[:16] }
	}
	return &Bot{Options: o, steps: stepsByPath(dialogues()), kinds: readSmallTalk()}, nil
}

// Reply answers one message with 1 to MaxReplies replies. Whatever the message
// holds and whichever part is away, a resident gets a sentence: the error is
// only ever that of ctx. One of the last messages again, by its ID, gets the same
// replies and moves nothing.
func (b *Bot) Reply(ctx context.Context, m ward.Message) ([]ward.Reply, error) {
	began := b.Now()
	t := b.converse(ctx, m)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	b.record(ctx, t, m.Resident, b.Now().Sub(began))
	return t.replies, nil
}

// converse runs one turn on the stored session and stores what it leaves.
func (b *Bot) converse(ctx context.Context, m ward.Message) *turn {
	key := sessionKey(m.Channel, m.Resident)
	for range maxAttempts {
		s, version, err := b.load(ctx, key)
		if err != nil {
			b.Log.WarnContext(ctx, "session not read", "error", err)
			return b.turn(ctx, m, session{unread: true}, true)
		}
		if again := s.heard(m.ID); again != nil {
			return &turn{replies: again.Replies, unanswered: again.Unanswered, feedback: again.Feedback, counted: again.Counted}
		}
		t := b.turn(ctx, m, s.clone(), false)
		if ctx.Err() != nil {
			return t
		}
		switch err := b.keep(ctx, key, t, version); ward.KindOf(err) {
		case "":
			return t
		case ward.Conflict:
		default:
			b.Log.WarnContext(ctx, "session not stored", "error", err)
			return b.turn(ctx, m, s, true)
		}
	}
	b.Log.WarnContext(ctx, "session kept changing", "attempts", maxAttempts)
	return b.turn(ctx, m, session{}, true)
}

// Forget deletes what is remembered of a resident's conversation in LINE: for
// when a message is taken back, since every part of it may have come of that
// message. That a dialogue was under way stays, to say that it is over. What the staff have of it is not the bot's to delete: ward.Unanswered
// and ward.Feedback name the message.
func (b *Bot) Forget(ctx context.Context, r ward.Resident) error {
	var err error
	for range maxAttempts {
		if err = b.unsend(ctx, sessionKey(ward.LINE, r)); ward.KindOf(err) != ward.Conflict {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("forget conversation: %w", err)
	}
	return nil
}

// record hands the turn's records to the staff's desk. It comes after the
// session is stored, so that a turn done over is recorded once.
func (b *Bot) record(ctx context.Context, t *turn, r ward.Resident, took time.Duration) {
	for _, u := range t.unanswered {
		if err := b.Desk.RecordUnanswered(ctx, u); err != nil {
			b.Log.ErrorContext(ctx, "unanswered question not recorded", "error", err)
		}
	}
	for _, f := range t.feedback {
		f.Resident = r
		if err := b.Desk.RecordFeedback(ctx, f); err != nil {
			b.Log.ErrorContext(ctx, "feedback not recorded", "error", err)
		}
	}
	for _, a := range t.counted {
		a.Resident, a.Took = r, took
		if err := b.Desk.RecordQuestion(ctx, a); err != nil {
			b.Log.ErrorContext(ctx, "question not counted", "error", err)
		}
	}
}
