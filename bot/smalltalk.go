package bot

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"madoguchi/ward"
)

//go:embed smalltalk.tsv
var smallTalkTable string

// readSmallTalk gives the kind of each expression in smalltalk.tsv, which is
// embedded and held by a test.
func readSmallTalk() map[string]string {
	kinds := map[string]string{}
	for line := range strings.Lines(smallTalkTable) {
		kind, expressions, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		for e := range strings.SplitSeq(expressions, between) {
			kinds[plain(spoken(e))] = kind
		}
	}
	return kinds
}

// smallTalk answers words that ask nothing of the ward. With one word more that
// is not in the table, all of them are a question.
func (t *turn) smallTalk(word string) (r ward.Reply, ok bool) {
	switch t.smallTalkKind(word) {
	case "greeting":
		return t.greeting(), true
	case "thanks":
		return ward.Reply{Text: phraseWelcome}, true
	case "bye":
		return ward.Reply{Text: phraseBye}, true
	case "nod":
		return ward.Reply{Text: phraseOK}, true
	case "abuse":
		return t.withContact(phraseSorry), true
	case "chat":
		return ward.Reply{Text: phraseChat, Choices: t.waysOn()}, true
	case "human":
		return t.withContact(phraseContact), true
	}
	return ward.Reply{}, false
}

// smallTalkKind is that of the last of several expressions: after thanks comes
// a farewell, after a greeting what was wanted.
func (t *turn) smallTalkKind(word string) (kind string) {
	if kind := t.kinds[plain(word)]; kind != "" {
		return kind
	}
	for part := range strings.FieldsFuncSeq(word, isSign) {
		if kind = t.kinds[plain(part)]; kind == "" {
			return ""
		}
	}
	return kind
}

// plain leaves out how politely or loudly something is said. At least two
// letters stay.
func plain(word string) string {
	for {
		before := word
		for _, tail := range politeTails() {
			if short := strings.TrimSuffix(word, tail); utf8.RuneCountInString(short) >= 2 {
				word = short
			}
		}
		if word == before {
			return word
		}
	}
}
