package index

import (
	"strings"
	"sync"
)

// oldForms are pairs of an old or variant form of a kanji and the usual one.
const oldForms = "亞亜惡悪壓圧圍囲醫医爲為壹壱隱隠榮栄營営衞衛驛駅圓円鹽塩緣縁艷艶應応歐欧毆殴櫻桜奧奥橫横溫温穩穏假仮價価畫画會会繪絵" +
	"懷懐壞壊擴拡殼殻覺覚學学嶽岳樂楽勸勧卷巻寬寛歡歓觀観關関陷陥顏顔歸帰氣気僞偽戲戯犧犠舊旧據拠擧挙虛虚峽峡挾挟敎教狹狭鄕郷" +
	"曉暁區区驅駆勳勲薰薫徑径惠恵溪渓經経繼継莖茎螢蛍輕軽鷄鶏藝芸擊撃儉倹劍剣圈圏檢検權権獻献縣県險険顯顕驗験嚴厳效効廣広恆恒鑛鉱" +
	"號号國国黑黒濟済碎砕齋斎劑剤册冊雜雑參参慘惨棧桟蠶蚕贊賛殘残絲糸齒歯兒児辭辞濕湿實実舍舎寫写釋釈壽寿收収從従澁渋獸獣縱縦" +
	"肅粛處処緖緒敍叙奬奨將将燒焼稱称證証乘乗剩剰壤壌孃嬢條条淨浄疊畳讓譲釀醸囑嘱觸触寢寝愼慎眞真盡尽圖図粹粋醉酔隨随髓髄數数" +
	"樞枢聲声靜静齊斉攝摂竊窃專専戰戦淺浅潛潜纖繊踐践錢銭禪禅雙双壯壮搜捜插挿爭争總総聰聡莊荘裝装騷騒臟臓藏蔵屬属續続墮堕體体" +
	"對対帶帯滯滞臺台瀧滝擇択澤沢單単擔担膽胆團団彈弾斷断癡痴遲遅晝昼蟲虫鑄鋳廳庁聽聴鎭鎮鐵鉄轉転點点傳伝黨党盜盗燈灯當当鬪闘" +
	"德徳獨独讀読屆届繩縄惱悩腦脳霸覇廢廃拜拝賣売麥麦發発髮髪拔抜蠻蛮祕秘濱浜濵浜甁瓶拂払佛仏竝並變変邊辺邉辺步歩穗穂寶宝豐豊沒没" +
	"飜翻槇槙萬万滿満默黙餠餅彌弥藥薬譯訳豫予餘余與与譽誉搖揺樣様謠謡來来賴頼亂乱覽覧兩両獵猟綠緑淚涙壘塁禮礼隸隷靈霊齡齢戀恋爐炉" +
	"勞労樓楼郞郎祿禄錄録灣湾髙高﨑崎嵜崎嶋島栁柳槗橋桒桑舘館冨富峯峰𠮷吉"

var usualForms = sync.OnceValue(func() map[rune]rune {
	m := map[rune]rune{}
	pairs := []rune(oldForms)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
})

// foldKanji writes old and variant forms of kanji in the usual one.
func foldKanji(s string) string {
	usual := usualForms()
	return strings.Map(func(r rune) rune {
		if r >= '一' {
			if u, old := usual[r]; old {
				return u
			}
		}
		return r
	}, s)
}
