package index

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"

	"github.com/ikawaha/kagome-dict/dict"
)

// unidic is the version of the dictionary in go.mod. A dictionary file of
// another version has another name.
const unidic = "1.2.6"

// The dictionary file, in the byte order of the machine that wrote it:
//
//	header       magic, order mark, CRC-32C of what follows, byte length of each section
//	sections     each beginning at a multiple of 8 bytes:
//	             morphs, connection costs, double array, repeated keys, entries, readings,
//	             ends, text (of lemmas and readings), rest (gob)
//
// It is mapped into memory, where only what is touched becomes resident and
// all processes share it.
type dictionaryHeader struct {
	Magic    [8]byte
	Order    uint32
	CRC      uint32
	Sections [numSections]uint64
}

const (
	morphSection = iota
	connectionSection
	arraySection
	repeatSection
	entrySection
	readingSection
	endSection
	textSection
	restSection
	numSections

	headerSize = int(unsafe.Sizeof(dictionaryHeader{}))
	orderMark  = 0x01020304
)

// dictionaryRest is what is small enough to be decoded.
type dictionaryRest struct {
	Row, Col     int64
	CharClass    dict.CharClass
	CharCategory dict.CharCategory
	InvokeList   dict.InvokeList
	GroupList    dict.GroupList
	UnkDict      dict.UnkDict
	Unknown      []wordClass
}

// repeat says how many more entries have the key of entry ID.
type repeat struct{ ID, More int32 }

func repeatsOf(dup map[int32]int32) []repeat {
	out := make([]repeat, 0, len(dup))
	for id, more := range dup {
		out = append(out, repeat{id, more})
	}
	return out
}

func dictionaryMagic() (m [8]byte) {
	copy(m[:], "UNIDIC03")
	return m
}

func dictionaryPath(dir string) string {
	return filepath.Join(dir, "dictionary-"+unidic+".bin")
}

// openDictionary maps the dictionary file in dir, or decodes the dictionary
// when there is no good one.
func openDictionary(dir string) (*dictionary, error) {
	if d, err := mapDictionary(dictionaryPath(dir)); err == nil {
		return d, nil
	}
	return decodeDictionary()
}

// keepDictionary is openDictionary for one who may write: it leaves a good
// dictionary file behind. kept says why it could not.
func keepDictionary(dir string) (d *dictionary, kept, err error) {
	if d, err = mapDictionary(dictionaryPath(dir)); err == nil {
		return d, nil, nil
	}
	if d, err = decodeDictionary(); err != nil {
		return nil, nil, err
	}
	return d, d.write(dictionaryPath(dir)), nil
}

func (d *dictionary) write(path string) (err error) {
	c := &d.core
	rest := dictionaryRest{
		c.Connection.Row, c.Connection.Col,
		c.CharClass, c.CharCategory, c.InvokeList, c.GroupList, c.UnkDict, d.words.unknown,
	}
	var small bytes.Buffer
	if err := gob.NewEncoder(&small).Encode(rest); err != nil {
		return fmt.Errorf("encode dictionary: %w", err)
	}
	sections := [numSections][]byte{
		asBytes(c.Morphs), asBytes(c.Connection.Vec), asBytes(c.Index.Da), asBytes(repeatsOf(c.Index.Dup)),
		asBytes(d.words.entries), asBytes(d.words.readings), asBytes(d.words.ends), d.words.text, small.Bytes(),
	}
	h := dictionaryHeader{Magic: dictionaryMagic(), Order: orderMark}
	table := crc32.MakeTable(crc32.Castagnoli)
	for i, s := range sections {
		h.Sections[i] = uint64(len(s))
		h.CRC = crc32.Update(h.CRC, table, s)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "dictionary-*"+tmpSuffix)
	if err != nil {
		return fmt.Errorf("create dictionary file: %w", err)
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(asBytes([]dictionaryHeader{h})); err != nil {
		return fmt.Errorf("write dictionary file: %w", err)
	}
	for _, s := range sections {
		if _, err = f.Write(append(s[:len(s):len(s)], make([]byte, padding(len(s)))...)); err != nil {
			return fmt.Errorf("write dictionary file: %w", err)
		}
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("name dictionary file: %w", err)
	}
	return nil
}

func padding(n int) int { return (8 - n%8) % 8 }

var errDictionaryFile = errors.New("not a dictionary file of this machine and version")

// mapDictionary opens a dictionary file. What it returns is valid until close.
func mapDictionary(path string) (*dictionary, error) {
	b, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("map dictionary file: %w", err)
	}
	d, err := parseDictionary(b)
	if err != nil {
		return nil, errors.Join(err, syscall.Munmap(b))
	}
	d.close = func() error { return syscall.Munmap(b) }
	return d, nil
}

// mapFile gives the content of a file, valid until syscall.Munmap.
func mapFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
}

func parseDictionary(b []byte) (*dictionary, error) {
	if len(b) < headerSize {
		return nil, errDictionaryFile
	}
	h := *(*dictionaryHeader)(unsafe.Pointer(&b[0]))
	if h.Magic != dictionaryMagic() || h.Order != orderMark {
		return nil, errDictionaryFile
	}
	var sections [numSections][]byte
	var sum uint32
	at := uint64(headerSize)
	for i, n := range h.Sections {
		if n > uint64(len(b)) || at+n > uint64(len(b)) {
			return nil, errDictionaryFile
		}
		sections[i] = b[at : at+n]
		sum = crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), sections[i])
		at += n + uint64(padding(int(n)))
	}
	if sum != h.CRC {
		return nil, errDictionaryFile
	}
	var rest dictionaryRest
	if err := gob.NewDecoder(bytes.NewReader(sections[restSection])).Decode(&rest); err != nil {
		return nil, fmt.Errorf("decode dictionary file: %w", err)
	}
	d := &dictionary{
		core: dict.Dict{
			Morphs:       asSlice[dict.Morph](sections[morphSection]),
			Connection:   dict.ConnectionTable{Row: rest.Row, Col: rest.Col, Vec: asSlice[int16](sections[connectionSection])},
			CharClass:    rest.CharClass,
			CharCategory: rest.CharCategory,
			InvokeList:   rest.InvokeList,
			GroupList:    rest.GroupList,
			UnkDict:      rest.UnkDict,
		},
		words: wordTable{
			entries:  asSlice[uint32](sections[entrySection]),
			readings: asSlice[uint32](sections[readingSection]),
			ends:     asSlice[uint32](sections[endSection]),
			text:     sections[textSection],
			unknown:  rest.Unknown,
		},
	}
	repeats := asSlice[repeat](sections[repeatSection])
	d.core.Index.Dup = make(map[int32]int32, len(repeats))
	for _, r := range repeats {
		d.core.Index.Dup[r.ID] = r.More
	}
	d.core.Index.Da = asSlice[struct{ Base, Check int32 }](sections[arraySection])
	return d, d.start()
}

// asBytes and asSlice look at the same memory as another type; T holds no pointers.
func asBytes[T any](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(*new(T))))
}

func asSlice[T any](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(*new(T))))
}
