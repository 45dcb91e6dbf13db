package sim_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"madoguchi/bot/line/sim"
)

func TestContent(t *testing.T) {
	p := start(t)
	user := p.friend()
	path := func(id, more string) string { return "/v2/bot/message/" + id + "/content" + more }
	photo, err := p.SendPhoto(p.ctx, user, []byte("picture"), "image/jpeg")
	p.must(err)
	r := p.get(path(photo, ""))
	if r.status != 200 || string(r.body) != "picture" || r.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("photo: %d %q %s", r.status, r.body, r.header.Get("Content-Type"))
	}
	p.want(p.get(path(photo, "/transcoding")), 400, "photos are not prepared")
	voice, err := p.SendVoice(p.ctx, user, []byte("voice"), "audio/x-m4a")
	p.must(err)
	if r := p.get(path(voice, "")); r.status != 202 || len(r.body) != 0 {
		t.Errorf("voice at once: %d %q", r.status, r.body)
	}
	if got := p.get(path(voice, "/transcoding")).text("status"); got != "processing" {
		t.Errorf("transcoding %s", got)
	}
	p.forward(time.Second)
	if got := p.get(path(voice, "/transcoding")).text("status"); got != "succeeded" {
		t.Errorf("transcoding %s", got)
	}
	p.want(p.get(path(voice, "")), 200, "voice after a second")
	p.must(p.Unsend(p.ctx, user, photo))
	if e := p.hook.last(t); e["unsend"].(map[string]any)["messageId"] != photo || e["replyToken"] != nil {
		t.Errorf("event %v", e)
	}
	p.want(p.get(path(photo, "")), 410, "taken back")
	p.want(p.get(path("1", "")), 404, "unknown")
	if err := p.Unsend(p.ctx, user, photo); err == nil {
		t.Error("a message was taken back twice")
	}
	if _, err := p.SendPhoto(p.ctx, user, nil, "image/png"); err == nil {
		t.Error("an empty photo was sent")
	}
}

func TestFriends(t *testing.T) {
	p := start(t)
	user, stranger := p.friend(), p.AddResident("別の人")
	if r := p.get("/v2/bot/profile/" + string(user)); r.text("displayName") != "住民1" || r.text("userId") != string(user) {
		t.Errorf("profile %s", r.body)
	}
	p.want(p.get("/v2/bot/profile/"+string(stranger)), 404, "stranger")
	p.want(p.get("/v2/bot/profile/x"), 400, "no id")
	p.friend()
	p.friend()
	first := p.get("/v2/bot/followers/ids?limit=2")
	if n := strings.Count(first.text("userIds"), "U"); n != 2 || first.text("next") != "2" {
		t.Errorf("followers %s", first.body)
	}
	rest := p.get("/v2/bot/followers/ids?limit=2&start=2")
	if n := strings.Count(rest.text("userIds"), "U"); n != 1 || rest.field("next") != nil {
		t.Errorf("followers %s", rest.body)
	}
	p.want(p.get("/v2/bot/followers/ids?limit=0"), 400, "limit of 0")
	p.must(p.Block(p.ctx, user))
	p.want(p.get("/v2/bot/profile/"+string(user)), 404, "one who blocked")
	if p.Block(p.ctx, user) == nil || p.Follow(p.ctx, p.friend()) == nil {
		t.Error("blocked or followed twice")
	}
	if r := p.get("/v2/bot/info"); r.text("userId") != p.Destination() || r.text("displayName") != "窓口" {
		t.Errorf("info %s", r.body)
	}
	if got := len(p.Residents()); got != 5 {
		t.Errorf("%d residents, want 5", got)
	}
}

func TestLoading(t *testing.T) {
	p := start(t)
	user := p.friend()
	for seconds, want := range map[string]int{"5": 202, "60": 202, "0": 400, "7": 400, "65": 400} {
		p.want(p.post("/v2/bot/chat/loading/start", fmt.Sprintf(`{"chatId":%q,"loadingSeconds":%s}`, user, seconds)), want, seconds)
	}
	p.want(p.post("/v2/bot/chat/loading/start", fmt.Sprintf(`{"chatId":%q}`, user)), 202, "20 by itself")
	p.want(p.post("/v2/bot/chat/loading/start", `{"chatId":"C1"}`), 400, "a group")
	p.want(p.post("/v2/bot/chat/markAsRead", `{"markAsReadToken":"t"}`), 200, "read")
	p.want(p.post("/v2/bot/chat/markAsRead", `{}`), 400, "no token")
}

func TestWebhookEndpoint(t *testing.T) {
	p := start(t)
	var body string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		if r.Header.Get("X-Line-Signature") != signed(b) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(other.Close)
	const path, test = "/v2/bot/channel/webhook/endpoint", "/v2/bot/channel/webhook/test"
	put := func(url string) result { return p.call(http.MethodPut, path, fmt.Sprintf(`{"endpoint":%q}`, url)) }
	p.want(put("http://example.com/"), 400, "http")
	p.want(put("https://example.com/"+long("a", 500)), 400, "long")
	p.want(put(other.URL), 200, "loopback")
	if r := p.get(path); r.text("endpoint") != other.URL || r.field("active") != true {
		t.Errorf("endpoint %s", r.body)
	}
	r := p.post(test, "")
	if r.field("success") != true || r.text("statusCode") != "200" || !strings.HasSuffix(body, `"events":[]}`) {
		t.Errorf("test %s of %s", r.body, body)
	}
	other.Close()
	if r := p.post(test, fmt.Sprintf(`{"endpoint":%q}`, other.URL)); r.field("success") != false || r.text("statusCode") != "0" {
		t.Errorf("test of a closed server %s", r.body)
	}
}

// jwt is an assertion with these claims; nobody verifies its signature.
func jwt(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + ".c2ln"
}

func TestTokens(t *testing.T) {
	p := start(t)
	form := func(path string, pairs ...string) result {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return p.post(path, v.Encode(), "Authorization: ", "Content-Type: application/x-www-form-urlencoded")
	}
	works := func(token string) int {
		return p.call(http.MethodGet, "/v2/bot/info", "", "Authorization: Bearer "+token).status
	}
	grant := []string{"grant_type", "client_credentials"}
	id := append(grant, "client_id", "1", "client_secret", secret)
	short := form("/v2/oauth/accessToken", id...)
	if short.text("expires_in") != "2.592e+06" || works(short.text("access_token")) != 200 {
		t.Errorf("short-lived token %s", short.body)
	}
	p.want(form("/v2/oauth/accessToken", append(grant, "client_id", "1", "client_secret", "x")...), 400, "wrong secret")
	p.want(form("/v2/oauth/accessToken"), 400, "no grant")
	p.want(form("/v2/oauth/verify", "access_token", short.text("access_token")), 200, "verify")
	for range 30 {
		p.want(form("/v2/oauth/accessToken", id...), 200, "another")
	}
	if works(short.text("access_token")) != 401 {
		t.Error("the 31st token must take the place of the oldest")
	}
	p.want(form("/v2/oauth/verify", "access_token", short.text("access_token")), 400, "verify what is gone")

	stateless := form("/oauth2/v3/token", id...).text("access_token")
	if works(stateless) != 200 {
		t.Error("a stateless token does not work")
	}
	p.forward(15 * time.Minute)
	if works(stateless) != 401 {
		t.Error("a stateless token works after 15 minutes")
	}

	now := p.Now().Unix()
	good := fmt.Sprintf(`{"iss":"1","sub":"1","aud":"https://api.line.me/","exp":%d,"token_exp":86400}`, now+1800)
	const header = `{"alg":"RS256","kid":"k"}`
	issue := func(assertion string) result {
		return form("/oauth2/v2.1/token", append(grant, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", assertion)...)
	}
	made := issue(jwt(header, good))
	if made.status != 200 || works(made.text("access_token")) != 200 || made.text("key_id") == "" {
		t.Fatalf("token v2.1 %s", made.body)
	}
	for name, assertion := range map[string]string{
		"not a JWT": "x", "HS256": jwt(`{"alg":"HS256","kid":"k"}`, good), "no key id": jwt(`{"alg":"RS256"}`, good),
		"another audience": jwt(header, strings.Replace(good, "api.line.me", "example.com", 1)),
		"another subject":  jwt(header, strings.Replace(good, `"sub":"1"`, `"sub":"2"`, 1)),
		"31 minutes":       jwt(header, strings.Replace(good, fmt.Sprint(now+1800), fmt.Sprint(now+1860), 1)),
		"31 days":          jwt(header, strings.Replace(good, "86400", "2678400", 1)),
	} {
		p.want(issue(assertion), 400, name)
	}
	query := url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {jwt(header, good)}}
	if keys := p.get("/oauth2/v2.1/tokens/kid?" + query.Encode()).text("kids"); !strings.Contains(keys, made.text("key_id")) {
		t.Errorf("keys %s", keys)
	}
	for range 29 {
		p.want(issue(jwt(header, good)), 200, "another")
	}
	p.want(issue(jwt(header, good)), 400, "the 31st is refused")
	p.want(p.get("/oauth2/v2.1/verify?access_token="+made.text("access_token")), 200, "verify")
	p.want(form("/oauth2/v2.1/revoke", "access_token", made.text("access_token")), 200, "revoke")
	if works(made.text("access_token")) != 401 {
		t.Error("a revoked token works")
	}
	p.forward(24 * time.Hour)
	p.want(issue(jwt(header, strings.Replace(good, fmt.Sprint(now+1800), fmt.Sprint(now+88000), 1))), 200, "after a day they are gone")
}

func TestOptions(t *testing.T) {
	for name, change := range map[string]func(*sim.Options){
		"no secret": func(o *sim.Options) { o.Secret = "" }, "no token": func(o *sim.Options) { o.Token = "" },
		"no clock": func(o *sim.Options) { o.Now = nil }, "webhook": func(o *sim.Options) { o.WebhookURL = "ftp://x/" },
	} {
		o := sim.Options{Secret: secret, Token: token, Now: time.Now, Log: quiet}
		change(&o)
		if _, err := sim.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
