package index

import (
	_ "embed"
	"strings"
)

//go:embed words/question.txt
var questionWords string

//go:embed words/audience.tsv
var audienceTable string

// lexicon is what reading a question needs beside the generation.
type lexicon struct {
	analyzer *analyzer
	stop     map[string]bool
	intents  []intent
	// audiences are the groups of words/audience.tsv, each word split.
	audiences [][][]term
}

func newLexicon(d *dictionary) *lexicon {
	a := &analyzer{d}
	return &lexicon{a, stopWords(a), readIntents(a), readAudiences(a)}
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

// readAudiences reads words/audience.tsv.
func readAudiences(a *analyzer) [][][]term {
	var out [][][]term
	for line := range strings.Lines(audienceTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var group [][]term
		for _, s := range strings.Split(strings.TrimSpace(line), "、") {
			group = append(group, a.terms(s))
		}
		out = append(out, group)
	}
	return out
}
