package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "take the pictures of docs/images anew")

// waiting is how long a browser may take for one step.
const waiting = time.Minute

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
		const missing = "chromium is not installed: the simulator was not tried in a browser"
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
		chromedp.WSURLReadTimeout(waiting),
	)...)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// tab is one window. It remembers what it asked for.
type tab struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string
}

func openTab(t *testing.T, browser context.Context, width, height int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx}
	b.must(chromedp.Listen(ctx, func(ev any) {
		if ev, ok := ev.(*network.EventRequestWillBeSent); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.requests = append(b.requests, ev.Request.URL)
		}
	}))
	call(b, network.Enable, network.EnableParams{})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.violations = []; addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
			window.failures = []; addEventListener("error", (e) => failures.push(e.message)); addEventListener("unhandledrejection", (e) => failures.push(String(e.reason)));`,
	})
	b.do(chromedp.EmulateViewport(width, height))
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	return b
}

// call sends one command of the browser's protocol.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waiting)
	defer cancel()
	res, err := chromedp.Call(ctx, cmd, params)
	b.must(err)
	return res
}

func (b *tab) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waiting)
	defer cancel()
	b.must(chromedp.Do(ctx, steps...))
}

// on gives an expression the phone of a resident: $ finds one element there,
// $$ all, log is what the conversation reads, button the one with that name.
func on(number, expression string) string {
	return `(() => {
		const phone = document.querySelector('` + map[bool]string{true: "body", false: `.phone[data-number="` + number + `"]`}[number == ""] + `') ?? document.body;
		const $ = (s) => phone.querySelector(s), $$ = (s) => [...phone.querySelectorAll(s)];
		const log = $(".log")?.innerText ?? "";
		const seen = (e) => e.checkVisibility({ visibilityProperty: true });
		const button = (name, root = phone) => [...root.querySelectorAll("button, a, [role=button]")].filter((e) => seen(e) && (e.getAttribute("aria-label") ?? e.textContent.trim()) === name).at(-1);
		return ` + expression + `;
	})()`
}

func see[T any](b *tab, number, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waiting)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](on(number, expression), chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression on a phone to become true.
func (b *tab) until(number, expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waiting)
	defer cancel()
	poll := chromedp.Poll[any](on(number, expression), chromedp.WithPollingTimeout(waiting/4))
	_, err := chromedp.Run(ctx, poll)
	for err != nil && !errors.Is(err, chromedp.ErrPollingTimeout) && ctx.Err() == nil {
		_, err = chromedp.Run(ctx, poll)
	}
	if err != nil {
		b.Fatalf("never: %s: %v\nthe conversation reads %q", expression, err, see[string](b, number, "log"))
	}
}

// says waits for the conversation to hold text.
func (b *tab) says(number, text string) {
	b.Helper()
	b.until(number, `log.includes(`+quote(text)+`)`)
}

// press presses the button of that name with the keyboard, as soon as there is
// one.
func (b *tab) press(number, name string) {
	b.Helper()
	b.until(number, `button(`+quote(name)+`) !== undefined`)
	b.do(chromedp.Evaluate[chromedp.Void](on(number, `button(`+quote(name)+`).focus()`)))
	b.enter()
}

// enter presses Enter as a keyboard does: key and character are one event.
func (b *tab) enter() {
	b.Helper()
	press := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	call(b, input.DispatchKeyEvent, press)
	press.Type, press.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(b, input.DispatchKeyEvent, press)
}

// choose presses what a selector finds, the nth of them; -1 is the last.
func (b *tab) choose(number, selector string, nth int) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](on(number, fmt.Sprintf(`[...phone.querySelectorAll(%s)].at(%d).focus()`, quote(selector), nth))))
	b.enter()
}

// write types text to the account and sends it.
func (b *tab) write(number, text string) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](on(number, `$("textarea").focus()`)), chromedp.KeyEvent(text))
	b.enter()
}

func (b *tab) is(number, expression string) {
	b.Helper()
	if !see[bool](b, number, expression) {
		b.Errorf("not so: %s", expression)
	}
}

func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(q)
}

// axe fails the test with what axe-core finds on the page as it stands.
func (b *tab) axe(where string) {
	b.Helper()
	source, err := os.ReadFile(filepath.FromSlash("../../../web/testdata/axe/axe.min.js"))
	b.must(err)
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void](string(source)))
	b.must(err)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document).then((r) => {
		const list = (all) => all.map((v) => v.id + ": " + v.help + v.nodes.map((n) => "\n    " + n.html + "\n    " + n.failureSummary).join(""));
		return JSON.stringify({ violations: list(r.violations), passes: r.passes.map((v) => v.id) });
	})`, chromedp.EvalAwaitPromise))
	b.must(err)
	var result struct{ Violations, Passes []string }
	b.must(json.Unmarshal([]byte(found), &result))
	if len(result.Violations) > 0 {
		b.Errorf("%s: axe-core finds\n%s", where, strings.Join(result.Violations, "\n"))
	}
	if !strings.Contains(strings.Join(result.Passes, " "), "color-contrast") {
		b.Errorf("%s: axe-core looked at nothing: %v", where, result.Passes)
	}
}

// picture takes one of docs/images anew, where that is asked for.
func (b *tab) picture(name string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waiting)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	b.must(err)
	if *update {
		b.must(os.WriteFile(filepath.FromSlash("../../../docs/images/"+name), png, 0o644))
	}
}

// look takes a picture into the folder LOOK, for somebody to look at.
func (b *tab) look(name string) {
	b.Helper()
	folder := os.Getenv("LOOK")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.must(err)
	b.must(os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600))
}
