package sim_test

import (
	"fmt"
	"testing"

	"madoguchi/internal/wardtest/browser"
	"madoguchi/ward"
)

// TestShown sends one of everything and looks at what the phone makes of it.
func TestShown(t *testing.T) {
	chrome := browser.Start(t)
	s, c, server := city(t)
	b := browser.OpenPhones(t, chrome, server.URL+"/sim/", 1440, 1000)
	user := s.AddResident("")
	b.Must(s.Follow(b.Ctx, user))
	b.Says("1", "見本区の窓口です。")
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
	b.Until("1", `$$(".bubble").length === 2`)
	b.Is("1", `$(".carousel .box.baseline .icon").getBoundingClientRect().width > 8`)
	b.Is("1", `Math.abs($(".bubble .image").getBoundingClientRect().width / $(".bubble .image").getBoundingClientRect().height - 20 / 13) < 0.05`)
	b.Look("carousel")
	b.Axe("a carousel")
	b.Press("1", "空きがあります")
	b.Says("1", "選ばれたのはreserveです。")

	push(of("textV2", "text", "{who}さん、{{お知らせ}}です。 https://example.com/news をどうぞ", "substitution", `{"who":{"type":"mention"}}`))
	b.Says("1", "@メンションさん、{お知らせ}です。")
	b.Is("1", `$$(".theirs .text a").at(-1).getAttribute("href") === "https://example.com/news"`)
	push(of("image", "originalContentUrl", outside, "previewImageUrl", outside))
	b.Until("1", `$(".theirs .picture .elsewhere") !== null`)
	push(of("location", "title", "見本区役所", "address", "見本区本町1", "latitude", 35.7003, "longitude", 139.6996))
	b.Says("1", "見本区本町1")
	push(of("sticker", "packageId", "446", "stickerId", "1988"))
	b.Until("1", `$(".theirs .sticker") !== null`)
	push(of("audio", "originalContentUrl", "https://example.com/a.m4a", "duration", 5000))
	b.Says("1", "音声メッセージ 5秒")
	push(of("imagemap", "baseUrl", outside, "altText", "案内図", "baseSize", `{"width":1040,"height":500}`, "actions", "["+of("message", "label", "入口", "text", "入口", "area", "{}")+"]"))
	b.Press("1", "入口")
	b.Says("1", "「入口」ですね。")
	b.Look("shown")

	push(replies(of("clipboard", "label", "写す", "clipboardText", "受付番号 123"), of("postback", "label", "書く", "data", "k", "inputOption", "openKeyboard", "fillInText", "件名："), of("uri", "label", "電話", "uri", "line://nv/chat")))
	b.Press("1", "電話")
	b.Until("", `document.querySelector("#notice").textContent.includes("line://nv/chat")`)
	b.Press("1", "書く")
	b.Until("1", `$("textarea").value === "件名：" && document.activeElement === $("textarea")`)
	b.Says("1", "選ばれたのはkです。")

	if status, answer := c.call("/v2/bot/chat/loading/start", "application/json", []byte(fmt.Sprintf(`{"chatId":%q,"loadingSeconds":60}`, user))); status != 202 {
		t.Fatalf("loading: %d %v", status, answer)
	}
	b.Until("1", `$(".dots") !== null`)
	b.Axe("loading")
	push(hello)
	b.Until("1", `$(".dots") === null`)

	b.Act("1", `$(".log").scrollTop = 0`)
	b.Axe("the beginning")
	if _, err := s.SendPlace(b.Ctx, user, ward.Place{Latitude: 60, Longitude: 10}, "", ""); err != nil {
		t.Fatal(err)
	}
	b.Says("1", "60.0000, 10.0000")
	b.Calm(server.URL + "/sim/")
}
