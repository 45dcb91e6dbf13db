package crawler

import (
	"testing"

	"madoguchi/ja"
)

func TestLabelledDate(t *testing.T) {
	for text, want := range map[string]string{
		"更新日：2026年5月14日":                  "2026-05-14",
		"最終更新日 令和2年6月5日　ページ番号 145118":     "2020-06-05",
		"更新日付：2026年2月28日 / ページ番号：C003138": "2026-02-28",
		"掲載日：2026年5月15日更新":                "2026-05-15",
		"[公開日：2026年2月24日][更新日：2026年3月1日]": "2026-03-01",
		"更新日 令和8(2026)年5月12日":             "2026-05-12",
		"更新日：令和元年５月１日":                    "2019-05-01",
		"更新日 R8.2.10":                     "2026-02-10",
		"更新日　2026/02/04":                  "2026-02-04",
		"2026年4月1日更新":                     "2026-04-01",
		"2026年4月1日（水曜日）更新":                "2026-04-01",
		"令和6年9月20日 ページID：123":             "2024-09-20",
		"公開日 2024年6月1日 掲載日 2024年7月1日":     "2024-07-01",
		"2026年4月1日から受け付けます。更新の手続きは不要です。":  "",
		"更新日：2026年13月45日":                 "",
		"平成31年2月3日に生まれた方":                 "",
		"次の更新日はお知らせします。2026年5月1日から":       "",
		"": "",
	} {
		if got := labelledDate(ja.Fold(text)); got != want {
			t.Errorf("labelledDate(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPageNumber(t *testing.T) {
	for text, want := range map[string]string{
		"ページ番号1003412　更新日 2023年10月18日": "1003412",
		"ページID：6055":        "6055",
		"ページID：216-263-662": "216-263-662",
		"ページ番号：C003138":     "C003138",
		"コンテンツ番号77270":      "77270",
		"記事ID：0001638":      "0001638",
		"（ID:49237）":        "49237",
		"電話番号：03-0000-1111": "",
		"法人番号6000020121002": "",
		"このページの番号札":         "",
	} {
		if got := pageNumber(ja.Fold(text)); got != want {
			t.Errorf("pageNumber(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestHeadline(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{`<title>ごみの出し方　見本区ホームページ</title>`, "ごみの出し方"},
		{`<title>ごみの出し方｜見本市公式ウェブサイト</title>`, "ごみの出し方"},
		{`<title>見本市：ごみの出し方</title>`, "ごみの出し方"},
		{`<title>見本市 : ごみの出し方</title>`, "ごみの出し方"},
		{`<title>見本県／ごみの出し方</title>`, "ごみの出し方"},
		{`<title>ごみの出し方／見本市</title>`, "ごみの出し方"},
		{`<title>ごみの出し方/みほんネット/見本県公式サイト</title>`, "ごみの出し方"},
		{`<title>ごみの出し方（東／西） - 見本県</title>`, "ごみの出し方（東／西）"},
		{`<title>ごみの出し方 - 見本市 [Mihon City]</title>`, "ごみの出し方"},
		{`<title>粗大ごみ｜ごみの出し方｜環境部｜見本市</title>`, "粗大ごみ"},
		{`<title>よくある質問：水道</title><h1>よくある質問</h1>`, "よくある質問：水道"},
		{`<title>見本市ホームページ</title><meta property="og:title" content="見本市ホームページ"><h1>ごみの出し方</h1>`, "ごみの出し方"},
		{`<title>x</title><meta property="og:title" content="ごみの出し方 | 見本市ホームページ"><meta property="og:site_name" content="見本市ホームページ">`, "ごみの出し方"},
		{`<title>休日の届出 - 見本市</title><h1>見本市</h1><h1>休日の届出</h1>`, "休日の届出"},
		{`<title>ごみの出し方</title><h1><ruby>塵<rp>(</rp><rt>ごみ</rt><rp>)</rp></ruby>の出し方</h1>`, "ごみの出し方"},
		{`<h1>ごみの<br>出し方</h1>`, "ごみの 出し方"},
		{`<p>本文だけのページです。</p>`, "本文だけのページです。"},
	} {
		page, err := Extract([]byte(c.html+"<p>本文だけのページです。</p>"), "text/html; charset=utf-8", nil)
		if err != nil || page.Title != c.want {
			t.Errorf("%s: title %q, want %q (%v)", c.html, page.Title, c.want, err)
		}
	}
}
