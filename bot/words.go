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

// isEmergency tells whether somebody is in danger now, and needs the fire
// brigade or an ambulance, or the police. Too often is better than once too
// seldom: only what asks for papers, rules or courses is no cry for help.
func isEmergency(word string) (fire, crime bool) {
	if containsAny(word, "証明", "届出", "届け出", "り災", "罹災", "保険", "見舞", "手続", "申請", "補助", "助成", "制度", "講習", "訓練", "予防", "防止", "対策",
		"相談", "統計", "件数", "料金", "費用", "いくら", "有料", "適正", "介護", "認定", "入院", "退院", "死体", "死骸") {
		return false, false
	}
	help := endsInAny(word, "助けて", "たすけて", "助けてください", "たすけてください", "助けてくれ", "助けて下さい")
	animal := containsAny(word, "猫", "ねこ", "犬", "動物", "鳥", "からす", "たぬき", "狸")
	accident := !animal && (endsInAny(word, "事故だ", "事故です") ||
		containsAny(word, "事故が起き", "事故がおき", "事故にあいました", "事故に遭いました", "車にひかれ", "車に轢かれ", "車にはねられ", "車に跳ねられ"))
	fire = help || accident || slices.Contains([]string{"火事", "かじ", "火災", "救急", "救急車", "救急車を", "119", "119番"}, word) ||
		endsInAny(word, "火事だ", "火事です", "かじです", "かじだ", "火災です", "救急です") ||
		containsAny(word, "火事が起き", "火事がおき", "火事になって", "火事になった", "火災が起き", "火災が発生", "家が燃え", "燃えている", "燃えてる", "燃えています", "燃えてます",
			"火が出て", "火がでて", "煙が出て", "けむりが出て", "煙が充満", "爆発し", "がす臭い", "がすくさい", "がすのにおいがする", "がすの臭いがする",
			"救急車を呼", "救急車をよ", "救急車呼", "救急車よん", "救急車お願い", "救急車をお願い", "救急車が必要", "救急車を要",
			"人が倒れ", "人がたおれ", "ひとが倒れ", "ひとがたおれ", "倒れている人", "たおれている人", "倒れてる人", "親が倒れ", "父が倒れ", "母が倒れ", "妻が倒れ", "夫が倒れ", "祖父が倒れ", "祖母が倒れ", "子が倒れ", "子どもが倒れ", "子供が倒れ", "倒れて動",
			"息をしていない", "息をしてない", "息してない", "息がない", "息ができない", "呼吸がない", "呼吸が止ま", "心臓が止ま", "意識がない", "意識が無い", "意識を失", "呼びかけに反応", "血が止まらない",
			"おぼれて", "溺れて", "溺れた", "転落し", "閉じ込められ", "とじこめられ", "生き埋め", "逃げ遅れ", "取り残され", "流されて", "流されそう", "刺され", "胸が苦しい", "死にそう", "けいれんし")
	crime = help || accident || slices.Contains([]string{"110", "110番", "警察", "泥棒", "どろぼう", "強盗", "通り魔"}, word) ||
		endsInAny(word, "泥棒だ", "泥棒です", "強盗だ", "強盗です", "警察を呼んで", "警察呼んで") ||
		containsAny(word, "強盗に入", "泥棒に入られ", "泥棒がい", "人に刺され", "ないふで刺され", "包丁で刺され", "襲われ", "おそわれ", "殺され", "殴られ", "なぐられ", "ひったくられ", "ひったくりにあ",
			"刃物を持", "包丁を持った", "暴れている", "暴れてる", "暴れています", "追いかけられ", "つけられている", "連れ去られ", "警察を呼んで", "誰かが侵入", "不審者がい")
	return fire, crime
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

func endsInAny(s string, ends ...string) bool {
	return slices.ContainsFunc(ends, func(e string) bool { return strings.HasSuffix(s, e) })
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

// politeTails end what is said without changing what is meant.
func politeTails() []string {
	return []string{"ください", "です", "だ", "ね", "よ", "な", "の", "ん", "が", "けど", "さん", "ー", "っ", "w", "笑"}
}

// titleTails end the titles of a ward's pages without telling them apart.
func titleTails() []string {
	return []string{"について知りたいのですが", "について知りたい", "を知りたい", "を教えてください", "について教えてください", "について"}
}

// between stands between the expressions of smalltalk.tsv.
const between = "、"

// breakAfter are the characters behind which a shortened title may end.
const breakAfter = "のをにはが・、。 　）)】］／/"

func number(n int) string { return strconv.Itoa(n) }
