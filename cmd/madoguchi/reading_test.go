package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"madoguchi/ward"
)

// seenFirst is how many hits a resident looks at before giving up.
const seenFirst = 3

// What residents mistype, over the sample ward: a page that answers it is among
// the first.
func TestMisspeltQuestionsFindTheirPage(t *testing.T) {
	tr := sampleWard(t)
	findAll(t, tr, tableOf(t, "misspelt.tsv"))
}

// findAll asks each question of rows and looks for its page, which stands
// behind a tab.
func findAll(t *testing.T, tr trial, rows []string) {
	t.Helper()
	for _, row := range rows {
		question, page, _ := strings.Cut(row, "\t")
		answer, err := tr.index.Search(t.Context(), question, seenFirst)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(answer.Hits, func(h ward.Hit) bool { return strings.Contains(h.Document.URL, page) }) {
			t.Errorf("%s: no %s among the first %d", question, page, seenFirst)
		}
	}
}

// What a question says it is not about does not stand before what it is about.
func TestExcludedWordsCountLess(t *testing.T) {
	findAll(t, sampleWard(t), []string{
		"粗大ごみ以外のごみの出し方\tgomi/wakekata", "転入ではなく転居の届出\thikkoshi/tenkyo", "自動車ではなく原付の廃車\tkei/gentsuki",
	})
}

// A wrong correction sends somebody to the wrong counter.
func TestWellSpeltQuestionsAreReadAsTheyStand(t *testing.T) {
	tr := sampleWard(t)
	for _, question := range tableOf(t, "wellspelt.tsv") {
		e, err := tr.index.Explain(t.Context(), question, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range e.Readings {
			t.Errorf("%s: %s is read as %s", question, r.Said, r.Read)
		}
	}
}

// tableOf reads the lines of a table beside the room that reads questions.
func tableOf(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "index", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			rows = append(rows, line)
		}
	}
	return rows
}
