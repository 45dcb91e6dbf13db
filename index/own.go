package index

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"madoguchi/ward"
)

const (
	goldensFile  = "goldens.tsv"
	ownThesaurus = "thesaurus/*.tsv"
	maxOwnFile   = 4 << 20 // bytes of a file that staff edit
)

// Golden is a question whose answer is known: any of the pages will do. An
// address with an anchor means that part of the page, as long as the page has
// it.
type Golden struct {
	Question string
	Pages    []string
}

// own is what the ward's staff edit, as far as it can be read.
type own struct {
	goldens []Golden
	lines   []thesaurusLine
}

// CheckOwn says what of the staff's files (see Options.Own) cannot be read and
// is therefore left out: each a ward.Error of kind Invalid that names file and
// line.
func CheckOwn(folder fs.FS) []error {
	_, faults := readOwn(folder)
	return faults
}

// readOwn reads what it can. Of the goldens a line that cannot be read is left
// out, for the other lines mean what they mean without it; of the thesaurus
// the file, for half of a list is not what its author tried out.
func readOwn(folder fs.FS) (own, []error) {
	if folder == nil {
		return own{}, nil
	}
	goldens, faults := readGoldens(folder)
	o := own{goldens: goldens}
	names, err := fs.Glob(folder, ownThesaurus)
	if err != nil {
		return o, append(faults, fmt.Errorf("list the ward's thesaurus: %w", err))
	}
	for _, name := range names {
		table, err := readTable(folder, name)
		if err == nil {
			var lines []thesaurusLine
			lines, err = parseThesaurus(path.Base(name), joinTable(table))
			o.lines = append(o.lines, lines...)
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return o, faults
}

// readGoldens reads question, tab, address; a question may have several lines.
func readGoldens(folder fs.FS) (goldens []Golden, faults []error) {
	table, err := readTable(folder, goldensFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{err}
	}
	places := map[string]int{}
	for i, cells := range table {
		if len(cells) == 0 {
			continue
		}
		if why := goldenFault(cells); why != "" {
			faults = append(faults, invalidf(nil, "お手本の質問 %s の %d 行目が読めません（%s）。", goldensFile, i+1, why))
			continue
		}
		at, known := places[cells[0]]
		if !known {
			at = len(goldens)
			places[cells[0]] = at
			goldens = append(goldens, Golden{Question: cells[0]})
		}
		goldens[at].Pages = append(goldens[at].Pages, cells[1])
	}
	return goldens, faults
}

// goldenFault says what is wrong with a line, "" when nothing is.
func goldenFault(cells []string) string {
	if len(cells) != 2 {
		return fmt.Sprintf("「質問、タブ、ページのURL」の2列のはずが、%d列あります", len(cells))
	}
	switch u, err := url.Parse(cells[1]); {
	case cells[0] == "":
		return "質問がありません"
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "2列目が http:// か https:// で始まるURLではありません"
	}
	return ""
}

// readTable reads a file of lines and tabs as an editor or Excel saves it:
// UTF-8 or UTF-16 with or without a byte order mark, or Shift_JIS; cells in
// quotes; empty cells at the end. A blank line and one that begins with # have
// no cells.
func readTable(folder fs.FS, name string) ([][]string, error) {
	b, err := fs.ReadFile(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, invalidf(err, "%s が読めません。", name)
	}
	if len(b) > maxOwnFile {
		return nil, invalidf(nil, "%s が大きすぎます（%d MB まで）。", name, maxOwnFile>>20)
	}
	text, err := decodeText(b)
	if err != nil {
		return nil, invalidf(err, "%s の文字コードが UTF-8 でも Shift_JIS でもありません。", name)
	}
	var table [][]string
	for line := range strings.Lines(text) {
		table = append(table, cellsOf(strings.TrimRight(line, "\r\n")))
	}
	return table, nil
}

func decodeText(b []byte) (string, error) {
	var decoder *encoding.Decoder
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		decoder = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case utf8.Valid(b):
		return strings.TrimPrefix(string(b), "\ufeff"), nil
	default:
		decoder = japanese.ShiftJIS.NewDecoder()
	}
	text, err := decoder.Bytes(b)
	if err == nil && bytes.ContainsRune(text, utf8.RuneError) {
		err = errors.New("bytes that no character has")
	}
	return string(text), err
}

func cellsOf(line string) []string {
	cells := strings.Split(line, "\t")
	for i, c := range cells {
		c = strings.TrimSpace(c)
		if len(c) >= 2 && c[0] == '"' && c[len(c)-1] == '"' {
			c = strings.ReplaceAll(c[1:len(c)-1], `""`, `"`)
		}
		cells[i] = c
	}
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > 0 && strings.HasPrefix(cells[0], "#") {
		return nil
	}
	return cells
}

// joinTable gives a table as the plain text that the program's own files are,
// line for line.
func joinTable(table [][]string) string {
	var b strings.Builder
	for _, cells := range table {
		b.WriteString(strings.Join(cells, "\t") + "\n")
	}
	return b.String()
}

// invalidf makes an error about what staff wrote.
func invalidf(cause error, format string, args ...any) error {
	return &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf(format, args...), Err: cause}
}
