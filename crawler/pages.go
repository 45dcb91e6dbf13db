package crawler

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"madoguchi/ward"
)

const (
	pagesFile   = "pages.db"
	pagesFormat = "1"
	lockWait    = time.Second // for another process that has the file open
)

// The buckets; doc.go says what they hold.
const (
	bucketMeta   = "meta"
	bucketPages  = "pages"
	bucketNext   = "next"
	bucketBodies = "bodies"
	bucketQueue  = "queue"
	bucketSeen   = "seen"
	bucketRobots = "robots"
)

// Pages is the store of raw pages. It may be used by several goroutines, and
// read while a crawl writes; one process at a time has it open for writing.
type Pages struct {
	db      *bbolt.DB
	running sync.Mutex // held by the one Run that may write
}

// A record is one kept page, PDF, feed or sitemap.
type record struct {
	URL         string
	Kind        string
	Body        string // key in bodies
	Text        string `json:",omitempty"` // key in bodies: the text of a PDF
	Read        bool   `json:",omitempty"` // the PDF was read to its end, whether it has text or not
	ContentType string
	Validators  validators
	Fetched     time.Time
	FirstRun    uint64 // the run that found it
	Depth       int

	// what the extraction made of it
	PageID   string   `json:",omitempty"`
	Declared string   `json:",omitempty"` // Page.URL
	Title    string   `json:",omitempty"`
	Updated  string   `json:",omitempty"`
	Hash     string   `json:",omitempty"`
	Docs     int      `json:",omitempty"`
	PDFs     []string `json:",omitempty"` // addresses of its PDF attachments

	AliasOf string `json:",omitempty"` // the address under which the same page is shown
}

// OpenPages opens the store in dir, making it if it is not there and readOnly
// is false. A store that is damaged, of another format or in use is refused
// with a sentence.
func OpenPages(dir string, readOnly bool) (*Pages, error) {
	path := filepath.Join(dir, pagesFile)
	if _, err := os.Stat(path); readOnly && errors.Is(err, os.ErrNotExist) {
		return nil, &ward.Error{Kind: ward.NotFound, Message: "集めたページがまだありません。先に madoguchi crawl を実行してください。", Err: err}
	}
	p := &Pages{}
	err := survive(func() (err error) {
		p.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, ReadOnly: readOnly, FreelistType: bbolt.FreelistMapType})
		if err != nil {
			return err
		}
		return p.check(path, readOnly)
	})
	if err == nil {
		return p, nil
	}
	if p.db != nil {
		_ = survive(p.db.Close)
	}
	return nil, openError(path, err)
}

func openError(path string, err error) error {
	var known *ward.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, bbolt.ErrTimeout):
		return &ward.Error{Kind: ward.Conflict, Message: "集めたページの保管庫を、別の madoguchi が使っています。そちらが終わってから実行してください。", Err: err}
	case errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
		return &ward.Error{Kind: ward.Unavailable, Message: "集めたページの保管庫 " + path + " を開けません。", Err: err}
	}
	return damaged(path, err)
}

func damaged(path string, err error) error {
	return &ward.Error{Kind: ward.Unavailable,
		Message: "集めたページの保管庫 " + path + " が壊れています。バックアップから戻すか、このファイルを別の場所へ移して madoguchi crawl を実行してください。", Err: err}
}

// check refuses what bbolt would open and then trip over.
func (p *Pages) check(path string, readOnly bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	err = p.db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("file has %d bytes of %d", info.Size(), tx.Size())
		}
		meta := tx.Bucket([]byte(bucketMeta))
		if meta == nil {
			return bbolt.ErrBucketNotFound
		}
		if got := string(meta.Get([]byte("format"))); got != pagesFormat {
			return &ward.Error{Kind: ward.Conflict, Message: fmt.Sprintf("集めたページの保管庫の形式（%q）が、この版の madoguchi の形式（%q）と違います。", got, pagesFormat)}
		}
		return nil
	})
	if !errors.Is(err, bbolt.ErrBucketNotFound) || readOnly {
		return err
	}
	return p.db.Update(func(tx *bbolt.Tx) error {
		for _, b := range []string{bucketMeta, bucketPages, bucketNext, bucketBodies, bucketQueue, bucketSeen, bucketRobots} {
			if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketMeta)).Put([]byte("format"), []byte(pagesFormat))
	})
}

// survive turns the panics and faults with which bbolt meets a damaged file
// into an error.
func survive(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	return f()
}

func (p *Pages) view(f func(tx *bbolt.Tx) error) error {
	return p.sentence(survive(func() error { return p.db.View(f) }))
}

func (p *Pages) update(f func(tx *bbolt.Tx) error) error {
	return p.sentence(survive(func() error { return p.db.Update(f) }))
}

// sentence puts a sentence before errors of the store.
func (p *Pages) sentence(err error) error {
	var known *ward.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, errDamaged) || errors.Is(err, errPanic) {
		return damaged(p.db.Path(), err)
	}
	return &ward.Error{Kind: ward.Unavailable, Message: "集めたページの保管庫を読み書きできません。ディスクの空きを確かめてください。", Err: err}
}

// Close releases the store.
func (p *Pages) Close() error { return p.db.Close() }

// Last is the summary of the last run that ended; ok is false before the first.
func (p *Pages) Last() (s Summary, ok bool, err error) {
	err = p.view(func(tx *bbolt.Tx) error {
		data := tx.Bucket([]byte(bucketMeta)).Get([]byte("summary"))
		if ok = data != nil; !ok {
			return nil
		}
		return unseal(data, &s)
	})
	return s, ok, err
}

// records reads the kept pages of the last run that ended.
func (p *Pages) records() (map[string]*record, error) {
	return readAll[record](p, bucketPages)
}

// outcomes reads what the run under way found so far.
func (p *Pages) outcomes() (map[string]*outcome, error) {
	return readAll[outcome](p, bucketNext)
}

func readAll[T any](p *Pages, bucket string) (map[string]*T, error) {
	all := map[string]*T{}
	err := p.view(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error {
			one := new(T)
			all[string(k)] = one
			return unseal(v, one)
		})
	})
	return all, err
}

func (p *Pages) robots(origin string) (kept *robotsCopy, err error) {
	err = p.view(func(tx *bbolt.Tx) error {
		data := tx.Bucket([]byte(bucketRobots)).Get([]byte(origin))
		if data == nil {
			return nil
		}
		return unseal(data, &kept)
	})
	return kept, err
}

// body reads a kept body and proves that it is the one that was stored.
func (p *Pages) body(key string) (raw []byte, err error) {
	err = p.view(func(tx *bbolt.Tx) error {
		packed := tx.Bucket([]byte(bucketBodies)).Get(bodyKey(key))
		if packed == nil {
			return fmt.Errorf("%w: no body %s", errDamaged, key)
		}
		raw, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 2*MaxBody))
		if err != nil || bodyName(raw) != key {
			return fmt.Errorf("%w: body %s", errDamaged, key)
		}
		return nil
	})
	return raw, err
}

func bodyKey(key string) []byte {
	b, _ := hex.DecodeString(key)
	return b
}

// bodyName is the key of a body.
func bodyName(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// A packer gives the stored form of bodies. Making its writer costs more than
// packing one page.
type packer struct{ w *flate.Writer }

func (p *packer) pack(raw []byte) []byte {
	var b bytes.Buffer
	if p.w == nil {
		p.w, _ = flate.NewWriter(nil, flate.BestSpeed) // fails on an unknown level only
	}
	p.w.Reset(&b)
	_, _ = p.w.Write(raw) // memory takes everything
	_ = p.w.Close()
	return b.Bytes()
}

var (
	errDamaged = errors.New("damaged")
	errPanic   = errors.New("panic")
)

// seal puts a checksum before the JSON of v.
func seal(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data)), data...), nil
}

func unseal(sealed []byte, v any) error {
	if len(sealed) < 4 || binary.BigEndian.Uint32(sealed) != crc32.ChecksumIEEE(sealed[4:]) {
		return fmt.Errorf("%w: record", errDamaged)
	}
	if err := json.Unmarshal(sealed[4:], v); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}
