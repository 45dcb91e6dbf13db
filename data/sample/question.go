package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Question is what a resident asks and where the site answers it.
type Question struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	// Relevant gives the grade of each answering page ("/path") or of one
	// section or Q/A pair of it ("/path#anchor"): 2 answers exactly, 1 helps.
	Relevant map[string]int `json:"relevant"`
	// Words is "same" when the question uses the page's own main words, else "other".
	Words string `json:"words"`
}

// Refusal is a question that the site cannot answer.
type Refusal struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Why  string `json:"why"` // off-topic, other-office or not-on-site
}

// Questions reads the answerable questions, in order of file and line.
func Questions() ([]Question, error) { return readQuestions(content) }

// Unanswerable reads the questions that nothing on the site answers.
func Unanswerable() ([]Refusal, error) { return readRefusals(content) }

const refusalPrefix = "unanswerable-"

func readQuestions(fsys fs.FS) ([]Question, error) {
	return readLines(fsys, false, func(q Question) error {
		if q.ID == "" || q.Text == "" || len(q.Relevant) == 0 {
			return errors.New("id, text and relevant must be given")
		}
		if q.Words != "same" && q.Words != "other" {
			return fmt.Errorf(`words must be "same" or "other", have %q`, q.Words)
		}
		for key, grade := range q.Relevant {
			if grade != 1 && grade != 2 {
				return fmt.Errorf("grade of %s must be 1 or 2, have %d", key, grade)
			}
		}
		return nil
	})
}

func readRefusals(fsys fs.FS) ([]Refusal, error) {
	return readLines(fsys, true, func(r Refusal) error {
		if r.ID == "" || r.Text == "" {
			return errors.New("id and text must be given")
		}
		switch r.Why {
		case "off-topic", "other-office", "not-on-site":
			return nil
		}
		return fmt.Errorf("why must be off-topic, other-office or not-on-site, have %q", r.Why)
	})
}

// readLines reads every JSON line of the question files, or of the refusal
// files. The error joins all mistakes, each with file and line.
func readLines[T any](fsys fs.FS, refusals bool, check func(T) error) (all []T, err error) {
	files, err := fs.Glob(fsys, "questions/*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("list sample questions: %w", err)
	}
	var faults []error
	for _, file := range files {
		if strings.HasPrefix(path.Base(file), refusalPrefix) != refusals {
			continue
		}
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read sample questions: %w", err)
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			one, err := decodeLine[T](line)
			if err == nil {
				err = check(one)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("%s:%d: %w", file, i+1, err))
				continue
			}
			all = append(all, one)
		}
	}
	return all, errors.Join(faults...)
}

func decodeLine[T any](line []byte) (one T, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err = d.Decode(&one)
	return one, err
}
