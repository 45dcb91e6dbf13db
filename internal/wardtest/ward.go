package wardtest

import (
	"fmt"
	"strings"

	"madoguchi/ward"
)

// Origin is where the small ward's pages stand.
const Origin = "https://www.city.mihon.example.jp"

// Mihon is the small ward 見本区: pages, Q/A pairs, sections of one page with
// the same title, a PDF without text, a long page and a crowded category.
func Mihon() *Site {
	s := &Site{Entries: []Entry{
		page("p1", "/kurashi/todoke/tennyu.html", "転入の届出", "住民課住民記録係", "03-0000-1001", "2026-01-28",
			"新しい住所に住み始めた日から14日以内に、区役所住民課で届け出てください。\n転出証明書と本人確認書類をお持ちください。\n",
			[]string{"くらし", "届出"}, "引っ越し", "引越し", "転入"),
		faq("q1", "/qa/todoke.html#q1", "Q&A 届出", "転入届は代理人でもできますか。", "できます。委任状と代理人の本人確認書類をお持ちください。",
			[]string{"くらし", "届出"}, "転入", "代理"),
		faq("q2", "/qa/todoke.html#q2", "Q&A 届出", "転入届に手数料はかかりますか。", "かかりません。",
			[]string{"くらし", "届出"}, "転入", "手数料", "料金"),
		section("s1", "/kurashi/juminhyo.html#moushikomi", "住民票の写しの請求", "請求できる人", "本人または同じ世帯の人が請求できます。",
			[]string{"くらし", "証明"}, "住民票"),
		section("s2", "/kurashi/juminhyo.html#tesuryo", "住民票の写しの請求", "手数料", "1通300円です。",
			[]string{"くらし", "証明"}, "住民票", "いくら", "手数料"),
		section("s3", "/kurashi/juminhyo.html#jikan", "住民票の写しの請求", "受付時間", "平日の8時30分から17時までです。",
			[]string{"くらし", "証明"}, "住民票", "何時", "受付時間"),
		faq("q3", "/qa/hoiku.html#q8", "Q&A 保育", "その他", "入園の申込みは、こども課で受け付けます。", []string{"子育て", "保育"}, "その他"),
		faq("q4", "/qa/gomi.html#q9", "Q&A ごみ", "その他", "動物の死体は、清掃事務所へご連絡ください。", []string{"くらし", "ごみ"}, "その他"),
		page("p2", "/kurashi/gomi/sodai.html", "粗大ごみの出し方", "清掃事務所", "03-0000-2002", "2026-02-04",
			"粗大ごみは、申込みが必要です。収集日の前日までに、手数料の券を貼って出してください。\n", []string{"くらし", "ごみ"}, "粗大ごみ", "家具"),
		pdf("d1", "/documents/12/hazard.pdf", "見本区水害ハザードマップ", []string{"防災"}, "ハザードマップ", "水害"),
		page("p3", "/zei/juminzei.html", "住民税のしくみ", "税務課", "", "2025-12-01", long(), []string{"税"}, "住民税", "税の支払い"),
		page("p4", "/zei/koteishisan.html", "固定資産税と都市計画税", "税務課", "", "2025-12-01", "納付書で納めます。\n", []string{"税"}, "固定資産税", "税の支払い"),
		page("p5", "/zei/keiji.html", "軽自動車税の納めかた", "税務課", "", "2025-12-01", "5月に納めます。\n", []string{"税"}, "軽自動車税", "税の支払い"),
	}}
	for _, park := range strings.Split("一の橋,二の橋,三の橋,四の橋,五の橋,六の橋,七の橋,八の橋,九の橋,十の橋,大池,小池", ",") {
		s.Entries = append(s.Entries, page("k-"+park, "/park/"+park+".html", park+"公園", "公園課", "03-0000-3003", "2026-03-01",
			park+"公園は、いつでも利用できます。\n", []string{"公園"}, park+"公園"))
	}
	return s
}

func page(id, path, title, sec, phone, updated, text string, category []string, words ...string) Entry {
	return Entry{Document: ward.Document{URL: Origin + path, ID: id, Title: title, Text: text, Kind: ward.Page, Section: sec,
		Phone: phone, Updated: updated, Category: category}, Words: words}
}

func section(id, path, title, heading, text string, category []string, words ...string) Entry {
	e := page(id, path, title, "住民課証明係", "03-0000-1002", "2026-01-10", text, category, words...)
	e.HeadingPath = []string{heading}
	return e
}

func faq(id, path, pageTitle, question, answer string, category []string, words ...string) Entry {
	e := page(id, path, question, "", "", "2025-10-01", answer, category, words...)
	e.Kind, e.HeadingPath = ward.FAQ, []string{pageTitle}
	return e
}

func pdf(id, path, title string, category []string, words ...string) Entry {
	e := page(id, path, title, "防災課", "", "", "", category, words...)
	e.Kind, e.HeadingPath = ward.PDF, []string{"水害に備える"}
	return e
}

// long is a text of more than one screen: 24 lines of 37 characters.
func long() string {
	var b strings.Builder
	for i := range 24 {
		fmt.Fprintf(&b, "第%d条　住民税は、前の年の所得をもとに計算し、次の年の6月から納めます。\n", i+1)
	}
	return b.String()
}
