package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"

	"madoguchi/crawler"
	"madoguchi/ward"
)

// pdfText is the child that reads one PDF; see crawler/pdf.go.
func pdfText(_ context.Context, env environment, _ []string) error {
	return crawler.PDFChild(env.stdin, env.stdout)
}

// pdfReader gives the function that reads a PDF in a child of this binary.
func (cfg *config) pdfReader() (*crawler.PDFReader, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find our own binary: %w", err)
	}
	return crawler.NewPDFReader(exe, []string{"pdf-text"}, cfg.pdfCache()), nil
}

// extractPDF gives the documents of a PDF; its title is the name of the file,
// since no page is there to present it.
func (cfg *config) extractPDF(ctx context.Context, body []byte, at *url.URL) ([]ward.Document, error) {
	reader, err := cfg.pdfReader()
	if err != nil {
		return nil, err
	}
	text, err := reader.Text(ctx, body)
	var reason crawler.PDFReason
	if err != nil && !errors.As(err, &reason) {
		return nil, err
	}
	doc := ward.Document{URL: at.String(), ID: at.String(), Title: path.Base(at.Path), Kind: ward.PDF}
	return crawler.PDFDocuments(doc, text), nil
}
