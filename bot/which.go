package bot

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"madoguchi/ja"
	"madoguchi/ward"
)

// whichKinds is how many kinds of a thing the choices must name for the
// question to be which kind is meant.
const whichKinds = 2

// which asks back. Where the question names a thing (税) of which the choices
// name several kinds (住民税, 軽自動車税), it asks for the kind.
func which(question string, choices []ward.Choice) string {
	var named [][]string // the words of each choice
	for _, c := range choices {
		named = append(named, compounds(c.Label))
	}
	for _, thing := range compounds(question) {
		kinds, holding := map[string]bool{}, 0
		for _, words := range named {
			i := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, thing) })
			if i < 0 {
				continue
			}
			holding++
			if words[i] != thing {
				kinds[words[i]] = true
			}
		}
		if len(kinds) >= whichKinds && 2*holding > len(choices) {
			return fmt.Sprintf(phraseWhichKind, thing)
		}
	}
	return phraseWhich
}

// compounds are the unbroken runs of kanji and katakana in a text.
func compounds(s string) []string {
	return strings.FieldsFunc(ja.Fold(s), func(r rune) bool {
		return !unicode.In(r, unicode.Han, unicode.Katakana) && r != 'ー'
	})
}
