package browser

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// Clerk is somebody at the staff console: pages that come one after the other,
// fields found by their labels, buttons and links by the words on them.
type Clerk struct {
	*Tab
	address string // of the service
}

// OpenClerk opens a window on the service at address, of width by height.
func OpenClerk(t testing.TB, browser context.Context, address string, width, height int64) *Clerk {
	t.Helper()
	b := &Clerk{Open(t, browser), address}
	b.Screen(width, height)
	return b
}

// Goto opens a page.
func (b *Clerk) Goto(path string) {
	b.Helper()
	b.Do(chromedp.Navigate(b.address + path))
	b.Until(`document.readyState === "complete"`, `location.href`)
}

// named is the first element that can be seen, can be used and is called name.
const named = `const named = (selector, name) => [...document.querySelectorAll(selector)].find((e) =>
	!e.disabled && e.checkVisibility() && (e.innerText || e.value || e.ariaLabel || "").trim().replace(/\s+/g, " ").startsWith(name));`

// Press uses the button or link that is called name, the first one whose name
// begins so, and waits for the page that comes of it.
func (b *Clerk) Press(name string) {
	b.Helper()
	b.click("main button, main a, header button, header a, nav a", name)
	b.Until(`window.pressed === undefined && document.readyState === "complete"`, `location.href + document.body?.innerText`)
}

func (b *Clerk) click(selector, name string) {
	b.Helper()
	find := `(() => { ` + named + ` return named(` + Quote(selector) + `, ` + Quote(name) + `); })()`
	b.Until(find+` !== undefined`, `document.body?.innerText`)
	b.Do(chromedp.Evaluate[chromedp.Void](`{ const found = ` + find + `; window.pressed = true; found.click(); }`))
}

// Fill types text into the field with this label.
func (b *Clerk) Fill(label, text string) {
	b.Helper()
	filled := See[bool](b.Tab, `(() => {
		const label = [...document.querySelectorAll("label")].find((e) => e.checkVisibility() && e.innerText.trim().startsWith(`+Quote(label)+`));
		const field = label?.control;
		if (!field) return false;
		field.focus();
		if (field.type === "checkbox" || field.type === "radio") field.checked = true;
		else field.value = `+Quote(text)+`;
		field.dispatchEvent(new Event("input", { bubbles: true }));
		field.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`)
	if !filled {
		b.Fatalf("no field %q on\n%s", label, See[string](b.Tab, `document.body.innerText`))
	}
}

// Says waits until the page says text.
func (b *Clerk) Says(text string) {
	b.Helper()
	b.Until(`document.body?.innerText.includes(`+Quote(text)+`)`, `document.body?.innerText`)
}

// Sound fails the test where the page breaks a rule of its own or of people who
// see, hear or move differently: the content security policy, scripts, what reaches
// beyond the screen, one h1; looked at closely also by axe-core.
func (b *Clerk) Sound(where string, closely bool) {
	b.Helper()
	if closely {
		b.Axe(where, []string{"document-title", "html-has-lang", "heading-order", "landmark-one-main"})
	}
	for what, wrong := range map[string]string{
		"content security policy": `window.violations.join("; ")`,
		"scripts":                 `window.failures.join("; ")`,
		"beyond the screen":       `document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth && !e.parentElement.closest(".scroll")).map((e) => e.outerHTML.slice(0, 120)).slice(0, 4).join("; ") : ""`,
		"headings":                `document.querySelectorAll("h1").length === 1 ? "" : "h1: " + document.querySelectorAll("h1").length`,
	} {
		if found := See[string](b.Tab, wrong); found != "" {
			b.Errorf("%s: %s: %s", where, what, found)
		}
	}
	if strangers := b.Strangers(b.address, "about:", "data:", "chrome"); len(strangers) > 0 {
		b.Errorf("%s asks others: %v", where, strangers)
	}
}

// Links are the paths that the menu leads to.
func (b *Clerk) Links() []string {
	b.Helper()
	return See[[]string](b.Tab, `[...document.querySelectorAll("nav.menu a")].map((a) => a.getAttribute("href"))`)
}

// Is fails the test where an expression is not true.
func (b *Clerk) Is(expression string) {
	b.Helper()
	if !See[bool](b.Tab, expression) {
		b.Errorf("not so on %s: %s", See[string](b.Tab, "location.pathname"), expression)
	}
}
