package index

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

func TestSpellingsThatSoundTheSameHaveOneKey(t *testing.T) {
	for key, spellings := range map[string][]string{
		"じゅーみんひょー": {"じゅうみんひょう", "ジュウミンヒョウ", "ジューミンヒョー", "じゅーみんひょう"},
		"とーろく":     {"とうろく", "とおろく", "トーロク"},
		"しんせー":     {"しんせい", "シンセー", "しんせえ"},
		"つずき":      {"つづき", "つずき", "ツヅキ"},
		"ちーき":      {"ちいき", "チーキ"},
		"かわいー":     {"かわいい"},
		"いえ":       {"いえ"},
		"あうと":      {"あうと", "アウト"},
	} {
		for _, s := range spellings {
			if got := readingKey(s); got != key {
				t.Errorf("%s: %s, want %s", s, got, key)
			}
		}
	}
	if got := looseKey(readingKey("じゅうみんひょう")); got != looseKey(readingKey("じゆみんひよ")) || got != "じゆみんひよ" {
		t.Errorf("loose: %s", got)
	}
}

func TestOneApart(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"あいう", "あいう"}: true, {"あいう", "あう"}: true, {"いう", "あいう"}: true, {"あいう", "あいえ"}: true, {"あいう", "えいう"}: true,
		{"あいう", "あえお"}: false, {"あいう", "あ"}: false, {"あいうえ", "うあい"}: false, {"あい", "いあ"}: false,
	} {
		if got := oneApart([]rune(pair[0]), []rune(pair[1])); got != want {
			t.Errorf("%q: %v", pair, got)
		}
	}
}

func TestLatinLettersAsKana(t *testing.T) {
	for latin, want := range map[string]string{
		"juuminhyou": "じゅうみんひょう", "syussyoutodoke": "しゅっしょうとどけ", "shinnsei": "しんせい", "kinen": "きねん", "kin'en": "",
		"toshokan": "としょかん", "matcha": "まっちゃ", "tyousa": "ちょうさ", "zeikin": "ぜいきん", "hoken": "ほけん", "konnyaku": "こんにゃく",
		"konnichiwa": "こんにちわ", "fu": "ふ", "tsuuchi": "つうち", "wifi": "", "nhk": "", "gmail": "", "passport": "", "pdf": "", "n": "ん",
	} {
		if got, ok := kanaOf(latin); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", latin, got, ok, want)
		}
	}
}

// Old forms of kanji are written in the usual one, each to one that is no old
// form itself.
func TestOldFormsOfKanji(t *testing.T) {
	for s, want := range map[string]string{
		"髙﨑渡邊": "高崎渡辺", "國民健康保險": "国民健康保険", "𠮷田": "吉田", "住民票": "住民票",
	} {
		if got := fold(s); got != want || question(s) != want {
			t.Errorf("%s: %s", s, got)
		}
	}
	for old, usual := range usualForms() {
		if again := foldKanji(string(usual)); again != string(usual) {
			t.Errorf("%c is %c is %s", old, usual, again)
		}
	}
}

// readingsOf are those of titles, each as often as it is given.
func readingsOf(t testing.TB, titles ...string) *readings {
	a := testAnalyzer(t)
	heard := readingBuilder{}
	for _, s := range titles {
		heard.add(spokenIn(s, a.split(s)))
	}
	return heard.readings(readingBuilder{})
}

func TestWhatSoundsTheSameIsReadAsWhatIsWrittenMore(t *testing.T) {
	for name, c := range map[string]struct {
		titles []string
		want   string
	}{
		"alone":       {[]string{"公園"}, "公園"},
		"as often":    {[]string{"公園", "講演"}, ""},
		"more often":  {[]string{"公園", "公園", "講演"}, "公園"},
		"much alike":  {[]string{"妊婦健診", "妊婦検診"}, "妊婦健診"},
		"part of one": {[]string{"区立公園の一覧"}, "公園"},
	} {
		key := readingKey("こうえん")
		if name == "much alike" {
			key = readingKey("にんぷけんしん")
		}
		e, ok := readingsOf(t, c.titles...).exactly(key)
		if e.Text != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %v", name, e.Text, ok)
		}
	}
}

// Of two that are as near, neither is meant.
func TestWhatNearlySounds(t *testing.T) {
	r := readingsOf(t, "住民票", "印鑑登録", "印鑑目録", "公園")
	for said, want := range map[string]string{
		"じゅみんひょ": "住民票", "じゅうびんひょう": "住民票", "ゅうみんひょう": "住民票", "いんがんとうろく": "印鑑登録",
		"いんかんもくろ": "印鑑目録", "いんかんもうろく": "", "いんかんとくろく": "", "いんかんろく": "印鑑登録", "こえん": "", "じゅびんひょ": "住民票", "じゅびんと": "",
	} {
		e, _, _ := r.nearly(readingKey(said))
		if diff := cmp.Diff(want, e.Text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", said, diff)
		}
	}
}

// A document that writes otherwise what a title writes shows that both are meant.
func TestWhatStandsInADocumentIsNotReadOtherwise(t *testing.T) {
	a := testAnalyzer(t)
	for text, want := range map[string]string{"": "保険証をなくした", "保健証の写し": "保健証をなくした"} {
		b := newForwardBuilder()
		b.add(a.document(ward.Document{ID: "1", Title: "保険証", Text: text + "保健所の証明"}))
		b.Thesaurus, b.Readings = &thesaurus{}, b.heard.readings(readingBuilder{})
		if got, _ := b.reread("保健証をなくした", a.morphs("保健証をなくした")); got != want {
			t.Errorf("beside %q: %s", text, got)
		}
	}
}

// Whatever a stranger writes, what is read stands where it is said to stand.
func FuzzReread(f *testing.F) {
	for _, s := range []string{"", "じゅみんひょのとりかた", "住民表", "inkan touroku n -", "ジュウミンヒョウジュウミンヒョウ", "ーーーーーーーー", "ん'n"} {
		f.Add(s)
	}
	a := testAnalyzer(f)
	fw := &forward{Readings: readingsOf(f, "住民票", "印鑑登録", "図書館"), Thesaurus: &thesaurus{}, numbers: map[string]uint32{}}
	f.Fuzz(func(t *testing.T, s string) {
		q := question(s)
		text, found := fw.reread(q, a.morphs(q))
		if !utf8.ValidString(text) || len(found) == 0 && text != q {
			t.Errorf("%q became %q", q, text)
		}
		for _, r := range found {
			if text[r.from:r.to] != r.Read {
				t.Errorf("%q: %+v stands at %q", q, r, text[r.from:r.to])
			}
		}
	})
}
