package console

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"madoguchi/internal/wardtest/browser"
	"madoguchi/ward"
)

// looked are axe's rules that must find something on every page.
var looked = []string{"color-contrast", "document-title", "html-has-lang", "region"}

// seen looks at a page as it stands: by axe, dark and narrow, light and wide, and
// for what it does against its policy.
func seen(b *browser.Clerk, name string) {
	b.Helper()
	for scheme, width := range map[string]int64{"dark": 320, "light": 1100} {
		b.Screen(width, 800, "prefers-color-scheme="+scheme)
		if unsure := b.Axe(name+" "+scheme, looked); len(unsure) > 0 {
			b.Errorf("%s: axe-core cannot judge\n%s", name, strings.Join(unsure, "\n"))
		}
		if wide := browser.See[int64](b.Tab, `document.documentElement.scrollWidth`); wide > width {
			b.Errorf("%s: %d wide on a screen of %d", name, wide, width)
		}
		b.Look(name + "-" + scheme)
	}
	if bad := browser.See[[]string](b.Tab, `[...window.violations, ...window.failures]`); len(bad) > 0 {
		b.Errorf("%s: %q", name, bad)
	}
}

// TestSignInInTheBrowser walks the pages that nobody sees who is signed in.
func TestSignInInTheBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chrome := browser.Start(t)
	of := openOffice(t)
	_, password := of.appointed("sato", ward.SecurityManager)
	of.identify = of.fromCookie
	server := httptest.NewServer(of.handler())
	defer server.Close()
	b := browser.OpenClerk(t, chrome, server.URL, 1100, 800)

	b.Goto("/console/staff")
	seen(b, "sign-in")
	b.Fill("ログイン名", "sato")
	b.Fill("パスワード", "wrong")
	b.Press("次へ")
	b.Says(wrongPassword)
	seen(b, "sign-in-refused")
	b.Fill("パスワード", password)
	b.Press("次へ")
	b.Says("認証アプリに登録する")
	if !browser.See[bool](b.Tab, `document.querySelector("main img").naturalWidth === 240`) {
		t.Error("no picture to scan")
	}
	seen(b, "sign-in-set-up")
	secret := strings.ReplaceAll(browser.See[string](b.Tab, `document.querySelector("main code").innerText`), " ", "")
	b.Fill("6桁のコード", of.codeFor(secret))
	b.Press("設定する")
	b.Says("自分のパスワードを決める")
	seen(b, "sign-in-password")
	b.Fill("新しいパスワード", ownPassword)
	b.Fill("新しいパスワード（もう一度）", ownPassword)
	b.Press("決めて入る")
	b.Says("職員と役割") // where the person was going
	seen(b, "staff")

	b.Fill("ログイン名", "tanaka")
	b.Fill("氏名", "田中 見本")
	b.Fill("所属", "広報課")
	b.Fill("役割", "operator")
	b.Press("任命する")
	b.Says("表示するのは、この1回だけです")
	seen(b, "staff-once")
	b.Press("職員の一覧へ")
	b.Press("田中 見本")
	b.Says("入れなくなったとき")
	seen(b, "person")
	b.Goto("/console/me")
	seen(b, "me")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#password-for-factor").value = ` + browser.Quote(ownPassword)))
	b.Press("設定し直す")
	b.Says("こちらに替える")
	seen(b, "me-factor")

	// What is written when the session ends is not lost.
	b.Goto("/console/staff")
	b.Fill("ログイン名", "suzuki")
	b.Fill("氏名", "鈴木 見本")
	b.Fill("所属", "広報課")
	b.Fill("役割", "operator")
	of.now = of.now.AddDate(0, 0, 1)
	b.Press("任命する")
	b.Says("書いた内容")
	if got := browser.See[string](b.Tab, `[...document.querySelectorAll("textarea")].map((e) => e.value).join("|")`); !strings.Contains(got, "鈴木 見本|") {
		t.Errorf("the page shows %q", got)
	}
	seen(b, "expired")
	b.Goto("/console/sign-in")
	b.Fill("ログイン名", "sato")
	b.Fill("パスワード", ownPassword)
	b.Press("次へ")
	b.Says("6桁のコード")
	seen(b, "sign-in-code")
}
