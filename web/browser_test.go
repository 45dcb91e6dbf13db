package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"madoguchi/internal/wardtest/browser"
	"madoguchi/web"
)

// tab is one window on the widget or on our own page.
type tab struct{ *browser.Tab }

func openTab(t *testing.T, chrome context.Context) *tab { return &tab{browser.Open(t, chrome)} }

func (b *tab) open(address string) {
	b.Helper()
	b.Do(chromedp.Navigate(address))
}

// press presses keys one after the other.
func (b *tab) press(keys ...string) {
	b.Helper()
	for _, k := range keys {
		if k == kb.Enter {
			b.Enter(0)
		} else {
			b.Do(chromedp.KeyEvent(k))
		}
	}
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
	return browser.See[T](b.Tab, inWidget(expression))
}

// until waits for an expression in the widget to become true.
func (b *tab) until(expression string) {
	b.Helper()
	b.Until(inWidget(expression), inWidget(`text(".log")`))
}

// act does something in the widget.
func (b *tab) act(script string) {
	b.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](inWidget(script)))
}

func (b *tab) is(expression string) {
	b.Helper()
	if !see[bool](b, expression) {
		b.Errorf("not so: %s", expression)
	}
}

// axe fails the test with what axe-core finds on the page as it stands.
func (b *tab) axe(where string, without ...string) {
	b.Helper()
	if unsure := b.Axe(where, []string{"color-contrast", "button-name", "region"}, without...); len(unsure) > 0 {
		b.Errorf("%s: axe-core cannot judge\n%s", where, strings.Join(unsure, "\n"))
	}
}

func (b *tab) cookies() []string {
	b.Helper()
	res := browser.Call(b.Tab, storage.GetCookies, storage.GetCookiesParams{})
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
