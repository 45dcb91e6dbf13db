package crawler

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	jp "golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// labelReach is how far into a page a charset label is looked for, in bytes.
const labelReach = 8 << 10

// brokenShare is the part of characters, one in so many, that may be
// undecodable before a label is taken for a lie.
const brokenShare = 100

// Decode turns the bytes of a page into UTF-8 without NUL. It never fails:
// what cannot be read becomes U+FFFD, and broken counts them. name is the
// encoding that was used, in the spelling of the WHATWG ("utf-8", "shift_jis").
//
// The order is: byte order mark, ISO-2022-JP by its escape, valid UTF-8, the
// HTTP header, the label in the page, and at last whichever of Shift_JIS,
// EUC-JP and UTF-8 reads most like Japanese. A label under which more than one
// character in a hundred breaks is not believed.
func Decode(body []byte, contentType string) (text []byte, name string, broken int) {
	text, name = decode(body, contentType)
	broken = bytes.Count(text, []byte("\uFFFD"))
	return bytes.ReplaceAll(text, []byte{0}, nil), name, broken
}

func decode(body []byte, contentType string) (text []byte, name string) {
	switch {
	case bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")):
		return bytes.ToValidUTF8(body[3:], []byte("\uFFFD")), "utf-8"
	case bytes.HasPrefix(body, []byte("\xFE\xFF")), bytes.HasPrefix(body, []byte("\xFF\xFE")):
		return convert(body, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), "utf-16"
	case bytes.Contains(body, []byte("\x1B$")):
		return convert(body, jp.ISO2022JP), "iso-2022-jp"
	case utf8.Valid(body):
		return body, "utf-8"
	}
	for _, label := range []string{headerCharset(contentType), pageCharset(body)} {
		e, name := lookup(label)
		if e == nil {
			continue
		}
		if text := convert(body, e); bytes.Count(text, []byte("\uFFFD"))*brokenShare <= utf8.RuneCount(text) {
			return text, name
		}
	}
	return guess(body)
}

// convert decodes body, malformed bytes as U+FFFD. The decoders in use here
// report no errors of their own; if one should, what it has read so far stands.
func convert(body []byte, e encoding.Encoding) []byte {
	text, _ := e.NewDecoder().Bytes(body)
	return text
}

func headerCharset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

var charsetRE = regexp.MustCompile(`(?i)<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_:.-]+)`)

// pageCharset reads the label of the page itself.
func pageCharset(body []byte) string {
	if m := charsetRE.FindSubmatch(body[:min(len(body), labelReach)]); m != nil {
		return string(m[1])
	}
	return ""
}

// lookup finds a label's encoding, nil if there is none. Labels of Western
// encodings are what servers and editors put by default; no ward writes in
// them, so they count as no label.
func lookup(label string) (encoding.Encoding, string) {
	label = strings.ToLower(strings.TrimSpace(label))
	if known, ok := charsetAlias()[label]; ok {
		label = known
	}
	e, name := charset.Lookup(label)
	switch name {
	case "utf-8":
		return unicode.UTF8, name
	case "windows-1252":
		return nil, ""
	}
	return e, name
}

// charsetAlias holds the labels that Japanese software writes and the WHATWG
// list does not have.
func charsetAlias() map[string]string {
	return map[string]string{
		"cp932": "shift_jis", "ms932c": "shift_jis", "cswindows31j": "shift_jis", "sjis-win": "shift_jis",
		"x-ms-cp932": "shift_jis", "windows-932": "shift_jis", "shift-jis": "shift_jis", "shiftjis": "shift_jis",
		"eucjp-win": "euc-jp", "eucjp-ms": "euc-jp", "eucjp": "euc-jp", "euc_jp": "euc-jp", "cp51932": "euc-jp",
		"utf-8n": "utf-8", "utf_8": "utf-8", "utf8n": "utf-8", "utf8mb4": "utf-8",
	}
}

// guess reads body as whichever encoding makes the most of it.
func guess(body []byte) (text []byte, name string) {
	best := 0
	for _, c := range []struct {
		name string
		e    encoding.Encoding
	}{{"shift_jis", jp.ShiftJIS}, {"euc-jp", jp.EUCJP}, {"utf-8", unicode.UTF8}} {
		t := convert(body, c.e)
		if n := likeness(t); text == nil || n > best {
			text, name, best = t, c.name, n
		}
	}
	return text, name
}

// likeness is high for Japanese and low for mojibake: kana speak for a
// reading, broken characters against it, and so do half-width katakana, which
// is what EUC-JP looks like when it is read as Shift_JIS.
func likeness(text []byte) int {
	n := 0
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError:
			n -= 10
		case r >= 'ぁ' && r <= 'ヶ', r == '。', r == '、':
			n++
		case r >= '｡' && r <= 'ﾟ', r >= 0xE000 && r <= 0xF8FF:
			n--
		}
	}
	return n
}
