package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
	"unicode/utf8"

	"madoguchi/ja"
	"madoguchi/ward"
)

// Limits on one PDF.
const (
	PDFTimeout = 20 * time.Second // from start of the child to its last byte
	MaxPDFText = 5 << 20          // bytes of text
	MaxPDFPage = 500              // pages that are read; the rest is left out

	maxPDFReaders   = 2
	maxPDFComplaint = 4 << 10 // bytes of the child's last words
)

// PDFReason says why a PDF gave no text. It is an error.
type PDFReason string

// The reasons.
const (
	PDFNoText    PDFReason = "no text layer"
	PDFScattered PDFReason = "one character a line"
	PDFEncrypted PDFReason = "encrypted"
	PDFBroken    PDFReason = "not a readable PDF"
	PDFTooLarge  PDFReason = "too much text"
	PDFTimedOut  PDFReason = "took too long"
	PDFMemory    PDFReason = "breaks the reader or its memory limit"
)

// Error gives the reason in words.
func (r PDFReason) Error() string { return "PDF text: " + string(r) }

// PDFReader reads the text of PDFs, each in a child process of its own: a small
// file can ask pdfium for gigabytes, and an instance that failed once fails on
// the next good file too.
type PDFReader struct {
	exe     string
	args    []string
	cache   string
	timeout time.Duration
	turn    chan struct{} // holds one value a running child
}

// NewPDFReader takes the program and the arguments that make it call PDFChild,
// and the directory where compiled pdfium is kept between children ("" for
// nowhere, which costs each child two seconds).
func NewPDFReader(exe string, args []string, cache string) *PDFReader {
	return &PDFReader{exe: exe, args: args, cache: cache, timeout: PDFTimeout, turn: make(chan struct{}, maxPDFReaders)}
}

// Text gives the text of a PDF, its pages parted by form feeds; a page without
// usable text is empty. At most two PDFs are read at once, more callers wait.
// Where there is no text the error is a PDFReason, perhaps wrapped.
func (r *PDFReader) Text(ctx context.Context, body []byte) (string, error) {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-r.turn }()
	out, err := r.child(ctx, body)
	if err != nil {
		return "", err
	}
	return pageTexts(out)
}

// child runs one child and gives what it read.
func (r *PDFReader) child(parent context.Context, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(parent, r.timeout)
	defer cancel()
	c := exec.CommandContext(ctx, r.exe, r.args...)
	c.Env = []string{"GOTRACEBACK=none"} // and none of our secrets
	c.WaitDelay = time.Second
	c.Stdin = io.MultiReader(strings.NewReader(r.cache+"\n"), bytes.NewReader(body))
	complaint := &limited{max: maxPDFComplaint}
	c.Stderr = complaint
	pipe, err := c.StdoutPipe()
	if err != nil {
		return "", fmt.Errorf("start PDF reader: %w", err)
	}
	if err := c.Start(); err != nil {
		return "", fmt.Errorf("start PDF reader: %w", err)
	}
	out, readErr := io.ReadAll(io.LimitReader(pipe, MaxPDFText+maxPDFStatus+1))
	if len(out) > MaxPDFText+maxPDFStatus {
		cancel()
		_ = c.Wait() // killed
		return "", PDFTooLarge
	}
	waitErr := c.Wait()
	switch {
	case parent.Err() != nil:
		return "", parent.Err()
	case ctx.Err() != nil:
		return "", PDFTimedOut
	}
	status, text, ok := strings.Cut(string(out), "\n")
	if !ok {
		said, _, _ := strings.Cut(complaint.String(), "\n")
		return "", fmt.Errorf("%w: %w: %s", PDFMemory, errors.Join(readErr, waitErr), said)
	}
	if status != pdfRead {
		return "", PDFReason(status)
	}
	return text, errors.Join(readErr, waitErr)
}

// limited keeps the first bytes written to it and drops the rest.
type limited struct {
	strings.Builder
	max int
}

func (l *limited) Write(p []byte) (int, error) {
	_, _ = l.Builder.Write(p[:min(len(p), l.max-l.Len())]) // a Builder does not fail
	return len(p), nil
}

// pageTexts cleans each page and empties those that came out as scattered
// characters: old vertical layouts do.
func pageTexts(text string) (string, error) {
	const leastLine = 3 // characters, on average
	pages, reason, found := strings.Split(text, "\f"), PDFNoText, false
	for i, page := range pages {
		chars, lines := 0, 0
		page = strings.TrimSpace(ja.Clean(page))
		for line := range strings.SplitSeq(page, "\n") {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 0 {
				chars, lines = chars+n, lines+1
			}
		}
		pages[i] = ""
		switch {
		case lines == 0:
		case chars < leastLine*lines:
			reason = PDFScattered
		default:
			pages[i], found = joinLines(page), true
		}
	}
	if !found {
		return "", reason
	}
	return strings.Join(pages, "\f"), nil
}

// joinLines undoes the breaks of lines that ran to the edge of their column: a
// word cut in two is found by nobody.
func joinLines(page string) string {
	lines, longest := strings.Split(page, "\n"), 0
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
		longest = max(longest, utf8.RuneCountInString(lines[i]))
	}
	var out strings.Builder
	for i, line := range lines {
		out.WriteString(line)
		if i < len(lines)-1 && !runsOn(line, lines[i+1], longest) {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func runsOn(line, next string, longest int) bool {
	const edge = 0.85      // of the longest line of the page
	const leastColumn = 15 // characters; shorter lines are headings and lists
	last, _ := utf8.DecodeLastRuneInString(line)
	first, _ := utf8.DecodeRuneInString(next)
	if strings.ContainsRune("っゃゅょぁぃぅぇぉッャュョァィゥェォー々、。）」", first) { // nothing starts with these
		return line != ""
	}
	return longest >= leastColumn && float64(utf8.RuneCountInString(line)) >= edge*float64(longest) &&
		isJapanese(last) && isJapanese(first) && !strings.ContainsRune("。！？」）", last)
}

func isJapanese(r rune) bool {
	switch ja.Script(r) {
	case ja.KanjiScript, ja.HiraganaScript, ja.KatakanaScript:
		return true
	}
	return strings.ContainsRune("、ー「（」）", r)
}

// Limits on what of one PDF is indexed.
const (
	wholePDF        = 1200 // characters up to which a PDF is one document
	maxPDFDocuments = 60   // pages with text
	maxPDFPageText  = 6000 // characters of a page
)

// PDFDocuments gives the documents of a PDF: doc with the text of all pages
// when that is short, else one document a page, opened at it (#page=N). doc is
// the PDF as its page presents it; text is what PDFReader.Text gave, and with ""
// the title and the link are all there is.
func PDFDocuments(doc ward.Document, text string) []ward.Document {
	doc.Kind = ward.PDF
	if utf8.RuneCountInString(text) <= wholePDF {
		doc.Text = strings.TrimSpace(strings.ReplaceAll(text, "\f", "\n"))
		return []ward.Document{doc}
	}
	var docs []ward.Document
	for i, page := range strings.Split(text, "\f") {
		if page == "" {
			continue
		}
		if len(docs) == maxPDFDocuments {
			break
		}
		d := doc
		d.URL = fmt.Sprintf("%s#page=%d", doc.PageURL(), i+1)
		d.ID = fmt.Sprintf("%s-p%d", doc.ID, i+1)
		d.Text = firstRunes(page, maxPDFPageText)
		docs = append(docs, d)
	}
	return docs
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
