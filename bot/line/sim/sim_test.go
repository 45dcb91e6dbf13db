package sim_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/bot/line/sim"
	"madoguchi/ward"
)

const (
	secret   = "8c570fa6dd201bb328f1c1eac23a96d8"
	token    = "test-token"
	patience = 30 * time.Second // when a test says that it hangs
)

var quiet = slog.New(slog.DiscardHandler)

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// hook is a webhook that keeps what it gets and answers as it is told.
type hook struct {
	mu     sync.Mutex
	got    []received
	answer func(n int) int // status of the nth request
	url    string
}

type received struct {
	body      []byte
	signature string
	events    []map[string]any
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct{ Events []map[string]any }
	_ = json.Unmarshal(body, &in)
	h.mu.Lock()
	h.got = append(h.got, received{body, r.Header.Get("X-Line-Signature"), in.Events})
	n := len(h.got)
	h.mu.Unlock()
	w.WriteHeader(h.answer(n))
}

// events are all that came, in order.
func (h *hook) events() (all []map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.got {
		all = append(all, r.events...)
	}
	return all
}

func (h *hook) last(t *testing.T) map[string]any {
	t.Helper()
	all := h.events()
	if len(all) == 0 {
		t.Fatal("the webhook got nothing")
	}
	return all[len(all)-1]
}

// platform is a Sim with a webhook and a client of its API.
type platform struct {
	*testing.T
	*sim.Sim
	*clock
	ctx  context.Context
	hook *hook
	url  string
}

func start(t *testing.T, change ...func(*sim.Options)) *platform {
	t.Helper()
	h := &hook{answer: func(int) int { return http.StatusOK }}
	webhook := httptest.NewServer(h)
	t.Cleanup(webhook.Close)
	c := &clock{now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	o := sim.Options{WebhookURL: webhook.URL, Secret: secret, Token: token, Now: c.Now, Log: quiet}
	for _, f := range change {
		f(&o)
	}
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(s.API())
	t.Cleanup(api.Close)
	t.Cleanup(s.Close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return &platform{T: t, Sim: s, clock: c, ctx: ctx, hook: h, url: api.URL}
}

// friend is a resident who followed.
func (p *platform) friend() ward.Resident {
	p.Helper()
	user := p.AddResident("")
	p.must(p.Follow(p.ctx, user))
	return user
}

func (p *platform) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// said is the reply token of a resident's new text.
func (p *platform) said(user ward.Resident, text string) string {
	p.Helper()
	_, err := p.Say(p.ctx, user, text)
	p.must(err)
	token, _ := p.hook.last(p.T)["replyToken"].(string)
	return token
}

type result struct {
	status int
	header http.Header
	body   []byte
}

// field is a value in the JSON body.
func (r result) field(name string) any {
	var in map[string]any
	_ = json.Unmarshal(r.body, &in)
	return in[name]
}

func (r result) text(name string) string { return fmt.Sprint(r.field(name)) }

// call makes a call of the API; headers are "Name: value".
func (p *platform) call(method, path, body string, headers ...string) result {
	p.Helper()
	req, err := http.NewRequestWithContext(p.ctx, method, p.url+path, strings.NewReader(body))
	p.must(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	p.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	p.must(err)
	return result{res.StatusCode, res.Header, b}
}

func (p *platform) post(path, body string, headers ...string) result {
	p.Helper()
	return p.call(http.MethodPost, path, body, headers...)
}

func (p *platform) get(path string) result {
	p.Helper()
	return p.call(http.MethodGet, path, "")
}

// want checks the status of a result.
func (p *platform) want(r result, status int, about string) {
	p.Helper()
	if r.status != status {
		p.Errorf("%s: status %d, want %d: %s", about, r.status, status, r.body)
	}
}

const hello = `{"type":"text","text":"こんにちは"}`

func replyBody(token, messages string) string {
	return fmt.Sprintf(`{"replyToken":%q,"messages":[%s]}`, token, messages)
}

func pushBody(to ward.Resident, messages string) string {
	return fmt.Sprintf(`{"to":%q,"messages":[%s]}`, to, messages)
}

// signed is the signature as LINE's documentation says it is made.
func signed(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestSignature(t *testing.T) {
	const body, want = `{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}`, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="
	if got := signed([]byte(body)); got != want {
		t.Errorf("signature %q, want LINE's own example %q", got, want)
	}
}

func TestWebhookIsSigned(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.said(user, "ごみの日は？")
	for _, r := range p.hook.got {
		if want := signed(r.body); r.signature != want {
			t.Errorf("signature %q, want %q", r.signature, want)
		}
		if !bytes.Contains(r.body, []byte(`"destination":"`+p.Destination()+`"`)) {
			t.Errorf("no destination in %s", r.body)
		}
	}
}

func TestConversation(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.want(p.post("/v2/bot/message/reply", replyBody(p.said(user, "ごみの日は？"), hello)), 200, "reply")
	d, err := p.Next(p.ctx, user)
	p.must(err)
	if d.Call != "reply" || len(d.Messages) != 1 || string(d.Messages[0]) != hello || !d.Arrived {
		t.Errorf("delivery %+v", d)
	}
	if err := p.Block(p.ctx, user); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Say(p.ctx, user, "もしもし"); ward.KindOf(err) != ward.Conflict {
		t.Errorf("a person who blocked the account says: %v", err)
	}
	p.want(p.post("/v2/bot/message/push", pushBody(user, hello)), 200, "push to one who blocked")
	p.must(p.Follow(p.ctx, user))
	if e := p.hook.last(t); e["type"] != "follow" || e["follow"].(map[string]any)["isUnblocked"] != true {
		t.Errorf("event %v, want an unblocking follow", e)
	}
	all := p.Ledger().To(user)
	if len(all) != 2 || all[1].Arrived {
		t.Errorf("ledger %+v, want one that did not arrive", all)
	}
}
