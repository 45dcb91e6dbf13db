package bot_test

import (
	"testing"

	"madoguchi/bot"
	"madoguchi/ward"
)

// What staff are shown beforehand is what the counter then does.
func TestHalts(t *testing.T) {
	d := &ward.Document{URL: "https://www.city.example.jp/gomi/index.html#fee", Title: "粗大ごみの手数料", HeadingPath: []string{"ごみの出しかた"},
		Text: "シールは、コンビニで買えます。", Category: []string{"くらし", "ごみ"}}
	for name, c := range map[string]struct {
		stop     ward.Stop
		question string
		document bool
		want     bool
	}{
		"word in the question, in other kana": {ward.Stop{Kind: ward.StopWord, Value: "ごみ"}, "ｺﾞﾐの日", false, true},
		"word not in the question":            {ward.Stop{Kind: ward.StopWord, Value: "ごみ"}, "税の日", false, false},
		"word in the title":                   {ward.Stop{Kind: ward.StopWord, Value: "粗大ゴミ"}, "", true, true},
		"word in a heading":                   {ward.Stop{Kind: ward.StopWord, Value: "出し方かた"}, "", true, false},
		"word in the text":                    {ward.Stop{Kind: ward.StopWord, Value: "しーる"}, "", true, true},
		"page, copied otherwise":              {ward.Stop{Kind: ward.StopPage, Value: " http://WWW.city.example.jp/gomi/ "}, "", true, true},
		"another page":                        {ward.Stop{Kind: ward.StopPage, Value: "https://www.city.example.jp/gomi/sodai.html"}, "", true, false},
		"category above":                      {ward.Stop{Kind: ward.StopCategory, Value: "くらし"}, "", true, true},
		"category itself":                     {ward.Stop{Kind: ward.StopCategory, Value: "くらし > ごみ"}, "", true, true},
		"category below":                      {ward.Stop{Kind: ward.StopCategory, Value: "くらし > ごみ > 粗大"}, "", true, false},
		"a page is no word":                   {ward.Stop{Kind: ward.StopPage, Value: "https://www.city.example.jp/gomi/"}, "https://www.city.example.jp/gomi/ は", false, false},
	} {
		var shown *ward.Document
		if c.document {
			shown = d
		}
		if got := bot.Halts(c.stop, c.question, shown); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
