package crawler

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

func BenchmarkExtract(b *testing.B) {
	files, _ := filepath.Glob("../../shared/html/*.html")
	var pages [][]byte
	total := 0
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		pages = append(pages, body)
		total += len(body)
	}
	u, _ := url.Parse("https://www.city.mihon.example/a.html")
	b.SetBytes(int64(total / len(pages)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := Extract(pages[i%len(pages)], "", u); err != nil {
			b.Fatal(err)
		}
	}
}
