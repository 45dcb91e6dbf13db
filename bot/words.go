package bot

import (
	"slices"
	"strconv"
	"strings"

	"madoguchi/ja"
)

// Words that residents type, as spoken folds them: in hiragana where they are
// kana, without signs around them. Tables only: no sentence stands here.

// commandOf gives the step that a command word names anywhere, or "".
func commandOf(word string) string {
	for step, words := range map[string][]string{
		"counter.stop": {"やめる", "止める", "やめます", "やめて", "きゃんせる", "中止", "終了", "おわり", "終わり", "おわる", "終わる", "すとっぷ"},
		"counter.back": {"もどる", "戻る", "もどって", "戻って", "前にもどる", "前に戻る", "前へ戻る", "一つ戻る", "ひとつもどる", "ひとつ戻る"},
		"counter.start": {"はじめから", "始めから", "初めから", "最初から", "さいしょから", "はじめに戻る", "最初に戻る",
			"最初にもどる", "りせっと", "やりなおす", "やり直す", "やり直し"},
		"counter.menu":    {"めにゅー", "menu", "ほーむ", "とっぷ", "目次"},
		"counter.help":    {"使い方", "つかい方", "使いかた", "つかいかた", "へるぷ", "help"},
		"counter.contact": {"ご意見", "ご意見・お問い合わせ", "区へのご意見・お問い合わせ", "お問い合わせ", "問い合わせ先"},
		"counter.resume":  {"入力を続ける", "入力をつづける", "続ける", "つづける"},
		"browse.level":    {"分類", "分類から探す", "分類からさがす", "かてごり", "かてごりー", "かてごりから探す"},
	} {
		if slices.Contains(words, word) {
			return step
		}
	}
	return ""
}

// isQuestion tells a question from what else may be said to a step that waits.
func isQuestion(text string) bool {
	if strings.HasSuffix(ja.Fold(text), "?") {
		return true
	}
	word := spoken(text)
	return slices.ContainsFunc([]string{"ですか", "ますか", "でしょうか", "ませんか", "教えて", "おしえて", "教えてください", "おしえてください", "知りたい", "知りたいです", "とは"},
		func(end string) bool { return strings.HasSuffix(word, end) })
}

func isGreeting(word string) bool {
	return slices.Contains([]string{"こんにちは", "こんにちわ", "今日は", "おはよう", "おはようございます", "こんばんは", "こんばんわ", "はじめまして",
		"初めまして", "やあ", "もしもし", "hello", "hi", "よろしく", "よろしくお願いします", "よろしくおねがいします", "すみません", "教えて", "教えてください", "質問があります"}, word)
}

func isThanks(word string) bool {
	return slices.Contains([]string{"ありがとう", "有難う", "ありがとうございます", "ありがとうございました", "有難うございます", "有難うございました",
		"どうもありがとう", "どうもありがとうございました", "どうも", "さんきゅー", "thanks", "thank you", "助かりました", "たすかりました", "さようなら", "ばいばい"}, word)
}

// isNod tells a yes or no that nothing was offered for.
func isNod(word string) bool {
	return slices.Contains([]string{"はい", "いいえ", "うん", "ううん", "ええ", "いや", "ok", "おーけー", "わかりました", "分かりました", "わかった", "分かった", "了解", "了解です", "なるほど"}, word)
}

// isOpinion tells a complaint or wish from a question about where to put one.
func isOpinion(word string) bool {
	for _, asks := range []string{"か", "どこ", "どう", "方法", "教え", "いつ", "出し方", "書き方", "窓口", "受付", "電話", "募集", "こめんと", "については", "について"} {
		if strings.HasSuffix(word, asks) || asks != "か" && strings.Contains(word, asks) {
			return false
		}
	}
	for _, strong := range []string{"苦情があ", "苦情を言", "苦情です", "苦情だ", "くれーむ", "意見があ", "意見を言", "意見です", "意見したい", "要望があ", "要望です", "要望したい",
		"抗議", "文句", "対応が悪", "態度が悪", "対応がひど", "態度がひど", "許せな", "ゆるせな", "腹が立", "最悪", "税金の無駄", "税金泥棒", "いい加減にし",
		"区長に伝え", "区長に言", "改善して", "ふざけ"} {
		if strings.Contains(word, strong) {
			return true
		}
	}
	return false
}

// isFollowUp tells whether a question says nothing of its subject, so that it
// can only mean what was talked about: 料金は, いつまで, どこでできますか.
func isFollowUp(word string) bool {
	rest := word
	for _, opening := range []string{"じゃあ", "では", "それで", "あと", "ちなみに", "その", "それ", "これ", "この"} {
		rest = strings.TrimPrefix(rest, opening)
	}
	before := rest
	for _, w := range []string{"手数料", "料金", "費用", "代金", "値段", "いくら", "持ち物", "もちもの", "持っていくもの", "持って行くもの", "必要なもの", "必要な書類", "必要書類",
		"書類", "申請書", "いつまで", "いつから", "いつ", "締め切り", "締切", "しめきり", "期限", "期間", "何日", "何日かかる", "どのくらい", "どこ", "場所", "会場",
		"受付時間", "時間", "何時", "曜日", "土日", "土曜日", "日曜日", "祝日", "休み", "電話番号", "電話", "連絡先", "担当", "問い合わせ先", "代理人", "代理", "家族", "本人",
		"郵送", "おんらいん", "ねっと", "こんびに", "対象者", "対象", "誰", "だれ", "条件", "何歳", "方法", "やり方", "手続き", "申請", "申し込み", "予約", "印鑑", "必要"} {
		rest = strings.ReplaceAll(rest, w, "")
	}
	if rest == before {
		return false
	}
	for _, tail := range []string{"やっていますか", "やってますか", "開いていますか", "あいていますか", "できますか", "できる", "ありますか", "あります", "いりますか", "いる", "かかりますか", "かかる", "ですか", "でしょうか", "です", "ますか", "なんですか",
		"何ですか", "何", "なに", "教えてください", "教えて", "知りたい", "まで", "から", "でも", "なら", "の", "は", "も", "が", "を", "に", "で", "か", "な", "って", "場合", "、", " "} {
		rest = strings.ReplaceAll(rest, tail, "")
	}
	return rest == ""
}

// isNumber tells the number of a choice, which is never a question.
func isNumber(word string) bool {
	_, err := strconv.ParseUint(word, 10, 8)
	return err == nil && len(word) <= 2
}

// isHome tells the breadcrumb that stands for the site itself.
func isHome(category string) bool {
	name := spoken(category)
	return slices.Contains([]string{"とっぷぺーじ", "とっぷ", "ほーむ", "home", "top"}, name) || strings.HasSuffix(name, "ほーむぺーじ")
}

// titleTails end the titles of a ward's pages without telling them apart.
func titleTails() []string {
	return []string{"について知りたいのですが", "について知りたい", "を知りたい", "を教えてください", "について教えてください", "について"}
}

// breakAfter are the characters behind which a shortened title may end.
const breakAfter = "のをにはが・、。 　）)】］／/"

func number(n int) string { return strconv.Itoa(n) }
