package web_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"madoguchi/internal/wardtest/browser"
	"madoguchi/ward"
	"madoguchi/web"
)

var update = flag.Bool("update", false, "take the pictures of the documentation anew")

// sample is a counter that knows about the certificate of residence.
func sample(m ward.Message) ([]ward.Reply, error) {
	if m.Choice == "yes" {
		return []ward.Reply{{Text: "ありがとうございます。"}}, nil
	}
	if m.Choice == "browse" {
		return []ward.Reply{{Text: "分野をお選びください。", Choices: []ward.Choice{
			{Label: "くらし・手続き", Value: "1"}, {Label: "子育て・教育", Value: "2"}, {Label: "健康・福祉", Value: "3"}, {Label: "防災・安全", Value: "4"},
		}}}, nil
	}
	return []ward.Reply{
		{
			Text: "住民票の写しは、区役所の戸籍住民課と各出張所の窓口で取れます。本人確認書類（運転免許証、マイナンバーカードなど）をお持ちください。手数料は1通300円です。\n\nマイナンバーカードがあれば、全国のコンビニエンスストアでも朝6時30分から夜11時まで取れます。",
			Source: &ward.Source{Title: "住民票の写しの請求", URL: "https://www.city.mihon.lg.jp/kurashi/juminhyo/utsushi.html",
				Updated: "2026-04-01", Section: "区民部 戸籍住民課", Phone: "03-0000-1234"},
		},
		{Text: "この回答は役に立ちましたか。", Choices: []ward.Choice{{Label: "はい", Value: "yes"}, {Label: "いいえ", Value: "no"}}},
	}, nil
}

func sampleOptions() web.Options {
	o := options(&counter{reply: sample})
	o.Greeting = ward.Reply{
		Text:    "知りたいことを、ふだんの言葉で入力してください。区のホームページから答えをお探しします。",
		Choices: []ward.Choice{{Label: "分野から探す", Value: "browse"}},
	}
	return o
}

const (
	closed   = `$(".launcher").checkVisibility() && !$("dialog").open`
	opened   = `$("dialog").open && focused?.id === "question"`
	answered = `text(".counter").includes("役に立ちましたか")`
)

func TestWidget(t *testing.T) {
	chrome := browser.Start(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"strict policy":  testStrictPolicy,
		"keyboard":       testKeyboard,
		"accessibility":  testAccessibility,
		"own page":       testOwnPage,
		"no scripts":     testNoScripts,
		"hostile":        testHostileReplies,
		"failures":       testFailures,
		"waiting":        testWaiting,
		"input method":   testInputMethod,
		"small screens":  testSmallScreens,
		"tag attributes": testAttributes,
	} {
		t.Run(name, func(t *testing.T) { test(t, chrome) })
	}
}

// onWardSite opens the ward's page with the widget of o on it.
func onWardSite(t *testing.T, chrome context.Context, o web.Options, attributes string) (b *tab, site, counter *httptest.Server) {
	t.Helper()
	site, counterAt := wardSite(t, wardPage, attributes)
	counter = counterFor(t, o, site)
	counterAt(counter.URL)
	b = openTab(t, chrome)
	b.Screen(1280, 900)
	b.open(site.URL + "/")
	b.until(`$(".frame")`)
	return b, site, counter
}

func testStrictPolicy(t *testing.T, chrome context.Context) {
	bot := &counter{reply: sample}
	o := sampleOptions()
	o.Reply = bot.Reply
	b, site, counter := onWardSite(t, chrome, o, "")
	b.act(`$(".launcher").click()`)
	b.until(opened)
	b.press("住民票", kb.Enter)
	b.until(answered)
	b.act(`$$(".choices button").find((e) => e.innerText === "はい").click()`)
	b.until(`text(".counter").includes("ありがとう")`)

	b.is(`violations.length === 0`)
	b.is(`getComputedStyle($(".launcher")).position === "fixed"`) // the styles did apply
	if all := b.Strangers(site.URL+"/", counter.URL+"/"); len(all) > 0 {
		t.Errorf("asked strangers: %v", all)
	}
	if all := b.cookies(); len(all) > 0 {
		t.Errorf("cookies: %v", all)
	}
	kept := see[string](b, `JSON.stringify(Object.entries(sessionStorage)) + localStorage.length`)
	session := string(bot.messages()[0].Resident)
	if want := fmt.Sprintf(`[["madoguchi-session",%q]]0`, session); kept != want || len(session) != 32 {
		t.Errorf("the browser keeps %s, want %s", kept, want)
	}

	// The same tab goes on where it was; another begins anew.
	b.Do(chromedp.Reload())
	ask(b, "ごみ")
	other := openTab(t, chrome)
	other.open(site.URL + "/")
	ask(other, "ごみ")
	got := []bool{}
	for _, m := range bot.messages() {
		got = append(got, string(m.Resident) == session)
	}
	if diff := cmp.Diff([]bool{true, true, true, false}, got); diff != "" {
		t.Errorf("same conversation (-want +got):\n%s", diff)
	}
}

// ask opens the panel and asks, with the mouse and the keyboard.
func ask(b *tab, text string) {
	b.Helper()
	b.until(closed)
	b.act(`$(".launcher").click()`)
	b.until(opened)
	n := see[int](b, `$$(".counter").length`)
	browser.Call(b.Tab, input.InsertText, input.InsertTextParams{Text: text})
	b.press(kb.Enter)
	b.until(fmt.Sprintf(`$$(".counter").length > %d`, n))
}

func testKeyboard(t *testing.T, chrome context.Context) {
	b, _, _ := onWardSite(t, chrome, sampleOptions(), "")
	outlined := `getComputedStyle(focused).outlineStyle !== "none" && parseFloat(getComputedStyle(focused).outlineWidth) >= 2`
	b.press(kb.Tab, kb.Tab) // past the link of the page
	b.is(`focused === $(".launcher") && ` + outlined)
	b.press(kb.Enter)
	b.until(opened)
	b.is(outlined)
	b.is(`$(".launcher").hidden && $(".launcher").ariaExpanded === "true"`)
	b.press("住民票の写しがほしい", kb.Enter)
	b.until(answered)
	b.is(`focused.id === "question" && focused.value === ""`)
	b.is(`text(".resident p") === "住民票の写しがほしい" && text(".resident .unseen") === "あなた"`)
	b.press("   ", kb.Enter) // nothing was written: nothing is sent
	b.is(`$$(".resident").length === 1`)

	// From the field backwards, each thing once, in the order it is read.
	var order []string
	for range 7 {
		b.Do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
		order = append(order, see[string](b, `focused.ariaLabel || focused.textContent`))
		b.is(outlined)
		b.is(`(() => { // nothing lies over it
			const r = focused.getBoundingClientRect();
			if (focused.className === "log") return true;
			const top = root.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
			return focused.contains(top);
		})()`)
	}
	want := []string{"いいえ", "はい", "03-0000-1234", "住民票の写しの請求（新しいタブで開きます）", "分野から探す", "会話", "閉じる"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("focus order (-want +got):\n%s", diff)
	}

	b.act(`$(".close").focus()`)
	b.press(kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Tab) // to はい
	b.is(`focused.innerText === "はい"`)
	b.press(" ")
	b.until(`text(".counter").includes("ありがとう")`)
	b.is(`focused.innerText === "はい"`) // the keyboard stays where it was
	b.press(kb.Escape)
	b.until(closed)
	b.is(`focused === $(".launcher") && $(".launcher").ariaExpanded === "false"`)
	b.press(kb.Enter)
	b.until(opened)
	b.is(answered) // what was said is still there
}

func testAccessibility(t *testing.T, chrome context.Context) {
	broken := atomic.Bool{}
	o := sampleOptions()
	o.Reply = func(_ context.Context, m ward.Message) ([]ward.Reply, error) {
		if broken.Load() {
			return nil, errors.New("broken")
		}
		return sample(m)
	}
	b, _, _ := onWardSite(t, chrome, o, "")
	for _, look := range []string{"prefers-color-scheme=light", "prefers-color-scheme=dark", "forced-colors=active"} {
		var without []string
		if look == "forced-colors=active" {
			without = append(without, "color-contrast") // the person's own colours, which scripts are not told
		}
		for _, width := range []int64{1280, 320} {
			where := fmt.Sprint(look, ", ", width, " px, ")
			broken.Store(false)
			b.Screen(width, 800, look)
			b.Do(chromedp.Reload())
			b.until(closed)
			b.axe(where+"closed", without...)
			ask(b, "住民票の写しがほしい")
			b.axe(where+"answered", without...)
			broken.Store(true)
			b.press("もう一度", kb.Enter)
			b.until(`$(".failure")`)
			b.axe(where+"failed", without...)
		}
	}
	b.is(`$(".log").role === "log" && $(".status").role === "status" && $("dialog").matches("[aria-labelledby=title]")`)
}

func testOwnPage(t *testing.T, chrome context.Context) {
	counter := counterFor(t, sampleOptions(), nil)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 320} {
			b := openTab(t, chrome)
			b.Screen(width, 800, "prefers-color-scheme="+scheme)
			b.open(counter.URL + "/widget")
			b.until(`$(".log")`)
			b.axe("own page")
			b.act(`$("#question").focus()`)
			b.press("住民票", kb.Enter)
			b.until(answered)
			b.axe("own page, answered")
			b.is(`violations.length === 0 && document.documentElement.scrollWidth <= innerWidth`)
			b.is(`$(".ask").getBoundingClientRect().bottom < innerHeight`)                // the field stays in view
			b.is(`!$(".launcher") && document.querySelectorAll("form.ask").length === 0`) // the plain form is gone
			if all := b.Strangers(counter.URL + "/"); len(all) > 0 || len(b.cookies()) > 0 {
				t.Errorf("strangers %v, cookies %v", all, b.cookies())
			}
		}
	}
}

func testNoScripts(t *testing.T, chrome context.Context) {
	counter := counterFor(t, sampleOptions(), nil)
	b := openTab(t, chrome)
	b.Screen(320, 800, "prefers-color-scheme=dark")
	browser.Call(b.Tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open(counter.URL + "/widget")
	b.Do(chromedp.SendKeys(chromedp.CSS("#question"), "住民票"), chromedp.Click(chromedp.CSS(".send")), chromedp.WaitVisible(chromedp.CSS(".source")))
	body, err := chromedp.Run(b.Ctx, chromedp.Text(chromedp.CSS("main")))
	b.Must(err)
	for _, want := range []string{"住民票の写しは、区役所の", "2026年4月1日", "区民部 戸籍住民課", "役に立ちましたか"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%s", want, body)
		}
	}
	b.Do(chromedp.Click(chromedp.CSS(`button[value="はい"]`)), chromedp.WaitVisible(chromedp.Search(`//p[contains(., "ありがとう")]`)))
}

func testHostileReplies(t *testing.T, chrome context.Context) {
	hostile := []ward.Reply{}
	for _, address := range []string{"javascript:alert(1)", "JaVaScRiPt://x/%0aalert(1)", " javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example/", "/relative", "https://", "vbscript:x", ""} {
		hostile = append(hostile, ward.Reply{
			Text:    `<img src=x onerror=alert(1)><script>alert(1)</script>` + address,
			Choices: []ward.Choice{{Label: `<b onclick=alert(1)>` + "\u202e", Value: "<v>"}},
			Source: &ward.Source{Title: `<a href="javascript:alert(1)">押す</a>`, URL: address,
				Updated: `2026-01-01"><script>alert(1)</script>`, Section: "<svg onload=alert(1)>", Phone: "javascript:03-1234"},
		})
	}
	bot := &counter{reply: says(append(hostile, ward.Reply{Text: "終わり"})...)}
	o := options(bot)
	o.WardName = `</script><script>alert(1)</script>区`
	b, site, counter := onWardSite(t, chrome, o, "")
	ask(b, "<script>alert(1)</script>")
	b.until(`text(".counter").includes("終わり")`)
	b.is(`text(".resident").includes("<script>alert(1)</script>")`)
	b.is(`$$("script, img, iframe, b, a, .log svg").length === 0`)
	b.is(`text("h2") === "</script><script>alert(1)</script>区 窓口"`)
	b.act(`$$(".choices button").at(-1).click()`)
	b.until(`text(".counter").split("終わり").length === 3`)
	if got := bot.messages()[1].Choice; got != "<v>" {
		t.Errorf("choice %q was sent", got)
	}
	if b.Dialogs() > 0 || len(b.Strangers(site.URL+"/", counter.URL+"/")) > 0 {
		t.Errorf("%d alerts, requests to %v", b.Dialogs(), b.Strangers(site.URL+"/", counter.URL+"/"))
	}
}

func testFailures(t *testing.T, chrome context.Context) {
	var fail atomic.Value
	fail.Store("")
	o := sampleOptions()
	o.Reply = func(_ context.Context, m ward.Message) ([]ward.Reply, error) {
		switch fail.Load() {
		case "busy":
			return nil, &ward.Error{Kind: ward.Unavailable, Message: "ただいま準備中です。"}
		case "cut":
			panic(http.ErrAbortHandler)
		}
		return sample(m)
	}
	b, _, _ := onWardSite(t, chrome, o, "")
	for kind, sentence := range map[string]string{"busy": "ただいま準備中です。", "cut": "送信できませんでした。"} {
		fail.Store(kind)
		b.Do(chromedp.Reload())
		ask(b, "住民票")
		b.is(`text(".log .failure").includes("` + sentence + `")`)
		b.is(`$(".send").ariaDisabled === "false"`)
		b.act(`$(".failure button").click()`) // fails once more
		b.until(`$$(".failure").length === 1 && focused.id === "question"`)
		fail.Store("")
		b.act(`$(".failure button").click()`)
		b.until(answered)
		b.is(`$$(".failure").length === 0 && $$(".resident").length === 1`)
	}
}

func testWaiting(t *testing.T, chrome context.Context) {
	answer := make(chan struct{})
	var asked atomic.Int32
	o := sampleOptions()
	o.Reply = func(_ context.Context, m ward.Message) ([]ward.Reply, error) {
		asked.Add(1)
		<-answer
		return sample(m)
	}
	b, _, _ := onWardSite(t, chrome, o, "")
	b.act(`$(".launcher").click()`)
	b.until(opened)
	b.press("住民票", kb.Enter)
	b.until(`text(".status").startsWith("回答を探しています") && $(".send").ariaDisabled === "true"`)
	b.press("まだですか", kb.Enter)
	b.act(`$(".choices button").click()`)
	b.is(`$("#question").value === "まだですか" && $$(".resident").length === 1`)
	close(answer)
	b.until(answered)
	b.is(`text(".status") === "" && $(".send").ariaDisabled === "false"`)
	if n := asked.Load(); n != 1 {
		t.Errorf("the bot was asked %d times, want once", n)
	}
}

func testInputMethod(t *testing.T, chrome context.Context) {
	b, _, _ := onWardSite(t, chrome, sampleOptions(), "")
	b.act(`$(".launcher").click()`)
	b.until(opened)
	browser.Call(b.Tab, input.ImeSetComposition, input.ImeSetCompositionParams{Text: "じゅうみんひょう", SelectionStart: 8, SelectionEnd: 8})
	b.is(`$("#question").value === "じゅうみんひょう"`)
	for _, key := range []string{"Enter", "Escape"} { // they choose or drop kanji: keys, but no characters
		browser.Call(b.Tab, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, Code: key, WindowsVirtualKeyCode: 13})
	}
	b.is(`$$(".resident").length === 0 && $("dialog").open`)
	see[bool](b, `$("#question").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))`) // Safari
	b.is(`$$(".resident").length === 0`)
	browser.Call(b.Tab, input.InsertText, input.InsertTextParams{Text: "住民票"})
	b.is(`$("#question").value === "住民票"`)
	b.Enter(int64(chromedp.ModifierShift))
	b.is(`$("#question").value === "住民票\n" && $$(".resident").length === 0`)
	b.press(kb.Enter)
	b.until(answered)
}

func testSmallScreens(t *testing.T, chrome context.Context) {
	long := strings.Repeat("長", 200) + strings.Repeat("w", 200) + "https://www.city.mihon.lg.jp/" + strings.Repeat("a/", 100)
	o := options(&counter{reply: says(ward.Reply{
		Text: long, Choices: []ward.Choice{{Label: long[:120], Value: "1"}, {Label: "はい", Value: "2"}},
		Source: &ward.Source{Title: long, URL: "https://www.city.mihon.lg.jp/", Updated: "2026-04-01", Section: long, Phone: "03-0000-1234"},
	})})
	for name, size := range map[string][2]int64{"phone": {320, 640}, "desktop at 400 %": {320, 256}, "low": {1280, 300}, "desktop": {1280, 900}} {
		t.Run(name, func(t *testing.T) {
			b, _, _ := onWardSite(t, chrome, o, "")
			b.Screen(size[0], size[1])
			ask(b, long)
			b.is(`document.documentElement.scrollWidth <= innerWidth`)
			for _, part := range []string{".panel", ".conversation", ".log", ".counter", ".resident", ".source", ".ask"} {
				b.is(`$$("` + part + `").every((e) => e.scrollWidth <= e.clientWidth + 1)`)
			}
			b.is(`(() => { const r = $(".panel").getBoundingClientRect(); return r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight; })()`)
			small := see[string](b, `$$("button").filter((e) => e.checkVisibility()).filter((e) => { const r = e.getBoundingClientRect(); return r.width < 44 || r.height < 44; }).map((e) => e.outerHTML).join()`)
			if small != "" {
				t.Errorf("buttons under 44 px: %s", small)
			}
			// Whatever has the keyboard is in view.
			for range 10 {
				b.press(kb.Tab)
				b.is(`!focused || (() => { const r = focused.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight && r.right <= innerWidth + 1; })()`)
			}
			if size[0] == 320 {
				b.is(`$("dialog").matches(":modal")`)
			}
		})
	}
}

func testAttributes(t *testing.T, chrome context.Context) {
	b, _, counter := onWardSite(t, chrome, sampleOptions(), `data-position="left" data-title="見本区のご案内"`)
	b.is(`$(".launcher").getBoundingClientRect().left < innerWidth / 2`)
	ask(b, "住民票")
	b.is(`$("dialog").getBoundingClientRect().left < innerWidth / 2 && text("h2") === "見本区のご案内" && $(".frame").ariaLabel === "見本区のご案内"`)

	b, _, _ = onWardSite(t, chrome, sampleOptions(), `data-mount="before"`)
	b.is(`!$("dialog") && document.querySelector("#before > madoguchi-widget") && text(".log").includes("ふだんの言葉")`)

	// The tag twice, and in a head that is read before there is a body.
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tag := fmt.Sprintf(`<script src="%s/widget.js"></script>`, counter.URL)
		fmt.Fprintf(w, `<!doctype html><html lang="ja"><head><title>a</title>%s%s<style>html{font-size:62.5%%} *{display:none!important}</style></head><body></body></html>`, tag, tag)
	}))
	defer site.Close()
	b.open(site.URL + "/")
	b.until(`$(".launcher")`)
	b.is(`document.querySelectorAll("madoguchi-widget").length === 1 && getComputedStyle($(".frame")).fontSize === "16px"`)
}

// TestPictures takes the pictures of the documentation with -update, and with
// PICTURES=folder some more to look at. There is nothing to compare: fonts
// differ from machine to machine.
func TestPictures(t *testing.T) {
	if !*update {
		return
	}
	chrome := browser.Start(t)
	more := os.Getenv("PICTURES")
	for name, size := range map[string][2]int64{"desktop": {1200, 840}, "phone": {390, 844}} {
		for _, look := range []string{"prefers-color-scheme=light", "prefers-color-scheme=dark", "forced-colors=active"} {
			site, counterAt := wardSite(t, sampleWard, "")
			counter := counterFor(t, sampleOptions(), site)
			counterAt(counter.URL)
			b := openTab(t, chrome)
			b.Screen(size[0], size[1], look)
			b.open(site.URL + "/")
			_, kind, _ := strings.Cut(look, "=")
			if kind == "light" {
				ask(b, "住民票の写しはどこで取れますか")
				b.Picture(filepath.Join("../docs/images", "widget-"+name+".png"))
			}
			if more == "" {
				continue
			}
			b.open(site.URL + "/")
			b.until(closed)
			b.Picture(filepath.Join(more, name+"-"+kind+"-closed.png"))
			ask(b, "住民票の写しはどこで取れますか")
			b.Picture(filepath.Join(more, name+"-"+kind+".png"))
			b.open(counter.URL + "/widget")
			b.until(`$(".log")`)
			b.act(`$("#question").focus()`)
			b.press("住民票", kb.Enter)
			b.until(answered)
			b.Picture(filepath.Join(more, name+"-"+kind+"-page.png"))
		}
	}
}
