package bot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

// TestLabels asks a question that every document of a small site answers.
func TestLabels(t *testing.T) {
	doc := func(kind ward.Kind, title, heading, category string) ward.Document {
		d := ward.Document{Title: title, Kind: kind, Text: "本文", Category: []string{category}}
		if heading != "" {
			d.HeadingPath = []string{heading}
		}
		return d
	}
	for name, c := range map[string]struct {
		docs []ward.Document
		want []string
	}{
		"short titles stay": {
			[]ward.Document{doc(ward.Page, "転入の届出", "", "くらし"), doc(ward.Page, "転出の届出", "", "くらし")},
			[]string{"転入の届出", "転出の届出"},
		},
		"the ending that all share goes first": {
			[]ward.Document{doc(ward.Page, "海外からの転入手続きの必要書類について知りたい", "", "q"), doc(ward.Page, "児童手当", "", "q")},
			[]string{"海外からの転入手続きの必要書類", "児童手当"},
		},
		"cut behind a word": {
			[]ward.Document{doc(ward.FAQ, "国民健康保険に加入している人が死亡したときの葬祭費はいくらですか", "", "q"), doc(ward.Page, "児童手当", "", "q")},
			[]string{"国民健康保険に加入している人が…", "児童手当"},
		},
		"cut anywhere if there is no word": {
			[]ward.Document{doc(ward.Page, strings.Repeat("漢", 30), "", "q"), doc(ward.Page, "児童手当", "", "q")},
			[]string{strings.Repeat("漢", 19) + "…", "児童手当"},
		},
		"no bracket stays open": {
			[]ward.Document{doc(ward.Page, "世帯変更届（世帯主の変更・世帯分離・世帯合併）", "", "q"), doc(ward.Page, "児童手当", "", "q")},
			[]string{"世帯変更届…", "児童手当"},
		},
		"families are one character": {
			[]ward.Document{doc(ward.Page, strings.Repeat("👨‍👩‍👧", 20), "", "q"), doc(ward.Page, "児童手当", "", "q")},
			[]string{strings.Repeat("👨‍👩‍👧", 20), "児童手当"},
		},
		"same question of two pages": {
			[]ward.Document{doc(ward.FAQ, "その他", "保育のQ&A", "子育て"), doc(ward.FAQ, "その他", "ごみのQ&A", "くらし")},
			[]string{"その他（保育のQ&A）", "その他（ごみのQ&A）"},
		},
		"same page title in two categories": {
			[]ward.Document{doc(ward.Page, "申請書", "", "子育て"), doc(ward.Page, "申請書", "", "福祉")},
			[]string{"申請書（子育て）", "申請書（福祉）"},
		},
		"long titles that begin alike": {
			[]ward.Document{doc(ward.Page, "国民健康保険料の納付が困難なときの減額と免除の申請", "減額", "税"), doc(ward.Page, "国民健康保険料の納付が困難なときの減額と免除の申請", "免除", "税")},
			[]string{"減額（国民健康保険料の納付が…）", "免除（国民健康保険料の納付が…）"},
		},
		"nothing tells them apart": {
			[]ward.Document{doc(ward.Page, "公園", "", "公園"), doc(ward.Page, "公園", "", "公園"), doc(ward.Page, "", "", "")},
			[]string{"公園", "公園 2", "3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			counter := newCounter(t)
			counter.Site.Entries = nil
			for i, d := range c.docs {
				d.ID, d.URL = string(rune('a'+i)), wardtest.Origin+"/"+string(rune('a'+i))
				counter.Site.Entries = append(counter.Site.Entries, wardtest.Entry{Document: d, Words: []string{"質問"}})
			}
			var got []string
			for _, choice := range counter.reply(t, ward.Message{Text: "質問"})[0].Choices {
				got = append(got, choice.Label)
			}
			if diff := cmp.Diff(append(c.want, "どれでもない"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPassage shows a passage where it stands and lets one read on from there,
// as long as the page has not changed.
func TestPassage(t *testing.T) {
	c := newCounter(t)
	text := "はじめに。\n要点です。\nおわりに。\n"
	d := ward.Document{ID: "p.1", URL: wardtest.Origin, Title: "案内", Kind: ward.Page, Text: text}
	c.Site.Entries = []wardtest.Entry{{Document: d, Words: []string{"案内"}, Passage: "要点です。\n"}}
	replies := c.reply(t, ward.Message{Text: "案内"})
	if got := replies[0].Text; got != "要点です。" {
		t.Errorf("passage %q", got)
	}
	more := c.offered["続きを読む"]
	if got := c.reply(t, ward.Message{Choice: more})[0].Text; got != "おわりに。" {
		t.Errorf("read on %q", got)
	}
	forged := strings.Replace(more, ".0.", ".zzz.", 1)
	if got := c.reply(t, ward.Message{Choice: forged})[0].Text; got != strings.TrimSpace(text) || forged == more {
		t.Errorf("a part longer than the text %q", got)
	}
	c.Site.Entries[0].Text = "書きかえました。" + text
	if got := c.reply(t, ward.Message{Choice: more})[0].Text; got != "書きかえました。はじめに。\n要点です。\nおわりに。" {
		t.Errorf("after a change of the page %q", got)
	}
	c.Site.Entries[0].Text = strings.Repeat("あ", 1200)
	c.Site.Entries[0].Passage = ""
	if got := []rune(c.reply(t, ward.Message{Text: "案内"})[0].Text); len(got) != 500 {
		t.Errorf("a sentence without end was cut at %d characters", len(got))
	}
}

// A document whose id fits into no value is shown, but offered to nobody.
func TestLongDocumentID(t *testing.T) {
	c := newCounter(t)
	c.Site.Entries[0].ID = strings.Repeat("x", 400)
	newVocabulary(t, c.Site).check(t, c.reply(t, ward.Message{Text: "引っ越し"}))
	newVocabulary(t, c.Site).check(t, c.reply(t, ward.Message{Text: "転入"}))
}
