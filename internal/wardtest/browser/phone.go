package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// Phones is the page of the simulator. A phone has the number that stands on
// it; "" is the page as a whole.
type Phones struct{ *Tab }

// OpenPhones opens the page at address, which ends in /sim/.
func OpenPhones(t testing.TB, browser context.Context, address string, width, height int64) *Phones {
	t.Helper()
	b := &Phones{Open(t, browser)}
	b.Screen(width, height)
	b.Do(chromedp.Navigate(address))
	b.Until("", `document.querySelector("#webhook").textContent.startsWith("http")`)
	return b
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

// SeeOn evaluates an expression on a phone.
func SeeOn[T any](b *Phones, number, expression string) T {
	b.Helper()
	return See[T](b.Tab, on(number, expression))
}

// Until waits for an expression on a phone to become true.
func (b *Phones) Until(number, expression string) {
	b.Helper()
	b.Tab.Until(on(number, expression), on(number, "log"))
}

// Says waits for the conversation to hold text.
func (b *Phones) Says(number, text string) {
	b.Helper()
	b.Until(number, `log.includes(`+Quote(text)+`)`)
}

// Act does something on a phone.
func (b *Phones) Act(number, script string) {
	b.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](on(number, script)))
}

// Press presses the button of that name with the keyboard, as soon as there is
// one.
func (b *Phones) Press(number, name string) {
	b.Helper()
	b.Until(number, `button(`+Quote(name)+`) !== undefined`)
	b.Act(number, `button(`+Quote(name)+`).focus()`)
	b.Enter(0)
}

// Choose presses what a selector finds, the nth of them; -1 is the last.
func (b *Phones) Choose(number, selector string, nth int) {
	b.Helper()
	b.Act(number, fmt.Sprintf(`$$(%s).at(%d).focus()`, Quote(selector), nth))
	b.Enter(0)
}

// Write types text to the account and sends it.
func (b *Phones) Write(number, text string) {
	b.Helper()
	b.Act(number, `$("textarea").focus()`)
	b.Do(chromedp.KeyEvent(text))
	b.Enter(0)
}

// Is fails the test where an expression on a phone is not true.
func (b *Phones) Is(number, expression string) {
	b.Helper()
	if !SeeOn[bool](b, number, expression) {
		b.Errorf("not so: %s", expression)
	}
}

// Axe fails the test with what axe-core finds.
func (b *Phones) Axe(where string) {
	b.Helper()
	b.Tab.Axe(where, []string{"color-contrast"})
}

// Calm fails the test where the page did what it must not do: run against its
// policy, fail, or ask other addresses than its own.
func (b *Phones) Calm(address string) {
	b.Helper()
	if v := See[[]string](b.Tab, "window.violations"); len(v) > 0 {
		b.Errorf("against the content security policy: %v", v)
	}
	if v := See[[]string](b.Tab, "window.failures"); len(v) > 0 {
		b.Errorf("scripts failed: %v", v)
	}
	if all := b.Strangers(address, "data:", "blob:"); len(all) > 0 {
		b.Errorf("the page asked for %v", all)
	}
}

// Quote writes s as a script does.
func Quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // cannot be
	}
	return string(q)
}
