package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"madoguchi/data"
	"madoguchi/ward"
)

var onceOnPage = regexp.MustCompile(`<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>`)

// once is the one-time password on a page.
func (b *seat) once(a answer) string {
	b.of.t.Helper()
	found := onceOnPage.FindStringSubmatch(a.body)
	if a.status != http.StatusOK || found == nil {
		b.of.t.Fatalf("%d, no password on the page:\n%s", a.status, a.body)
	}
	return found[1]
}

func (of *office) stored(login string) data.Credentials {
	of.t.Helper()
	c, err := of.Store.Credentials(of.t.Context(), login)
	if err != nil {
		of.t.Fatal(err)
	}
	return c
}

// TestAppointment: somebody is appointed, signs in, is changed and dismissed.
func TestAppointment(t *testing.T) {
	of := openOffice(t)
	boss, chief := of.in("boss", ward.SecurityManager)
	a := boss.post("/console/staff", "login", "Tanaka", "name", "田中 見本", "section", "広報課", "role", "operator")
	password := boss.once(a)
	if strings.Contains(of.log.String(), password) {
		t.Error("the log holds the password")
	}
	boss.says(boss.get("/console/staff"), http.StatusOK, "田中 見本", "まだ入っていません", chief.Name, "2026年4月1日", "回答を公開する", "できない")
	if strings.Contains(boss.get("/console/staff").body, password) {
		t.Error("the password is shown twice")
	}
	tanaka := of.browser()
	tanaka.firstTime("tanaka", password)
	tanaka.says(tanaka.get("/console/me"), http.StatusOK, "田中 見本", chief.Name)
	tanaka.says(tanaka.get("/console/staff"), http.StatusForbidden)

	p := of.stored("tanaka")
	boss.says(boss.get("/console/staff/"+p.ID), http.StatusOK, "田中 見本", "設定済み")
	boss.to(boss.post("/console/staff/"+p.ID, "version", "1", "name", "田中 改名", "section", "広報課", "role", "auditor"), "/console/staff/"+p.ID+"?done=saved")
	tanaka.to(tanaka.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme") // another role: signed out
	tanaka.signIn("tanaka")
	tanaka.says(tanaka.get("/console/staff"), http.StatusOK, "田中 改名") // an auditor may look
	if strings.Contains(tanaka.get("/console/staff").body, `action="/console/staff"`) || strings.Contains(tanaka.get("/console/staff/"+p.ID).body, "保存する") {
		t.Error("an auditor is offered to appoint")
	}
	tanaka.says(tanaka.post("/console/staff", "login", "x"), http.StatusForbidden)

	for path, want := range map[string]string{"factor-reset": "/console/staff/" + p.ID + "?done=factor-reset", "sign-out": "/console/staff/" + p.ID + "?done=signed-out-all"} {
		boss.to(boss.post("/console/staff/"+p.ID+"/"+path), want)
		tanaka.to(tanaka.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")
		if path == "sign-out" {
			continue
		}
		tanaka.to(tanaka.post("/console/sign-in", "login", "tanaka", "password", ownPassword), "/console/sign-in/set-up?next=%2Fconsole%2F")
		tanaka.to(tanaka.post("/console/sign-in/set-up", "code", of.codeFor(tanaka.secretOnPage("/console/sign-in/set-up"))), "/console/")
	}
	again := boss.once(boss.post("/console/staff/" + p.ID + "/password"))
	tanaka.says(tanaka.post("/console/sign-in", "login", "tanaka", "password", ownPassword), http.StatusForbidden, wrongPassword)
	boss.to(boss.post("/console/staff/"+p.ID+"/dismiss", "version", "2"), "/console/staff?done=person-gone")
	tanaka.says(tanaka.post("/console/sign-in", "login", "tanaka", "password", again), http.StatusForbidden, wrongPassword)
	boss.says(boss.get("/console/staff"), http.StatusOK, "解任 2026年4月1日", "田中 改名")
}

// Nobody gets further by a form than by the pages that they see.
func TestEscalation(t *testing.T) {
	of := openOffice(t)
	_, chief := of.in("boss", ward.SecurityManager)
	manager, m := of.in("manager", ward.SystemManager)
	operator, o := of.in("operator", ward.Operator)
	auditor, _ := of.appointed("auditor", ward.Auditor)

	if page := manager.get("/console/staff").body; strings.Contains(page, `<option value="security-manager"`) || !strings.Contains(page, `<option value="operator"`) {
		t.Error("the form offers other roles than may be given")
	}
	fields := func(role ward.Role) []string {
		return []string{"login", "new", "name", "x", "section", "x", "version", "1", "role", string(role)}
	}
	for _, role := range ward.Roles() {
		a := manager.post("/console/staff", fields(role)...)
		if want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[role == ward.Operator]; a.status != want {
			t.Errorf("a system manager appoints %s: %d", role, a.status)
		}
	}
	manager.says(manager.post("/console/staff", fields("root")...), http.StatusBadRequest, "役割を選んで")
	// another's role, one's own, somebody above, and what is not in the form
	manager.says(manager.post("/console/staff/"+o.ID, fields(ward.SecurityManager)...), http.StatusForbidden)
	manager.says(manager.post("/console/staff/"+m.ID, fields(ward.SecurityManager)...), http.StatusForbidden)
	manager.says(manager.post("/console/staff/"+auditor.ID, fields(ward.Operator)...), http.StatusForbidden)
	manager.says(manager.post("/console/staff/"+chief.ID+"/dismiss", "version", "1"), http.StatusForbidden)
	manager.to(manager.post("/console/staff/"+o.ID, "version", "1", "name", "x", "section", "x", "role", "operator",
		"id", m.ID, "login", "taken", "appointed_by", "x", "password", "x"), "/console/staff/"+o.ID+"?done=saved")
	if c := of.stored("operator"); c.ID != o.ID || c.Name != "x" || matches("x", c.Password) {
		t.Errorf("a field that is not in the form was taken: %+v", c.Staff)
	}
	for _, path := range []string{"/password", "/factor-reset", "/sign-out"} {
		manager.says(manager.post("/console/staff/"+o.ID+path), http.StatusForbidden)
		operator.says(operator.post("/console/staff/"+chief.ID+path), http.StatusForbidden)
	}
	for login, want := range map[string]ward.Role{"boss": ward.SecurityManager, "manager": ward.SystemManager, "operator": ward.Operator, "auditor": ward.Auditor} {
		if c := of.stored(login); c.Role != want || !c.Dismissed.IsZero() {
			t.Errorf("%s is now %s", login, c.Role)
		}
	}
}

// Ids that nobody has, of everything, are not found; ids of others likewise.
func TestOthersIDs(t *testing.T) {
	of := openOffice(t)
	boss, _ := of.in("boss", ward.SecurityManager)
	operator, o := of.in("operator", ward.Operator)
	for _, id := range []string{"nobody", "..%2Fstaff", "%00", "%3Cscript%3E", strings.Repeat("x", 2000)} {
		boss.says(boss.get("/console/staff/"+id), http.StatusNotFound)
		boss.says(boss.post("/console/staff/"+id, "version", "1", "name", "x", "section", "x", "role", "operator"), http.StatusNotFound)
		for _, path := range []string{"/dismiss", "/password", "/factor-reset", "/sign-out"} {
			boss.says(boss.post("/console/staff/"+id+path, "version", "1"), http.StatusNotFound)
		}
		boss.says(boss.post("/console/me/sessions/"+id+"/end"), http.StatusNotFound)
	}
	sessions, err := of.Store.StaffSessions(t.Context(), o.ID, 10)
	if err != nil || len(sessions) != 1 {
		t.Fatalf("%v, %v", sessions, err)
	}
	boss.says(boss.post("/console/me/sessions/"+sessions[0].ID+"/end"), http.StatusNotFound)
	operator.says(operator.get("/console/me"), http.StatusOK, "203.0.113.7/32", "この画面")
	if strings.Contains(operator.get("/console/me").body, operator.cookies["madoguchi"]) {
		t.Error("the page shows the session's secret")
	}
}

// What people write about people is shown as text.
func TestStoredScript(t *testing.T) {
	of := openOffice(t)
	boss, _ := of.in("boss", ward.SecurityManager)
	const script = `<script>alert(1)</script>`
	boss.says(boss.post("/console/staff", "login", "evil", "name", script, "section", `"><img src=x>`, "role", "operator"), http.StatusOK)
	p := of.stored("evil")
	for _, page := range []string{"/console/staff", "/console/staff/" + p.ID} {
		body := boss.get(page).body
		if strings.Contains(body, script) || strings.Contains(body, "<img src=x>") || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s:\n%s", page, body)
		}
	}
	// also where the form comes back
	for _, a := range []answer{
		boss.post("/console/staff", "login", script, "name", script, "section", script, "role", script),
		boss.post("/console/staff/"+p.ID, "version", "0", "name", script, "section", script, "role", "operator"),
		boss.post("/console/sign-in", "login", script, "password", script),
	} {
		if strings.Contains(a.body, script) || !strings.Contains(a.body, "&lt;script&gt;") {
			t.Errorf("%d\n%s", a.status, a.body)
		}
	}
}

// The second writer sees what the first one wrote and keeps what they typed.
func TestTwoWriteAboutOnePerson(t *testing.T) {
	of := openOffice(t)
	one, _ := of.in("one", ward.SecurityManager)
	two, _ := of.in("two", ward.SecurityManager)
	p, _ := of.appointed("tanaka", ward.Operator)
	one.to(one.post("/console/staff/"+p.ID, "version", "1", "name", "先の人", "section", "広報課", "role", "operator"), "/console/staff/"+p.ID+"?done=saved")
	a := two.post("/console/staff/"+p.ID, "version", "1", "name", "後の人", "section", "区民課", "role", "auditor")
	two.says(a, http.StatusConflict, "ほかの人が先に", "<dd>先の人</dd>", `value="後の人"`, `value="区民課"`, `<option value="auditor" selected>`, `name="version" value="2"`)
	two.to(two.post("/console/staff/"+p.ID, "version", "2", "name", "後の人", "section", "区民課", "role", "auditor"), "/console/staff/"+p.ID+"?done=saved")
	two.says(two.post("/console/staff/"+p.ID+"/dismiss", "version", "1"), http.StatusConflict)
	two.says(two.post("/console/staff", "login", "tanaka", "name", "別の人", "section", "x", "role", "operator"), http.StatusConflict, "使われています", `value="別の人"`)
}

func TestOwnAccount(t *testing.T) {
	of := openOffice(t)
	b, _ := of.in("sato", ward.SecurityManager)
	phone := of.browser()
	phone.signIn("sato")
	const other = "もっと長いパスワード 9876"
	b.says(b.post("/console/me/password", "password", "wrong", "new-password", other, "new-password-again", other), http.StatusForbidden, "いまのパスワードが正しくありません")
	b.says(b.post("/console/me/password", "password", ownPassword, "new-password", "short", "new-password-again", "short"), http.StatusBadRequest, "12文字以上")
	before := b.cookies["madoguchi"]
	b.to(b.post("/console/me/password", "password", ownPassword, "new-password", other, "new-password-again", other), "/console/me?done=password")
	if b.cookies["madoguchi"] == before {
		t.Error("the session keeps its secret")
	}
	b.says(b.get("/console/me?done=password"), http.StatusOK, "パスワードを変えました")
	phone.to(phone.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")

	// another second factor: nothing changes until a code of it comes
	old := of.stored("sato").TOTP
	b.says(b.post("/console/me/factor", "password", "wrong"), http.StatusForbidden)
	b.to(b.get("/console/me/factor"), "/console/me")
	b.to(b.post("/console/me/factor/confirm", "code", "000000"), "/console/me")
	b.to(b.post("/console/me/factor", "password", other), "/console/me/factor")
	secret := b.secretOnPage("/console/me/factor")
	b.says(b.get("/console/me/factor.png"), http.StatusOK)
	b.says(b.post("/console/me/factor/confirm", "code", of.codeFor(old)), http.StatusBadRequest, wrongCode)
	if of.stored("sato").TOTP != old {
		t.Error("the second factor changed too early")
	}
	b.to(b.post("/console/me/factor/confirm", "code", of.codeFor(secret)), "/console/me?done=factor")
	if of.stored("sato").TOTP != secret {
		t.Error("the second factor did not change")
	}
	b.to(b.post("/console/me/sign-out-everywhere"), "/console/sign-in?done=signed-out-all")
	b.to(b.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")

	// guessing at an open screen is slowed down as well
	_, password := of.appointed("suzuki", ward.Operator)
	c := of.browser()
	c.firstTime("suzuki", password)
	for range 5 {
		c.says(c.post("/console/me/password", "password", "guess"), http.StatusForbidden)
	}
	c.says(c.post("/console/me/password", "password", ownPassword), http.StatusTooManyRequests)
}

// A person who loses their role while they write keeps nothing of it.
func TestRoleIsTakenMeanwhile(t *testing.T) {
	of := openOffice(t)
	one, p := of.in("one", ward.SecurityManager)
	of.in("two", ward.SecurityManager)
	stale := &visitor{Staff: p, session: "x"}
	if err := of.Store.DismissStaff(t.Context(), data.CommandLine(), p.ID, p.Version); err != nil {
		t.Fatal(err)
	}
	one.to(one.get("/console/staff"), "/console/sign-in?next=%2Fconsole%2Fstaff")
	of.identify = func(*http.Request) (*visitor, error) { return stale, nil } // read before, acts after
	one.says(one.post("/console/staff", "login", "x", "name", "x", "section", "x", "role", "security-manager"), http.StatusForbidden)
}

func TestLongListOfStaff(t *testing.T) {
	of := openOffice(t)
	boss, _ := of.in("boss", ward.SecurityManager)
	var wg sync.WaitGroup
	for n := range staffPerPage {
		wg.Go(func() {
			login := "p" + string(rune('a'+n/26)) + string(rune('a'+n%26))
			if _, err := of.Store.AppointStaff(t.Context(), data.CommandLine(), ward.Staff{Login: login, Name: login, Section: "x", Role: ward.Operator}, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := boss.get("/console/staff").body
	next := regexp.MustCompile(`href="(/console/staff\?after=[^"]*)"`).FindStringSubmatch(first)
	if next == nil || strings.Count(first, "/console/staff/") != staffPerPage {
		t.Fatalf("%q, %d people on the first page", next, strings.Count(first, "/console/staff/"))
	}
	target, err := url.Parse(next[1])
	if err != nil {
		t.Fatal(err)
	}
	if rest := boss.get(target.String()).body; strings.Count(rest, `/console/staff/`) != 1 {
		t.Errorf("%d people on the second page", strings.Count(rest, "/console/staff/"))
	}
	boss.says(boss.get("/console/staff?after=zzz"), http.StatusOK, "この先に職員はいません")
}
