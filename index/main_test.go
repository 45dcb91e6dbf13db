package index_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"madoguchi/index"
)

// libraryDir is a folder with a dictionary file and an index of smallWard.
// Tests borrow the dictionary, so that it is decoded once.
var libraryDir string

var library = sync.OnceValues(func() (string, error) {
	c, err := readSmallWard()
	if err != nil {
		return "", err
	}
	_, err = index.Build(context.Background(), index.Options{Dir: libraryDir}, stream(c.Documents))
	return libraryDir, err
})

var shared = sync.OnceValues(func() (*index.Index, error) {
	dir, err := library()
	if err != nil {
		return nil, err
	}
	return index.Open(context.Background(), index.Options{Dir: dir})
})

func TestMain(m *testing.M) {
	var err error
	if libraryDir, err = os.MkdirTemp("", "madoguchi-index-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(libraryDir)
	os.Exit(code)
}

// newDir is an empty index folder that has the dictionary already.
func newDir(tb testing.TB) string {
	tb.Helper()
	from, err := library()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	files, err := filepath.Glob(filepath.Join(from, "dictionary-*.bin"))
	if err != nil || len(files) != 1 {
		tb.Fatalf("dictionary files: %v, %v", files, err)
	}
	if err := os.Link(files[0], filepath.Join(dir, filepath.Base(files[0]))); err != nil {
		tb.Fatal(err)
	}
	return dir
}
