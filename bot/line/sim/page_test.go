package sim_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// drawn is a picture of a rich menu with two tabs, drawn by the browser.
func drawn(t *testing.T, browser context.Context, open int) []byte {
	t.Helper()
	b := openTab(t, browser, 1250, 843)
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
	b.do(chromedp.Navigate("data:image/svg+xml," + url.PathEscape(svg)))
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.must(err)
	return png
}

// menus gives the account two menus that switch to each other.
func menus(t *testing.T, browser context.Context, c *counter) {
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
	id := c.menu("kurashi", tabs("ごみ・資源", "住民票・戸籍", "子育て", "防災"), drawn(t, browser, 0))
	c.menu("shiraberu", tabs("質問する", "手続きを探す", "施設を探す", "お問い合わせ"), drawn(t, browser, 1))
	if status, answer := c.call("/v2/bot/user/all/richmenu/"+id, "", nil); status != 200 {
		t.Fatalf("default rich menu: %d %v", status, answer)
	}
}

func openPage(t *testing.T, browser context.Context, server string, width, height int64) *tab {
	t.Helper()
	b := openTab(t, browser, width, height)
	b.do(chromedp.Navigate(server + "/sim/"))
	b.until("", `document.querySelector("#webhook").textContent.startsWith("http")`)
	return b
}

// calm checks that the page did nothing it must not do.
func (b *tab) calm(server string) {
	b.Helper()
	if v := see[[]string](b, "", "window.violations"); len(v) > 0 {
		b.Errorf("against the content security policy: %v", v)
	}
	if v := see[[]string](b, "", "window.failures"); len(v) > 0 {
		b.Errorf("scripts failed: %v", v)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if !strings.HasPrefix(r, server+"/sim/") && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") {
			b.Errorf("the page asked for %s", r)
		}
	}
}

func TestPage(t *testing.T) {
	browser := chromium(t)
	s, c, server := city(t)
	menus(t, browser, c)
	b := openPage(t, browser, server.URL, 1440, 1000)

	b.press("", "住民を追加")
	b.until("1", `$(".state") !== null`)
	b.press("1", "友だち追加")
	b.says("1", "見本区の窓口です。")
	b.press("1", "ごみの日")
	b.says("1", "ごみと資源の収集日")
	b.is("1", `$$(".quick button").length === 0 || $(".quick").hidden`)
	b.press("1", "はい")
	b.says("1", "選ばれたのはyesです。")

	b.write("1", "日")
	b.says("1", "いつですか。")
	b.press("1", "日を選ぶ")
	b.until("", `document.querySelector("#when").open`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#when-value").value = "2026-05-12"`))
	b.axe("date picker")
	b.choose("", `#when [value="ok"]`, 0)
	b.says("1", "選んだ日は2026-05-12です。")

	b.press("1", "写真やスタンプなどを送る")
	b.press("1", "写真")
	b.until("", `[...document.querySelectorAll("#photos img")].length === 4`)
	b.axe("photo picker")
	b.look("photo")
	b.choose("", "#photos button", 0)
	b.says("1", "写真を受け取りました。")
	b.until("1", `$$(".own .picture img").some((e) => e.naturalWidth === 1024)`)

	b.press("1", "写真やスタンプなどを送る")
	b.press("1", "位置情報")
	b.until("", `document.querySelector("#where").open`)
	b.axe("place picker")
	b.look("where")
	b.do(chromedp.Evaluate[chromedp.Void](`{ const list = document.querySelector("#where-place"); list.value = "2"; list.dispatchEvent(new Event("change")); }`))
	b.choose("", `#where [value="ok"]`, 0)
	b.says("1", "場所は35.7036です。")
	b.says("1", "さくら公園")

	b.press("1", "写真やスタンプなどを送る")
	b.press("1", "スタンプ")
	b.until("", `document.querySelectorAll("#stickers button").length === 6`)
	b.axe("sticker picker")
	b.look("sticker")
	b.choose("", "#stickers button", 1)
	b.says("1", "スタンプをありがとうございます。")

	b.press("1", "写真やスタンプなどを送る")
	b.press("1", "音声")
	b.says("1", "音声は聞けません。")

	before := see[string](b, "1", `$(".richmenu").dataset.of`)
	b.press("1", "調べるのタブ")
	b.until("1", `$(".richmenu").dataset.of !== `+quote(before))
	b.press("1", "施設を探す")
	b.says("1", "「施設を探す」ですね。")
	b.press("1", "メニュー")
	b.is("1", `$(".richmenu").hidden && $(".menubar").getAttribute("aria-expanded") === "false"`)

	b.write("1", "まちがえました")
	b.says("1", "「まちがえました」ですね。")
	b.choose("1", ".own .unsend", -1)
	b.says("1", "メッセージの送信を取り消しました")

	b.write("1", "予約")
	b.press("1", "予約する")
	b.says("1", "「予約する」ですね。")
	b.write("1", "施設")
	b.press("1", "図書館を選ぶ")
	b.says("1", "選ばれたのはlibraryです。")
	b.axe("a long conversation")
	b.look("long")

	b.press("", "住民を追加")
	b.press("2", "友だち追加")
	b.press("2", "場所を送る")
	b.until("", `document.querySelector("#where").open`)
	b.do(chromedp.KeyEvent("\x1b"))
	b.until("", `!document.querySelector("#where").open`)
	b.is("2", `!log.includes("場所は") && !log.includes("写真を")`)
	b.press("2", "PC版で見る")
	b.is("2", `$(".quick").hidden && $(".richmenu").hidden && $(".menubar").hidden`)
	b.press("2", "PC版で見る")
	b.is("2", `!$(".quick").hidden && !$(".richmenu").hidden`)

	b.press("2", "ブロック")
	b.says("2", "ブロックしました")
	b.is("2", `$(".compose").hidden`)
	b.axe("a blocked account")
	b.choose("2", ".invite .follow", 0)
	b.says("2", "ブロックを解除しました")
	b.press("2", "取り除く")
	b.until("2", `document.querySelectorAll(".phone").length === 1`)

	b.calm(server.URL)
	for _, call := range s.Ledger().Calls {
		if call.Status != 200 {
			t.Errorf("call %s: status %d", call.Name, call.Status)
		}
	}
}

func TestPanel(t *testing.T) {
	browser := chromium(t)
	s, _, server := city(t)
	b := openPage(t, browser, server.URL, 1440, 1000)
	b.press("", "住民を追加")
	b.press("1", "友だち追加")
	b.says("1", "見本区の窓口です。")

	pressed := func(fault string, nth int) string {
		return fmt.Sprintf(`[...document.querySelectorAll("[aria-describedby=fault-%s]")][%d].getAttribute("aria-pressed") === "true"`, fault, nth)
	}
	push := func(fault string, nth int) {
		t.Helper()
		b.choose("", "[aria-describedby=fault-"+fault+"]", nth)
	}
	push("broken", 0)
	b.until("", pressed("broken", 0))
	b.write("1", "きこえますか")
	b.until("", `document.querySelector("#lines").innerText.includes("500")`)
	b.until("", `!(`+pressed("broken", 0)+`)`)
	b.is("1", `!log.includes("「きこえますか」ですね。")`)
	push("duplicate", 1)
	b.until("", pressed("duplicate", 1))
	b.write("1", "もういちど")
	b.says("1", "「もういちど」ですね。")
	b.axe("panel with faults")
	b.press("", "すべて止める")
	b.until("", `!(`+pressed("duplicate", 1)+`)`)
	b.press("", "直前のイベントを再送する")
	b.until("", `document.querySelector("#lines").innerText.includes("再送")`)
	var redelivered bool
	for _, p := range s.Ledger().Postings {
		redelivered = redelivered || p.Redelivery
	}
	if !redelivered {
		t.Error("nothing was posted again")
	}
	b.calm(server.URL)
}

// TestPictures takes the pictures of the README.
func TestPictures(t *testing.T) {
	browser := chromium(t)
	s, c, server := city(t)
	menus(t, browser, c)
	b := openPage(t, browser, server.URL, 1440, 1000)
	first, second := s.AddResident(""), s.AddResident("")
	for _, err := range []error{s.Follow(b.ctx, first), s.Follow(b.ctx, second)} {
		b.must(err)
	}
	b.must(s.Tap(b.ctx, second, "ごみの日"))
	b.says("2", "ごみと資源の収集日")
	b.until("1", `$(".richmenu img").naturalWidth > 0`)
	b.press("2", "メニュー")
	b.axe("two residents")
	b.picture("sim.png")

	phone := openPage(t, browser, server.URL, 390, 844)
	phone.until("2", `$(".bubble") !== null`)
	phone.is("", `document.documentElement.scrollWidth <= innerWidth`)
	phone.axe("on a phone")
	phone.look("phone")
}
