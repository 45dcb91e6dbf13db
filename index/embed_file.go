package index

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"syscall"
	"unsafe"
)

const vectorFile = "vectors.bin"

// vectorKey is the hash of a model and of a text as it was sent: what has not
// changed is not sent again.
type vectorKey [16]byte

// vector is one of length one in a quarter of the space: each number
// is scale times a byte. For a cosine that is as good as the whole number.
type vector struct {
	scale float32
	bytes []int8
}

func newVector(v []float32) vector {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	q := vector{most / math.MaxInt8, make([]int8, len(v))}
	for i, x := range v {
		q.bytes[i] = int8(math.RoundToEven(float64(x / q.scale)))
	}
	return q
}

func (a vector) cosine(b vector) float32 {
	var sum int32
	other := b.bytes[:len(a.bytes)]
	for i, x := range a.bytes {
		sum += int32(x) * int32(other[i])
	}
	return float32(sum) * a.scale * b.scale
}

// vectorHeader begins a vector file, in the byte order of the machine. Keys,
// scales and the bytes of the vectors follow, each for all rows. In a
// generation row n is document n. The file is mapped into memory, where one
// number takes a byte: 50,000 documents of 1,024 numbers are 51 MB, which the
// system takes back when it needs them.
type vectorHeader struct {
	Magic     [8]byte
	Order     uint32
	Dimension uint32
	Rows      uint64
}

var errVectorFile = errors.New("not a vector file of this machine and version")

func vectorMagic() (m [8]byte) {
	copy(m[:], "VECTOR01")
	return m
}

// vectors is an open vector file.
type vectors struct {
	dimension int
	keys      []vectorKey
	scales    []float32
	bytes     []int8
	close     func() error
}

func (v *vectors) row(n int) vector {
	return vector{v.scales[n], v.bytes[n*v.dimension : (n+1)*v.dimension]}
}

// writeVectors writes rows, which must all be of one dimension.
func writeVectors(path string, keys []vectorKey, rows []vector) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create vector file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	scales := make([]float32, len(rows))
	for i, r := range rows {
		scales[i] = r.scale
	}
	head := []vectorHeader{{vectorMagic(), orderMark, uint32(len(rows[0].bytes)), uint64(len(rows))}}
	w := bufio.NewWriter(f)
	for _, part := range [][]byte{asBytes(head), asBytes(keys), asBytes(scales)} {
		_, _ = w.Write(part) // Flush says what went wrong
	}
	for _, r := range rows {
		_, _ = w.Write(asBytes(r.bytes))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write vector file: %w", err)
	}
	return nil
}

// mapVectors opens a vector file. What it returns is valid until close.
func mapVectors(path string) (*vectors, error) {
	b, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("map vector file: %w", err)
	}
	v, err := parseVectors(b)
	if err != nil {
		return nil, errors.Join(err, syscall.Munmap(b))
	}
	v.close = func() error { return syscall.Munmap(b) }
	return v, nil
}

func parseVectors(b []byte) (*vectors, error) {
	if len(b) < int(unsafe.Sizeof(vectorHeader{})) {
		return nil, errVectorFile
	}
	h := *(*vectorHeader)(unsafe.Pointer(&b[0]))
	rest := uint64(len(b)) - uint64(unsafe.Sizeof(h))
	row := uint64(len(vectorKey{})) + uint64(unsafe.Sizeof(float32(0))) + uint64(h.Dimension)
	if h.Magic != vectorMagic() || h.Order != orderMark || h.Dimension > maxDimension || rest%row != 0 || rest/row != h.Rows {
		return nil, errVectorFile
	}
	rows := int(h.Rows)
	b = b[unsafe.Sizeof(h):]
	keys, b := b[:rows*len(vectorKey{})], b[rows*len(vectorKey{}):]
	scales, b := b[:rows*4], b[rows*4:]
	return &vectors{int(h.Dimension), asSlice[vectorKey](keys), asSlice[float32](scales), asSlice[int8](b), nil}, nil
}

// nearest are the rows nearest to q, at most size, nearest first.
func (v *vectors) nearest(q vector, size int) []int {
	type near struct {
		row    int
		cosine float32
	}
	best := make([]near, 0, size+1)
	for n := range v.keys {
		c := v.row(n).cosine(q)
		if len(best) == size && c <= best[size-1].cosine {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, c, func(b near, c float32) int {
			if b.cosine >= c {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, near{n, c})
		best = best[:min(len(best), size)]
	}
	rows := make([]int, len(best))
	for i, b := range best {
		rows[i] = b.row
	}
	return rows
}
