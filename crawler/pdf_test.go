package crawler

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

// The test binary is its own PDF child, as the program is.
const childSwitch = "-pdf-text-child"

func TestMain(m *testing.M) {
	if len(os.Args) != 2 || !strings.HasPrefix(os.Args[1], childSwitch) {
		os.Exit(m.Run())
	}
	switch strings.TrimPrefix(os.Args[1], childSwitch) {
	case "":
		if err := PDFChild(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "-mute":
		os.Exit(3)
	case "-loud":
		fmt.Print(pdfRead + "\n" + strings.Repeat("窓口のご案内\n", MaxPDFText/10))
	case "-environment":
		fmt.Print(pdfRead + "\n" + strings.Join(os.Environ(), " "))
	case "-greedy":
		if err := limitMemory(); err == nil {
			_ = bytes.Repeat([]byte{1}, 2*pdfAddressSpace)
		}
		fmt.Print(pdfRead + "\nlimits do not hold")
	}
}

// testPDFReader keeps compiled pdfium over test runs: without, each child takes
// seconds under the race detector.
func testPDFReader(t *testing.T) *PDFReader {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	r := NewPDFReader(os.Args[0], []string{childSwitch}, filepath.Join(cache, "madoguchi-test-pdf"))
	r.timeout *= 10 // the race detector makes a child slow
	return r
}

func samplePDF(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "data", "sample", "files", "documents", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestPDFTextInOrder(t *testing.T) {
	t.Parallel()
	text, err := testPDFReader(t).Text(t.Context(), samplePDF(t, "99006/wakekata.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(text, "\f")
	if len(pages) != 2 {
		t.Fatalf("%d pages, want 2", len(pages))
	}
	for _, want := range []string{"資源とごみの分け方・出し方（保存版）\n", "決められた曜日の朝8時までに、集積所へ出してください。", "容器へ入れてください。ペットボトルは"} {
		if !strings.Contains(pages[0], want) {
			t.Errorf("page 1 lacks %q:\n%s", want, pages[0])
		}
	}
	if !strings.Contains(pages[1], "充電式電池・モバイルバッテリー") {
		t.Errorf("page 2 lacks the table:\n%s", pages[1])
	}
}

func TestPDFVerticalText(t *testing.T) {
	t.Parallel()
	text, err := testPDFReader(t).Text(t.Context(), samplePDF(t, "99006/kohomihon0805.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"年齢にかかわらずヘルメットをかぶるよう努めなければなりません。", "先着二十組"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

// 𠮷 of 𠮷野 lies beyond U+FFFF: pdfium gives it in two halves.
func TestPDFJoinsSurrogates(t *testing.T) {
	t.Parallel()
	objects := page("BT /F1 12 Tf 20 700 Td (ABAB) Tj ET")
	objects[2] = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
	objects = append(objects, stream("", "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"+
		"1 begincodespacerange <00> <FF> endcodespacerange\n2 beginbfchar <41> <D842DFB7> <42> <91CE> endbfchar\nendcmap end end"))
	text, err := testPDFReader(t).Text(t.Context(), buildPDF(objects))
	if err != nil || text != "𠮷野𠮷野" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestPDFWithoutText(t *testing.T) {
	t.Parallel()
	r := testPDFReader(t)
	scattered := buildPDF(page("BT /F1 12 Tf 1 0 0 1 20 700 Tm (A) Tj 1 0 0 1 320 600 Tm (B) Tj 1 0 0 1 20 500 Tm (C) Tj 1 0 0 1 320 400 Tm (D) Tj ET"))
	for _, c := range []struct {
		name string
		body []byte
		want PDFReason
	}{
		{"scanned form", samplePDF(t, "form.pdf"), PDFNoText},
		{"one character a line", scattered, PDFScattered},
		{"encrypted", encryptedPDF(), PDFEncrypted},
		{"no PDF", []byte("%PDF-1.7 no"), PDFBroken},
	} {
		text, err := r.Text(t.Context(), c.body)
		if text != "" || !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v; want %v", c.name, text, err, c.want)
		}
	}
}

// A bomb ends its own child quickly; neither we nor the next PDF notice.
func TestPDFBombs(t *testing.T) {
	r := testPDFReader(t)
	before := residentBytes(t)
	for name, bomb := range map[string][]byte{
		"double Flate": buildPDF(doubleFlate()), "forms in forms": buildPDF(nestedForms()),
	} {
		start := time.Now()
		text, err := r.Text(t.Context(), bomb)
		t.Logf("%s: %d bytes, %v, %v", name, len(bomb), time.Since(start).Round(time.Millisecond), err)
		if text != "" || !(errors.Is(err, PDFMemory) || errors.Is(err, PDFTimedOut)) {
			t.Errorf("%s: %d bytes of text, %v", name, len(text), err)
		}
		if _, err := r.Text(t.Context(), samplePDF(t, "99006/wakekata.pdf")); err != nil {
			t.Errorf("good PDF after %s: %v", name, err)
		}
	}
	const noise = 64 << 20 // bytes; the bombs want gigabytes
	if grown := residentBytes(t) - before; grown > noise {
		t.Errorf("our own memory grew by %d MB", grown>>20)
	}
}

// A file of too many pages gives the first ones and no more.
func TestPDFPagesAreCapped(t *testing.T) {
	t.Parallel()
	const pages = MaxPDFPage + 100
	objects, kids := make([]string, 0, 2*pages+1), ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
		objects = append(objects,
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>", 5+2*i),
			stream("", fmt.Sprintf("BT /F1 12 Tf 20 700 Td (Page %d) Tj ET", i+1)))
	}
	body := buildPDF(append([]string{"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}, objects...))
	tree := fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids, pages)
	body = bytes.Replace(body, []byte("<</Type/Pages/Kids[3 0 R]/Count 1>>"), []byte(tree), 1)
	text, err := testPDFReader(t).Text(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(text, "\f")
	if len(got) != MaxPDFPage || got[0] != "Page 1" || got[MaxPDFPage-1] != fmt.Sprintf("Page %d", MaxPDFPage) {
		t.Errorf("%d pages, from %q to %q", len(got), got[0], got[len(got)-1])
	}
}

func TestPDFChildIsHeldInCheck(t *testing.T) {
	t.Setenv("MADOGUCHI_LINE_CHANNEL_SECRET", "hidden")
	for _, c := range []struct {
		mode string
		want error
	}{{"-mute", PDFMemory}, {"-greedy", PDFMemory}, {"-loud", PDFTooLarge}} {
		r := NewPDFReader(os.Args[0], []string{childSwitch + c.mode}, "")
		if text, err := r.Text(t.Context(), []byte("%PDF-")); !errors.Is(err, c.want) {
			t.Errorf("%s: %.40q, %v; want %v", c.mode, text, err, c.want)
		}
	}
	r := NewPDFReader(os.Args[0], []string{childSwitch + "-environment"}, "")
	if text, err := r.Text(t.Context(), nil); err != nil || strings.Contains(text, "hidden") {
		t.Errorf("the child sees our environment: %q, %v", text, err)
	}
	r = NewPDFReader(filepath.Join(t.TempDir(), "missing"), nil, "")
	if _, err := r.Text(t.Context(), nil); err == nil {
		t.Error("a missing program must be an error")
	}
}

func TestPDFTimesOut(t *testing.T) {
	r := testPDFReader(t)
	r.timeout = time.Millisecond
	if _, err := r.Text(t.Context(), samplePDF(t, "form.pdf")); !errors.Is(err, PDFTimedOut) {
		t.Errorf("error %v", err)
	}
}

func TestPDFStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := testPDFReader(t).Text(ctx, samplePDF(t, "form.pdf")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestPageTexts(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"control characters go", "窓口\x00のご\u200b案内\r\n受付", "窓口のご案内\n受付"},
		{"a line that runs to the edge joins the next", "届出に必要なものは窓口にお持ちになる本人確\n認書類です。\n受付時間", "届出に必要なものは窓口にお持ちになる本人確認書類です。\n受付時間"},
		{"a full sentence does not", "窓口は午前八時半から午後五時まで開きます。\n休みは土曜日と日曜日です。", "窓口は午前八時半から午後五時まで開きます。\n休みは土曜日と日曜日です。"},
		{"a word cut in a narrow cell is whole again", "モバイルバ\nッテリー\n清掃事務所の窓口へお持ちください", "モバイルバッテリー\n清掃事務所の窓口へお持ちください"},
		{"a scattered page is emptied", "広\n報\n五\n月\f五月号のお知らせ", "\f五月号のお知らせ"},
	} {
		got, err := pageTexts(c.in)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

// Whatever the child says, pages stay pages and no character appears that was
// not there.
func FuzzPageTexts(f *testing.F) {
	f.Add("窓口の\n案内\f広\n報\n五")
	f.Add("\f\f\x00\xff\n")
	f.Fuzz(func(t *testing.T, in string) {
		out, err := pageTexts(in)
		if (out == "") != (err != nil) {
			t.Fatalf("%q, %v", out, err)
		}
		if err == nil && strings.Count(out, "\f") != strings.Count(in, "\f") {
			t.Errorf("%d page breaks, had %d", strings.Count(out, "\f"), strings.Count(in, "\f"))
		}
		if len(out) > 3*len(in) { // U+FFFD for a broken byte
			t.Errorf("grew from %d to %d bytes", len(in), len(out))
		}
	})
}

func TestPDFDocuments(t *testing.T) {
	doc := ward.Document{URL: "https://a.example/x.pdf", ID: "pdf-1", Title: "手引き"}
	type short struct {
		URL, ID string
		Runes   int
	}
	long := strings.Repeat("あ", 800)
	for _, c := range []struct {
		name, text string
		want       []short
	}{
		{"no text", "", []short{{"https://a.example/x.pdf", "pdf-1", 0}}},
		{"short", "一\f二", []short{{"https://a.example/x.pdf", "pdf-1", 3}}},
		{"long, with an empty page", long + "\f\f" + long, []short{
			{"https://a.example/x.pdf#page=1", "pdf-1-p1", 800}, {"https://a.example/x.pdf#page=3", "pdf-1-p3", 800}}},
		{"a huge page is cut", strings.Repeat(long, 10), []short{{"https://a.example/x.pdf#page=1", "pdf-1-p1", maxPDFPageText}}},
	} {
		var got []short
		for _, d := range PDFDocuments(doc, c.text) {
			got = append(got, short{d.URL, d.ID, len([]rune(d.Text))})
			if d.Kind != ward.PDF || d.Title != doc.Title {
				t.Errorf("%s: %s %q", c.name, d.Kind, d.Title)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if n := len(PDFDocuments(doc, strings.Repeat(long+"\f", 200))); n != maxPDFDocuments {
		t.Errorf("%d documents of 200 pages, want %d", n, maxPDFDocuments)
	}
}

// buildPDF numbers the objects from 3; 1 and 2 are the catalog and a tree with
// object 3 as its only page.
func buildPDF(objects []string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range append([]string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"}, objects...) {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return out.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

func page(content string) []string {
	return []string{
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		stream("", content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
}

// doubleFlate is two gigabytes of blanks, compressed twice.
func doubleFlate() []string {
	const pieces = 2048 // of a megabyte
	var piece, inner bytes.Buffer
	f, _ := flate.NewWriter(&piece, flate.BestCompression)
	_, _ = f.Write(bytes.Repeat([]byte{' '}, 1<<20))
	_ = f.Flush()
	inner.WriteString("\x78\xda") // zlib's header; the pieces look back at nothing before them
	for range pieces {
		inner.Write(piece.Bytes())
	}
	var outer bytes.Buffer
	z, _ := zlib.NewWriterLevel(&outer, zlib.BestCompression)
	_, _ = z.Write(inner.Bytes())
	_ = z.Close()
	return []string{
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>",
		stream("/Filter[/FlateDecode/FlateDecode]", outer.String()),
	}
}

// nestedForms is a form that draws a form twice, thirty levels deep.
func nestedForms() []string {
	const levels = 30
	objects := []string{
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
		stream("", "/X Do"),
	}
	for i := range levels {
		objects = append(objects, stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>", 6+i), "/X Do /X Do /X Do"))
	}
	return append(objects, stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", "0 0 1 1 re f"))
}

func encryptedPDF() []byte {
	key := strings.Repeat("00", 32)
	objects := append(page("BT /F1 12 Tf (A) Tj ET"), "<</Filter/Standard/V 1/R 2/P -4/O<"+key+">/U<"+key+">>>")
	return bytes.Replace(buildPDF(objects), []byte("/Root 1 0 R"), []byte("/Root 1 0 R/Encrypt 6 0 R/ID[<00><00>]"), 1)
}

func residentBytes(t *testing.T) int {
	t.Helper()
	runtime.GC()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc to read our memory from")
	}
	pages, err := strconv.Atoi(strings.Fields(string(status))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
