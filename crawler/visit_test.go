package crawler

import (
	"context"
	"testing"
	"time"
)

// TestPDFIsReadOnce: three addresses offer the same form; it is read once, and
// not again the next night, unless reading it took too long or everything is
// asked for anew.
func TestPDFIsReadOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		err        error
		full       bool
		second     int // reads in the second run
		wantFirsts int
	}{
		"has no text":      {err: PDFNoText, wantFirsts: 1, second: 0},
		"has text":         {wantFirsts: 1, second: 0},
		"anew":             {wantFirsts: 1, full: true, second: 1},
		"took too long":    {err: PDFTimedOut, wantFirsts: 3, second: 3},
		"needs too much":   {err: PDFMemory, wantFirsts: 1, second: 0},
		"reader is broken": {err: context.Canceled, wantFirsts: 3, second: 3},
	} {
		t.Run(name, func(t *testing.T) {
			reads := 0
			form := "HTTP/1.1 200 OK\nContent-Type: application/pdf\n\n%PDF-1.7 form"
			const site = "https://www.city.mihon.example/"
			web := &fakeWeb{t: t, last: map[string]time.Time{}, pages: map[string]string{
				site: "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<h1>申請書</h1><main><p>申請書はこちらです。</p>" +
					"<a href=/documents/1/a.pdf>転入届（PDF：1KB）</a><a href=/documents/1/b.pdf>転出届（PDF：1KB）</a><a href=/documents/1/c.pdf>転居届（PDF：1KB）</a></main>",
				site + "documents/1/a.pdf": form, site + "documents/1/b.pdf": form, site + "documents/1/c.pdf": form,
			}}
			opts := Options{Site: site, Pages: openTestPages(t, t.TempDir()), Seeds: []string{}, PDFs: true, transport: web,
				PDF: func(context.Context, []byte) (string, error) {
					reads++
					if tt.err != nil {
						return "", tt.err
					}
					return "本文", nil
				}}
			if _, err := Run(t.Context(), opts); err != nil || reads != tt.wantFirsts {
				t.Fatalf("first run: %d reads, want %d; %v", reads, tt.wantFirsts, err)
			}
			opts.Full, reads = tt.full, 0
			if _, err := Run(t.Context(), opts); err != nil || reads != tt.second {
				t.Errorf("second run: %d reads, want %d; %v", reads, tt.second, err)
			}
			withText := 0
			for _, d := range documents(t, opts.Pages) {
				if d.Kind == "pdf" && d.Text == "本文" {
					withText++
				}
			}
			if want := map[bool]int{true: 3, false: 0}[tt.err == nil]; withText != want {
				t.Errorf("%d PDFs with text, want %d", withText, want)
			}
		})
	}
}
