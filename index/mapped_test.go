package index

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleText = "引越しのときの転出届は、マイナポータルでも届け出ることができます。Wi-Fiは12か所。"

func TestMappedDictionaryIsTheDecodedOne(t *testing.T) {
	dir := t.TempDir()
	decoded, kept, err := keepDictionary(dir)
	if err != nil || kept != nil {
		t.Fatal(err, kept)
	}
	mapped, err := mapDictionary(dictionaryPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer mapped.close()
	if diff := cmp.Diff((&analyzer{decoded}).terms(sampleText), (&analyzer{mapped}).terms(sampleText), cmp.AllowUnexported(term{})); diff != "" {
		t.Errorf("(-decoded +mapped):\n%s", diff)
	}
}

func TestDamagedDictionaryFileIsReplaced(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := keepDictionary(dir); err != nil {
		t.Fatal(err)
	}
	path := dictionaryPath(dir)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty":        nil,
		"short header": good[:20],
		"cut":          good[:len(good)/2],
		"garbled":      append(append([]byte{}, good[:len(good)/2]...), append([]byte{good[len(good)/2] ^ 1}, good[len(good)/2+1:]...)...),
		"huge section": append([]byte(string(good[:16])+strings.Repeat("\xff", 8)), good[24:]...),
		"other magic":  append([]byte("UNIDIC99"), good[8:]...),
	} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := mapDictionary(path); err == nil {
			d.close()
			t.Errorf("%s: mapped", name)
		}
	}
	if _, kept, err := keepDictionary(dir); err != nil || kept != nil {
		t.Fatal(err, kept)
	}
	d, err := mapDictionary(path)
	if err != nil {
		t.Fatal(err)
	}
	d.close()
}

// A full disk, a read-only folder: the dictionary is decoded all the same.
func TestDictionaryWithoutAPlaceToKeepIt(t *testing.T) {
	d, kept, err := keepDictionary(filepath.Join(t.TempDir(), "missing"))
	if err != nil || kept == nil || d == nil {
		t.Errorf("%v, %v, %v", d, kept, err)
	}
}

// The name of the dictionary file must change with the dictionary.
func TestDictionaryVersionIsTheOneInGoMod(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "github.com/ikawaha/kagome-dict/uni v"+unidic) {
		t.Errorf("go.mod has another version of the dictionary than %s", unidic)
	}
}
