package crawler

import "testing"

func TestQuestionMark(t *testing.T) {
	for _, c := range []struct {
		in, number, rest string
		ok               bool
	}{
		{"Q8-1 転園できますか？", "8-1", "転園できますか？", true},
		{"Ｑ３－２　いつですか", "3-2", "いつですか", true},
		{"Ｑ３ー２　いつですか", "3-2", "いつですか", true},
		{"Q3−2 いつですか", "3-2", "いつですか", true},
		{"Q1.どこですか", "1", "どこですか", true},
		{"Ｑ１．どこですか", "1", "どこですか", true},
		{"Q1：どこですか", "1", "どこですか", true},
		{"Q．登録はなぜ必要ですか？", "", "登録はなぜ必要ですか？", true},
		{"Q 登録はなぜ必要ですか？", "", "登録はなぜ必要ですか？", true},
		{"Q登録はなぜ必要ですか？", "", "登録はなぜ必要ですか？", true},
		{"問1 どこですか", "1", "どこですか", true},
		{"問１どこですか", "1", "どこですか", true},
		{"質問", "", "", true},
		{"質問：どこですか", "", "どこですか", true},
		{"質問２ どこですか", "2", "どこですか", true},
		{"【Q1】どこですか", "1", "どこですか", true},
		{"【質問１】どこですか", "1", "どこですか", true},
		{"■Q1 どこですか", "1", "どこですか", true},
		{"Q① どこですか", "1", "どこですか", true},
		{"Q(1) どこですか", "1", "どこですか", true},
		{"Q1-2-3）どこですか", "1-2-3", "どこですか", true},
		{"Q 65歳になったらどうしますか", "", "65歳になったらどうしますか", true},
		{"Q2026年度の予定は", "", "2026年度の予定は", true},
		{"Q", "", "", true},
		{"Q&A一覧", "", "", false},
		{"Ｑ＆Ａ", "", "", false},
		{"Q and A", "", "", false},
		{"QRコード", "", "", false},
		{"QOLの向上", "", "", false},
		{"Q熱について", "", "", false},
		{"質問の方法", "", "", false},
		{"質問票", "", "", false},
		{"問い合わせ", "", "", false},
		{"問合せ先", "", "", false},
		{"問題", "", "", false},
		{"Q24の回答をご参照ください", "", "", false},
		{"Q1～Q5は窓口で", "", "", false},
		{"【Q1 どこですか", "", "", false},
		{"", "", "", false},
		{"ごみの日", "", "", false},
	} {
		number, rest, ok := questionMark(c.in)
		if ok != c.ok || number != c.number || rest != c.rest {
			t.Errorf("questionMark(%q) = %q, %q, %v; want %q, %q, %v", c.in, number, rest, ok, c.number, c.rest, c.ok)
		}
	}
}

func TestAnswerMark(t *testing.T) {
	for _, c := range []struct {
		in     string
		after  bool
		number string
		rest   string
		ok     bool
	}{
		{"A:できます。", false, "", "できます。", true},
		{"Ａ．", false, "", "", true},
		{"A", false, "", "", true},
		{"A1.はい", false, "", "はい", true},
		{"Ａ３－２：はい", false, "", "はい", true},
		{"A、はい", false, "", "はい", true},
		{"A)はい", false, "", "はい", true},
		{"回答", false, "", "", true},
		{"ご回答：はい", false, "", "はい", true},
		{"A.ご回答内容", false, "", "ご回答内容", true},
		{"回答内容", false, "", "", true},
		{"答え：はい", false, "", "はい", true},
		{"答:はい", false, "", "はい", true},
		{"【回答】はい", false, "", "はい", true},
		{"【答】", false, "", "", true},
		{"A　はい", true, "", "はい", true},
		{"A　はい", false, "", "", false},
		{"A1 はい", true, "1", "はい", true},
		{"A1はい", true, "1", "はい", true},
		{"A4サイズの用紙をお使いください", true, "1", "", false},
		{"A型肝炎の予防接種", true, "", "", false},
		{"A型肝炎の予防接種", false, "", "", false},
		{"ATMで払えます", true, "", "", false},
		{"ＡＴＭで払えます", true, "", "", false},
		{"回答方法", true, "", "", false},
		{"答申", true, "", "", false},
		{"答えられません", true, "", "", false},
		{"はい", true, "", "", false},
		{"", true, "", "", false},
	} {
		rest, ok := answerMark(c.in, c.after, c.number)
		if ok != c.ok || rest != c.rest {
			t.Errorf("answerMark(%q, %v, %q) = %q, %v; want %q, %v", c.in, c.after, c.number, rest, ok, c.rest, c.ok)
		}
	}
}

func TestLoneMark(t *testing.T) {
	for s, want := range map[string]bool{
		"Q": true, "Ｑ１": true, "A": true, "A1.": true, "質問": true, "回答": true, "問": true, "答": true, "【Q】": true,
		"": false, "Q&A": false, "Q1 どこ": false, "AED": false, "問題": false,
	} {
		if got := loneMark(s); got != want {
			t.Errorf("loneMark(%q) = %v", s, got)
		}
	}
}
