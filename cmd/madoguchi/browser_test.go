package main

import (
	"io"
	"testing"

	"madoguchi/internal/wardtest/browser"
)

// openBrowser is a counter in LINE with the sample ward's rich menus and two
// residents, and the page of their phones in Chromium.
func openBrowser(t *testing.T) (phone, *browser.Phones) {
	t.Helper()
	chrome := browser.Start(t)
	p := openPhone(t)
	_, site := sampleDir(t)
	p.counter.cfg.siteURL = "http://" + site + "/"
	if err := (&simulator{Sim: p.Sim}).meet(t.Context(), p.counter.cfg, environment{stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	b := browser.OpenPhones(t, chrome, p.address+"/sim/", 1440, 1000)
	b.Until("2", `$(".state") !== null`)
	return p, b
}

// TestPhone is a whole conversation of a resident with the counter, tap by tap
// on a phone: greeting, question, answer, はい, categories with a question in
// between, photo, place, sticker, rich menu and its tabs, a message taken back,
// and somebody else beside it. It takes the picture of the README with -update.
func TestPhone(t *testing.T) {
	p, b := openBrowser(t)
	b.Press("1", "友だち追加")
	b.Says("1", "お使いになる前に、お読みください。")
	b.Axe("the greeting")

	b.Write("1", "住民票の写しの手数料はいくらですか")
	b.Says("1", "この答えは、役に立ちましたか。")
	const answer = `$$(".bubble").at(-1)`
	for _, part := range []string{"住民票の写しの請求", "300円", "更新日", "2026年", "担当"} {
		b.Is("1", answer+`.innerText.includes(`+browser.Quote(part)+`)`)
	}
	for _, name := range []string{"ページを開く", "はい", "いいえ"} {
		b.Is("1", `button(`+browser.Quote(name)+`, `+answer+`) !== undefined`)
	}
	within(b, "1")
	b.Axe("an answer")
	b.Look("answer")
	b.Press("1", "はい")
	b.Says("1", "ありがとうございます。ほかにも知りたいことがあれば")

	b.Press("1", "分類から探す")
	b.Says("1", "どの分類を見ますか。")
	b.Press("1", "くらし・手続き")
	b.Says("1", "「くらし・手続き」の中です。")
	b.Look("browse")
	b.Write("1", "粗大ごみの申し込み方を教えてください")
	b.Says("1", "処理券")
	b.Write("1", "もどる")
	b.Until("1", `log.split("「くらし・手続き」の中です。").length === 3`)

	b.Press("1", "写真やスタンプなどを送る")
	b.Press("1", "写真")
	b.Until("", `[...document.querySelectorAll("#photos img")].length === 4`)
	b.Choose("", "#photos button", 0)
	b.Says("1", "写真を見ることができません。職員にも届いていません。")
	b.Press("1", "写真やスタンプなどを送る")
	b.Press("1", "位置情報")
	b.Until("", `document.querySelector("#where").open`)
	b.Choose("", `#where [value="ok"]`, 0)
	b.Says("1", "送られた場所からお調べすることができません。")
	b.Write("1", "メニュー")
	b.Says("1", "知りたいことを文で書くか、下から選んでください。")

	tapMenu(t, p, b)

	b.Write("1", "だれにも見せたくないこと")
	b.Says("1", "だれにも見せたくないこと")
	b.Choose("1", ".own .unsend", -1)
	b.Says("1", "メッセージの送信を取り消しました")
	b.Is("1", `!log.includes("だれにも見せたくないこと")`)
	b.Calm(p.address + "/sim/")
}

// within fails the test where something of a conversation reaches beyond its
// phone, or the words of a button beyond the button.
func within(b *browser.Phones, number string) {
	b.Helper()
	beyond := browser.SeeOn[[]string](b, number, `$$(".log *, button").filter((e) => e.clientWidth > 1 && (e.scrollWidth > e.clientWidth + 1 ||
		e.closest(".log") && e.getBoundingClientRect().right > $(".log").getBoundingClientRect().right)).map((e) => e.outerHTML.slice(0, 200))`)
	if len(beyond) > 0 {
		b.Errorf("beyond its place: %v", beyond)
	}
}

// tapMenu is the other resident's visit: by the rich menu, then in danger. Both
// are looked at on a narrow screen, too.
func tapMenu(t *testing.T, p phone, b *browser.Phones) {
	t.Helper()
	b.Press("2", "友だち追加")
	b.Says("2", "お使いになる前に、お読みください。")
	b.Until("2", `$(".richmenu img").naturalWidth > 0`)
	main := browser.SeeOn[string](b, "2", `$(".richmenu").dataset.of`)
	b.Press("2", "子育て")
	b.Until("2", `$(".richmenu").dataset.of !== `+browser.Quote(main))
	b.Press("2", "くらし")
	b.Until("2", `$(".richmenu").dataset.of === `+browser.Quote(main))
	b.Press("2", "ごみ・リサイクル")
	b.Says("2", "この答えは、役に立ちましたか。")
	if *update {
		b.Press("2", "メニュー")
		b.Picture("../../docs/images/sim-demo.png")
	}
	b.Write("2", "火事です")
	b.Says("2", "すぐに119番へ電話してください")
	b.Is("2", `$$(".bubble a[href='tel:119']").length === 1`)
	within(b, "2")
	b.Look("emergency")
	b.Axe("two residents")

	narrow := browser.OpenPhones(t, b.Ctx, p.address+"/sim/", 360, 780)
	narrow.Until("2", `$$(".bubble").length > 1`)
	narrow.Is("", `document.documentElement.scrollWidth <= innerWidth`)
	narrow.Axe("on a narrow phone")
	narrow.Look("narrow")
}
