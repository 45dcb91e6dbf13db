package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"madoguchi/ward"
)

// maxForm is how large a form may be, in bytes.
const maxForm = 256 << 10

// form is a form that was sent. The first fault is kept; fields that come after
// it are empty.
type form struct {
	r   *http.Request
	err error
}

// read reads the form of a POST.
func read(r *http.Request) (*form, error) {
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, &ward.Error{Kind: ward.Invalid, Message: "送られた内容を読み取れませんでした。", Err: err}
	}
	return &form{r: r}, nil
}

// text is a field without blanks around it and without control characters but
// line ends; title names it in the sentence about one of more than max
// characters.
func (f *form) text(name, title string, max int) string {
	s := clean(f.r.PostForm.Get(name))
	if n := utf8.RuneCountInString(s); n > max && f.err == nil {
		f.err = &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("%sは%d文字までです（いま%d文字）。", title, max, n)}
	}
	return s
}

// lines are the lines of a field that are not empty.
func (f *form) lines(name, title string, max int) []string {
	var out []string
	for line := range strings.Lines(f.text(name, title, max)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// number is a field that holds a whole number of at least 0.
func (f *form) number(name, title string) int64 {
	n, err := strconv.ParseInt(f.r.PostForm.Get(name), 10, 64)
	if (err != nil || n < 0) && f.err == nil {
		f.err = &ward.Error{Kind: ward.Invalid, Message: title + "が正しくありません。画面を開き直してください。"}
	}
	return n
}

// clean gives valid UTF-8 with "\n" for line ends and without other control
// characters.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s))
}
