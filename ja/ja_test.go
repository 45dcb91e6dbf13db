package ja_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ja"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"電話は03-1234-5678です", "電話は〔電話番号〕です"},
		{"０９０−１２３４−５６７８に電話して", "〔電話番号〕に電話して"},
		{"09012345678", "〔電話番号〕"},
		{"＋８１ 90 1234 5678", "〔電話番号〕"},
		{"（03）1234－5678 内線12", "〔電話番号〕 内線12"},
		{"taro.mihon@example.jp へ", "〔メールアドレス〕 へ"},
		{"ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "〔メールアドレス〕"},
		{"〒132-8501 見本区見本町1-2-3に住んでいます", "〔郵便番号〕 〔住所〕に住んでいます"},
		{"郵便番号は１３２−８５０１", "郵便番号は〔郵便番号〕"},
		{"マイナンバーは1234 5678 9012です", "マイナンバーは〔番号〕です"},
		{"1234-5678-9012", "〔番号〕"},
		{"１２３４５６７８９０１２", "〔番号〕"},
		{"カード4111 1111 1111 1111で払えますか", "カード〔番号〕で払えますか"},
		{"見本町一丁目2番3号", "〔住所〕"},
		{"見本町１丁目２番３号 見本マンション405号室です", "〔住所〕です"},
		{"住所は見本町123番地4です", "住所は〔住所〕です"},
		{"見本町1-2の前の道路", "〔住所〕の前の道路"},
		{"昭和30年5月5日生です", "〔生年月日〕です"},
		{"生年月日は1955/5/5", "〔生年月日〕"},
		{"S30.5.5生まれです", "〔生年月日〕です"},
		{"山田太郎です。住民票がほしい", "〔氏名〕です。住民票がほしい"},
		{"私は山田 太郎です", "私は〔氏名〕です"},
		{"名前は見本花子です", "名前は〔氏名〕です"},
		{"氏名：見本花子", "氏名：〔氏名〕"},
		{"山田と申します", "〔氏名〕と申します"},
		{"みほんと申します。引っ越しの手続きは", "〔氏名〕と申します。引っ越しの手続きは"},
		{"窓口の田中さんに言われた", "窓口の〔氏名〕さんに言われた"},
		{"林さんと森太郎です", "〔氏名〕さんと〔氏名〕です"},
		{"山田はなこです", "〔氏名〕です"},
		{"口座番号は1234567です", "口座〔番号〕です"},
	} {
		if got := ja.Mask(c.in); got != c.want {
			t.Errorf("Mask(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMaskLeavesQuestions(t *testing.T) {
	for _, s := range []string{
		"", "令和8年の住民税", "令和8年2月4日までですか", "令和8-2-4", "2026年4月1日から", "300円かかりますか", "14日以内に届け出",
		"110番", "119番と#7119のちがい", "2丁目の公園", "見本町2丁目の公園はどこ", "2番窓口", "3-5歳のこども", "Q8-1",
		"2025-2026年度の予定", "予算は100000000円", "人口は690000人", "20260204", "子どもの名前は変更できますか", "名前はひらがなで書けますか",
		"氏名は必須ですか", "私は学生です", "転入です", "私は65歳です", "外国人です", "粗大ごみ5個", "平成20年4月2日から平成21年4月1日生まれの子",
		"平成20年4月2日以降に生まれた子", "1号認定と2号認定", "コロナワクチン3回目", "9時-17時", "1-2か月", "税の納期限はいつ", "マイナンバーカード",
		"103万円の壁", "国民年金の第3号被保険者", "5月5日生活保護", "お子さんの名前は何ですか", "森のごみ", "8月から10月まで", "お金がきついです", "施設の名前は見本会館ですか", "中野がいいです", "林です",
	} {
		if got := ja.Mask(s); got != s {
			t.Errorf("Mask(%q) = %q", s, got)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"ＡＢＣ　１２３": "abc 123", "㈱ ①": "(株) 1", "ｺﾞﾐ": "ゴミ", "１〜５": "1~5", "1～5": "1~5", "３ー２": "3-2", "Ｑ３−２": "q3-2",
		"コーナー3": "コーナー3", " a \n b ": "a b", "TEL：03―1234": "tel:03-1234", "サービス": "サービス", "\xff": "\uFFFD",
	} {
		if got := ja.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	in := "a\x00b\r\nc\u200bd\u202e\te\xff\u00ad"
	if got, want := ja.Clean(in), "ab\ncd\te\uFFFD"; got != want {
		t.Errorf("Clean = %q, want %q", got, want)
	}
}

func TestDate(t *testing.T) {
	for in, want := range map[string]string{
		"令和8年2月4日": "2026-02-04", "R8.2.4": "2026-02-04", "R8/2/4": "2026-02-04", "R8.2/10": "2026-02-10", "2026年2月4日": "2026-02-04",
		"2026.2.4": "2026-02-04", "2026/02/04": "2026-02-04", "2026-02-04": "2026-02-04", "令和8(2026)年5月12日": "2026-05-12",
		"2026年（令和8年）5月12日": "2026-05-12", "令和元年５月１日": "2019-05-01", "更新日：２０２６年０５月１４日（木）": "2026-05-14",
		"平成31年4月30日": "2019-04-30", "昭和64年1月7日": "1989-01-07", "令和8年2月30日、令和8年3月1日": "2026-03-01",
		"令和8年": "", "12026.2.4": "", "2026.2.123": "", "nr8.2.4": "", "令和0年1月1日": "", "": "", "電話 03-1234-5678": "",
	} {
		got, ok := ja.Date(in)
		if got != want || ok != (want != "") {
			t.Errorf("Date(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestEraYears(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"令和８年度の予算と2026年度", []string{"2026年", "令和8年"}},
		{"R8.2.4", []string{"2026年"}},
		{"2019年", []string{"令和元年", "平成31年"}},
		{"平成元年", []string{"1989年"}},
		{"2026/2/4", []string{"令和8年"}},
		{"12026年", nil}, {"300年", nil}, {"", nil},
	} {
		if diff := cmp.Diff(c.want, ja.EraYears(c.in)); diff != "" {
			t.Errorf("EraYears(%q): %s", c.in, diff)
		}
	}
}

func TestPhones(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"電話：03-1234-5678（内線12）ファクス：03-1234-5679", []string{"03-1234-5678"}},
		{"０３（１２３４）５６７８、03-1234-5678", []string{"03-1234-5678"}},
		{"(0296)12-3456", []string{"0296-12-3456"}},
		{"0985－85－1234", []string{"0985-85-1234"}},
		{"0312345678 0120123456 09012345678 0985851234", []string{"03-1234-5678", "0120-123-456", "090-1234-5678", "0985851234"}},
		{"+81-3-1234-5678", []string{"03-1234-5678"}},
		{"電話・FAX：03-1234-5678", []string{"03-1234-5678"}},
		{"法人番号1000020131237 110番 2026-02-04 0123-4567-8901", nil},
	} {
		if diff := cmp.Diff(c.want, ja.Phones(c.in)); diff != "" {
			t.Errorf("Phones(%q): %s", c.in, diff)
		}
	}
}

func TestSentences(t *testing.T) {
	in := "はい。いいえ！？ 「持ち物。あります」です。\n見よ https://example.jp/?a=1 を\nおわり（注。"
	want := []string{"はい。", "いいえ！？ ", "「持ち物。あります」です。\n", "見よ https://example.jp/?a=1 を\n", "おわり（注。"}
	if diff := cmp.Diff(want, ja.Sentences(in)); diff != "" {
		t.Error(diff)
	}
}

func TestCutRuns(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"アイウエオ", 2, "アイ ウエ オ"}, {"アイ漢字アイ", 2, "アイ漢字アイ"}, {"!!!", 2, "!! !"}, {"ab ab", 2, "ab ab"}, {"abc", 0, "abc"},
	} {
		if got := ja.CutRuns(c.in, c.max); got != c.want {
			t.Errorf("CutRuns(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func TestHiraganaAndScript(t *testing.T) {
	if got, want := ja.Hiragana("ゴミ・ヴァヾー漢"), "ごみ・ゔぁゞー漢"; got != want {
		t.Errorf("Hiragana = %q, want %q", got, want)
	}
	var got []ja.Writing
	for _, r := range "漢々かカーｶaＡ1１。" {
		got = append(got, ja.Script(r))
	}
	want := []ja.Writing{ja.KanjiScript, ja.KanjiScript, ja.HiraganaScript, ja.KatakanaScript, ja.KatakanaScript, ja.KatakanaScript,
		ja.LatinScript, ja.LatinScript, ja.DigitScript, ja.DigitScript, ja.OtherScript}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Ｈ̱ー3ーー4")
	f.Fuzz(func(t *testing.T, s string) {
		once := ja.Fold(s)
		if twice := ja.Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Add("令和8(2026)年5月12日")
	f.Fuzz(func(t *testing.T, s string) {
		iso, ok := ja.Date(s)
		if again, _ := ja.Date(iso); ok && again != iso {
			t.Errorf("Date(%q) = %q, which reads as %q", s, iso, again)
		}
		ja.EraYears(s)
	})
}

// TestMaskMixed feeds Mask what fuzzing by bytes hardly ever builds: the pieces
// of personal data in any order.
func TestMaskMixed(t *testing.T) {
	pieces := []string{"0", "03", "090", "1234", "5678", "９０１２", "-", "ー", " ", "(", ")", "+81", "@", "a.jp", "番", "号", "丁目", "町", "見本",
		"番地", "生", "生まれ", "日", "昭和30年5月5", "山田", "太郎", "です", "と申します", "名前は", "〒", "番号", "、", "さん", "二"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 4_000 {
		var b strings.Builder
		for range 1 + rnd.IntN(14) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		checkMask(t, b.String())
	}
}

func checkMask(t *testing.T, s string) {
	t.Helper()
	masked := ja.Mask(s)
	if left := ja.Phones(masked); left != nil {
		t.Errorf("Mask(%q) = %q leaves %q", s, masked, left)
	}
	if again := ja.Mask(masked); again != masked {
		t.Errorf("Mask(%q) = %q, masked again %q", s, masked, again)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("03-1234-5678 1234 5678 9012 見本町1-2-3")
	f.Fuzz(checkMask)
}

func FuzzSentences(f *testing.F) {
	f.Add("はい。「いいえ。」\n\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if joined := strings.Join(ja.Sentences(s), ""); joined != s {
			t.Errorf("sentences of %q join to %q", s, joined)
		}
		ja.CutRuns(ja.Clean(s), 3)
	})
}
