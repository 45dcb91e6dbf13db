package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// deskOf is a counter that finds nothing.
type deskOf struct{}

func (deskOf) Try(context.Context, string, *ward.Fix) (ward.Trial, error) {
	return ward.Trial{Answer: ward.Answer{Verdict: ward.Nothing}, Replies: []ward.Reply{{Text: "見つかりませんでした。"}}}, nil
}

func (deskOf) Alike(_ context.Context, texts []string) ([][]int, error) {
	groups := make([][]int, len(texts))
	for i := range texts {
		groups[i] = []int{i}
	}
	return groups, nil
}

// Halts knows one spelling of a word; package bot knows the others.
func (deskOf) Halts(stop ward.Stop, question string, d *ward.Document) bool {
	switch {
	case stop.Kind == ward.StopWord:
		return strings.Contains(question, stop.Value) || d != nil && strings.Contains(d.Title+d.Text, stop.Value)
	case stop.Kind == ward.StopPage:
		return d != nil && ward.SamePage(d.URL, stop.Value)
	}
	return d != nil && strings.HasPrefix(strings.Join(d.Category, ward.CategorySeparator), stop.Value)
}

func (deskOf) Pages(context.Context, string, int) ([]ward.Document, error) { return nil, nil }

// office is a console under test with a store of its own.
type office struct {
	*site
	t   *testing.T
	log *strings.Builder
	now time.Time
}

// openOffice makes one; change sets more of its Options.
func openOffice(t *testing.T, change ...func(*Options)) *office {
	t.Helper()
	of := &office{t: t, log: &strings.Builder{}, now: time.Date(2026, 4, 1, 0, 30, 0, 0, ward.Japan())}
	store, err := data.Open(t.Context(), data.Options{Dir: t.TempDir(), Now: func() time.Time { return of.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	o := Options{Store: store, Desk: deskOf{}, WardName: "見本区", Now: func() time.Time { return of.now },
		Log: slog.New(slog.NewTextHandler(of.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, c := range change {
		c(&o)
	}
	if of.site, err = newSite(o); err != nil {
		t.Fatal(err)
	}
	return of
}

// person is somebody at the console. Nobody is signed in as a role of "".
type person struct {
	of   *office
	role ward.Role
}

func (of *office) as(role ward.Role) person { return person{of, role} }

// answer is what the console answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request as the person's browser would.
func (p person) send(method, target string, body io.Reader) answer {
	p.of.t.Helper()
	p.of.identify = func(*http.Request) (*visitor, error) {
		if p.role == "" {
			return nil, nil
		}
		return &visitor{Staff: ward.Staff{ID: "staff-" + string(p.role), Name: p.role.Title(), Role: p.role}}, nil
	}
	r := httptest.NewRequestWithContext(p.of.t.Context(), method, target, body)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	p.of.handler().ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// get opens a page, which must be there.
func (p person) get(target string) string {
	p.of.t.Helper()
	a := p.send(http.MethodGet, target, nil)
	if a.status != http.StatusOK {
		p.of.t.Fatalf("GET %s as %q: %d\n%s\n%s", target, p.role, a.status, a.body, p.of.log)
	}
	return a.body
}

// post sends a form and gives the answer, whatever it is.
func (p person) post(target string, fields url.Values) answer {
	p.of.t.Helper()
	return p.send(http.MethodPost, target, strings.NewReader(fields.Encode()))
}

var wildcard = regexp.MustCompile(`\{[^}$]*\}`)

// TestRolesOnRoutes holds every route against the table of roles: who may is let
// in, whatever the page then says of the rest; who may not is refused.
func TestRolesOnRoutes(t *testing.T) {
	of := openOffice(t)
	for _, r := range of.routes() {
		method, pattern, ok := strings.Cut(r.pattern, " ")
		if !ok || method != http.MethodGet && method != http.MethodPost {
			t.Errorf("%s: a route names GET or POST", r.pattern)
			continue
		}
		target := strings.ReplaceAll(wildcard.ReplaceAllString(pattern, "x"), "{$}", "")
		if r.action != anyone && r.action.Title() == "" {
			t.Errorf("%s takes %q, which is not in the table", r.pattern, r.action)
		}
		for _, role := range ward.Roles() {
			a := of.as(role).send(method, target, nil)
			if refused := strings.Contains(a.body, "あなたの役割"); refused == (r.action == anyone || role.May(r.action)) {
				t.Errorf("%s as %s: %d, refused %v", r.pattern, role, a.status, refused)
			} else if refused && a.status != http.StatusForbidden {
				t.Errorf("%s as %s is refused with %d", r.pattern, role, a.status)
			}
			if a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
				t.Errorf("%s as %s: %d\n%s", r.pattern, role, a.status, of.log)
			}
		}
		a := of.as("").send(method, target, nil)
		if toSignIn := strings.HasPrefix(a.header.Get("Location"), "/console/sign-in"); r.action != anyone && (!toSignIn || a.status != http.StatusSeeOther) {
			t.Errorf("%s signed out: %d to %q", r.pattern, a.status, a.header.Get("Location"))
		}
	}
}

// TestRoutesFromElsewhere: a form of another site is refused on every route.
func TestRoutesFromElsewhere(t *testing.T) {
	of := openOffice(t)
	h := of.handler()
	for _, r := range of.routes() {
		method, pattern, _ := strings.Cut(r.pattern, " ")
		if method != http.MethodPost {
			continue
		}
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			req := httptest.NewRequestWithContext(t.Context(), method, wildcard.ReplaceAllString(pattern, "x"), nil)
			req.Header.Set(header[0], header[1])
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %d", r.pattern, header, w.Code)
			}
		}
	}
}

func TestHeadersOfEveryPage(t *testing.T) {
	of := openOffice(t)
	for _, target := range []string{"/console/sign-in", "/console/", "/console/no-such-page", "/console/asset/console.css"} {
		h := of.as(ward.Operator).send(http.MethodGet, target, nil).header
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", target, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", target, h)
		}
	}
}

// A form of a megabyte is refused with a sentence.
func TestLargeForm(t *testing.T) {
	of := openOffice(t)
	for _, r := range of.routes() {
		method, pattern, _ := strings.Cut(r.pattern, " ")
		if method != http.MethodPost {
			continue
		}
		for _, role := range ward.Roles() {
			if r.action != anyone && !role.May(r.action) {
				continue
			}
			a := of.as(role).post(wildcard.ReplaceAllString(pattern, "x"), url.Values{"text": {strings.Repeat("あ", 1<<20)}})
			if a.status != http.StatusRequestEntityTooLarge && a.status != http.StatusNotFound && a.status != http.StatusSeeOther {
				t.Errorf("%s as %s: %d", r.pattern, role, a.status)
			}
		}
	}
}
