package arch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wordFiles are the words that the program brings for every municipality.
var wordFiles = []string{"../../index/thesaurus/*.tsv", "../../index/words/*"}

// sameKana makes katakana hiragana and Latin letters small, so that one
// spelling of a name finds the others.
func sameKana(s string) string {
	return strings.Map(func(r rune) rune {
		if 'ァ' <= r && r <= 'ヶ' {
			return r - 'ァ' + 'ぁ'
		}
		return r
	}, strings.ToLower(s))
}

// namesIn says where a text holds one of the names.
func namesIn(file, text string, names []string) []string {
	var found []string
	n := 0
	for line := range strings.Lines(sameKana(text)) {
		n++
		for _, name := range names {
			if strings.Contains(line, sameKana(name)) {
				found = append(found, fmt.Sprintf("%s:%d holds %s, a name of the city whose questions measure the ranking", file, n, name))
			}
		}
	}
	return found
}

func readNames(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			names = append(names, line)
		}
	}
	if len(names) < 30 {
		t.Fatalf("%d names only", len(names))
	}
	return names
}

// The ranking must not know the city it is measured on.
func TestWordsHoldNoNamesOfTheMeasuredCity(t *testing.T) {
	names := readNames(t)
	for _, pattern := range wordFiles {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range namesIn(filepath.Base(file), string(text), names) {
				t.Error(s)
			}
		}
	}
}

func TestNamesAreFoundInEveryKana(t *testing.T) {
	for line, want := range map[string]int{
		"尼崎市役所\toffice\t市役所\t1.0": 1, "アマガサキ": 1, "Amagasaki": 1, "はじめ\nあまがさき\n武庫之荘": 2, "粗大ごみ\tsame\t大型ごみ\t1.0": 0,
	} {
		if got := namesIn("x.tsv", line, readNames(t)); len(got) != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}
