package index

import "strings"

// Words gives a text as words with blanks between, for a comparison with Bleve
// alone.
func (ix *Index) Words(text string) (string, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return "", err
	}
	defer release()
	lex, err := g.lexicon()
	if err != nil {
		return "", err
	}
	return strings.Join(texts(nil, lex.analyzer.split(question(text))), " "), nil
}
