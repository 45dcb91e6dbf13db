package index

import (
	_ "embed"
	"strings"
)

//go:embed words/intent.tsv
var intentTable string

// intent is one thing that residents ask of a matter: where, until when, how
// much. Pages that tell it say so in their title.
type intent struct {
	name     string
	asked    []string // lemmas joined by blanks, as residents ask for it
	answered []string // lemmas in the titles of pages that tell it
	told     []string // lemmas in the texts that tell it
}

// readIntents reads words/intent.tsv, which is embedded and held by a test.
func readIntents(a *analyzer) []intent {
	var out []intent
	for line := range strings.Lines(intentTable) {
		col := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(col) != 4 {
			continue
		}
		in := intent{name: col[0]}
		for _, s := range strings.Split(col[1], "、") {
			in.asked = append(in.asked, strings.Join(texts(nil, a.terms(s)), " "))
		}
		for _, s := range strings.Split(col[2], "、") {
			in.answered = texts(in.answered, a.terms(s))
		}
		for _, s := range strings.Split(col[3], "、") {
			in.told = texts(in.told, a.terms(s))
		}
		out = append(out, in)
	}
	return out
}

// intentsOf are the intents that a question, split into words, has.
func (lex *lexicon) intentsOf(words []term) []intent {
	said := " " + strings.Join(texts(nil, words), " ") + " "
	var out []intent
	for _, in := range lex.intents {
		for _, phrase := range in.asked {
			if strings.Contains(said, " "+phrase+" ") {
				out = append(out, in)
				break
			}
		}
	}
	return out
}
