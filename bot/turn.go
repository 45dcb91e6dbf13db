package bot

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"madoguchi/ja"
	"madoguchi/ward"
)

// MaxReplies is the most replies to one message: what LINE takes at once.
const MaxReplies = 5

// turn is one message being answered. It changes only its own copy of the
// session, so it can be thrown away and done over.
type turn struct {
	*Bot
	msg        ward.Message
	s          session
	ended      bool // the session is to be deleted
	forgetful  bool // there is no session to rely on: offer nothing that needs one
	replies    []ward.Reply
	unanswered []ward.Unanswered
	feedback   []ward.Feedback
}

func (b *Bot) turn(ctx context.Context, m ward.Message, s session, forgetful bool) *turn {
	t := &turn{Bot: b, msg: m, s: s, forgetful: forgetful}
	if t.msg.At.IsZero() {
		t.msg.At = b.Now()
	}
	if m.Choice != "" {
		t.attempt(ctx, func() error { return t.follow(ctx, m.Choice) })
	} else {
		t.hear(ctx, m.Text)
	}
	t.s.Menu = t.replies[len(t.replies)-1].Choices
	return t
}

// attempt runs f; if it fails, nothing it said or recorded counts, and the
// resident is told so.
func (t *turn) attempt(ctx context.Context, f func() error) {
	before, said := t.s.clone(), len(t.replies)
	err := f()
	if err == nil {
		return
	}
	t.s, t.replies, t.unanswered, t.feedback = before, t.replies[:said], nil, nil
	if ward.KindOf(err) == ward.NotFound {
		t.say(ward.Reply{Text: phraseGone, Choices: t.waysOn()})
		return
	}
	if ctx.Err() == nil {
		t.Log.ErrorContext(ctx, "turn failed", "error", err)
	}
	t.say(t.withContact(phraseUnavailable))
}

// follow goes where a choice leads.
func (t *turn) follow(ctx context.Context, v string) error {
	name, arg, ok := parseValue(v)
	s, known := t.steps[name]
	if !ok || !known {
		return stale()
	}
	return s.run(ctx, t, arg)
}

// stale is the error of a choice that no longer leads anywhere.
func stale() error { return &ward.Error{Kind: ward.NotFound, Message: phraseGone} }

// forgotten is the answer to a choice whose session is not there.
func (t *turn) forgotten() error {
	if t.forgetful {
		return &ward.Error{Kind: ward.Unavailable, Message: phraseUnavailable}
	}
	return stale()
}

// hear finds out what typed words want.
func (t *turn) hear(ctx context.Context, text string) {
	text, long := readable(text)
	if long {
		t.say(ward.Reply{Text: phraseTooLong})
	}
	if masked := ja.Mask(text); masked != text {
		t.say(ward.Reply{Text: phrasePersonal})
	}
	word := spoken(text)
	switch {
	case word == "":
		t.say(ward.Reply{Text: phraseNoWords, Choices: t.waysOn()})
	case commandOf(word) != "":
		t.attempt(ctx, func() error { return t.follow(ctx, value(commandOf(word), "")) })
	case t.offered(word) != "":
		t.attempt(ctx, func() error { return t.follow(ctx, t.offered(word)) })
	case isGreeting(word):
		t.say(t.greeting())
	case isNod(word):
		t.say(ward.Reply{Text: phraseOK})
	case isThanks(word):
		t.say(ward.Reply{Text: phraseWelcome})
	case isOpinion(word):
		t.say(t.withContact(phraseOpinion))
	default:
		t.attempt(ctx, func() error { return ask(ctx, t, text) })
	}
}

// Greeting is what a channel shows before the first message.
func (b *Bot) Greeting() ward.Reply { return (&turn{Bot: b}).greeting() }

func (t *turn) greeting() ward.Reply {
	return ward.Reply{Text: t.named(phraseGreeting, phraseGreetingNamed), Choices: t.waysOn()}
}

// readable is what is read of a text: without what cannot be seen, at most
// ward.MaxQuestion characters.
func readable(text string) (read string, cut bool) {
	const enough = 4 * utf8.UTFMax * ward.MaxQuestion // a stranger may send megabytes
	if len(text) > enough {
		text, cut = text[:enough], true
	}
	rs := []rune(strings.TrimSpace(ja.Clean(text)))
	if len(rs) > ward.MaxQuestion {
		return string(rs[:ward.MaxQuestion]), true
	}
	return string(rs), cut
}

// spoken is the form in which words are compared: folded, in hiragana, without
// the signs around it; "" when there is no letter or digit at all.
func spoken(text string) string {
	return strings.TrimFunc(ja.Hiragana(ja.Fold(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// offered gives the value of the offered choice whose label or number was
// typed: a telephone or a PC may show no buttons.
func (t *turn) offered(word string) string {
	for i, c := range t.s.Menu {
		if word == spoken(c.Label) || word == number(i+1) {
			return c.Value
		}
	}
	return ""
}

// say adds a reply.
func (t *turn) say(r ward.Reply) { t.replies = append(t.replies, r) }
