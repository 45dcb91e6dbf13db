package index

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"madoguchi/ward"
)

// maxLine is the longest line of a BEIR file.
const maxLine = 16 << 20

// Collection is a test collection: documents, queries and judgements.
type Collection struct {
	Documents []ward.Document
	Queries   []Query // in the order of the file, those without a judgement left out
	// Grades are the judgements: query id → document id → grade, 1 or more.
	Grades map[string]map[string]int
}

// Query is one question of a Collection.
type Query struct{ ID, Text string }

// ReadBEIR reads a collection in the format of BEIR (Thakur et al. 2021):
// corpus and queries as JSON lines {_id, title, text}, judgements as
// tab-separated query-id, corpus-id, score with a header line. Errors name the
// line.
func ReadBEIR(corpus, queries, qrels io.Reader) (Collection, error) {
	var c Collection
	err := readJSONLines(corpus, func(l beirLine) {
		c.Documents = append(c.Documents, ward.Document{ID: l.ID, URL: "corpus:" + l.ID, Title: l.Title, Text: l.Text, Kind: ward.FAQ})
	})
	if err != nil {
		return c, fmt.Errorf("read corpus: %w", err)
	}
	if c.Grades, err = readQrels(qrels); err != nil {
		return c, fmt.Errorf("read judgements: %w", err)
	}
	err = readJSONLines(queries, func(l beirLine) {
		if len(c.Grades[l.ID]) > 0 {
			c.Queries = append(c.Queries, Query{l.ID, l.Text})
		}
	})
	if err != nil {
		return c, fmt.Errorf("read queries: %w", err)
	}
	return c, nil
}

type beirLine struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

func readJSONLines(r io.Reader, do func(beirLine)) error {
	return eachLine(r, func(line string) error {
		var l beirLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			return err
		}
		if l.ID == "" {
			return fmt.Errorf("no _id")
		}
		do(l)
		return nil
	})
}

// readQrels reads judgements; grades of 0 and below say "not relevant" and are
// left out.
func readQrels(r io.Reader) (map[string]map[string]int, error) {
	grades := map[string]map[string]int{}
	header := true
	err := eachLine(r, func(line string) error {
		col := strings.Split(line, "\t")
		if len(col) != 3 {
			return fmt.Errorf("%d columns, want 3", len(col))
		}
		grade, err := strconv.Atoi(col[2])
		first := header
		header = false
		if err != nil && first {
			return nil
		}
		if err != nil || grade <= 0 {
			return err
		}
		if grades[col[0]] == nil {
			grades[col[0]] = map[string]int{}
		}
		grades[col[0]][col[1]] = grade
		return nil
	})
	return grades, err
}

// eachLine calls do for every line that is not blank.
func eachLine(r io.Reader, do func(string) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	n := 0
	for s.Scan() {
		n++
		line := strings.TrimSpace(s.Text())
		if line == "" {
			continue
		}
		if err := do(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}
