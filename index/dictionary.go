package index

import (
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/ikawaha/kagome-dict/dict"
	"github.com/ikawaha/kagome-dict/uni"
	"github.com/ikawaha/kagome/v2/tokenizer"
)

// wordClass is what the analyzer needs to know of a part of speech.
type wordClass uint8

const (
	functionWord wordClass = iota // particles, auxiliaries, symbols: never a term
	noun
	numeral
	verb
	adjective
	otherWord
)

// classOf maps the first two levels of UniDic's part of speech.
func classOf(pos, sub string) wordClass {
	switch pos {
	case "助詞", "助動詞", "補助記号", "空白", "感動詞":
		return functionWord
	case "名詞", "代名詞", "接尾辞", "接頭辞", "記号":
		if sub == "数詞" {
			return numeral
		}
		return noun
	case "動詞":
		return verb
	case "形容詞", "形状詞":
		return adjective
	}
	return otherWord
}

// dictionary is UniDic reduced to what the analyzer reads: lemma, class and
// reading of each entry instead of seventeen strings.
type dictionary struct {
	tokenizer *tokenizer.Tokenizer
	core      dict.Dict // what kagome reads; its Contents and POSTable are empty
	words     wordTable
	close     func() error
}

// wordTable gives lemma, class and reading by kagome's token id.
type wordTable struct {
	entries  []uint32    // lemma number and, in the low bits, class
	readings []uint32    // number of the reading
	ends     []uint32    // where each lemma or reading ends in text; it begins where the one before ends
	text     []byte      // all lemmas and readings, each once
	unknown  []wordClass // of the unknown-word entries
}

const classBits = 3

// decodeDictionary unpacks the dictionary that is part of the program: 3 s and
// 600 MB at the peak, once per process. A mapped dictionary file avoids it.
var decodeDictionary = sync.OnceValues(func() (*dictionary, error) {
	full := uni.Dict()
	d := &dictionary{words: reduce(full), close: func() error { return nil }}
	full.Contents, full.POSTable = nil, dict.POSTable{} // 250 MB that nobody reads any more
	d.core = *full
	err := d.start()
	debug.FreeOSMemory()
	return d, err
})

func (d *dictionary) start() (err error) {
	if d.tokenizer, err = tokenizer.New(&d.core, tokenizer.OmitBosEos()); err != nil {
		return fmt.Errorf("start tokenizer: %w", err)
	}
	return nil
}

func reduce(full *dict.Dict) wordTable {
	n := len(full.Contents)
	w := wordTable{entries: make([]uint32, n), readings: make([]uint32, n)}
	numbers := make(map[string]uint32, 1<<19)
	names := full.POSTable.NameList
	for i, pos := range full.POSTable.POSs {
		features := full.Contents[i]
		class := classOf(names[pos[0]], names[pos[1]])
		w.entries[i] = w.number(numbers, features[uni.Lemma-uni.POSHierarchy])<<classBits | uint32(class)
		w.readings[i] = w.number(numbers, features[uni.Pron-uni.POSHierarchy])
	}
	for _, features := range full.UnkDict.Contents {
		w.unknown = append(w.unknown, classOf(features[0], features[1]))
	}
	return w
}

// number gives the number of a lemma or a reading, which joins the table if it must.
func (w *wordTable) number(numbers map[string]uint32, s string) uint32 {
	n, seen := numbers[s]
	if !seen {
		n = uint32(len(w.ends))
		numbers[s] = n
		w.text = append(w.text, s...)
		w.ends = append(w.ends, uint32(len(w.text)))
	}
	return n
}

// lookUp gives the lemma and the class of a token; a word without lemma is its own.
func (w *wordTable) lookUp(t tokenizer.Token) (string, wordClass) {
	switch t.Class {
	case tokenizer.KNOWN:
		e := w.entries[t.ID]
		class := wordClass(e & (1<<classBits - 1))
		if lemma := w.at(e >> classBits); lemma != "" && lemma != "*" {
			return lemma, class
		}
		return t.Surface, class
	case tokenizer.UNKNOWN:
		return t.Surface, w.unknown[t.ID]
	}
	return "", functionWord
}

// reading is how a known token sounds, in katakana; "" when nothing says it.
func (w *wordTable) reading(t tokenizer.Token) string {
	if t.Class != tokenizer.KNOWN {
		return ""
	}
	if r := w.at(w.readings[t.ID]); r != "*" {
		return r
	}
	return ""
}

func (w *wordTable) at(n uint32) string {
	var from uint32
	if n > 0 {
		from = w.ends[n-1]
	}
	return string(w.text[from:w.ends[n]])
}
