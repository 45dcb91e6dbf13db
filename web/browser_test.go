package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"madoguchi/web"
)

// patience is how long a browser may take for one step before the test says
// that it hangs.
const patience = time.Minute

// chromium starts the browser, or says by name that it is missing: a skip on
// a laptop, a failure in CI.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		const missing = "chromium is not installed: the widget was not tried in a browser"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-field-trial-config", true), chromedp.Flag("lang", "ja"),
		chromedp.WSURLReadTimeout(patience),
	)...)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// tab is one window with its own cookies and storage. It remembers what a
// page must not do.
type tab struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string // addresses asked for
	dialogs  int      // alert boxes
}

func openTab(t *testing.T, browser context.Context) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(ev any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			b.requests = append(b.requests, ev.Request.URL)
		case *page.EventJavascriptDialogOpening:
			b.dialogs++
		}
	})
	b.must(err)
	call(b, network.Enable, network.EnableParams{})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.violations = []; addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));`,
	})
	return b
}

func (b *tab) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	b.must(chromedp.Do(ctx, steps...))
}

func (b *tab) open(address string) {
	b.Helper()
	b.do(chromedp.Navigate(address))
}

// press presses keys one after the other.
func (b *tab) press(keys ...string) {
	b.Helper()
	for _, k := range keys {
		if k == kb.Enter {
			b.enter(0)
		} else {
			b.do(chromedp.KeyEvent(k))
		}
	}
}

// enter presses Enter as a keyboard does: key and character are one event, so
// that a page can keep the character from being typed. KeyEvent sends two.
func (b *tab) enter(modifiers int64) {
	b.Helper()
	press := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, Modifiers: modifiers,
	}
	call(b, input.DispatchKeyEvent, press)
	press.Type, press.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(b, input.DispatchKeyEvent, press)
}

// inWidget gives an expression the widget's own root: $ finds one element, $$
// all, text their words, focused is where the keyboard is.
func inWidget(expression string) string {
	return `(() => {
		const root = document.querySelector("madoguchi-widget")?.shadowRoot;
		if (!root) return null;
		const $ = (s) => root.querySelector(s), $$ = (s) => [...root.querySelectorAll(s)];
		const text = (s) => $$(s).map((e) => e.innerText.trim()).join("|");
		const focused = root.activeElement;
		return ` + expression + `;
	})()`
}

// see evaluates an expression in the widget.
func see[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](inWidget(expression), chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression in the widget to become true, also over the
// end of a navigation, which takes the page from under a running poll.
func (b *tab) until(expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	poll := chromedp.Poll[any](inWidget(expression), chromedp.WithPollingTimeout(patience/4))
	_, err := chromedp.Run(ctx, poll)
	for err != nil && !errors.Is(err, chromedp.ErrPollingTimeout) && ctx.Err() == nil {
		_, err = chromedp.Run(ctx, poll)
	}
	if err != nil {
		b.Fatalf("never: %s: %v\nthe log reads %q", expression, err, see[string](b, `text(".log")`))
	}
}

// act does something in the widget.
func (b *tab) act(script string) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](inWidget(script)))
}

func (b *tab) is(expression string) {
	b.Helper()
	if !see[bool](b, expression) {
		b.Errorf("not so: %s", expression)
	}
}

// screen sets size and preferences ("prefers-color-scheme=dark"). Nothing
// moves unless they say so: a test would have to wait for it.
func (b *tab) screen(width, height int64, preferences ...string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	preferences = append([]string{"prefers-reduced-motion=reduce"}, preferences...)
	var features []*emulation.MediaFeature
	for _, p := range preferences {
		name, value, _ := strings.Cut(p, "=")
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// axe fails the test with what axe-core finds on the page as it stands. Rules
// that cannot be judged there are left out by name.
func (b *tab) axe(where string, without ...string) {
	b.Helper()
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	b.must(err)
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void](string(source)))
	b.must(err)
	off, err := json.Marshal(append([]string{}, without...))
	b.must(err)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, { rules: Object.fromEntries(`+string(off)+`.map((id) => [id, { enabled: false }])) }).then((r) => {
		const list = (all) => all.map((v) => v.id + ": " + v.help + v.nodes.map((n) => "\n    " + n.html + "\n    " + n.failureSummary).join(""));
		return JSON.stringify({
			violations: list(r.violations),
			unsure: list(r.incomplete.filter((v) => v.id === "color-contrast")),
			passes: r.passes.map((v) => v.id),
		});
	})`, chromedp.EvalAwaitPromise))
	b.must(err)
	var result struct{ Violations, Unsure, Passes []string }
	b.must(json.Unmarshal([]byte(found), &result))
	if all := slices.Concat(result.Violations, result.Unsure); len(all) > 0 {
		b.Errorf("%s: axe-core finds\n%s", where, strings.Join(all, "\n"))
	}
	for _, rule := range []string{"color-contrast", "button-name", "region"} {
		if !slices.Contains(result.Passes, rule) && !slices.Contains(without, rule) {
			b.Errorf("%s: axe-core did not look into the widget: %v", where, result.Passes)
		}
	}
}

// strangers are the requests that went to none of these servers.
func (b *tab) strangers(servers ...string) (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if !slices.ContainsFunc(servers, func(s string) bool { return strings.HasPrefix(r, s+"/") }) {
			all = append(all, r)
		}
	}
	return all
}

func (b *tab) cookies() []string {
	b.Helper()
	res := call(b, storage.GetCookies, storage.GetCookiesParams{})
	var names []string
	for _, c := range res.Cookies {
		names = append(names, c.Name)
	}
	return names
}

// wardSite is a page of the ward with the one script tag, under the strictest
// policy that lets it in. It is another origin than the counter.
func wardSite(t *testing.T, body, attributes string) (site *httptest.Server, counterAt func(string)) {
	t.Helper()
	var counter string
	site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		policy := "default-src 'none'; script-src %[1]s; connect-src %[1]s; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
		if strings.HasPrefix(body, "<style>") {
			policy += "; style-src 'unsafe-inline'"
		}
		w.Header().Set("Content-Security-Policy", fmt.Sprintf(policy, counter))
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		fmt.Fprintf(w, `<!doctype html><html lang="ja"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>住民票の写し | 見本区</title></head>
<body>%s<script src="%s/widget.js" %s></script></body></html>`, body, counter, attributes)
	}))
	t.Cleanup(site.Close)
	return site, func(c string) { counter = c }
}

const wardPage = `<main><h1>住民票の写し</h1><p id="before"><a href="#before">本文へのリンク</a></p></main>`

// sampleWard is a page of the ward as it is seen in the pictures.
const sampleWard = `<style>
body { margin: 0; font-family: "Noto Sans CJK JP", sans-serif; color: #222; line-height: 1.8; }
header { border-top: 6px solid #4d7c4a; border-bottom: 1px solid #ddd; padding: 16px 32px; font-size: 24px; font-weight: bold; }
header small { font-size: 13px; font-weight: normal; color: #555; margin-left: 12px; }
nav { background: #f1f5ee; padding: 8px 32px; font-size: 14px; }
main { max-width: 640px; padding: 8px 32px; }
h1 { font-size: 26px; border-left: 8px solid #4d7c4a; padding-left: 12px; }
h2 { font-size: 19px; border-bottom: 2px solid #cddccb; }
</style>
<header>見本区<small>Mihon City</small></header>
<nav aria-label="現在の位置">トップ ＞ くらし・手続き ＞ 戸籍・住民票 ＞ 住民票の写しの請求</nav>
<main><h1>住民票の写しの請求</h1><p>更新日：2026年4月1日</p>
<p>住民票の写しは、区役所の戸籍住民課と各出張所の窓口で請求できます。</p>
<h2>請求できるかた</h2><p>本人または同じ世帯のかた。代理のかたが請求するときは委任状が必要です。</p>
<h2>必要なもの</h2><p>窓口に来るかたの本人確認書類（運転免許証、マイナンバーカード、旅券など）</p>
<h2>手数料</h2><p>1通300円</p>
<h2>受付時間</h2><p>月曜日から金曜日の午前8時30分から午後5時まで（祝日、年末年始を除く）</p></main>`

// counterFor serves the counter of o to pages of the site.
func counterFor(t *testing.T, o web.Options, site *httptest.Server) *httptest.Server {
	t.Helper()
	o.Now = time.Now
	if site != nil {
		o.Origins = []string{site.URL}
	}
	server := httptest.NewServer(serve(t, o))
	t.Cleanup(server.Close)
	// A name of its own, so that site and counter are not even the same site.
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	server.URL = "http://localhost:" + u.Port()
	return server
}

// call sends one command of the browser's protocol.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.Call(ctx, cmd, params)
	b.must(err)
	return res
}
