package sim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// of is the JSON object of keys and values, which take turns.
func of(kind string, pairs ...any) string {
	m := map[string]any{"type": kind}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
		if s, ok := pairs[i+1].(string); ok && strings.ContainsAny(s, "{[") && json.Valid([]byte(s)) {
			m[pairs[i].(string)] = json.RawMessage(s)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func listOf(one string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]"
}

func say(label, text string) string { return of("message", "label", label, "text", text) }

func replies(actions ...string) string {
	for i, a := range actions {
		actions[i] = `{"type":"action","action":` + a + `}`
	}
	return of("text", "text", "どうぞ", "quickReply", `{"items":[`+strings.Join(actions, ",")+`]}`)
}

func templateOf(kind string, pairs ...any) string {
	return of("template", "altText", "お知らせ", "template", of(kind, pairs...))
}

func bubbleOf(contents ...string) string {
	return of("bubble", "body", of("box", "layout", "vertical", "contents", "["+strings.Join(contents, ",")+"]"))
}

func flexOf(container string) string {
	return of("flex", "altText", "お知らせ", "contents", container)
}

var long = strings.Repeat

func TestMessageLimits(t *testing.T) {
	p := start(t)
	text := func(n int) string { return of("text", "text", long("あ", n)) }
	ok := say("はい", "はい")
	column := of("", "title", "題", "text", "文", "actions", "["+ok+"]")
	picker := func(pairs ...any) string {
		return replies(of("datetimepicker", append([]any{"label", "日", "data", "d"}, pairs...)...))
	}
	link := func(uri string) string { return replies(of("uri", "label", "開く", "uri", uri)) }
	for _, tt := range []struct {
		name, message string
		fault         string // the property that is wrong, "" for none
	}{
		{"5,000 units", text(5000), ""},
		{"5,001 units", text(5001), "messages[0].text"},
		{"2,501 emoji are 5,002 units", of("text", "text", long("🏠", 2501)), "messages[0].text"},
		{"no text", of("text", "text", ""), "messages[0].text"},
		{"null for text", `{"type":"text","text":null}`, "messages[0].text"},
		{"a number for text", `{"type":"text","text":7}`, "messages[0].text"},
		{"unknown type", of("hologram"), "messages[0].type"},
		{"no type", `{"text":"あ"}`, "messages[0].type"},
		{"no object", `"あ"`, "messages[0]"},
		{"placeholders", of("textV2", "text", "{a}さん {{こ}}", "substitution", `{"a":{"type":"emoji"}}`), ""},
		{"a placeholder without substitution", of("textV2", "text", "{a}"), "messages[0].text"},
		{"a brace alone", of("textV2", "text", "{a"), "messages[0].text"},
		{"sticker", of("sticker", "packageId", "446", "stickerId", "1988"), ""},
		{"sticker without id", of("sticker", "packageId", "446"), "messages[0].stickerId"},
		{"image", of("image", "originalContentUrl", "https://example.com/a.jpg", "previewImageUrl", "https://example.com/b.jpg"), ""},
		{"image over http", of("image", "originalContentUrl", "http://example.com/a.jpg", "previewImageUrl", "https://example.com/b.jpg"), "messages[0].originalContentUrl"},
		{"image on this machine", of("image", "originalContentUrl", "http://127.0.0.1/a.jpg", "previewImageUrl", "http://127.0.0.1/b.jpg"), ""},
		{"audio without duration", of("audio", "originalContentUrl", "https://example.com/a.m4a"), "messages[0].duration"},
		{"location", of("location", "title", "区役所", "address", "見本区1", "latitude", 35.7, "longitude", 139.7), ""},
		{"location with a long address", of("location", "title", "区役所", "address", long("あ", 101), "latitude", 35.7, "longitude", 139.7), "messages[0].address"},
		{"sender", of("text", "text", "あ", "sender", `{"name":"窓口"}`), ""},
		{"sender that claims to be LINE", of("text", "text", "あ", "sender", `{"name":"Line公式"}`), "messages[0].sender.name"},

		{"13 quick replies", of("text", "text", "あ", "quickReply", `{"items":`+listOf(`{"type":"action","action":`+ok+`}`, 13)+`}`), ""},
		{"14 quick replies", of("text", "text", "あ", "quickReply", `{"items":`+listOf(`{"type":"action","action":`+ok+`}`, 14)+`}`), "messages[0].quickReply.items"},
		{"label of 20", replies(say(long("あ", 20), "あ")), ""},
		{"label of 20 families is 20 characters", replies(say(long("👨‍👩‍👧", 20), "あ")), ""},
		{"label of 21", replies(say(long("あ", 21), "あ")), "messages[0].quickReply.items[0].action.label"},
		{"no label", replies(of("message", "text", "あ")), "messages[0].quickReply.items[0].action.label"},
		{"text of 301", replies(say("あ", long("あ", 301))), "messages[0].quickReply.items[0].action.text"},
		{"data of 300", replies(of("postback", "label", "あ", "data", long("a", 300))), ""},
		{"data of 301", replies(of("postback", "label", "あ", "data", long("a", 301))), "messages[0].quickReply.items[0].action.data"},
		{"fill-in without keyboard", replies(of("postback", "label", "あ", "data", "a", "fillInText", "あ")), "messages[0].quickReply.items[0].action.fillInText"},
		{"camera, roll, location", replies(of("camera", "label", "撮る"), of("cameraRoll", "label", "選ぶ"), of("location", "label", "場所")), ""},
		{"a tab outside a rich menu", replies(of("richmenuswitch", "label", "あ", "data", "a", "richMenuAliasId", "a")), "messages[0].quickReply.items[0].action.type"},
		{"a page", link("https://example.com/%E3%81%82"), ""},
		{"a number", link("tel:0300000001"), ""},
		{"a script", link("javascript:alert(1)"), "messages[0].quickReply.items[0].action.uri"},
		{"kana in an address", link("https://example.com/あ"), "messages[0].quickReply.items[0].action.uri"},
		{"address of 1,001", link("https://example.com/" + long("a", 981)), "messages[0].quickReply.items[0].action.uri"},
		{"clipboard", replies(of("clipboard", "label", "写す", "clipboardText", long("あ", 1000))), ""},
		{"clipboard of 1,001", replies(of("clipboard", "label", "写す", "clipboardText", long("あ", 1001))), "messages[0].quickReply.items[0].action.clipboardText"},
		{"date", picker("mode", "date", "min", "2026-04-01", "max", "2026-04-30", "initial", "2026-04-10"), ""},
		{"date and time", picker("mode", "datetime", "min", "2026-04-01t09:00"), ""},
		{"no mode", picker(), "messages[0].quickReply.items[0].action.mode"},
		{"no date", picker("mode", "date", "min", "2026-02-30"), "messages[0].quickReply.items[0].action.min"},
		{"2101", picker("mode", "date", "max", "2101-01-01"), "messages[0].quickReply.items[0].action.max"},
		{"max before min", picker("mode", "time", "min", "12:00", "max", "09:00"), "messages[0].quickReply.items[0].action.max"},
		{"initial outside", picker("mode", "date", "min", "2026-04-01", "initial", "2026-03-31"), "messages[0].quickReply.items[0].action.initial"},

		{"confirm", templateOf("confirm", "text", "よいですか", "actions", listOf(ok, 2)), ""},
		{"confirm with one action", templateOf("confirm", "text", "よいですか", "actions", listOf(ok, 1)), "messages[0].template.actions"},
		{"confirm of 241", templateOf("confirm", "text", long("あ", 241), "actions", listOf(ok, 2)), "messages[0].template.text"},
		{"buttons of 160", templateOf("buttons", "text", long("あ", 160), "actions", listOf(ok, 4)), ""},
		{"buttons with a title, of 61", templateOf("buttons", "title", "題", "text", long("あ", 61), "actions", listOf(ok, 1)), "messages[0].template.text"},
		{"five buttons", templateOf("buttons", "text", "あ", "actions", listOf(ok, 5)), "messages[0].template.actions"},
		{"carousel", templateOf("carousel", "columns", listOf(column, 10)), ""},
		{"11 columns", templateOf("carousel", "columns", listOf(column, 11)), "messages[0].template.columns"},
		{"columns of different make", templateOf("carousel", "columns", "["+column+","+of("", "text", "文", "actions", "["+ok+"]")+"]"), "messages[0].template.columns[1]"},
		{"image carousel label of 13", templateOf("image_carousel", "columns", "["+of("", "imageUrl", "https://example.com/a.jpg", "action", say(long("あ", 13), "あ"))+"]"), "messages[0].template.columns[0].action.label"},
		{"unknown template", templateOf("origami"), "messages[0].template.type"},
		{"alt text of 1,500", of("template", "altText", long("あ", 1500), "template", of("confirm", "text", "あ", "actions", listOf(ok, 2))), ""},
		{"alt text of 1,501", of("template", "altText", long("あ", 1501), "template", of("confirm", "text", "あ", "actions", listOf(ok, 2))), "messages[0].altText"},
		{"imagemap", of("imagemap", "baseUrl", "https://example.com/a", "altText", "図", "baseSize", `{"width":1040,"height":500}`, "actions", "["+of("uri", "linkUri", "https://example.com/", "area", "{}")+"]"), ""},
		{"narrow imagemap", of("imagemap", "baseUrl", "https://example.com/a", "altText", "図", "baseSize", `{"width":700,"height":500}`, "actions", "["+of("message", "text", "あ", "area", "{}")+"]"), "messages[0].baseSize.width"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expectFault(t, p, tt.message, tt.fault)
		})
	}
}

func TestFlexLimits(t *testing.T) {
	p := start(t)
	words := of("text", "text", "あ")
	button := func(label string) string { return of("button", "action", say(label, "あ")) }
	image := func(pairs ...any) string {
		return bubbleOf(of("image", append([]any{"url", "https://example.com/a.png"}, pairs...)...))
	}
	carousel := func(contents string) string { return of("carousel", "contents", contents) }
	for _, tt := range []struct{ name, container, fault string }{
		{"bubble", bubbleOf(words, button("はい"), of("separator", "margin", "md"), of("filler")), ""},
		{"baseline", bubbleOf(of("box", "layout", "baseline", "contents", "["+of("icon", "url", "https://example.com/a.png")+","+words+"]")), ""},
		{"spans", bubbleOf(of("text", "contents", "["+of("span", "text", "あ", "color", "#112233")+"]")), ""},
		{"hero", of("bubble", "hero", of("image", "url", "https://example.com/a.png", "size", "full", "aspectRatio", "20:13", "aspectMode", "cover")), ""},
		{"carousel of 12", carousel(listOf(bubbleOf(words), 12)), ""},
		{"no container", "[]", ""},
		{"empty bubble", of("bubble"), "?"},
		{"unknown container", of("tower"), "/type"},
		{"empty text", bubbleOf(of("text", "text", "")), "/body/contents/0/text"},
		{"unknown property", bubbleOf(of("text", "text", "あ", "blink", true)), "/body/contents/0/blink"},
		{"unknown component", bubbleOf(words, of("knob")), "/body/contents/1/type"},
		{"icon outside baseline", bubbleOf(of("icon", "url", "https://example.com/a.png")), "/body/contents/0/type"},
		{"button in baseline", bubbleOf(of("box", "layout", "baseline", "contents", "["+button("は")+"]")), "/body/contents/0/contents/0/type"},
		{"diagonal", bubbleOf(of("box", "layout", "diagonal", "contents", "[]")), "/body/contents/0/layout"},
		{"null contents", bubbleOf(of("box", "layout", "vertical", "contents", nil)), "/body/contents/0/contents"},
		{"no contents", bubbleOf(of("box", "layout", "vertical")), "/body/contents/0/contents"},
		{"label of 40", bubbleOf(button(long("あ", 40))), ""},
		{"label of 41", bubbleOf(button(long("あ", 41))), "/body/contents/0/action/label"},
		{"text that is tapped needs no label", bubbleOf(of("text", "text", "あ", "action", of("postback", "data", "a"))), ""},
		{"color", bubbleOf(of("text", "text", "あ", "color", "blue")), "/body/contents/0/color"},
		{"size", bubbleOf(of("text", "text", "あ", "size", "huge")), "/body/contents/0/size"},
		{"pixels", bubbleOf(of("text", "text", "あ", "size", "15px", "margin", "3px")), ""},
		{"margin", bubbleOf(of("text", "text", "あ", "margin", "wide")), "/body/contents/0/margin"},
		{"ratio", image("aspectRatio", "wide"), "/body/contents/0/aspectRatio"},
		{"image over http", bubbleOf(of("image", "url", "http://example.com/a.png")), "/body/contents/0/url"},
		{"negative flex", bubbleOf(of("text", "text", "あ", "flex", -1)), "/body/contents/0/flex"},
		{"body that is no box", of("bubble", "body", words), "/body/type"},
		{"30 KB", bubbleOf(of("text", "text", long("あ", 10000))), ""},
		{"more than 30 KB", bubbleOf(of("text", "text", long("あ", 10300))), "?"},
		{"13 bubbles", carousel(listOf(bubbleOf(words), 13)), "/contents"},
		{"more than 50 KB", carousel(listOf(bubbleOf(of("text", "text", long("あ", 5000))), 4)), "?"},
		{"bubbles of two sizes", carousel("[" + bubbleOf(words) + "," + strings.Replace(bubbleOf(words), `"type":"bubble"`, `"type":"bubble","size":"nano"`, 1) + "]"), "/contents/1/size"},
		{"a carousel in a carousel", carousel("[" + carousel("["+bubbleOf(words)+"]") + "]"), "/contents/0/contents"},
		{"eleven animations", bubbleOf(strings.Trim(listOf(of("image", "url", "https://example.com/a.png", "animated", true), 11), "[]")), "?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "no container" {
				p.want(p.post("/v2/bot/message/validate/push", `{"messages":[{"type":"flex","altText":"あ","contents":[]}]}`), 400, tt.name)
				return
			}
			expectFault(t, p, flexOf(tt.container), tt.fault)
		})
	}
}

// expectFault lets the platform validate a message. "?" stands for a fault of
// no one property.
func expectFault(t *testing.T, p *platform, message, fault string) {
	t.Helper()
	r := p.post("/v2/bot/message/validate/reply", `{"messages":[`+message+`]}`)
	if fault == "" {
		if r.status != 200 {
			t.Errorf("status %d: %s", r.status, r.body)
		}
		return
	}
	if r.status != 400 {
		t.Fatalf("status %d, want 400", r.status)
	}
	if fault != "?" && !strings.Contains(string(r.body), fmt.Sprintf(`"property":%q`, fault)) {
		t.Errorf("%s does not name %s", r.body, fault)
	}
}

func TestHowManyMessages(t *testing.T) {
	p := start(t)
	for n, want := range map[int]int{0: 400, 1: 200, 5: 200, 6: 400} {
		p.want(p.post("/v2/bot/message/validate/push", `{"messages":`+listOf(hello, n)+`}`), want, fmt.Sprint(n, " messages"))
	}
	p.want(p.post("/v2/bot/message/validate/smoke", `{"messages":[`+hello+`]}`), 404, "no such call")
	p.want(p.post("/v2/bot/message/validate/push", `{`), 400, "no JSON")
	p.want(p.post("/v2/bot/message/validate/push", `{"messages":["`+long("a", 2<<20)+`"]}`), 413, "2 MB")
}
