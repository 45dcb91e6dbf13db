package console

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// directory is an OIDC provider on this machine. Its claims can be made wrong.
type directory struct {
	*httptest.Server
	t      *testing.T
	now    func() time.Time
	key    *rsa.PrivateKey
	mu     sync.Mutex
	issued map[string]url.Values // what was asked for, by code
	claims map[string]any        // over those that are right; nil takes one out
	signer *rsa.PrivateKey
}

func newDirectory(t *testing.T, now func() time.Time) *directory {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	d := &directory{t: t, now: now, key: key, signer: key, issued: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		d.write(w, map[string]any{"issuer": d.URL, "authorization_endpoint": d.URL + "/authorize", "token_endpoint": d.URL + "/token",
			"jwks_uri": d.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		d.write(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one",
			"n": b64(d.key.N.Bytes()), "e": b64(big.NewInt(int64(d.key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", d.token)
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *directory) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		d.t.Error(err)
	}
}

// approve is somebody who signs in at the provider: where the browser was sent
// becomes where it is sent back.
func (d *directory) approve(location string) (back string) {
	d.t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, d.URL+"/authorize?") {
		d.t.Fatalf("sent to %q", location)
	}
	q := u.Query()
	if q.Get("state") == "" || q.Get("nonce") == "" || q.Get("code_challenge_method") != "S256" || q.Get("scope") == "" {
		d.t.Errorf("asked for %v", q)
	}
	code := rand.Text()
	d.mu.Lock()
	d.issued[code] = q
	d.mu.Unlock()
	return "/console/sign-in/oidc/back?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

func (d *directory) token(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.issued[r.FormValue("code")]
	delete(d.issued, r.FormValue("code")) // once
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if asked == nil || asked.Get("code_challenge") != b64(sum[:]) || id != "madoguchi" || secret != "himitsu" || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		d.write(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": d.URL, "aud": "madoguchi", "sub": "subject-1", "nonce": asked.Get("nonce"),
		"iat": d.now().Unix(), "exp": d.now().Add(time.Minute).Unix(), "preferred_username": "Sato"}
	for name, v := range d.claims {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	d.write(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": d.sign(claims)})
}

func (d *directory) sign(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		d.t.Error(err)
	}
	text := b64([]byte(`{"alg":"RS256","kid":"one","typ":"JWT"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, d.signer, crypto.SHA256, sum[:])
	if err != nil {
		d.t.Error(err)
	}
	return text + "." + b64(signature)
}

// openWithDirectory is an office whose people sign in at a provider.
func openWithDirectory(t *testing.T) (*office, *directory) {
	t.Helper()
	var of *office
	d := newDirectory(t, func() time.Time { return of.now })
	of = openOffice(t, func(o *Options) {
		o.OIDC = &OIDC{Issuer: d.URL, ClientID: "madoguchi", ClientSecret: "himitsu", RedirectURL: "http://example.com/console/sign-in/oidc/back"}
	})
	of.appointed("sato", ward.Operator)
	return of, d
}

func TestOIDC(t *testing.T) {
	of, d := openWithDirectory(t)
	b := of.browser()
	b.cookies["madoguchi"] = "planted by somebody"
	b.says(b.get("/console/sign-in?next=/console/me"), http.StatusOK, `href="/console/sign-in/oidc?next=%2fconsole%2fme"`)
	back := d.approve(b.get("/console/sign-in/oidc?next=/console/me").header.Get("Location"))
	b.to(b.get(back), "/console/me")
	if b.cookies["madoguchi"] == "planted by somebody" || b.cookies["madoguchi-oidc"] != "" {
		t.Errorf("cookies: %v", b.cookies)
	}
	b.says(b.get("/console/me"), http.StatusOK, "見本 sato")
	b.says(b.get(back), http.StatusForbidden, "最初からやり直して") // once

	// The same person again; then the login belongs to somebody else there.
	again := of.browser()
	again.to(again.get(d.approve(again.get("/console/sign-in/oidc?next=https://evil.example").header.Get("Location"))), "/console/")
	d.claims = map[string]any{"sub": "subject-2"}
	other := of.browser()
	other.says(other.get(d.approve(other.get("/console/sign-in/oidc").header.Get("Location"))), http.StatusForbidden)
	other.to(other.get("/console/me"), "/console/sign-in?next=%2Fconsole%2Fme")

	for _, word := range []string{"sato", "Sato", "himitsu", "subject-1"} {
		if strings.Contains(of.log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}

// TestOIDCRefuses what is not right in every point.
func TestOIDCRefuses(t *testing.T) {
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	of, d := openWithDirectory(t)
	gone, _ := of.appointed("gone", ward.Auditor)
	of.appointed("boss", ward.SecurityManager)
	if err := of.Store.DismissStaff(t.Context(), data.CommandLine(), gone.ID, gone.Version); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		claims map[string]any
		signer *rsa.PrivateKey
		change func(b *seat, back string) string
	}{
		"another nonce":     {claims: map[string]any{"nonce": "replayed"}},
		"no nonce":          {claims: map[string]any{"nonce": nil}},
		"another issuer":    {claims: map[string]any{"iss": "https://evil.example"}},
		"another client":    {claims: map[string]any{"aud": "other"}},
		"expired":           {claims: map[string]any{"exp": of.now.Add(-time.Minute).Unix()}},
		"another signature": {signer: stranger},
		"no login":          {claims: map[string]any{"preferred_username": nil}},
		"a login of a kind": {claims: map[string]any{"preferred_username": []string{"sato"}}},
		"unknown login":     {claims: map[string]any{"preferred_username": "nobody"}},
		"out of office":     {claims: map[string]any{"preferred_username": "gone"}},
		"no subject":        {claims: map[string]any{"sub": nil}},
		"another state":     {change: func(_ *seat, back string) string { return back + "x" }},
		"no state":          {change: func(_ *seat, back string) string { return strings.Split(back, "&state")[0] }},
		"begun elsewhere": {change: func(b *seat, back string) string {
			delete(b.cookies, "madoguchi-oidc")
			return back
		}},
		"another verifier": {change: func(b *seat, back string) string {
			parts := strings.Split(b.cookies["madoguchi-oidc"], ".")
			parts[2] = strings.Repeat("x", 43)
			b.cookies["madoguchi-oidc"] = strings.Join(parts, ".")
			return back
		}},
		"refused there": {change: func(_ *seat, back string) string {
			u, _ := url.Parse(back)
			return "/console/sign-in/oidc/back?error=access_denied&state=" + u.Query().Get("state")
		}},
		"a code of their own": {change: func(_ *seat, back string) string {
			u, _ := url.Parse(back)
			return "/console/sign-in/oidc/back?code=guess&state=" + u.Query().Get("state")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d.claims, d.signer = c.claims, d.key
			if c.signer != nil {
				d.signer = c.signer
			}
			b := of.browser()
			back := d.approve(b.get("/console/sign-in/oidc").header.Get("Location"))
			if c.change != nil {
				back = c.change(b, back)
			}
			if a := b.get(back); a.status != http.StatusForbidden || !strings.Contains(a.body, "最初からやり直して") {
				t.Errorf("%d\n%s", a.status, a.body)
			}
			if b.cookies["madoguchi"] != "" {
				t.Error("somebody is signed in")
			}
		})
	}
	if c := of.stored("sato"); c.Subject != "" {
		t.Errorf("tied to %q", c.Subject)
	}
}

// A provider that is away stops nobody for good, and passwords go on.
func TestOIDCIsAway(t *testing.T) {
	of, d := openWithDirectory(t)
	issuer := of.OIDC.Issuer
	of.OIDC.Issuer = d.URL + "/away"
	b := of.browser()
	b.says(b.get("/console/sign-in/oidc"), http.StatusServiceUnavailable, "つながりません")
	of.OIDC.Issuer = issuer
	if l := b.get("/console/sign-in/oidc").header.Get("Location"); !strings.HasPrefix(l, d.URL) {
		t.Errorf("sent to %q", l)
	}
	plain := openOffice(t)
	p := plain.browser()
	for _, path := range []string{"/console/sign-in/oidc", "/console/sign-in/oidc/back?code=x&state=y"} {
		p.says(p.get(path), http.StatusNotFound)
	}
	if strings.Contains(fmt.Sprint(p.get("/console/sign-in")), "庁内のアカウント") {
		t.Error("a provider is offered where there is none")
	}
}
