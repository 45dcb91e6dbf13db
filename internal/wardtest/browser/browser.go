// Package browser drives Debian's Chromium for tests, without a driver program:
// a Tab is one window with cookies and storage of its own that remembers what a
// page must not do. Phones are the page of the simulator in one.
//
// axe/ is axe-core, which looks for what keeps people out.
package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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
	"github.com/chromedp/chromedp"
)

// Patience is how long a browser may take for one step before the test says
// that it hangs.
const Patience = time.Minute

//go:embed axe/axe.min.js
var axeSource string

// Start starts the browser, or says by name that it is missing: a skip on a
// laptop, a failure in CI.
func Start(t testing.TB) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		const missing = "chromium is not installed: nothing was tried in a browser"
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
		chromedp.WSURLReadTimeout(Patience),
	)...)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// Tab is one window.
type Tab struct {
	testing.TB
	Ctx context.Context

	mu       sync.Mutex
	requests []string // addresses asked for
	dialogs  int      // alert boxes
}

// Open opens a window. The page's window.violations are those of its content
// security policy, window.failures those of its scripts.
func Open(t testing.TB, browser context.Context) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &Tab{TB: t, Ctx: ctx}
	b.Must(chromedp.Listen(ctx, func(ev any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			b.requests = append(b.requests, ev.Request.URL)
		case *page.EventJavascriptDialogOpening:
			b.dialogs++
		}
	}))
	Call(b, network.Enable, network.EnableParams{})
	Call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.violations = []; addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
			window.failures = []; addEventListener("error", (e) => failures.push(e.message)); addEventListener("unhandledrejection", (e) => failures.push(String(e.reason)));`,
	})
	return b
}

// Must ends the test at an error.
func (b *Tab) Must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// Do takes steps.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, Patience)
	defer cancel()
	b.Must(chromedp.Do(ctx, steps...))
}

// Call sends one command of the browser's protocol.
func Call[P, R any](b *Tab, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, Patience)
	defer cancel()
	res, err := chromedp.Call(ctx, cmd, params)
	b.Must(err)
	return res
}

// See evaluates an expression.
func See[T any](b *Tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Until waits for an expression to become true, also over the end of a
// navigation, which takes the page from under a running poll. Where it never
// does, the test ends with what log says.
func (b *Tab) Until(expression, log string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, Patience)
	defer cancel()
	poll := chromedp.Poll[any](expression, chromedp.WithPollingTimeout(Patience/4))
	_, err := chromedp.Run(ctx, poll)
	for err != nil && !errors.Is(err, chromedp.ErrPollingTimeout) && ctx.Err() == nil {
		_, err = chromedp.Run(ctx, poll)
	}
	if err != nil {
		b.Fatalf("never: %s: %v\nthe conversation reads %q", expression, err, See[string](b, log))
	}
}

// Screen sets size and preferences ("prefers-color-scheme=dark"). Nothing
// moves unless they say so: a test would have to wait for it.
func (b *Tab) Screen(width, height int64, preferences ...string) {
	b.Helper()
	b.Do(chromedp.EmulateViewport(width, height))
	preferences = append([]string{"prefers-reduced-motion=reduce"}, preferences...)
	var features []*emulation.MediaFeature
	for _, p := range preferences {
		name, value, _ := strings.Cut(p, "=")
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// Enter presses Enter as a keyboard does: key and character are one event, so
// that a page can keep the character from being typed. KeyEvent sends two.
func (b *Tab) Enter(modifiers int64) {
	b.Helper()
	press := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, Modifiers: modifiers,
	}
	Call(b, input.DispatchKeyEvent, press)
	press.Type, press.Text = input.DispatchKeyEventTypeKeyUp, ""
	Call(b, input.DispatchKeyEvent, press)
}

// Axe fails the test with what axe-core finds on the page as it stands, and
// where one of the rules looked found nothing to look at. Rules that cannot be
// judged there are left out by name. It gives the contrasts that axe-core could
// not judge.
func (b *Tab) Axe(where string, looked []string, without ...string) (unsure []string) {
	b.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](axeSource))
	off, err := json.Marshal(append([]string{}, without...))
	b.Must(err)
	found := See[string](b, `axe.run(document, { rules: Object.fromEntries(`+string(off)+`.map((id) => [id, { enabled: false }])) }).then((r) => {
		const list = (all) => all.map((v) => v.id + ": " + v.help + v.nodes.map((n) => "\n    " + n.html + "\n    " + n.failureSummary).join(""));
		return JSON.stringify({
			violations: list(r.violations),
			unsure: list(r.incomplete.filter((v) => v.id === "color-contrast")),
			passes: r.passes.map((v) => v.id),
		});
	})`)
	var result struct{ Violations, Unsure, Passes []string }
	b.Must(json.Unmarshal([]byte(found), &result))
	if len(result.Violations) > 0 {
		b.Errorf("%s: axe-core finds\n%s", where, strings.Join(result.Violations, "\n"))
	}
	for _, rule := range looked {
		if !slices.Contains(result.Passes, rule) && !slices.Contains(without, rule) {
			b.Errorf("%s: axe-core found no %s to look at: %v", where, rule, result.Passes)
		}
	}
	return result.Unsure
}

// Strangers are the requests to other addresses than these beginnings.
func (b *Tab) Strangers(known ...string) (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(r, k) }) {
			all = append(all, r)
		}
	}
	return all
}

// Dialogs is how many alert boxes there were.
func (b *Tab) Dialogs() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dialogs
}

// Picture takes a picture into file.
func (b *Tab) Picture(file string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, Patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	b.Must(err)
	b.Must(os.MkdirAll(filepath.Dir(file), 0o755))
	b.Must(os.WriteFile(file, png, 0o644))
}

// Look takes a picture into the folder LOOK, for somebody to look at.
func (b *Tab) Look(name string) {
	b.Helper()
	if folder := os.Getenv("LOOK"); folder != "" {
		b.Picture(filepath.Join(folder, name+".png"))
	}
}
