package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"madoguchi/ward"
)

const (
	currentFile  = "CURRENT"
	manifestFile = "manifest.json"
	forwardFile  = "forward.gob"
	bleveDir     = "bleve"
	genPrefix    = "gen-"
	tmpSuffix    = ".tmp"

	// format changes whenever the stored shape or the analysis does, so that
	// an index of another version is rebuilt instead of misread.
	format = 4
)

// manifest describes a finished generation and how to recognise a damaged one.
type manifest struct {
	Format    int               `json:"format"`
	Documents int               `json:"documents"`
	Terms     int               `json:"terms"`
	BuiltAt   time.Time         `json:"built_at"`
	Files     map[string]digest `json:"files"` // by slash-separated path
	Judgement *Judgement        `json:"judgement,omitempty"`
	Vectors   *vectorInfo       `json:"vectors,omitempty"`
}

func (m manifest) stats(n int) Stats {
	s := Stats{n, m.Documents, m.Terms, m.BuiltAt, m.Judgement, ""}
	if m.Vectors != nil {
		s.Vectors = m.Vectors.Model
	}
	return s
}

type digest struct {
	Size int64  `json:"size"`
	CRC  uint32 `json:"crc32c"`
}

// damaged is the error for a generation that cannot be used as it is.
func damaged(err error) error {
	return &ward.Error{Kind: ward.Unavailable, Message: "検索用の索引が壊れているか古い形式です。保存したページから作り直してください（madoguchi index）。", Err: err}
}

// current reads the number of the live generation. NotFound: there is none yet.
func current(dir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, &ward.Error{Kind: ward.NotFound, Message: "検索用の索引がまだありません。先にサイトを巡回してください（madoguchi crawl）。", Err: err}
	}
	if err != nil {
		return 0, fmt.Errorf("read current generation: %w", err)
	}
	n, ok := genNumber(strings.TrimSpace(string(b)))
	if !ok {
		return 0, damaged(fmt.Errorf("%s names no generation", currentFile))
	}
	return n, nil
}

func genName(n int) string { return genPrefix + strconv.Itoa(n) }

func genNumber(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, genPrefix)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n > 0 && genName(n) == name
}

// generations lists the finished generations in dir, oldest first.
func generations(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list generations: %w", err)
	}
	var found []int
	for _, e := range entries {
		if n, ok := genNumber(e.Name()); ok && e.IsDir() {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return found, nil
}

// lock makes this process the one that builds in dir until unlock is called.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open index lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, &ward.Error{Kind: ward.Conflict, Message: "ほかの処理が索引を作っています。終わってからもう一度実行してください。", Err: err}
	}
	return func() { f.Close() }, nil
}

// seal writes the manifest of the generation in tmp, makes every file durable
// and gives the directory its final name.
func seal(tmp, final string, m manifest) error {
	m.Format = format
	m.Files = map[string]digest{}
	err := walkFiles(tmp, func(name, path string) error {
		d, err := digestFile(path)
		m.Files[name] = d
		return err
	})
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	if err := os.WriteFile(filepath.Join(tmp, manifestFile), b, 0o600); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if err := syncTree(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, final); err != nil {
		return fmt.Errorf("name generation: %w", err)
	}
	return syncPath(filepath.Dir(final))
}

// setCurrent makes generation n the live one.
func setCurrent(dir string, n int) error {
	path := filepath.Join(dir, currentFile)
	if err := os.WriteFile(path+tmpSuffix, []byte(genName(n)+"\n"), 0o600); err != nil {
		return fmt.Errorf("write current generation: %w", err)
	}
	if err := syncPath(path + tmpSuffix); err != nil {
		return err
	}
	if err := os.Rename(path+tmpSuffix, path); err != nil {
		return fmt.Errorf("swap generation: %w", err)
	}
	return syncPath(dir)
}

// prune removes what a crash left over and, of the finished generations, all
// but the newest keep. The live one always stays, and so does the last one that
// was refused since: refused ones do not push out those one can go back to.
func prune(dir string, live, keep int) error {
	leftovers, err := filepath.Glob(filepath.Join(dir, genPrefix+"*"+tmpSuffix))
	if err != nil {
		return fmt.Errorf("list leftovers: %w", err)
	}
	found, err := generations(dir)
	if err != nil {
		return err
	}
	newest := found[max(0, len(found)-1):]
	accepted := slices.DeleteFunc(slices.Clone(found), func(n int) bool { return n > live && refused(dir, n) })
	accepted = accepted[max(0, len(accepted)-keep):]
	for _, n := range found {
		if n != live && !slices.Contains(accepted, n) && !slices.Contains(newest, n) {
			leftovers = append(leftovers, filepath.Join(dir, genName(n)))
		}
	}
	for _, path := range leftovers {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("remove old generation: %w", err)
		}
	}
	return nil
}

// refused says whether generation n was judged worse than the one before it.
func refused(dir string, n int) bool {
	m, err := readManifest(filepath.Join(dir, genName(n)))
	return err == nil && m.Judgement != nil && m.Judgement.Refused
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return m, damaged(err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, damaged(fmt.Errorf("read manifest: %w", err))
	}
	if m.Format != format {
		return m, damaged(fmt.Errorf("format %d, want %d", m.Format, format))
	}
	return m, nil
}

// verify checks the generation in dir against its manifest.
func verify(dir string) (manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return m, err
	}
	seen := 0
	err = walkFiles(dir, func(name, path string) error {
		want, listed := m.Files[name]
		if !listed {
			return nil
		}
		seen++
		got, err := digestFile(path)
		if err == nil && got != want {
			err = fmt.Errorf("%s: size %d crc %08x, want %d %08x", name, got.Size, got.CRC, want.Size, want.CRC)
		}
		return err
	})
	if err == nil && seen != len(m.Files) {
		err = fmt.Errorf("%d of %d files are there", seen, len(m.Files))
	}
	if err != nil {
		return m, damaged(err)
	}
	return m, nil
}

func walkFiles(dir string, do func(name, path string) error) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return do(filepath.ToSlash(name), path)
	})
}

func digestFile(path string) (digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return digest{}, fmt.Errorf("open for checksum: %w", err)
	}
	defer f.Close()
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(h, f)
	if err != nil {
		return digest{}, fmt.Errorf("checksum %s: %w", filepath.Base(path), err)
	}
	return digest{Size: n, CRC: h.Sum32()}, nil
}

func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncPath(path)
	})
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open to sync: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", filepath.Base(path), err)
	}
	return nil
}
