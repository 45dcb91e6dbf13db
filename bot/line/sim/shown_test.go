package sim_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"madoguchi/ward"
)

// TestShown sends one of everything and looks at what the phone makes of it.
func TestShown(t *testing.T) {
	browser := chromium(t)
	s, c, server := city(t)
	b := openPage(t, browser, server.URL, 1440, 1000)
	user := s.AddResident("")
	b.must(s.Follow(b.ctx, user))
	b.says("1", "見本区の窓口です。")
	push := func(message string) {
		t.Helper()
		if status, answer := c.call(pushPath, "application/json", []byte(pushBody(user, message))); status != 200 {
			t.Fatalf("push: %d %v", status, answer)
		}
	}
	const outside = "https://example.com/a.png"
	card := func(title string) string {
		return of("bubble", "size", "kilo",
			"hero", of("image", "url", outside, "size", "full", "aspectRatio", "20:13", "aspectMode", "cover"),
			"body", of("box", "layout", "vertical", "spacing", "sm", "contents", "["+of("text", "text", title, "weight", "bold", "size", "xl")+","+
				of("box", "layout", "baseline", "margin", "md", "contents", "["+of("icon", "url", outside, "size", "sm")+","+of("text", "text", "9時から17時", "size", "sm", "color", "#51616A", "margin", "md", "flex", 0)+"]")+","+
				of("box", "layout", "horizontal", "backgroundColor", "#E3EEF4", "cornerRadius", "md", "paddingAll", "lg", "action", of("postback", "label", title+"を予約", "data", "reserve"), "contents", "["+of("text", "text", "空きがあります", "align", "center")+","+of("separator", "margin", "md")+","+of("filler")+"]")+"]"),
			"footer", of("box", "layout", "vertical", "contents", "["+of("button", "style", "link", "action", of("uri", "label", "地図", "uri", "https://example.com/"))+"]"),
			"styles", `{"footer":{"separator":true}}`)
	}
	push(flexOf(of("carousel", "contents", "["+card("図書館")+","+card("体育館")+"]")))
	b.until("1", `$$(".bubble").length === 2`)
	b.is("1", `$(".carousel .box.baseline .icon").getBoundingClientRect().width > 8`)
	b.is("1", `Math.abs($(".bubble .image").getBoundingClientRect().width / $(".bubble .image").getBoundingClientRect().height - 20 / 13) < 0.05`)
	b.look("carousel")
	b.axe("a carousel")
	b.press("1", "空きがあります")
	b.says("1", "選ばれたのはreserveです。")

	push(of("textV2", "text", "{who}さん、{{お知らせ}}です。 https://example.com/news をどうぞ", "substitution", `{"who":{"type":"mention"}}`))
	b.says("1", "@メンションさん、{お知らせ}です。")
	b.is("1", `$$(".theirs .text a").at(-1).getAttribute("href") === "https://example.com/news"`)
	push(of("image", "originalContentUrl", outside, "previewImageUrl", outside))
	b.until("1", `$(".theirs .picture .elsewhere") !== null`)
	push(of("location", "title", "見本区役所", "address", "見本区本町1", "latitude", 35.7003, "longitude", 139.6996))
	b.says("1", "見本区本町1")
	push(of("sticker", "packageId", "446", "stickerId", "1988"))
	b.until("1", `$(".theirs .sticker") !== null`)
	push(of("audio", "originalContentUrl", "https://example.com/a.m4a", "duration", 5000))
	b.says("1", "音声メッセージ 5秒")
	push(of("imagemap", "baseUrl", outside, "altText", "案内図", "baseSize", `{"width":1040,"height":500}`, "actions", "["+of("message", "label", "入口", "text", "入口", "area", "{}")+"]"))
	b.press("1", "入口")
	b.says("1", "「入口」ですね。")
	b.look("shown")

	push(replies(of("clipboard", "label", "写す", "clipboardText", "受付番号 123"), of("postback", "label", "書く", "data", "k", "inputOption", "openKeyboard", "fillInText", "件名："), of("uri", "label", "電話", "uri", "line://nv/chat")))
	b.press("1", "電話")
	b.until("", `document.querySelector("#notice").textContent.includes("line://nv/chat")`)
	b.press("1", "書く")
	b.until("1", `$("textarea").value === "件名：" && document.activeElement === $("textarea")`)
	b.says("1", "選ばれたのはkです。")

	if status, answer := c.call("/v2/bot/chat/loading/start", "application/json", []byte(fmt.Sprintf(`{"chatId":%q,"loadingSeconds":60}`, user))); status != 202 {
		t.Fatalf("loading: %d %v", status, answer)
	}
	b.until("1", `$(".dots") !== null`)
	b.axe("loading")
	push(hello)
	b.until("1", `$(".dots") === null`)

	b.do(chromedp.Evaluate[chromedp.Void](on("1", `$(".log").scrollTop = 0`)))
	b.axe("the beginning")
	if _, err := s.SendPlace(b.ctx, user, ward.Place{Latitude: 60, Longitude: 10}, "", ""); err != nil {
		t.Fatal(err)
	}
	b.says("1", "60.0000, 10.0000")
	b.calm(server.URL)
}
