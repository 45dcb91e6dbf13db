package ja

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// surnames are the frequent ones. A name that nothing but です follows is told
// from other words (学生です, 転入です) by them alone.
const surnames = `佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 斉藤 齋藤 齊藤 清水 山崎 山﨑 森 池田 橋本
阿部 安部 石川 山下 中島 中嶋 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田
松田 竹内 小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 工藤 谷口 今井 高田 増田 丸山 杉山 村田 大塚 新井
藤本 小山 平野 河野 上野 武田 野口 松井 千葉 菅原 岩崎 木下 久保 佐野 野村 松尾 市川 菊地 菊池 杉本 古川 大西 島田 水野 桜井 櫻井 高野 吉川 山内 西田
飯田 菊田 西川 小松 北村 安田 五十嵐 川口 平田 関 中田 久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口 秋山 田口 永井 山中 中西 吉村 川上 大橋 石原
松岡 馬場 浜田 濱田 森本 星野 矢野 浅野 大島 吉岡 松下 小池 浅井 野田 荒木 大久保 熊谷 松浦 菅野 内藤 黒田 尾崎 川村 永田 望月 松村 荒井 堀 島 大谷
西山 栗原 広瀬 早川 須藤 片山 沢田 澤田 富田 小沢 小澤 岡崎 児玉 大石 関口 渡部 片岡 高島 髙橋 髙木 中井 田辺 田邊 本間 成田 篠原 須田 三宅 柳田 堀内
神田 三好 江口 鎌田 宮田 桑原 福井 石橋 宮下 古田 奥村 寺田 大川 村井 岸本 平井 西野 南 根本 小田 川島 川田 内山 坂口 白井 米田 青山 吉野 王 李 金 朴`

const (
	// someone is a name as it is written after a word that announces it.
	someone = `(?:[\p{Han}々ヶヵ]{1,5}(?:\s?[\p{Han}\p{Hiragana}\p{Katakana}々ー]{1,5}?)??|[\p{Katakana}ー・]{2,15}(?:\s[\p{Katakana}ー・]{2,15})?|[ぁ-ん]{2,8}(?:\s[ぁ-ん]{2,8})?|[a-z]{2,15}(?:\s[a-z]{2,15})?)`
	says    = `(?:と\s?(?:申し|もうし|いい|言い)ます|です|だ(?:よ|$)|でございます|[。、,.!\n]|\s|$)`
)

var (
	// 名前は山田太郎です, 氏名：山田太郎
	namedRE = regexp.MustCompile(`(?:名前|氏名|名字|苗字|姓名)\s?[は:]\s?(` + someone + `)(` + says + `)`)
	// 山田と申します, 私はやまだと申します
	calledRE = regexp.MustCompile(`(?:^|[。、!?\s(はの])(` + someone + `)と\s?(?:申し|もうし)(?:ます|まして)|` +
		`([\p{Han}\p{Katakana}ー々]{1,8})と\s?(?:申し|もうし)(?:ます|まして)`)
	// 山田太郎です, 私は山田です, 田中さん
	introducedRE = regexp.MustCompile(`([\p{Han}々ヶ]{1,6})(?:\s?(?:[\p{Han}々]{1,3}|[あいうえおかきくけこさしすせそたちつてなのはひふほまみむめもやゆよらりるれろわ][ぁ-ん]{1,4}?|[ァ-ヶー]{2,6}))?` +
		`(です|といいます|と言います|だよ|さん|様|氏|くん|ちゃん)`)
)

// nameSpans finds the names of people who introduce themselves or are named
// with さん, in order of kind.
func nameSpans(s string) [][2]int {
	var out [][2]int
	for _, m := range namedRE.FindAllStringSubmatchIndex(s, -1) {
		if !asks(s[m[5]:]) && !commonNoun(s[m[2]:m[3]]) {
			out = append(out, [2]int{m[2], m[3]})
		}
	}
	for _, m := range calledRE.FindAllStringSubmatchIndex(s, -1) {
		group := 2
		if m[2] < 0 {
			group = 4
		}
		out = append(out, [2]int{m[group], m[group+1]})
	}
	for _, m := range introducedRE.FindAllStringSubmatchIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		polite := !strings.HasPrefix(s[m[4]:], "です") && !strings.HasPrefix(s[m[4]:], "だよ")
		if Script(before) != KanjiScript && !asks(s[m[1]:]) && surnamed(s[m[2]:m[3]], polite) {
			out = append(out, [2]int{m[0], m[4]})
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}

// asks tells whether a sentence goes on as a question: 名前は必須ですか.
func asks(rest string) bool {
	return strings.HasPrefix(rest, "か") || strings.HasPrefix(rest, "が必要")
}

// commonNoun refuses what a form says of names, not a name.
func commonNoun(s string) bool {
	for _, w := range []string{"何", "変更", "必要", "必須", "漢字", "旧姓", "本人", "通称", "戸籍", "ひらがな", "カタカナ", "ローマ字", "どう", "どこ", "いつ", "なん", "だれ"} {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// surnamed tells whether kanji are a frequent surname, with up to three more
// that can be a given name. A surname of one kanji is a word as well (林です):
// it needs the given name or the politeness of さん.
func surnamed(kanji string, polite bool) bool {
	for name := range strings.FieldsSeq(surnames) {
		rest, ok := strings.CutPrefix(kanji, name)
		given := utf8.RuneCountInString(rest)
		if ok && given <= 3 && (polite || given > 0 || utf8.RuneCountInString(name) > 1) {
			return true
		}
	}
	return false
}
