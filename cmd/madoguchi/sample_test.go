package main

import (
	"net/url"
	"testing"

	"madoguchi/data/sample"
	"madoguchi/ward"
)

// Every page of the sample ward that may be kept is found by the crawler and
// gives at least one document; the traps give none.
func TestSampleWardIsCrawledWhole(t *testing.T) {
	tr := sampleWard(t)
	pages, err := sample.Pages()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	walk(t, tr, nil, func(d ward.Document) {
		u, err := url.Parse(d.URL)
		if err != nil {
			t.Fatal(err)
		}
		found[u.Path]++
	})
	for _, p := range pages {
		switch n := found[folderAddress(p.Path)]; {
		case p.NoIndex && n > 0:
			t.Errorf("%s asks not to be kept, but is", p.Path)
		case !p.NoIndex && n == 0:
			t.Errorf("%s (%s, %s) is not in the index", p.Path, p.Shape, p.Layout)
		}
	}
}

// walk visits every page that a resident can reach by tapping categories.
func walk(t *testing.T, tr trial, path []string, visit func(ward.Document)) {
	t.Helper()
	category, err := tr.index.Browse(t.Context(), path)
	if err != nil {
		t.Fatalf("browse %v: %v", path, err)
	}
	for _, d := range category.Pages {
		visit(d)
	}
	for _, child := range category.Children {
		walk(t, tr, append(append([]string{}, path...), child), visit)
	}
}
