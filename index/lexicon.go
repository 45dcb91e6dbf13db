package index

import (
	_ "embed"
	"strings"
)

//go:embed words/question.txt
var questionWords string

// lexicon is what reading a question needs beside the generation.
type lexicon struct {
	analyzer *analyzer
	stop     map[string]bool
	intents  []intent
}

func newLexicon(d *dictionary) *lexicon {
	a := &analyzer{d}
	return &lexicon{a, stopWords(a), readIntents(a)}
}

// stopWords are the lemmas of the phrases in words/question.txt: how people
// ask, not what they ask about.
func stopWords(a *analyzer) map[string]bool {
	stop := map[string]bool{}
	for line := range strings.Lines(questionWords) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, t := range a.terms(line) {
			stop[t.text] = true
		}
	}
	return stop
}
