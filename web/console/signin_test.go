package console

import (
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"madoguchi/data"
	"madoguchi/ward"
)

// seat is a browser that keeps its cookies and comes from somewhere.
type seat struct {
	of      *office
	cookies map[string]string
	remote  string
	header  http.Header
	last    http.Header // of the last answer
}

func (of *office) browser() *seat {
	of.identify = of.fromCookie
	return &seat{of: of, cookies: map[string]string{}, remote: "203.0.113.7:5000", header: http.Header{}}
}

func (b *seat) send(method, target string, fields url.Values) answer {
	b.of.t.Helper()
	r := httptest.NewRequestWithContext(b.of.t.Context(), method, target, strings.NewReader(fields.Encode()))
	r.RemoteAddr = b.remote
	for name := range b.header {
		r.Header.Set(name, b.header.Get(name))
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.of.handler().ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	b.last = w.Header()
	return answer{w.Code, w.Header(), w.Body.String()}
}

func (b *seat) get(target string) answer {
	b.of.t.Helper()
	return b.send(http.MethodGet, target, nil)
}

// post sends a form: names and values in turn.
func (b *seat) post(target string, fields ...string) answer {
	b.of.t.Helper()
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, target, v)
}

// to fails the test unless the answer leads there.
func (b *seat) to(a answer, want string) {
	b.of.t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != want {
		b.of.t.Fatalf("%d to %q, want 303 to %q\n%s", a.status, got, want, a.body)
	}
}

// says fails the test unless the answer has this status and these words.
func (b *seat) says(a answer, status int, words ...string) {
	b.of.t.Helper()
	if a.status != status {
		b.of.t.Fatalf("%d, want %d\n%s\n%s", a.status, status, a.body, b.of.log)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			b.of.t.Fatalf("the page does not say %q:\n%s", w, a.body)
		}
	}
}

const ownPassword = "むかしむかし correct horse"

// appointed makes a person with a one-time password.
func (of *office) appointed(login string, role ward.Role) (ward.Staff, string) {
	of.t.Helper()
	password, hash := OneTimePassword()
	p, err := of.Store.AppointStaff(of.t.Context(), data.CommandLine(),
		ward.Staff{Login: login, Name: "見本 " + login, Section: "広報課", Role: role}, hash)
	if err != nil {
		of.t.Fatal(err)
	}
	return p, password
}

func (of *office) codeOf(login string) string {
	of.t.Helper()
	c, err := of.Store.Credentials(of.t.Context(), login)
	if err != nil {
		of.t.Fatal(err)
	}
	return of.codeFor(c.TOTP)
}

func (of *office) codeFor(secret string) string {
	of.t.Helper()
	code, err := totp.GenerateCode(secret, of.now)
	if err != nil {
		of.t.Fatal(err)
	}
	return code
}

// in gives a browser in which a new person of this role is signed in, the long
// way.
func (of *office) in(login string, role ward.Role) (*seat, ward.Staff) {
	of.t.Helper()
	p, password := of.appointed(login, role)
	b := of.browser()
	b.firstTime(login, password)
	return b, p
}

func (b *seat) firstTime(login, password string) {
	b.of.t.Helper()
	b.to(b.post("/console/sign-in", "login", login, "password", password), "/console/sign-in/set-up?next=%2Fconsole%2F")
	b.to(b.post("/console/sign-in/set-up", "code", b.of.codeFor(b.secretOnPage("/console/sign-in/set-up"))), "/console/sign-in/password?next=%2Fconsole%2F")
	b.to(b.post("/console/sign-in/password", "new-password", ownPassword, "new-password-again", ownPassword), "/console/")
}

var secretOnPage = regexp.MustCompile(`<code>([A-Z2-7 ]+)</code>`)

func (b *seat) secretOnPage(target string) string {
	b.of.t.Helper()
	found := secretOnPage.FindStringSubmatch(b.get(target).body)
	if found == nil {
		b.of.t.Fatalf("%s shows no secret", target)
	}
	return strings.ReplaceAll(found[1], " ", "")
}

// signIn signs somebody in who has been before.
func (b *seat) signIn(login string) {
	b.of.t.Helper()
	b.of.now = b.of.now.Add(time.Minute) // a code counts once
	b.to(b.post("/console/sign-in", "login", login, "password", ownPassword), "/console/sign-in/code?next=%2Fconsole%2F")
	b.to(b.post("/console/sign-in/code", "code", b.of.codeOf(login)), "/console/")
}

// TestFirstSignIn walks the whole way. No step opens more than the next one, and
// each has a new secret.
func TestFirstSignIn(t *testing.T) {
	of := openOffice(t)
	_, password := of.appointed("sato", ward.Operator)
	b := of.browser()
	b.to(b.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")
	b.cookies["madoguchi"] = "planted by somebody" // fixation
	secrets := map[string]bool{b.cookies["madoguchi"]: true}
	fresh := func(step string) {
		t.Helper()
		if now := b.cookies["madoguchi"]; secrets[now] {
			t.Errorf("%s: the session keeps its secret", step)
		} else {
			secrets[now] = true
		}
		for _, page := range []string{"/console/", "/console/me", "/console/me/factor.png"} {
			if step != "in" && b.get(page).status != http.StatusSeeOther {
				t.Errorf("%s: opens %s", step, page)
			}
		}
	}
	b.says(b.post("/console/sign-in", "login", "sato", "password", "wrong", "next", "/console/me"), http.StatusForbidden, wrongPassword, `value="sato"`, `value="/console/me"`)
	b.to(b.post("/console/sign-in", "login", " SATO", "password", password, "next", "/console/me"), "/console/sign-in/set-up?next=%2Fconsole%2Fme")
	fresh("password")
	b.to(b.get("/console/sign-in/code"), "/console/sign-in/set-up?next=%2Fconsole%2F")     // not the next step
	b.to(b.get("/console/sign-in/password"), "/console/sign-in/set-up?next=%2Fconsole%2F") // likewise
	secret := b.secretOnPage("/console/sign-in/set-up")
	if again := b.secretOnPage("/console/sign-in/set-up"); again != secret {
		t.Error("the secret changes when the page is opened again")
	}
	picture := b.get("/console/sign-in/set-up.png")
	if _, err := png.Decode(strings.NewReader(picture.body)); err != nil || picture.header.Get("Content-Type") != "image/png" {
		t.Errorf("picture: %v", err)
	}
	b.says(b.post("/console/sign-in/set-up", "code", "000000"), http.StatusBadRequest, wrongCode)
	code := of.codeFor(secret)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	b.to(b.post("/console/sign-in/set-up", "code", wide[:9]+" "+wide[9:], "next", "/console/me"), "/console/sign-in/password?next=%2Fconsole%2Fme")
	fresh("second factor")
	for _, bad := range [][2]string{{"short", "short"}, {ownPassword, "other than that"}, {"sato-sato-12345", "sato-sato-12345"}, {"aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"}, {password, password}} {
		b.says(b.post("/console/sign-in/password", "new-password", bad[0], "new-password-again", bad[1]), http.StatusBadRequest, `role="alert"`)
	}
	b.to(b.post("/console/sign-in/password", "new-password", ownPassword, "new-password-again", ownPassword, "next", "https://evil.example/console/"), "/console/")
	fresh("in")
	b.says(b.get("/console/me"), http.StatusOK, "見本 sato", "システムの管理者")
	for old := range secrets {
		if old == b.cookies["madoguchi"] {
			continue
		}
		thief := of.browser()
		thief.cookies["madoguchi"] = old
		thief.to(thief.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")
	}
	b.to(b.post("/console/sign-out"), "/console/sign-in?done=signed-out")
	b.to(b.get("/console/"), "/console/sign-in?next=%2Fconsole%2F")

	// later: the old password is gone, and a code counts once
	b.says(b.post("/console/sign-in", "login", "sato", "password", password), http.StatusForbidden, wrongPassword)
	b.signIn("sato")
	used := of.codeOf("sato")
	other := of.browser()
	other.to(other.post("/console/sign-in", "login", "sato", "password", ownPassword), "/console/sign-in/code?next=%2Fconsole%2F")
	other.says(other.post("/console/sign-in/code", "code", used), http.StatusBadRequest, "もう使われました")
	other.says(other.post("/console/sign-in/code", "code", "12345"), http.StatusForbidden, wrongCode)
	other.to(other.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")
	for _, word := range []string{"sato", password, ownPassword, used, secret, "見本", "203.0.113"} {
		if strings.Contains(of.log.String(), word) {
			t.Errorf("the log holds %q:\n%s", word, of.log)
		}
	}
}

// What is wrong cannot be told from the answer.
func TestRefusalsAreAlike(t *testing.T) {
	of := openOffice(t)
	of.appointed("boss", ward.SecurityManager)
	gone, password := of.appointed("gone", ward.Operator)
	if err := of.Store.DismissStaff(t.Context(), data.CommandLine(), gone.ID, gone.Version); err != nil {
		t.Fatal(err)
	}
	_, old := of.appointed("late", ward.Operator)
	of.now = of.now.Add(data.OneTimePassword)
	b := of.browser()
	page := b.post("/console/sign-in", "login", "nobody", "password", "x").body
	for login, password := range map[string]string{"boss": "wrong", "gone": password, "late": old} {
		got := b.post("/console/sign-in", "login", login, "password", password)
		if strings.ReplaceAll(got.body, `value="`+login+`"`, `value="nobody"`) != page {
			t.Errorf("%s is answered otherwise:\n%s", login, got.body)
		}
	}
	// Nobody's password costs as much as anybody's.
	if mine := hashed("x"); mine[:strings.Index(mine, "p=1$")] != nobodysPassword[:strings.Index(nobodysPassword, "p=1$")] {
		t.Errorf("%s and %s take different times", mine, nobodysPassword)
	}
	if matches("", nobodysPassword) || matches("x", "") || matches("x", "$argon2id$v=19$m=1,t=1,p=1$$") || !matches("ﾊﾟｽ", hashed("パス")) {
		t.Error("hashes do not match as they should")
	}
}

func TestSignInIsThrottled(t *testing.T) {
	of := openOffice(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	home, _ := of.in("sato", ward.SecurityManager)
	guess := func(remote, forwarded string) int {
		b := of.browser()
		b.remote = remote
		if forwarded != "" {
			b.header.Set("X-Forwarded-For", forwarded)
		}
		a := b.post("/console/sign-in", "login", "sato", "password", "guess")
		if a.status == http.StatusTooManyRequests && !strings.Contains(a.body, "間をあけています") {
			t.Errorf("no sentence:\n%s", a.body)
		}
		return a.status
	}
	for name, from := range map[string][2][2]string{ // five from the first, then one from the second
		"an address":      {{"198.51.100.1:1", ""}, {"198.51.100.1:2", ""}},
		"a spoofed list":  {{"198.51.100.2:1", "192.0.2.1"}, {"198.51.100.2:1", "192.0.2.2"}},
		"through a proxy": {{"10.0.0.1:1", "192.0.2.9"}, {"10.0.0.2:1", "192.0.2.9"}},
		"one /64":         {{"[2001:db8::1]:1", ""}, {"[2001:db8::2]:1", ""}},
	} {
		for range 5 {
			if s := guess(from[0][0], from[0][1]); s != http.StatusForbidden {
				t.Errorf("%s: %d within the free attempts", name, s)
			}
		}
		if s := guess(from[1][0], from[1][1]); s != http.StatusTooManyRequests {
			t.Errorf("%s: %d, want to have to wait", name, s)
		}
	}
	// The owner is not locked out: not where they were before, not even behind
	// the address that guesses, and not at a new browser elsewhere.
	home.remote = "198.51.100.1:9"
	home.signIn("sato")
	elsewhere := of.browser()
	elsewhere.remote = "203.0.113.200:1"
	elsewhere.signIn("sato")
	if s := guess("198.51.100.1:1", ""); s != http.StatusForbidden { // a minute each has passed
		t.Errorf("after the wait: %d", s)
	}
	if s := guess("198.51.100.1:1", ""); s != http.StatusTooManyRequests {
		t.Errorf("the wait does not grow: %d", s)
	}
	all, err := of.Store.AuditAfter(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range all {
		seen[e.Action]++
		if strings.Contains(e.Detail+e.Object, "sato") || strings.Contains(e.Detail, "guess") {
			t.Errorf("the audit holds personal data: %+v", e)
		}
	}
	if seen["sign-in-locked"] < 4 || seen["sign-in-refused"] < 20 || seen["sign-in"] != 3 {
		t.Errorf("audit: %v", seen)
	}
}

func TestCodesAreThrottled(t *testing.T) {
	of := openOffice(t)
	of.in("sato", ward.SecurityManager)
	b := of.browser()
	b.to(b.post("/console/sign-in", "login", "sato", "password", ownPassword), "/console/sign-in/code?next=%2Fconsole%2F")
	for n := range 10 {
		b.says(b.post("/console/sign-in/code", "code", fmt.Sprintf("00000%d", n)), http.StatusForbidden, wrongCode)
	}
	of.now = of.now.Add(time.Second)
	b.says(b.post("/console/sign-in/code", "code", of.codeOf("sato")), http.StatusTooManyRequests, "間をあけています")
}

// Sign-in cannot take more memory than a few hashes.
func TestHashingWaitsForItsTurn(t *testing.T) {
	of := openOffice(t)
	for range maxHashing {
		of.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := of.passwordMatches(ctx, "x", ""); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("with every turn taken: %v", err)
	}
	<-of.turns
	if _, err := of.passwordMatches(t.Context(), "x", ""); err != nil {
		t.Errorf("with a turn free: %v", err)
	}
}

func TestCookies(t *testing.T) {
	for _, secure := range []bool{false, true} {
		of := openOffice(t, func(o *Options) { o.Secure = secure })
		_, password := of.appointed("sato", ward.SecurityManager)
		b := of.browser()
		b.post("/console/sign-in", "login", "sato", "password", password)
		set := b.last.Values("Set-Cookie")
		if len(set) != 2 {
			t.Fatalf("cookies: %q", set)
		}
		for _, c := range set {
			prefix := strings.HasPrefix(c, "__Host-madoguchi")
			if !strings.Contains(c, "; Path=/;") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") ||
				strings.Contains(c, "Domain") || prefix != secure || strings.Contains(c, "; Secure") != secure {
				t.Errorf("secure %v: %s", secure, c)
			}
		}
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	of := openOffice(t)
	b, _ := of.in("sato", ward.SecurityManager)
	of.now = of.now.Add(data.StaffSessionIdle - time.Second)
	b.says(b.get("/console/me"), http.StatusOK)
	of.now = of.now.Add(data.StaffSessionIdle)
	b.to(b.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")
	b.signIn("sato")
	for range 36 {
		b.says(b.get("/console/me"), http.StatusOK)
		of.now = of.now.Add(20 * time.Minute)
	}
	b.to(b.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")

	// half way there is shorter
	b.to(b.post("/console/sign-in", "login", "sato", "password", ownPassword), "/console/sign-in/code?next=%2Fconsole%2F")
	of.now = of.now.Add(data.SignInTime)
	b.to(b.post("/console/sign-in/code", "code", of.codeOf("sato")), "/console/sign-in?ended=1")
}

// Who sends a form after the session has ended loses nothing of it.
func TestNothingIsLostAtTheEnd(t *testing.T) {
	of := openOffice(t)
	b := of.browser()
	b.header.Set("Referer", "http://example.com/console/staff?after=a")
	a := b.post("/console/staff", "name", "長い文章<script>alert(1)</script>", "section", "広報課", "password", "himitsu-himitsu", "version", "12345")
	b.says(a, http.StatusForbidden, "長い文章&lt;script&gt;", "広報課", `href="/console/sign-in?next=%2fconsole%2fstaff%3fafter%3da"`)
	if strings.Contains(a.body, "himitsu") || strings.Contains(a.body, "12345") || strings.Contains(a.body, "<script>alert") {
		t.Errorf("the page shows too much:\n%s", a.body)
	}
	b.header.Set("Referer", "https://evil.example/console/staff")
	b.says(b.post("/console/staff", "name", "x"), http.StatusForbidden, `next=%2fconsole%2f"`)
	b.to(b.post("/console/sign-out"), "/console/sign-in?ended=1")
	b.says(b.get("/console/sign-in?ended=1"), http.StatusOK, "もう一度入ってください")
}

// People of a demo are offered at the machine itself, and never by a service.
func TestSamples(t *testing.T) {
	of := openOffice(t)
	of.appointed("mihon", ward.Operator)
	b := of.browser()
	b.remote, b.header = "127.0.0.1:1", http.Header{}
	local := func(b *seat, host, target string, fields url.Values) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(fields.Encode()))
		r.Host, r.RemoteAddr = host, b.remote
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name := range b.header {
			r.Header.Set(name, b.header.Get(name))
		}
		w := httptest.NewRecorder()
		of.handler().ServeHTTP(w, r)
		return w.Code
	}
	mihon := url.Values{"login": {"mihon"}}
	if s := local(b, "127.0.0.1:8080", "/console/sign-in/sample", mihon); s != http.StatusNotFound {
		t.Errorf("a service lets a sample in: %d", s)
	}
	of.Samples = []string{"mihon"}
	of.appointed("boss", ward.SecurityManager)
	for name, c := range map[string]struct {
		host, remote, forwarded, login string
		want                           int
	}{
		"here":            {"127.0.0.1:8080", "127.0.0.1:1", "", "mihon", http.StatusSeeOther},
		"here, by name":   {"localhost", "[::1]:1", "", "mihon", http.StatusSeeOther},
		"from elsewhere":  {"127.0.0.1:8080", "198.51.100.1:1", "", "mihon", http.StatusNotFound},
		"by a proxy":      {"127.0.0.1:8080", "127.0.0.1:1", "127.0.0.1", "mihon", http.StatusNotFound},
		"by another name": {"evil.example", "127.0.0.1:1", "", "mihon", http.StatusNotFound},
		"somebody else":   {"127.0.0.1:8080", "127.0.0.1:1", "", "boss", http.StatusNotFound},
	} {
		b.remote, b.header = c.remote, http.Header{}
		if c.forwarded != "" {
			b.header.Set("X-Forwarded-For", c.forwarded)
		}
		if s := local(b, c.host, "/console/sign-in/sample", url.Values{"login": {c.login}}); s != c.want {
			t.Errorf("%s: %d, want %d", name, s, c.want)
		}
	}
	far := of.browser()
	if strings.Contains(far.get("/console/sign-in").body, "見本の職員として入る") {
		t.Error("samples are offered from elsewhere")
	}
}
