package sim_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"madoguchi/bot/line/sim"
	"madoguchi/ward"
)

// paged is a platform whose url is that of its page.
func paged(t *testing.T) *platform {
	t.Helper()
	p := start(t)
	server := httptest.NewServer(http.StripPrefix("/sim", p.Page()))
	t.Cleanup(server.Close)
	t.Cleanup(p.Close) // ends the streams first
	p.url = server.URL + "/sim"
	return p
}

func TestPageIsClosedToOthers(t *testing.T) {
	p := paged(t)
	r := p.get("/")
	p.want(r, 200, "page")
	policy := r.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(string(r.body), "<style") || strings.Contains(string(r.body), " style=") || strings.Contains(string(r.body), "onclick") {
		t.Error("the page has something inline")
	}
	p.want(p.post("/do/add", "{}", "Sec-Fetch-Site: cross-site"), 403, "another site")
	p.want(p.post("/do/add", "{}", "Origin: https://example.com"), 403, "another origin")
	if n := len(p.Residents()); n != 0 {
		t.Errorf("%d residents, want none", n)
	}
}

func TestCommands(t *testing.T) {
	p := paged(t)
	p.want(p.post("/do/add", "{}", "Sec-Fetch-Site: same-origin"), 204, "add")
	user := p.Residents()[0]
	body := func(more string) string { return `{"user":"` + string(user) + `"` + more + `}` }
	p.want(p.post("/do/follow", body("")), 204, "follow")
	p.want(p.post("/do/follow", body("")), 409, "follow again")
	p.want(p.post("/do/say", body(`,"text":"こんにちは"`)), 204, "say")
	p.want(p.post("/do/say", body(`,"text":""`)), 409, "say nothing")
	p.want(p.post("/do/say", body(`,"text":"`+long("あ", 5001)+`"`)), 409, "say too much")
	p.want(p.post("/do/say", `{"user":"U0","text":"あ"}`), 409, "nobody")
	p.want(p.post("/do/dance", body("")), 404, "no such command")
	p.want(p.post("/do/say", "{"), 409, "no JSON")
	p.want(p.post("/do/say", body(`,"text":"`+long("a", 1<<16)+`"`)), 409, "more than is read")
	p.want(p.post("/do/place", body(`,"latitude":35.7,"longitude":139.7`)), 204, "place")
	p.hook.answer = func(int) int { return 500 }
	p.want(p.post("/do/say", body(`,"text":"あ"`)), 204, "the webhook's failure is shown, not told")

	own := "X-Resident: " + string(user)
	p.want(p.post("/send/photo", pngOf(8, 8), own), 204, "photo")
	p.want(p.post("/send/photo", "<svg xmlns='http://www.w3.org/2000/svg'/>", own), 409, "no photo")
	p.want(p.post("/send/photo", long("a", 11<<20), own), 409, "large photo")
	p.want(p.post("/send/file", "words", own), 204, "file")
	id := ""
	for _, e := range p.hook.events() {
		if m, ok := e["message"].(map[string]any); ok && m["type"] == "image" {
			id, _ = m["id"].(string)
		}
	}
	if r := p.get("/content/" + id); r.status != 200 || !strings.Contains(r.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("photo: %d %v", r.status, r.header)
	}
	p.want(p.post("/do/unsend", body(`,"messageId":"`+id+`"`)), 204, "unsend")
	p.want(p.get("/content/"+id), 404, "photo that was taken back")
	p.want(p.get("/menu/richmenu-0"), 404, "no menu")
	for range 25 {
		p.post("/do/add", "{}")
	}
	if n := len(p.Residents()); n != 20 {
		t.Errorf("%d residents, want 20 at most", n)
	}
}

// stream reads views from the page's events.
func stream(t *testing.T, p *platform, lastID string) func() (id string, view map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.url+"/events", nil)
	p.must(err)
	req.Header.Set("Last-Event-ID", lastID)
	res, err := http.DefaultClient.Do(req)
	p.must(err)
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewReader(res.Body)
	return func() (id string, view map[string]any) {
		t.Helper()
		for {
			line, err := lines.ReadString('\n')
			p.must(err)
			if rest, ok := strings.CutPrefix(line, "id: "); ok {
				id = strings.TrimSpace(rest)
			}
			if rest, ok := strings.CutPrefix(line, "data: "); ok {
				p.must(json.Unmarshal([]byte(rest), &view))
				return id, view
			}
		}
	}
}

func TestStreamGoesOn(t *testing.T) {
	p := paged(t)
	user := p.friend()
	items := func(view map[string]any) (n int) {
		all, _ := view["residents"].([]any)
		for _, r := range all {
			list, _ := r.(map[string]any)["items"].([]any)
			n += len(list)
		}
		return n
	}
	next := stream(t, p, "")
	id, first := next()
	if n := items(first); n != 1 {
		t.Errorf("%d items at first, want 1", n)
	}
	p.said(user, "あ")
	seen := 0
	for seen == 0 {
		_, view := next()
		seen = items(view)
	}
	if _, view := stream(t, p, id)(); items(view) != 1 {
		t.Errorf("%d items since %s, want the one that is new", items(view), id)
	}
	if _, view := stream(t, p, "another 5")(); items(view) != 2 {
		t.Errorf("%d items for a page of another run, want all 2", items(view))
	}
}

func TestWaitEnds(t *testing.T) {
	p := start(t)
	ctx, cancel := context.WithTimeout(p.ctx, time.Millisecond)
	defer cancel()
	if _, err := p.Next(ctx, p.friend()); err == nil {
		t.Error("something came")
	}
}

func FuzzMessages(f *testing.F) {
	for _, seed := range []string{hello, flexOf(bubbleOf(of("text", "text", "あ"))), replies(say("あ", "あ")), templateOf("confirm"), `{"type":"flex","contents":{"type":"carousel","contents":[null]}}`, `{"type":"textV2","text":"{{{}}"}`} {
		f.Add([]byte(`{"messages":[` + seed + `]}`))
	}
	s, err := sim.New(sim.Options{Secret: secret, Token: token, Now: time.Now, Log: quiet})
	if err != nil {
		f.Fatal(err)
	}
	user := s.AddResident("")
	api := s.API()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{"/v2/bot/message/validate/push", "/v2/bot/message/push", "/v2/bot/richmenu/validate"} {
			b := bytes.Replace(body, []byte("{"), []byte(`{"to":"`+string(user)+`",`), 1)
			req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(b))
			req.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, req)
			if w.Code != 200 && w.Code != 400 && w.Code != 429 {
				t.Errorf("%s: status %d", path, w.Code)
			}
		}
		_ = s.Tap(t.Context(), ward.Resident(user), "あ") // finds its way through whatever was sent
	})
}
