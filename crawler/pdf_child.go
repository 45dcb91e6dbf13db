package crawler

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// Limits of the child on itself. A file that wants more ends the child, not us.
const (
	pdfAddressSpace = pdfShadow * 512 << 20 // bytes above what Go reserves at start, held by the kernel
	pdfGoMemory     = 400 << 20             // bytes, aimed at by Go's collector
	pdfWASMPages    = 4096                  // of 64 KiB: 256 MiB for pdfium
	maxPDFBody      = 64 << 20              // bytes

	maxPDFStatus = 64 // bytes of the status line
	pdfRead      = "read"
)

// PDFChild is the whole work of the child that PDFReader starts: it limits its
// own memory for good, reads a line with the cache directory and then a PDF
// from stdin, and writes a status line and the text to stdout. It must have the
// process to itself. Its error means that nothing was written.
func PDFChild(stdin io.Reader, stdout io.Writer) error {
	if err := limitMemory(); err != nil {
		return fmt.Errorf("limit memory: %w", err)
	}
	in := bufio.NewReader(stdin)
	cache, err := in.ReadString('\n')
	if err != nil {
		return fmt.Errorf("read cache directory: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(in, maxPDFBody))
	if err != nil {
		return fmt.Errorf("read PDF: %w", err)
	}
	text, err := pdfText(context.Background(), strings.TrimSuffix(cache, "\n"), body)
	var reason PDFReason
	switch {
	case errors.As(err, &reason):
		_, err = io.WriteString(stdout, string(reason)+"\n")
	case err == nil:
		_, err = io.WriteString(stdout, pdfRead+"\n"+text)
	}
	return err
}

// limitMemory holds the process to what it has now and pdfAddressSpace more.
func limitMemory() error {
	debug.SetMemoryLimit(pdfGoMemory)
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return err
	}
	limit := pages*uint64(os.Getpagesize()) + pdfAddressSpace
	return unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: limit, Max: limit})
}

func pdfText(ctx context.Context, cache string, body []byte) (string, error) {
	engine, err := startPDFium(ctx, cache)
	if err != nil {
		return "", err
	}
	doc, err := engine.OpenDocument(&requests.OpenDocument{File: &body})
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return "", PDFEncrypted
	case errors.Is(err, pdfiumerrors.ErrFormat), errors.Is(err, pdfiumerrors.ErrFile):
		return "", PDFBroken
	case err != nil:
		return "", fmt.Errorf("open PDF: %w", err)
	}
	count, err := engine.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil {
		return "", fmt.Errorf("count pages: %w", err)
	}
	var out strings.Builder
	for i := range min(count.PageCount, MaxPDFPage) {
		if i > 0 {
			out.WriteByte('\f')
		}
		err := writePage(&out, engine, doc.Document, i)
		if err != nil && !errors.Is(err, pdfiumerrors.ErrPage) && !errors.Is(err, pdfiumerrors.ErrFormat) {
			return "", fmt.Errorf("read page %d: %w", i+1, err)
		}
	}
	return out.String(), nil
}

// startPDFium loads pdfium with no file system and bounded memory. It lives as
// long as the process.
func startPDFium(ctx context.Context, cache string) (pdfium.Pdfium, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(pdfWASMPages)
	if cache != "" {
		compiled, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, fmt.Errorf("open cache of compiled pdfium: %w", err)
		}
		config = config.WithCompilationCache(compiled)
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context: ctx, MaxTotal: 1, MaxIdle: 1, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), // the default mounts /
		Stdout:   os.Stderr, Stderr: os.Stderr,
	})
	if err != nil {
		return nil, fmt.Errorf("load pdfium: %w", err)
	}
	engine, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("start pdfium: %w", err)
	}
	return engine, nil
}

// writePage writes the text of a page, character by character: the call for a
// whole page loses what lies beyond U+FFFF.
func writePage(out *strings.Builder, engine pdfium.Pdfium, doc references.FPDF_DOCUMENT, index int) error {
	page, err := engine.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: index})
	if err != nil {
		return err
	}
	text, err := engine.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &page.Page}})
	if err != nil {
		return err
	}
	count, err := engine.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	if err != nil {
		return err
	}
	high := rune(0) // half of a pair
	for i := range count.Count {
		c, err := engine.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text.TextPage, Index: i})
		if err != nil {
			return err
		}
		r := rune(c.Unicode)
		if utf16.IsSurrogate(r) && high == 0 {
			high = r
			continue
		}
		if high != 0 {
			r, high = utf16.DecodeRune(high, r), 0
		}
		if out.Len()+utf8.UTFMax > MaxPDFText {
			return PDFTooLarge
		}
		if r != 0 && r != '\f' {
			out.WriteRune(r)
		}
	}
	if _, err := engine.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage}); err != nil {
		return err
	}
	_, err = engine.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: page.Page})
	return err
}
