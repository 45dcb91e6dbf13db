package line_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line"
	"madoguchi/internal/wardtest/lineapi"
	"madoguchi/ward"
)

// menuPlatform is LINE as far as rich menus go. It refuses what LINE refuses,
// and fails the test when residents would be left without a menu.
type menuPlatform struct {
	*httptest.Server
	t     testing.TB
	check func(*http.Request) error

	mu       sync.Mutex
	menus    map[string]*menuThere // by LINE's id
	aliases  map[string]string
	standard string
	made     int
	unlinked int
	writes   []string // calls that change something
	failAt   int      // the number of the write that fails, 0 for none
	late     bool     // it fails after it was done
	status   int
}

type menuThere struct {
	Name  string `json:"name"`
	image bool
	body  []byte
}

func newMenuPlatform(t testing.TB) *menuPlatform {
	p := &menuPlatform{t: t, check: lineapi.Checker(t), menus: map[string]*menuThere{}, aliases: map[string]string{}, status: http.StatusInternalServerError}
	mux := http.NewServeMux()
	for pattern, do := range map[string]func(*http.Request) (int, any){
		"GET /v2/bot/richmenu/list":             p.list,
		"GET /v2/bot/richmenu/alias/list":       p.listAliases,
		"GET /v2/bot/user/all/richmenu":         p.getDefault,
		"GET /v2/bot/richmenu/{id}":             p.get,
		"POST /v2/bot/richmenu":                 p.create,
		"POST /v2/bot/richmenu/{id}/{part}":     p.uploadOrPoint,
		"POST /v2/bot/richmenu/alias":           p.createAlias,
		"DELETE /v2/bot/richmenu/alias/{alias}": p.deleteAlias,
		"POST /v2/bot/user/all/richmenu/{id}":   p.setDefault,
		"DELETE /v2/bot/richmenu/{id}":          p.deleteMenu,
		"POST /v2/bot/richmenu/batch":           p.batch,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, do) })
	}
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *menuPlatform) answer(w http.ResponseWriter, r *http.Request, do func(*http.Request) (int, any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(r); err != nil {
		p.t.Errorf("LINE would refuse %s %s: %v", r.Method, r.URL.Path, err)
	}
	fails := false
	if r.Method != http.MethodGet {
		p.writes = append(p.writes, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/v2/bot/"))
		fails = len(p.writes) == p.failAt
	}
	status, body := p.status, any(map[string]string{"message": "no"})
	if !fails || p.late {
		if done, answer := do(r); !fails {
			status, body = done, answer
		}
	}
	p.whole()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body == nil {
		body = map[string]string{}
	}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		p.t.Error(err)
	}
}

// whole fails the test where a resident would see no menu, or a tab of a menu
// that they can see would lead to none.
func (p *menuPlatform) whole() {
	if p.standard == "" {
		return
	}
	seen := append(slices.Collect(maps.Values(p.aliases)), p.standard)
	for _, id := range seen {
		m := p.menus[id]
		if m == nil || !m.image {
			p.t.Errorf("after %v: residents are led to %s, which is not there", p.writes, id)
			continue
		}
		for _, after := range strings.Split(string(m.body), `"richMenuAliasId":"`)[1:] {
			if alias, _, _ := strings.Cut(after, `"`); p.aliases[alias] == "" {
				p.t.Errorf("after %v: the tab %s of %s leads nowhere", p.writes, alias, m.Name)
			}
		}
	}
}

func (p *menuPlatform) list(*http.Request) (int, any) {
	all := []json.RawMessage{}
	for _, id := range slices.Sorted(maps.Keys(p.menus)) {
		all = append(all, json.RawMessage(fmt.Sprintf(`{"richMenuId":%q,%s`, id, p.menus[id].body[1:])))
	}
	return http.StatusOK, map[string]any{"richmenus": all}
}

func (p *menuPlatform) get(r *http.Request) (int, any) {
	m := p.menus[r.PathValue("id")]
	if m == nil {
		return http.StatusNotFound, nil
	}
	return http.StatusOK, json.RawMessage(fmt.Sprintf(`{"richMenuId":%q,%s`, r.PathValue("id"), m.body[1:]))
}

func (p *menuPlatform) listAliases(*http.Request) (int, any) {
	all := []map[string]string{}
	for alias, id := range p.aliases {
		all = append(all, map[string]string{"richMenuAliasId": alias, "richMenuId": id})
	}
	return http.StatusOK, map[string]any{"aliases": all}
}

func (p *menuPlatform) getDefault(*http.Request) (int, any) {
	if p.standard == "" {
		return http.StatusNotFound, nil
	}
	return http.StatusOK, map[string]string{"richMenuId": p.standard}
}

func (p *menuPlatform) create(r *http.Request) (int, any) {
	m := &menuThere{}
	m.body, _ = io.ReadAll(r.Body)
	if err := json.Unmarshal(m.body, m); err != nil {
		return http.StatusBadRequest, nil
	}
	p.made++
	id := fmt.Sprintf("richmenu-%032x", p.made)
	p.menus[id] = m
	return http.StatusOK, map[string]string{"richMenuId": id}
}

// uploadOrPoint tells two addresses apart that a mux cannot.
func (p *menuPlatform) uploadOrPoint(r *http.Request) (int, any) {
	if r.PathValue("id") == "alias" {
		return p.updateAlias(r)
	}
	return p.upload(r)
}

func (p *menuPlatform) upload(r *http.Request) (int, any) {
	m := p.menus[r.PathValue("id")]
	picture, err := io.ReadAll(r.Body)
	switch {
	case m == nil:
		return http.StatusNotFound, nil
	case err != nil || m.image || len(picture) > 1<<20 || http.DetectContentType(picture) != "image/png" || r.Header.Get("Content-Type") != "image/png":
		return http.StatusBadRequest, nil
	}
	m.image = true
	return http.StatusOK, nil
}

func (p *menuPlatform) createAlias(r *http.Request) (int, any) {
	var in struct{ RichMenuAliasID, RichMenuID string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || p.aliases[in.RichMenuAliasID] != "" {
		return http.StatusBadRequest, nil
	}
	return p.point(in.RichMenuAliasID, in.RichMenuID)
}

func (p *menuPlatform) updateAlias(r *http.Request) (int, any) {
	var in struct{ RichMenuID string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || p.aliases[r.PathValue("part")] == "" {
		return http.StatusNotFound, nil
	}
	return p.point(r.PathValue("part"), in.RichMenuID)
}

func (p *menuPlatform) point(alias, id string) (int, any) {
	if m := p.menus[id]; m == nil || !m.image {
		return http.StatusBadRequest, nil
	}
	p.aliases[alias] = id
	return http.StatusOK, nil
}

func (p *menuPlatform) deleteAlias(r *http.Request) (int, any) {
	delete(p.aliases, r.PathValue("alias"))
	return http.StatusOK, nil
}

func (p *menuPlatform) setDefault(r *http.Request) (int, any) {
	if m := p.menus[r.PathValue("id")]; m == nil || !m.image {
		return http.StatusNotFound, nil
	}
	p.standard = r.PathValue("id")
	return http.StatusOK, nil
}

func (p *menuPlatform) deleteMenu(r *http.Request) (int, any) {
	if p.menus[r.PathValue("id")] == nil {
		return http.StatusNotFound, nil
	}
	delete(p.menus, r.PathValue("id"))
	return http.StatusOK, nil
}

func (p *menuPlatform) batch(r *http.Request) (int, any) {
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), `"unlinkAll"`) {
		p.unlinked++
	}
	return http.StatusAccepted, nil
}

// shows is what stands at LINE, in the words of the files: each alias, the
// default, and how many menus there are.
func (p *menuPlatform) shows() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]string{"default": p.name(p.standard), "menus": fmt.Sprint(len(p.menus))}
	for alias, id := range p.aliases {
		out[alias] = p.name(id)
	}
	return out
}

func (p *menuPlatform) name(id string) string {
	if m := p.menus[id]; m != nil {
		return m.Name
	}
	return "none"
}

// editions are two folders of menus, drawn once: main and incident change from
// one to the other, "kept" stays, "gone" goes, "fresh" comes.
var editions = sync.OnceValues(func() ([2]*line.RichMenus, error) {
	before, err := edition("古い", "gone")
	after, err2 := edition("新しい", "fresh")
	return [2]*line.RichMenus{before, after}, errors.Join(err, err2)
})

func bothEditions(t testing.TB) (before, after *line.RichMenus) {
	t.Helper()
	both, err := editions()
	if err != nil {
		t.Fatal(err)
	}
	return both[0], both[1]
}

func edition(text, tab string) (*line.RichMenus, error) {
	site, err := url.Parse("https://www.city.example.jp/")
	if err != nil {
		return nil, err
	}
	tabs := fmt.Sprintf("tabs = [\"main\", \"kept\", %q]\n", tab)
	back := cell(`label = "もどる", tab = "main"`)
	return line.ReadRichMenus(folder(map[string]string{
		"main.toml":     menuFile(tabs + cell(fmt.Sprintf("label = %q, icon = \"trash\", uri = \"/gomi/?a=1&b=2\"", text))),
		"kept.toml":     menuFile(back),
		tab + ".toml":   menuFile(back),
		"incident.toml": menuFile("heading = \"災害のとき\"\n" + cell(fmt.Sprintf("label = %q, tel = \"03-0000-0001\"", text))),
	}), site)
}

// apply plans and applies once; it gives the sentences of what was done.
func apply(t testing.TB, p *menuPlatform, menus *line.RichMenus) (done []string, err error) {
	t.Helper()
	c, _ := newClient(t, p.URL)
	plan, err := menus.Plan(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	err = plan.Apply(t.Context(), func(s string) { done = append(done, s) })
	return done, err
}

func mustApply(t testing.TB, p *menuPlatform, menus *line.RichMenus) []string {
	t.Helper()
	done, err := apply(t, p, menus)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func incident(t testing.TB, p *menuPlatform, on bool) error {
	t.Helper()
	c, _ := newClient(t, p.URL)
	return c.SwitchIncident(t.Context(), on)
}

// Menus are replaced without a gap, whichever call fails, before it is done or
// after; applying again ends where one without failure ends.
func TestRichMenuApplySurvives(t *testing.T) {
	before, after := bothEditions(t)
	whole := newMenuPlatform(t)
	mustApply(t, whole, before)
	whole.writes = nil
	mustApply(t, whole, after)
	want, calls := whole.shows(), len(whole.writes)
	if calls != 14 || want["menus"] != "4" || !strings.HasPrefix(want["default"], "madoguchi/main/") || want["madoguchi-gone"] != "" {
		t.Fatalf("%d calls led to %v", calls, want)
	}
	for n := 1; n <= calls; n++ {
		for _, late := range []bool{false, true} {
			p := newMenuPlatform(t)
			mustApply(t, p, before)
			p.writes, p.failAt, p.late = nil, n, late
			_, err := apply(t, p, after)
			if ward.KindOf(err) != ward.Unavailable {
				t.Errorf("call %d failed (late %v): %v", n, late, err)
			}
			p.failAt = 0
			mustApply(t, p, after)
			if diff := cmp.Diff(want, p.shows()); diff != "" {
				t.Errorf("after call %d failed (late %v) and a second try:\n%s", n, late, diff)
			}
			if again := mustApply(t, p, after); len(again) > 0 {
				t.Errorf("after call %d failed: a third try still does %v", n, again)
			}
		}
	}
}

// What did not change is left alone, and so is what is not ours.
func TestRichMenuApplyIsIdempotent(t *testing.T) {
	p := newMenuPlatform(t)
	p.menus["richmenu-foreign"] = &menuThere{Name: "someone's", image: true, body: []byte(`{"name":"someone's","size":{"width":2500,"height":843},"selected":true,"chatBarText":"a","areas":[]}`)}
	p.aliases["someones-tab"] = "richmenu-foreign"
	before, after := bothEditions(t)
	again, err := edition("古い", "gone")
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, p, before)
	p.writes = nil
	if done := mustApply(t, p, again); len(done) > 0 || len(p.writes) > 0 {
		t.Errorf("the second apply did %v by %v", done, p.writes)
	}
	mustApply(t, p, after)
	if kept := slices.ContainsFunc(p.writes, func(w string) bool { return strings.Contains(w, "madoguchi-kept") || strings.Contains(w, "foreign") }); kept {
		t.Errorf("what is not changed or not ours was touched: %v", p.writes)
	}
	if p.shows()["someones-tab"] != "someone's" {
		t.Errorf("a foreign menu is gone: %v", p.shows())
	}
}

// Old menus are deleted as far as LINE lets a channel delete in an hour.
func TestRichMenuBudget(t *testing.T) {
	p := newMenuPlatform(t)
	for i := range 130 {
		p.menus[fmt.Sprintf("richmenu-%04d", i)] = &menuThere{Name: "madoguchi/main/old", body: []byte(`{"name":"madoguchi/main/old","size":{"width":2500,"height":843},"selected":true,"chatBarText":"a","areas":[]}`)}
	}
	menus, _ := bothEditions(t)
	c, _ := newClient(t, p.URL)
	plan, err := menus.Plan(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	changes := 0
	for _, w := range p.writes {
		if w == "POST richmenu" || strings.HasPrefix(w, "DELETE ") {
			changes++
		}
	}
	if changes != 100 || plan.Left != 34 {
		t.Errorf("%d menus created and deleted, %d left; want 100 and 34", changes, plan.Left)
	}
	mustApply(t, p, menus)
	if got := p.shows()["menus"]; got != "4" {
		t.Errorf("an hour later there are %s menus, want 4", got)
	}
}

// An incident is shown by the first call, and ends only when it is ended.
func TestIncidentMenu(t *testing.T) {
	p := newMenuPlatform(t)
	before, after := bothEditions(t)
	if err := incident(t, p, true); ward.KindOf(err) != ward.NotFound || !strings.Contains(err.Error(), "apply") {
		t.Errorf("before anything was applied: %v", err)
	}
	mustApply(t, p, before)
	p.writes = nil
	if err := incident(t, p, true); err != nil {
		t.Fatal(err)
	}
	if len(p.writes) != 2 || !strings.HasPrefix(p.writes[0], "POST user/all/richmenu/") || p.unlinked != 1 {
		t.Errorf("switched by %v, residents taken back from tabs %d times", p.writes, p.unlinked)
	}
	shown := func(want string) {
		t.Helper()
		c, _ := newClient(t, p.URL)
		if id, set, err := c.ShownMenu(t.Context()); id != want || !set || err != nil {
			t.Errorf("shown is %q, %v, %v; want %q", id, set, err, want)
		}
	}
	shown("incident")
	p.writes, p.failAt = nil, 10 // an update in the middle of it fails when the new menu is to be shown
	if _, err := apply(t, p, after); err == nil {
		t.Error("the call failed, and nothing was said")
	}
	shown("incident")
	p.failAt = 0
	mustApply(t, p, after)
	shown("incident")
	p.writes = nil
	if err := incident(t, p, false); err != nil || len(p.writes) != 1 {
		t.Errorf("switched back by %v, %v", p.writes, err)
	}
	shown("main")
	p.writes, p.failAt, p.status = nil, 2, http.StatusTooManyRequests
	if err := incident(t, p, true); ward.KindOf(err) != ward.TooMany || !strings.Contains(err.Error(), "切り替わりましたが") {
		t.Errorf("the menu was switched and the tabs were not: %v", err)
	}
	shown("incident")
}

func TestDefaultMenuLinks(t *testing.T) {
	p := newMenuPlatform(t)
	c, _ := newClient(t, p.URL)
	if _, err := c.DefaultMenuLinks(t.Context()); ward.KindOf(err) != ward.NotFound {
		t.Errorf("no menu at all: %v", err)
	}
	before, _ := bothEditions(t)
	mustApply(t, p, before)
	got, err := c.DefaultMenuLinks(t.Context())
	if diff := cmp.Diff([]string{"https://www.city.example.jp/gomi/?a=1&b=2"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
