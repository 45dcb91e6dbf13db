package crawler

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	jp "golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

func encode(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	const plain = "<p>図書館の開館時間は、9時から20時までです。髙島㈱①ビル～</p>"
	label := func(s string) string { return `<meta charset="` + s + `">` + plain }
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	for _, c := range []struct {
		what   string
		body   []byte
		header string
		want   string // the text
		name   string
	}{
		{"byte order mark", []byte("\xEF\xBB\xBF" + plain), "text/html; charset=shift_jis", plain, "utf-8"},
		{"UTF-16", encode(t, utf16, plain), "", plain, "utf-16"},
		{"ISO-2022-JP", encode(t, jp.ISO2022JP, "<p>図書館</p>"), "", "<p>図書館</p>", "iso-2022-jp"},
		{"header", encode(t, jp.ShiftJIS, plain), "text/html; charset=Windows-31J", plain, "shift_jis"},
		{"label", encode(t, jp.ShiftJIS, label("x-sjis")), "text/html", label("x-sjis"), "shift_jis"},
		{"label cp932", encode(t, jp.ShiftJIS, label("cp932")), "", label("cp932"), "shift_jis"},
		{"label csWindows31J", encode(t, jp.ShiftJIS, label("csWindows31J")), "", label("csWindows31J"), "shift_jis"},
		{"label SJIS-win", encode(t, jp.ShiftJIS, label("SJIS-win")), "", label("SJIS-win"), "shift_jis"},
		{"label eucJP-win", encode(t, jp.EUCJP, `<meta charset="eucJP-win"><p>図書館</p>`), "", `<meta charset="eucJP-win"><p>図書館</p>`, "euc-jp"},
		{"label UTF-8N", []byte(label("UTF-8N")), "", label("UTF-8N"), "utf-8"},
		{"no label, Shift_JIS", encode(t, jp.ShiftJIS, plain), "text/html", plain, "shift_jis"},
		{"no label, EUC-JP", encode(t, jp.EUCJP, "<p>図書館の開館時間です。</p>"), "", "<p>図書館の開館時間です。</p>", "euc-jp"},
		{"label lies, bytes are UTF-8", []byte(label("euc-jp")), "text/html; charset=EUC-JP", label("euc-jp"), "utf-8"},
		{"header lies, bytes are Shift_JIS", encode(t, jp.ShiftJIS, plain), "text/html; charset=UTF-8", plain, "shift_jis"},
		{"header of the server's default", encode(t, jp.ShiftJIS, label("Shift_JIS")), "text/html; charset=ISO-8859-1", label("Shift_JIS"), "shift_jis"},
		{"unknown label", encode(t, jp.ShiftJIS, label("klingon")), "nonsense;;", label("klingon"), "shift_jis"},
		{"NUL", []byte("<p>図書\x00館</p>"), "", "<p>図書館</p>", "utf-8"},
		{"empty", nil, "", "", "utf-8"},
	} {
		text, name, broken := Decode(c.body, c.header)
		if string(text) != c.want || name != c.name || broken != 0 {
			t.Errorf("%s: read as %s with %d broken:\n%s", c.what, name, broken, text)
		}
	}
}

func TestDecodeCountsBroken(t *testing.T) {
	long := strings.Repeat("図書館の開館時間です。", 40)
	text, name, broken := Decode(append([]byte(`<meta charset="utf-8">`+long), 0xE3, 0x81), "")
	if name != "utf-8" || broken != 1 || !strings.Contains(string(text), long) {
		t.Errorf("cut off: read as %s with %d broken", name, broken)
	}
	gaiji := append(encode(t, jp.ShiftJIS, `<meta charset="Shift_JIS">`+long), 0xF0, 0x40)
	if _, name, broken := Decode(gaiji, ""); name != "shift_jis" || broken == 0 {
		t.Errorf("gaiji: read as %s with %d broken", name, broken)
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range []encoding.Encoding{jp.ShiftJIS, jp.EUCJP, jp.ISO2022JP} {
		f.Add(encode(f, e, `<meta charset="Shift_JIS"><p>図書館の開館時間</p>`), "text/html")
	}
	f.Add([]byte("\xFF\xFE\x00"), "text/html; charset=utf-16")
	f.Add([]byte("\x1B$B"), "text/html; charset=iso-2022-jp")
	f.Add([]byte(`<?xml encoding="euc-jp"`+"\x8F\xF3\xF3"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, name, broken := Decode(body, contentType)
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 || name == "" || broken < 0 {
			t.Errorf("read as %q with %d broken: %q", name, broken, text)
		}
	})
}
