package bot

import (
	"context"

	"madoguchi/ward"
)

func showMenu(_ context.Context, t *turn, _ string) error {
	t.say(ward.Reply{Text: phraseMenu, Choices: []ward.Choice{
		choice(labelBrowse, "browse.level", ""),
		choice(labelHelp, "counter.help", ""),
		choice(labelContact, "counter.contact", ""),
	}})
	t.s.visit(value("counter.menu", ""))
	return nil
}

func showHelp(_ context.Context, t *turn, _ string) error {
	t.say(ward.Reply{Text: phraseHelp, Choices: t.waysOn()})
	t.s.visit(value("counter.help", ""))
	return nil
}

func showContact(_ context.Context, t *turn, _ string) error {
	t.say(t.withContact(phraseContact))
	t.s.visit(value("counter.contact", ""))
	return nil
}

// goBack shows the place before this one again, or the menu when there is none.
func goBack(ctx context.Context, t *turn, _ string) error {
	here, v := t.s.leave()
	if t.leaves(here, v) {
		t.s.Form = nil
	}
	if v != "" {
		return t.follow(ctx, v)
	}
	return showMenu(ctx, t, "")
}

func stopTalk(_ context.Context, t *turn, _ string) error {
	phrase := phraseStopped
	if t.s.Form != nil {
		phrase = phraseGivenUp
	}
	t.s, t.ended = session{}, true
	t.say(ward.Reply{Text: phrase})
	return nil
}

func startOver(ctx context.Context, t *turn, _ string) error {
	t.s = session{Said: t.s.Said}
	return showMenu(ctx, t, "")
}
