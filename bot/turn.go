package bot

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
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
	ended      bool        // the session is to be deleted
	forgetful  bool        // there is no session to rely on: offer nothing that needs one
	asked      bool        // the step that waits has asked
	urgent     bool        // somebody is in danger
	withheld   bool        // a stop kept the answer back
	stops      []ward.Stop // that hold during this turn
	replies    []ward.Reply
	unanswered []ward.Unanswered
	feedback   []ward.Feedback
	counted    []ward.Asked
}

func (b *Bot) turn(ctx context.Context, m ward.Message, s session, forgetful bool) *turn {
	t := &turn{Bot: b, msg: m, s: s, forgetful: forgetful}
	if t.msg.At.IsZero() {
		t.msg.At = b.Now()
	}
	if b.Stops != nil {
		t.stops = b.Stops(ctx)
	}
	var long bool
	t.msg.Text, long = readable(m.Text)
	switch {
	case m.Choice != "":
		t.attempt(ctx, func() error { return t.follow(ctx, m.Choice) })
	case m.Content != ward.Words:
		t.attempt(ctx, func() error { return t.see(ctx) })
	default:
		t.hear(ctx, long)
	}
	t.goOn(ctx)
	t.s.Menu = t.replies[len(t.replies)-1].Choices
	if m.ID != "" {
		t.s.Said = last(append(t.s.Said, said{m.ID, t.replies, t.unanswered, t.feedback, t.counted}), maxSaid)
	}
	return t
}

// attempt runs f; if it fails, nothing it said or recorded counts, and the
// resident is told so.
func (t *turn) attempt(ctx context.Context, f func() error) {
	before, said, unanswered, feedback, counted := t.s.clone(), len(t.replies), t.unanswered, t.feedback, t.counted
	err := f()
	if err == nil {
		return
	}
	t.s, t.replies, t.unanswered, t.feedback, t.counted = before, t.replies[:said], unanswered, feedback, counted
	var no refused
	kind := ward.KindOf(err)
	switch {
	case errors.As(err, &no):
		t.say(ward.Reply{Text: string(no)})
	case kind == ward.NotFound && t.s.over != "":
		t.say(ward.Reply{Text: t.s.over, Choices: t.waysOn()})
	case kind == ward.NotFound:
		t.say(ward.Reply{Text: phraseGone, Choices: t.waysOn()})
	default:
		level := slog.LevelError
		if kind == ward.Unavailable {
			level = slog.LevelWarn // the part that is away says so itself
		}
		if ctx.Err() == nil {
			t.Log.Log(ctx, level, "turn failed", "error", err)
		}
		t.say(t.withContact(phraseUnavailable + phraseIfUrgent))
	}
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

// hear finds out what typed words want; long says that they were cut.
func (t *turn) hear(ctx context.Context, long bool) {
	text := t.msg.Text
	word := spoken(text)
	t.alarm(word)
	if t.s.over != "" {
		t.remark(t.s.over)
	}
	if long {
		t.remark(phraseTooLong)
	}
	v := cmp.Or(command(word), t.offered(word))
	s, waits := t.waiting()
	switch {
	case v != "":
		t.attempt(ctx, func() error { return t.follow(ctx, v) })
	case waits:
		t.attempt(ctx, func() error { return t.listen(ctx, s, text) })
	default:
		t.talk(ctx, text, word)
	}
}

// warn asks for no personal data where there is some.
func (t *turn) warn(text string) {
	if ja.Mask(text) != text {
		t.remark(phrasePersonal)
	}
}

// alarm says first of all whom to call where somebody is in danger.
func (t *turn) alarm(word string) {
	fire, crime := isEmergency(word)
	if fire {
		t.say(ward.Reply{Text: phraseFire, Source: &ward.Source{Title: titleFire, Phone: phoneFire}})
	}
	if crime {
		t.say(ward.Reply{Text: phraseCrime, Source: &ward.Source{Title: titleCrime, Phone: phoneCrime}})
	}
	t.urgent = fire || crime
}

// remark says something beside the answer, which in an emergency nobody reads.
func (t *turn) remark(phrase string) {
	if !t.urgent {
		t.say(ward.Reply{Text: phrase})
	}
}

// talk answers words that nothing waits for.
func (t *turn) talk(ctx context.Context, text, word string) {
	t.warn(text)
	small, isSmall := t.smallTalk(word)
	switch {
	case word == "":
		t.say(ward.Reply{Text: phraseNoWords, Choices: t.waysOn()})
	case isNumber(word):
		t.attempt(ctx, t.noSuchNumber)
	case isSmall:
		t.say(small)
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
	return strings.TrimFunc(ja.Hiragana(ja.Fold(text)), isSign)
}

func isSign(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// command gives the value of the choice that a command word stands for, or "".
func command(word string) string {
	if path := commandOf(word); path != "" {
		return value(path, "")
	}
	return ""
}

// offered gives the value of the offered choice whose label or number was
// typed: a telephone or a PC may show no buttons.
func (t *turn) offered(word string) string {
	for i, c := range t.s.Menu {
		if word != "" && word == spoken(c.Label) || word == number(i+1) {
			return c.Value
		}
	}
	return ""
}

// noSuchNumber offers again what a number can choose from.
func (t *turn) noSuchNumber() error {
	if t.s.unread {
		return t.forgotten()
	}
	r := ward.Reply{Text: phraseNoNumber, Choices: t.s.Menu}
	if len(r.Choices) == 0 {
		r.Choices = t.waysOn()
	}
	t.say(r)
	return nil
}

// say adds a reply.
func (t *turn) say(r ward.Reply) { t.replies = append(t.replies, r) }
