package bot

import (
	"context"
	"fmt"

	"madoguchi/ward"
)

// see answers what is neither words nor a tap. A step that waits may take it;
// else nothing of it is kept.
func (t *turn) see(ctx context.Context) error {
	if t.msg.Content == ward.Joined {
		t.welcome()
		return nil
	}
	if s, waits := t.waiting(); waits {
		return t.take(ctx, s, "")
	}
	if t.s.over != "" {
		return stale()
	}
	if t.s.unread && t.msg.Content != ward.Sticker {
		return t.forgotten()
	}
	t.say(t.unseen())
	return nil
}

// unseen says what cannot be done with what was sent, and what can.
func (t *turn) unseen() ward.Reply {
	switch t.msg.Content {
	case ward.Sticker:
		return ward.Reply{Text: phraseSticker, Choices: t.waysOn()}
	case ward.Location:
		return ward.Reply{Text: phraseLocation, Choices: t.waysOn()}
	case ward.Image:
		return t.withContact(fmt.Sprintf(phraseUnseen, nameImage))
	case ward.Video:
		return t.withContact(fmt.Sprintf(phraseUnseen, nameVideo))
	case ward.Audio:
		return t.withContact(phraseUnheard)
	case ward.File:
		return t.withContact(fmt.Sprintf(phraseUnseen, nameFile))
	}
	return ward.Reply{Text: phraseNoWords, Choices: t.waysOn()}
}

// welcome greets a new friend, or one again: the counter and the ward's site,
// the guide, the terms. The conversation begins anew.
func (t *turn) welcome() {
	t.s = session{Said: t.s.Said}
	hello := ward.Reply{Text: t.named(phraseJoined, phraseJoinedNamed)}
	if t.SiteURL != "" {
		hello.Source = &ward.Source{Title: t.named(titleSite, titleSiteNamed), URL: t.SiteURL}
	}
	terms := ward.Reply{Text: phraseTerms, Choices: t.waysOn()}
	if t.TermsURL != "" {
		terms.Text += phraseTermsPage
		terms.Source = &ward.Source{Title: titleTerms, URL: t.TermsURL}
	}
	t.say(hello)
	t.say(ward.Reply{Text: phraseHelp})
	t.say(terms)
}
