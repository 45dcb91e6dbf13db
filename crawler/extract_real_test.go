package crawler

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// fact is what was found by reading a real page: figures, and none of its text.
type fact struct {
	file, profile string
	title         int // characters
	updated, id   string
	section       int // characters, 0 if the page names none
	phone         string
	crumbs        int
	documents     int
	least, most   int // characters of text in all documents
	files         int
	gone          bool
}

func facts() []fact {
	return []fact{
		{"amagasaki_tsunago", "TsuNaGo", 11, "2023-10-18", "1003412", 26, "06-6434-2233", 4, 1, 810, 950, 0, false},
		{"chiba-city_404", "CMS-8341", 18, "", "", 0, "", 1, 0, 0, 10, 0, true},
		{"chiba-city_cms8341", "CMS-8341", 12, "2026-05-14", "7677", 25, "043-258-7817", 4, 1, 360, 420, 0, false},
		{"edogawa_yobihyo_TRIMMED", "CMS-8341", 15, "2026-01-28", "6055", 6, "", 4, 2, 1100, 1270, 1, false},
		{"faq_joruri_v3_detail_RENDERED", "Joruri", 31, "2022-02-16", "", 3, "000-000-0000", 4, 1, 120, 150, 1, false},
		{"faq_shirasagi_detail_RENDERED", "SHIRASAGI", 15, "", "", 7, "00-000-0000", 2, 1, 50, 60, 0, false},
		{"fukuyama_netcrew", "NetCrew", 6, "2026-05-15", "", 8, "084-970-1201", 3, 1, 590, 690, 0, false},
		{"gifu-pref_netcrew", "NetCrew", 10, "2026-04-01", "0001638", 5, "058-272-1986", 5, 1, 850, 980, 0, false},
		{"gunma-pref_netcrew_empty", "NetCrew", 19, "2025-04-01", "", 8, "0270-75-1718", 4, 1, 320, 380, 0, false},
		{"hirakata_udface", "UD Face", 6, "2026-02-24", "1430", 21, "072-807-7624", 4, 1, 140, 170, 0, false},
		{"hokkaido-pref_404_shirasagi", "SHIRASAGI", 30, "", "", 0, "", 1, 0, 0, 10, 0, true},
		{"kashiwa_cms8341", "CMS-8341", 29, "2026-05-12", "3347", 23, "04-7190-2828", 4, 3, 1200, 1390, 0, false},
		{"kawasaki_udface", "UD Face", 6, "2026-02-03", "77270", 23, "044-589-7137", 6, 1, 30, 40, 0, false},
		{"maebashi_smartcms", "SmartCMS", 27, "2026-05-14", "", 17, "027-220-5777", 8, 1, 710, 820, 0, false},
		{"mie_SHIFT_JIS", "generic", 5, "", "", 0, "059-382-8674", 1, 1, 520, 610, 0, false},
		{"miyazaki_shirasagi", "SHIRASAGI", 17, "2026-05-08", "", 15, "0985-85-6011", 4, 1, 360, 420, 0, false},
		{"naha_4uweb_domdump", "4Uweb", 8, "2025-10-14", "", 18, "098-951-1530", 3, 5, 1850, 2140, 2, false},
		{"osaka-pref_cms8341", "CMS-8341", 5, "2026-05-12", "1436", 22, "", 4, 1, 710, 830, 0, false},
		{"saga-pref_none", "generic", 31, "2026-05-07", "49237", 23, "0952-30-1350", 0, 3, 1260, 1460, 0, false},
		{"saitama-city_none", "generic", 11, "2026-02-28", "C003138", 22, "048-840-4150", 5, 1, 930, 1080, 0, false},
		{"saitama-pref_cms8341_domdump", "CMS-8341", 28, "2025-11-12", "146265", 14, "048-536-2465", 7, 1, 920, 1070, 0, false},
		{"sendai_cms8341_table", "CMS-8341", 5, "2026-07-14", "4639", 13, "022-258-1626", 6, 6, 3300, 3810, 7, false},
		{"shizuoka-pref_tsunago", "TsuNaGo", 7, "", "1066835", 0, "", 4, 1, 800, 930, 0, false},
		{"tokushima_DECLARES_EUC-JP_bytes_UTF8", "generic", 15, "", "", 0, "", 0, 3, 3690, 4260, 0, false},
		{"tokushima_REENCODED_EUC-JP", "generic", 15, "", "", 0, "", 0, 3, 3690, 4260, 0, false},
		{"tokyo-metro_small", "generic", 5, "", "", 13, "03-3302-3507", 0, 1, 320, 380, 0, false},
		{"tottori-pref_isite", "i-SITE PORTAL", 18, "", "", 26, "0857-26-7593", 0, 3, 1360, 1570, 0, false},
		{"toyama-pref_cms8341", "CMS-8341", 8, "2024-02-27", "13922", 8, "076-444-3230", 5, 1, 870, 1010, 0, false},
		{"toyonaka_4uweb", "4Uweb", 20, "2023-06-23", "715078360", 11, "06-6152-7321", 3, 5, 1530, 1770, 0, false},
		{"yokohama_cms8341like", "CMS-8341", 9, "2026-05-01", "216-263-662", 16, "045-471-2111", 6, 1, 580, 680, 0, false},
	}
}

// furnitureOfSites are sentences that no document may hold.
func furnitureOfSites() []string {
	return []string{"ここから本文です", "本文へスキップ", "別ウィンドウで開きます", "新しいウィンドウで開きます", "ページトップ", "ページの先頭", "前のページに戻る",
		"このページを印刷", "印刷ページ表示", "いいね", "ツイート", "Tweet", "Adobe", "役に立ちましたか", "より良いウェブサイト", "このページに関するお問い合わせ",
		"この記事に関する", "が担当しています", "現在情報はありません", "外部サイトへリンク", "外部リンク", "（代表）", "All Rights Reserved", "Copyright", "現在の位置"}
}

func TestExtractRealPages(t *testing.T) {
	dir := "../../shared/html"
	if found, _ := filepath.Glob(dir + "/*.html"); len(found) == 0 {
		t.Skip("the sample pages are not beside the checkout")
	}
	for _, f := range facts() {
		t.Run(f.file, func(t *testing.T) {
			page := extractFile(t, filepath.Join(dir, f.file+".html"), nil)
			got := fact{
				file: f.file, profile: page.Profile, title: utf8.RuneCountInString(page.Title), updated: page.Updated, id: page.PageID,
				section: utf8.RuneCountInString(page.Section), phone: page.Phone, crumbs: len(page.Category), documents: len(page.Documents),
				least: f.least, most: f.most, gone: page.Gone,
			}
			size := 0
			for _, d := range page.Documents {
				size += utf8.RuneCountInString(d.Text)
				got.files += len(d.Attachments)
				for _, s := range furnitureOfSites() {
					if strings.Contains(d.Text, s) {
						t.Errorf("the text says %q", s)
					}
				}
				if n := utf8.RuneCountInString(d.Text); n > 2*pieceSize {
					t.Errorf("a document of %d characters", n)
				}
			}
			if got != f || page.Broken != 0 {
				t.Errorf("found %+v\nwant  %+v", got, f)
			}
			if size < f.least || size > f.most {
				t.Errorf("%d characters of text, want %d to %d", size, f.least, f.most)
			}
			if contains(page.Category, page.Title) {
				t.Errorf("the breadcrumb %q holds the page itself", page.Category)
			}
		})
	}
}
