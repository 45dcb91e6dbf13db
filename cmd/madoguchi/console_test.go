package main

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/internal/wardtest/browser"
	"madoguchi/ward"
)

// openDemo runs the demo on the sample ward's pages and index, and gives its
// address once the staff have something to look at.
func openDemo(t *testing.T) *running {
	t.Helper()
	dir, siteAddr := sampleDir(t)
	ctx, cancel := context.WithCancel(context.Background())
	demo := start(t, ctx, freeAddr(t), dir, "demo", "--site-addr", siteAddr)
	t.Cleanup(func() { cancel(); demo.wait(t) })
	demo.until(t, "the demo has its past")
	return demo
}

// until waits until the log says so.
func (r *running) until(t *testing.T, words string) {
	t.Helper()
	tick, end := time.NewTicker(50*time.Millisecond), time.NewTimer(readyWithin)
	defer tick.Stop()
	defer end.Stop()
	for !strings.Contains(r.log.String(), words) {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("never %q in the log:\n%s", words, r.log)
		}
	}
}

// signIn signs in as the sample person of a role.
func signIn(b *browser.Clerk, role ward.Role) {
	b.Helper()
	b.Goto("/console/")
	b.Press(role.Title())
	b.Says(role.Title() + "として入っています。")
}

// TestConsole is the demo of the console as a newcomer finds it. It takes the
// pictures of the README with -update.
func TestConsole(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service")
	}
	chrome := browser.Start(t)
	demo := openDemo(t)
	t.Run("every page as each role", func(t *testing.T) { walkThrough(t, chrome, demo) })
	t.Run("fixed in a minute", func(t *testing.T) { fixInAMinute(t, chrome, demo) })
}

// walkThrough visits every page of the console as a person of each role: each is
// sound for those who see, hear or move differently, on a desk, on a phone and in
// the dark, keeps to its policy and asks nobody else. That what the menu does not
// show is refused is TestRolesOnRoutes's to hold.
func walkThrough(t *testing.T, chrome context.Context, demo *running) {
	closely := map[string]bool{}
	for _, role := range []ward.Role{ward.SystemManager, ward.SecurityManager, ward.Operator, ward.Contractor, ward.Auditor} {
		t.Run(string(role), func(t *testing.T) {
			b := browser.OpenClerk(t, chrome, demo.counter, 1280, 900)
			b.Goto("/console/")
			b.Sound("sign-in", role == ward.SystemManager)
			b.Look("sign-in")
			signIn(b, role)
			paths := append([]string{"/console/", "/console/me"}, b.Links()...)
			for _, path := range append(paths, below(b, paths)...) {
				lookAt(b, role, path, !closely[path])
				closely[path] = true
			}
			b.Goto("/console/")
			b.Press("出る")
			b.Goto("/console/me")
			b.Is(`location.pathname === "/console/sign-in"`)
		})
	}
}

// lookAt looks at one page; closely on a phone in the dark, too, and with axe-core,
// which takes its time: each page once, as the role that may do most there.
func lookAt(b *browser.Clerk, role ward.Role, path string, closely bool) {
	b.Helper()
	name := string(role) + " " + path
	b.Screen(1280, 900)
	b.Goto(path)
	b.Look(picture(role, path))
	b.Sound(name, closely)
	if !closely {
		return
	}
	b.Screen(360, 780, "prefers-color-scheme=dark")
	b.Look(picture(role, path) + "-phone")
	b.Sound(name+" on a phone in the dark", closely)
	if *update && role == ward.SystemManager {
		forREADME(b, path)
	}
}

// forREADME takes the pictures of the README, of the pages that it shows.
func forREADME(b *browser.Clerk, path string) {
	b.Helper()
	if path == "/console/" {
		b.Picture("../../docs/images/console-phone.png")
	}
	if name := map[string]string{"/console/unanswered": "unanswered", "/console/figures": "figures", "/console/index": "index"}[path]; name != "" {
		b.Screen(1280, 900)
		b.Goto(path)
		b.Picture("../../docs/images/console-" + name + ".png")
	}
}

func picture(role ward.Role, path string) string {
	return string(role) + strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(strings.TrimPrefix(path, "/console"))
}

// maxBelow is how many pages below each of the menu are walked through.
const maxBelow = 3

// below are the first pages of the console that those of the menu lead to.
func below(b *browser.Clerk, paths []string) (more []string) {
	b.Helper()
	for _, path := range paths {
		b.Goto(path)
		links := browser.See[[]string](b.Tab, `[...document.querySelectorAll("main a[href^='/console/']")].filter((a) => !a.download).map((a) => a.getAttribute("href"))`)
		n := 0
		for _, link := range links {
			u, err := url.Parse(link)
			if err != nil || slices.Contains(paths, u.Path) || slices.Contains(more, link) || strings.Contains(link, "csv") || strings.Contains(link, "export") || n == maxBelow {
				continue
			}
			more = append(more, link)
			n++
		}
	}
	return more
}

// fixWithin is how long it may take somebody to have a question answered that was
// not.
const fixWithin = time.Minute

// fixInAMinute is a resident whose question finds nothing, a person of the ward
// who sees it on the console and points it to a page, and the resident who asks
// again and gets it. Then somebody stops the topic.
func fixInAMinute(t *testing.T, chrome context.Context, demo *running) {
	phone := browser.OpenPhones(t, chrome, demo.counter+"/sim/", 1440, 1000)
	phone.Until("1", `$(".state") !== null`)
	phone.Press("1", "友だち追加")
	phone.Says("1", "お使いになる前に、お読みください。")
	const question = "ぽんぽこりんの申し込みをしたい"
	phone.Write("1", question)
	phone.Says("1", "答えが見つかりませんでした")

	b := browser.OpenClerk(t, chrome, demo.counter, 1280, 900)
	signIn(b, ward.Operator)
	began := time.Now()
	b.Goto("/console/unanswered?days=7&channel=line")
	b.Press(question)
	b.Fill("ページを探すことば", "粗大ごみの申込み")
	b.Press("探す")
	b.Press("選んだページで試す")
	b.Says("まだ何も変わっていません。")
	b.Look("fix-try")
	b.Sound("trying a fix", true)
	if *update {
		b.Picture("../../docs/images/console-try.png")
	}
	b.Press("公開する")
	b.Says("公開しました。")
	if took := time.Since(began); took > fixWithin {
		t.Errorf("it took %v", took)
	}
	phone.Write("1", question)
	phone.Until("1", `log.split("粗大ごみ").length > 2 && $$(".bubble").at(-1).innerText.includes("更新日")`)
	phone.Look("fixed")

	b.Goto("/console/stops")
	b.Fill("止めるもの", "ぽんぽこりん")
	b.Fill("代わりに出す電話", "03-0000-0042")
	b.Fill("理由", "名前がまだ決まっていない")
	b.Press("いますぐ止める")
	b.Says("止めました。")
	phone.Write("1", question)
	phone.Says("1", "03-0000-0042")
	phone.Says("1", "ここでのご案内を止めています")
}
