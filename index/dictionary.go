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

// dictionary is UniDic reduced to what the analyzer reads: lemma and class of
// each entry instead of seventeen strings.
type dictionary struct {
	tokenizer *tokenizer.Tokenizer
	core      dict.Dict // what kagome reads; its Contents and POSTable are empty
	words     wordTable
	close     func() error
}

// wordTable gives lemma and class by kagome's token id.
type wordTable struct {
	entries []uint32    // lemma number and, in the low bits, class
	ends    []uint32    // where each lemma ends in text; it begins where the one before ends
	text    []byte      // all lemmas
	unknown []wordClass // of the unknown-word entries
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
	w := wordTable{entries: make([]uint32, len(full.Contents))}
	numbers := make(map[string]uint32, 1<<18)
	names := full.POSTable.NameList
	for i, pos := range full.POSTable.POSs {
		lemma := full.Contents[i][uni.Lemma-uni.POSHierarchy]
		n, seen := numbers[lemma]
		if !seen {
			n = uint32(len(w.ends))
			numbers[lemma] = n
			w.text = append(w.text, lemma...)
			w.ends = append(w.ends, uint32(len(w.text)))
		}
		w.entries[i] = n<<classBits | uint32(classOf(names[pos[0]], names[pos[1]]))
	}
	for _, features := range full.UnkDict.Contents {
		w.unknown = append(w.unknown, classOf(features[0], features[1]))
	}
	return w
}

// lookUp gives the lemma and the class of a token; a word without lemma is its own.
func (w *wordTable) lookUp(t tokenizer.Token) (string, wordClass) {
	switch t.Class {
	case tokenizer.KNOWN:
		e := w.entries[t.ID]
		class := wordClass(e & (1<<classBits - 1))
		if lemma := w.lemma(e >> classBits); lemma != "" && lemma != "*" {
			return lemma, class
		}
		return t.Surface, class
	case tokenizer.UNKNOWN:
		return t.Surface, w.unknown[t.ID]
	}
	return "", functionWord
}

func (w *wordTable) lemma(n uint32) string {
	var from uint32
	if n > 0 {
		from = w.ends[n-1]
	}
	return string(w.text[from:w.ends[n]])
}
