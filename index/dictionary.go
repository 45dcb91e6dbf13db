package index

import (
	"fmt"
	"runtime/debug"
	"strings"
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
// each entry instead of seventeen strings, 366 MB become 120.
type dictionary struct {
	tokenizer *tokenizer.Tokenizer
	lemmas    []string
	entries   []entry // by kagome's token id
	unknown   []wordClass
}

type entry struct {
	lemma uint32 // into lemmas
	class wordClass
}

// loadDictionary decodes the dictionary once per process, as kagome itself does.
var loadDictionary = sync.OnceValues(func() (*dictionary, error) {
	full := uni.Dict()
	d := reduce(full)
	full.Contents = nil // 250 MB that nobody reads any more
	t, err := tokenizer.New(full, tokenizer.OmitBosEos())
	if err != nil {
		return nil, fmt.Errorf("load dictionary: %w", err)
	}
	d.tokenizer = t
	debug.FreeOSMemory()
	return d, nil
})

// Warm loads the dictionary, which takes seconds and is needed by the first
// question: call it in the background while the rest starts.
func Warm() error {
	_, err := loadDictionary()
	return err
}

func reduce(full *dict.Dict) *dictionary {
	d := &dictionary{entries: make([]entry, len(full.Contents))}
	ids := make(map[string]uint32, 1<<18)
	names := full.POSTable.NameList
	for i, pos := range full.POSTable.POSs {
		lemma := full.Contents[i][uni.Lemma-uni.POSHierarchy]
		id, seen := ids[lemma]
		if !seen {
			lemma = strings.Clone(lemma) // do not keep the whole content alive
			id = uint32(len(d.lemmas))
			d.lemmas, ids[lemma] = append(d.lemmas, lemma), id
		}
		d.entries[i] = entry{id, classOf(names[pos[0]], names[pos[1]])}
	}
	for _, features := range full.UnkDict.Contents {
		d.unknown = append(d.unknown, classOf(features[0], features[1]))
	}
	return d
}

// word gives the lemma and the class of a token; an unknown word is its own lemma.
func (d *dictionary) word(t tokenizer.Token) (string, wordClass) {
	switch t.Class {
	case tokenizer.KNOWN:
		e := d.entries[t.ID]
		if lemma := d.lemmas[e.lemma]; lemma != "" && lemma != "*" {
			return lemma, e.class
		}
		return t.Surface, e.class
	case tokenizer.UNKNOWN:
		return t.Surface, d.unknown[t.ID]
	}
	return "", functionWord
}
