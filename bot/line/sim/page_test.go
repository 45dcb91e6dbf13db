package sim_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"madoguchi/internal/wardtest/browser"
)

var update = flag.Bool("update", false, "take the pictures of docs/images anew")

// drawn is a picture of a rich menu with two tabs, drawn by the browser.
func drawn(t *testing.T, chrome context.Context, open int) []byte {
	t.Helper()
	b := browser.Open(t, chrome)
	b.Screen(1250, 843)
	var shapes strings.Builder
	for i, name := range []string{"くらし", "調べる"} {
		fill, ink := "#d5e2e8", "#1c5a78"
		if i == open {
			fill, ink = "#1c5a78", "#ffffff"
		}
		fmt.Fprintf(&shapes, `<path d="M%[1]d 0h625v143h-625z" fill="%[2]s"/><text x="%[3]d" y="92" fill="%[4]s">%[5]s</text>`, i*625, fill, i*625+312, ink, name)
	}
	labels := [][]string{{"ごみ・資源", "住民票・戸籍", "子育て", "防災"}, {"質問する", "手続きを探す", "施設を探す", "お問い合わせ"}}[open]
	for i, label := range labels {
		x, y := i%2*625, 143+i/2*350
		fmt.Fprintf(&shapes, `<rect x="%d" y="%d" width="601" height="326" rx="28" fill="#fff"/><circle cx="%d" cy="%d" r="62" fill="#e3eef4"/><path d="M%d %dh48m-24-24v48" stroke="#1c5a78" stroke-width="10" stroke-linecap="round"/><text x="%d" y="%d" fill="#1e2a30">%s</text>`,
			x+12, y+12, x+312, y+118, x+288, y+118, x+312, y+268, label)
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1250 843" width="1250" height="843" font-family="Noto Sans CJK JP" font-size="54" font-weight="700" text-anchor="middle"><rect width="1250" height="843" fill="#eef1f0"/>` + shapes.String() + `</svg>`
	b.Do(chromedp.Navigate("data:image/svg+xml," + url.PathEscape(svg)))
	file := filepath.Join(t.TempDir(), "menu.png")
	b.Picture(file)
	png, err := os.ReadFile(file)
	b.Must(err)
	return png
}

// menus gives the account two menus that switch to each other.
func menus(t *testing.T, chrome context.Context, c *counter) {
	t.Helper()
	tabs := func(labels ...string) string {
		areas := []string{
			`{"bounds":{"x":0,"y":0,"width":625,"height":143},"action":{"type":"richmenuswitch","label":"くらしのタブ","richMenuAliasId":"kurashi","data":"tab=kurashi"}}`,
			`{"bounds":{"x":625,"y":0,"width":625,"height":143},"action":{"type":"richmenuswitch","label":"調べるのタブ","richMenuAliasId":"shiraberu","data":"tab=shiraberu"}}`,
		}
		for i, label := range labels {
			areas = append(areas, fmt.Sprintf(`{"bounds":{"x":%d,"y":%d,"width":625,"height":350},"action":{"type":"message","label":%q,"text":%q}}`, i%2*625, 143+i/2*350, label, label))
		}
		return strings.Join(areas, ",")
	}
	id := c.menu("kurashi", tabs("ごみ・資源", "住民票・戸籍", "子育て", "防災"), drawn(t, chrome, 0))
	c.menu("shiraberu", tabs("質問する", "手続きを探す", "施設を探す", "お問い合わせ"), drawn(t, chrome, 1))
	if status, answer := c.call("/v2/bot/user/all/richmenu/"+id, "", nil); status != 200 {
		t.Fatalf("default rich menu: %d %v", status, answer)
	}
}

func TestPage(t *testing.T) {
	chrome := browser.Start(t)
	s, c, server := city(t)
	menus(t, chrome, c)
	b := browser.OpenPhones(t, chrome, server.URL+"/sim/", 1440, 1000)

	b.Press("", "住民を追加")
	b.Until("1", `$(".state") !== null`)
	b.Press("1", "友だち追加")
	b.Says("1", "見本区の窓口です。")
	b.Press("1", "ごみの日")
	b.Says("1", "ごみと資源の収集日")
	b.Is("1", `$$(".quick button").length === 0 || $(".quick").hidden`)
	b.Press("1", "はい")
	b.Says("1", "選ばれたのはyesです。")

	b.Write("1", "日")
	b.Says("1", "いつですか。")
	b.Press("1", "日を選ぶ")
	b.Until("", `document.querySelector("#when").open`)
	b.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#when-value").value = "2026-05-12"`))
	b.Axe("date picker")
	b.Choose("", `#when [value="ok"]`, 0)
	b.Says("1", "選んだ日は2026-05-12です。")

	b.Press("1", "写真やスタンプなどを送る")
	b.Press("1", "写真")
	b.Until("", `[...document.querySelectorAll("#photos img")].length === 4`)
	b.Axe("photo picker")
	b.Look("photo")
	b.Choose("", "#photos button", 0)
	b.Says("1", "写真を受け取りました。")
	b.Until("1", `$$(".own .picture img").some((e) => e.naturalWidth === 1024)`)

	b.Press("1", "写真やスタンプなどを送る")
	b.Press("1", "位置情報")
	b.Until("", `document.querySelector("#where").open`)
	b.Axe("place picker")
	b.Look("where")
	b.Do(chromedp.Evaluate[chromedp.Void](`{ const list = document.querySelector("#where-place"); list.value = "2"; list.dispatchEvent(new Event("change")); }`))
	b.Choose("", `#where [value="ok"]`, 0)
	b.Says("1", "場所は35.7036です。")
	b.Says("1", "さくら公園")

	b.Press("1", "写真やスタンプなどを送る")
	b.Press("1", "スタンプ")
	b.Until("", `document.querySelectorAll("#stickers button").length === 6`)
	b.Axe("sticker picker")
	b.Look("sticker")
	b.Choose("", "#stickers button", 1)
	b.Says("1", "スタンプをありがとうございます。")

	b.Press("1", "写真やスタンプなどを送る")
	b.Press("1", "音声")
	b.Says("1", "音声は聞けません。")

	before := browser.SeeOn[string](b, "1", `$(".richmenu").dataset.of`)
	b.Press("1", "調べるのタブ")
	b.Until("1", `$(".richmenu").dataset.of !== `+browser.Quote(before))
	b.Press("1", "施設を探す")
	b.Says("1", "「施設を探す」ですね。")
	b.Press("1", "メニュー")
	b.Is("1", `$(".richmenu").hidden && $(".menubar").getAttribute("aria-expanded") === "false"`)

	b.Write("1", "まちがえました")
	b.Says("1", "「まちがえました」ですね。")
	b.Choose("1", ".own .unsend", -1)
	b.Says("1", "メッセージの送信を取り消しました")

	b.Write("1", "予約")
	b.Press("1", "予約する")
	b.Says("1", "「予約する」ですね。")
	b.Write("1", "施設")
	b.Press("1", "図書館を選ぶ")
	b.Says("1", "選ばれたのはlibraryです。")
	b.Axe("a long conversation")
	b.Look("long")

	b.Press("", "住民を追加")
	b.Press("2", "友だち追加")
	b.Press("2", "場所を送る")
	b.Until("", `document.querySelector("#where").open`)
	b.Do(chromedp.KeyEvent("\x1b"))
	b.Until("", `!document.querySelector("#where").open`)
	b.Is("2", `!log.includes("場所は") && !log.includes("写真を")`)
	b.Press("2", "PC版で見る")
	b.Is("2", `$(".quick").hidden && $(".richmenu").hidden && $(".menubar").hidden`)
	b.Press("2", "PC版で見る")
	b.Is("2", `!$(".quick").hidden && !$(".richmenu").hidden`)

	b.Press("2", "ブロック")
	b.Says("2", "ブロックしました")
	b.Is("2", `$(".compose").hidden`)
	b.Axe("a blocked account")
	b.Choose("2", ".invite .follow", 0)
	b.Says("2", "ブロックを解除しました")
	b.Press("2", "取り除く")
	b.Until("2", `document.querySelectorAll(".phone").length === 1`)

	b.Calm(server.URL + "/sim/")
	for _, call := range s.Ledger().Calls {
		if call.Status != 200 {
			t.Errorf("call %s: status %d", call.Name, call.Status)
		}
	}
}

func TestPanel(t *testing.T) {
	chrome := browser.Start(t)
	s, _, server := city(t)
	b := browser.OpenPhones(t, chrome, server.URL+"/sim/", 1440, 1000)
	b.Press("", "住民を追加")
	b.Press("1", "友だち追加")
	b.Says("1", "見本区の窓口です。")

	pressed := func(fault string, nth int) string {
		return fmt.Sprintf(`[...document.querySelectorAll("[aria-describedby=fault-%s]")][%d].getAttribute("aria-pressed") === "true"`, fault, nth)
	}
	push := func(fault string, nth int) {
		t.Helper()
		b.Choose("", "[aria-describedby=fault-"+fault+"]", nth)
	}
	push("broken", 0)
	b.Until("", pressed("broken", 0))
	b.Write("1", "きこえますか")
	b.Until("", `document.querySelector("#lines").innerText.includes("500")`)
	b.Until("", `!(`+pressed("broken", 0)+`)`)
	b.Is("1", `!log.includes("「きこえますか」ですね。")`)
	push("duplicate", 1)
	b.Until("", pressed("duplicate", 1))
	b.Write("1", "もういちど")
	b.Says("1", "「もういちど」ですね。")
	b.Axe("panel with faults")
	b.Press("", "すべて止める")
	b.Until("", `!(`+pressed("duplicate", 1)+`)`)
	b.Press("", "直前のイベントを再送する")
	b.Until("", `document.querySelector("#lines").innerText.includes("再送")`)
	var redelivered bool
	for _, p := range s.Ledger().Postings {
		redelivered = redelivered || p.Redelivery
	}
	if !redelivered {
		t.Error("nothing was posted again")
	}
	b.Calm(server.URL + "/sim/")
}

// TestPictures takes the pictures of the README.
func TestPictures(t *testing.T) {
	chrome := browser.Start(t)
	s, c, server := city(t)
	menus(t, chrome, c)
	b := browser.OpenPhones(t, chrome, server.URL+"/sim/", 1440, 1000)
	first, second := s.AddResident(""), s.AddResident("")
	for _, err := range []error{s.Follow(b.Ctx, first), s.Follow(b.Ctx, second)} {
		b.Must(err)
	}
	b.Must(s.Tap(b.Ctx, second, "ごみの日"))
	b.Says("2", "ごみと資源の収集日")
	b.Until("1", `$(".richmenu img").naturalWidth > 0`)
	b.Press("2", "メニュー")
	b.Axe("two residents")
	if *update {
		b.Picture("../../../docs/images/sim.png")
	}

	phone := browser.OpenPhones(t, chrome, server.URL+"/sim/", 390, 844)
	phone.Until("2", `$(".bubble") !== null`)
	phone.Is("", `document.documentElement.scrollWidth <= innerWidth`)
	phone.Axe("on a phone")
	phone.Look("phone")
}
