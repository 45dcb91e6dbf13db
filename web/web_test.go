package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
	"madoguchi/web"
)

const foreign = "https://www.city.mihon.lg.jp" // on the allow-list

// counter is a bot that remembers what it was asked.
type counter struct {
	mu    sync.Mutex
	asked []ward.Message
	reply func(ward.Message) ([]ward.Reply, error)
}

func (c *counter) Reply(_ context.Context, m ward.Message) ([]ward.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, m)
	if c.reply != nil {
		return c.reply(m)
	}
	return []ward.Reply{{Text: "住民票の写しは、戸籍住民課の窓口でお取りください。"}}, nil
}

func (c *counter) messages() []ward.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

func start() time.Time { return time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC) }

// options are those of a counter at the start of the fiscal year.
func options(c *counter) web.Options {
	return web.Options{
		Reply:        c.Reply,
		Origins:      []string{foreign},
		WardName:     "見本区",
		SiteURL:      "https://www.city.mihon.lg.jp/",
		ContactURL:   "https://www.city.mihon.lg.jp/contact.html",
		ContactPhone: "03-0000-0000",
		Greeting:     ward.Reply{Text: "知りたいことをお書きください。", Choices: []ward.Choice{{Label: "分野から探す", Value: "browse"}}},
		Now:          start,
	}
}

func serve(t *testing.T, o web.Options) http.Handler {
	t.Helper()
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRequests(t *testing.T) {
	for name, c := range map[string]struct {
		request string // method and path
		header  map[string]string
		body    string
		reply   func(ward.Message) ([]ward.Reply, error)

		status  int
		want    []string // in the body
		not     []string // neither in body nor in headers
		headers map[string]string
	}{
		"a question": {
			request: "POST /api/chat", body: `{"session":"s1","text":"住民票"}`,
			status: 200, want: []string{`{"replies":[{"text":"住民票の写しは、戸籍住民課の窓口でお取りください。"}]}`},
			headers: map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
		},
		"a whole reply": {
			request: "POST /api/chat", body: `{"session":"s1","text":"住民票"}`,
			reply:  says(ward.Reply{Text: "はい", Choices: []ward.Choice{{Label: "い", Value: "v"}}, Source: &ward.Source{Title: "住民票", URL: "https://a.jp/", Updated: "2026-04-01", Section: "戸籍住民課"}}),
			status: 200, want: []string{`{"text":"はい","choices":[{"label":"い","value":"v"}],"source":{"title":"住民票","url":"https://a.jp/","updated":"2026-04-01","section":"戸籍住民課"}}`},
		},
		"no replies are a list": {
			request: "POST /api/chat", body: `{"session":"s1"}`, reply: says(), status: 200, want: []string{`{"replies":[]}`},
		},
		"fields to come are ignored": {
			request: "POST /api/chat", body: `{"session":"s1","text":"a","lang":"en"}`, status: 200,
		},
		"not JSON": {
			request: "POST /api/chat", body: `{"session":"s1","text":"090-0000-0000`, status: 400,
			want: []string{`{"error":{"kind":"invalid","message":"送られた内容を読み取れませんでした。"}}`}, not: []string{"090"},
		},
		"two values":    {request: "POST /api/chat", body: `{"session":"s1"} {}`, status: 400, want: []string{`"invalid"`}},
		"wrong type":    {request: "POST /api/chat", body: `{"session":"s1","text":123456789012}`, status: 400, not: []string{"123456789012"}},
		"empty body":    {request: "POST /api/chat", status: 400, want: []string{`"invalid"`}},
		"deep nesting":  {request: "POST /api/chat", body: strings.Repeat("[", 60000), status: 400},
		"no session":    {request: "POST /api/chat", body: `{"text":"a"}`, status: 400, want: []string{"会話の番号"}},
		"odd session":   {request: "POST /api/chat", body: `{"session":"a b"}`, status: 400},
		"line in it":    {request: "POST /api/chat", body: `{"session":"a\n"}`, status: 400},
		"long session":  {request: "POST /api/chat", body: `{"session":"` + strings.Repeat("a", 129) + `"}`, status: 400},
		"longest one":   {request: "POST /api/chat", body: `{"session":"` + strings.Repeat("-", 128) + `"}`, status: 200},
		"longest body":  {request: "POST /api/chat", body: pad(`{"session":"s1","text":"`, 64<<10, `"}`), status: 200},
		"too large":     {request: "POST /api/chat", body: pad(`{"session":"s1","text":"`, 64<<10+1, `"}`), status: 413, want: []string{`"too_large"`}},
		"wrong method":  {request: "GET /api/chat", status: 405},
		"no such path":  {request: "GET /api/chat/x", status: 404, headers: map[string]string{"X-Content-Type-Options": "nosniff"}},
		"debug is shut": {request: "GET /debug/pprof/", status: 404},
		"the bot fails": {
			request: "POST /api/chat", body: `{"session":"s1","text":"a"}`, reply: fails(errors.New("open /srv/x: no such file")),
			status: 500, want: []string{`"internal"`, "申し訳ありません"}, not: []string{"/srv/x"},
		},
		"the bot panics": {
			request: "POST /api/chat", body: `{"session":"s1","text":"a"}`, reply: func(ward.Message) ([]ward.Reply, error) { panic("secret") },
			status: 500, want: []string{`"internal"`}, not: []string{"secret", "goroutine"},
		},
		"the index is not there yet": {
			request: "POST /api/chat", body: `{"session":"s1","text":"a"}`,
			reply:  fails(fmt.Errorf("search: %w", &ward.Error{Kind: ward.Unavailable, Message: "準備中です。", Err: errors.New("cause")})),
			status: 503, want: []string{`{"error":{"kind":"unavailable","message":"準備中です。"}}`}, not: []string{"cause"},
			headers: map[string]string{"Retry-After": "5"},
		},
		"too slow":  {request: "POST /api/chat", body: `{"session":"s1"}`, reply: fails(context.DeadlineExceeded), status: 503, want: []string{"時間内に"}},
		"conflict":  {request: "POST /api/chat", body: `{"session":"s1"}`, reply: fails(&ward.Error{Kind: ward.Conflict}), status: 409},
		"not found": {request: "POST /api/chat", body: `{"session":"s1"}`, reply: fails(&ward.Error{Kind: ward.NotFound}), status: 404},

		"same origin": {
			request: "POST /api/chat", body: `{"session":"s1"}`, header: map[string]string{"Origin": "http://madoguchi.example", "Sec-Fetch-Site": "same-origin"},
			status: 200, not: []string{"Access-Control-Allow-Origin"},
		},
		"an allowed origin": {
			request: "POST /api/chat", body: `{"session":"s1"}`, header: map[string]string{"Origin": foreign, "Sec-Fetch-Site": "cross-site"},
			status: 200, headers: map[string]string{"Access-Control-Allow-Origin": foreign, "Vary": "Origin"}, not: []string{"Allow-Credentials"},
		},
		"it may read refusals": {
			request: "POST /api/chat", body: `{`, header: map[string]string{"Origin": foreign},
			status: 400, headers: map[string]string{"Access-Control-Allow-Origin": foreign},
		},
		"a foreign origin": {
			request: "POST /api/chat", body: `{"session":"s1"}`, header: map[string]string{"Origin": "https://evil.example"},
			status: 403, want: []string{`"forbidden"`}, not: []string{"Access-Control-Allow-Origin", "evil"},
		},
		"one that looks alike": {request: "POST /api/chat", body: `{"session":"s1"}`, header: map[string]string{"Origin": foreign + ".evil.example"}, status: 403},
		"no scheme of ours":    {request: "POST /api/chat", body: `{"session":"s1"}`, header: map[string]string{"Origin": "null"}, status: 403},
		"a browser says cross": {request: "POST /api/chat", body: `{"session":"s1"}`, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403},
		"preflight": {
			request: "OPTIONS /api/chat", header: map[string]string{"Origin": foreign, "Access-Control-Request-Method": "POST"}, status: 204,
			headers: map[string]string{"Access-Control-Allow-Origin": foreign, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Max-Age": "7200"},
		},
		"foreign preflight": {
			request: "OPTIONS /api/chat", header: map[string]string{"Origin": "https://evil.example"}, status: 403, not: []string{"Access-Control-Allow"},
		},

		"alive": {request: "GET /healthz", status: 200, want: []string{"ok"}},
		"ready": {request: "GET /readyz", status: 200, want: []string{`{"missing":{},"ready":true}`}},

		"bare address": {request: "GET /", status: 302, headers: map[string]string{"Location": "/widget"}},
		"nowhere":      {request: "GET /no-such", status: 404},

		"script": {
			request: "GET /widget.js", status: 200, want: []string{"attachShadow", "見本区", "分野から探す"},
			not:     []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.cookie", "localStorage", "Set-Cookie"},
			headers: map[string]string{"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=300"},
		},
		"page": {
			request: "GET /widget", status: 200,
			want:    []string{`<html lang="ja">`, "<title>見本区 窓口</title>", "知りたいことをお書きください。", "分野から探す", `href="tel:0300000000"`, `href="https://www.city.mihon.lg.jp/contact.html"`},
			not:     []string{"Set-Cookie", "unsafe", "ZgotmplZ"},
			headers: map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin"},
		},
		"form": {
			request: "POST /widget", body: "session=s1&text=%3Cb%3E%E4%BD%8F%E6%B0%91%E7%A5%A8",
			reply: says(ward.Reply{Text: "<script>alert(1)</script>", Choices: []ward.Choice{{Label: `"><b>`, Value: "v&"}},
				Source: &ward.Source{Title: "<i>", URL: "javascript:alert(1)", Updated: "2026-04-01", Section: "戸籍住民課", Phone: "03-1234-5678"}}),
			status: 200, want: []string{"&lt;b&gt;住民票", "&lt;script&gt;alert(1)", `value="v&amp;"`, "2026年4月1日", "戸籍住民課", `href="tel:0312345678"`, `name="session" value="s1"`},
			not: []string{"<script>alert", "javascript:", "ZgotmplZ", "<i>", "<b>"},
		},
		"chosen in the form": {
			request: "POST /widget", body: "session=s1&choice=browse&label=%E5%88%86%E9%87%8E", status: 200, want: []string{"分野</p>"},
		},
		"form without session": {request: "POST /widget", body: "text=a", status: 400, want: []string{"<h1>", "会話の番号"}},
		"form too large":       {request: "POST /widget", body: "text=" + strings.Repeat("a", 64<<10), status: 413, want: []string{"<h1>", "大きすぎます"}},
		"form not readable":    {request: "POST /widget", body: "text=%zz", status: 400, want: []string{"<h1>", "読み取れません"}},
		"foreign form":         {request: "POST /widget", body: "session=s1", header: map[string]string{"Origin": "https://evil.example"}, status: 403, want: []string{"<h1>"}},
		"form while not ready": {
			request: "POST /widget", body: "session=s1&text=a", reply: fails(&ward.Error{Kind: ward.Unavailable, Message: "準備中です。"}),
			status: 503, want: []string{"<h1>", "準備中です。"}, headers: map[string]string{"Retry-After": "5"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.request, " ")
			r := httptest.NewRequest(method, "http://madoguchi.example"+path, strings.NewReader(c.body))
			if path == "/widget" {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			serve(t, options(&counter{reply: c.reply})).ServeHTTP(w, r)
			if w.Code != c.status {
				t.Errorf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			for _, want := range c.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("body lacks %q:\n%s", want, w.Body)
				}
			}
			var all bytes.Buffer
			w.Result().Header.Write(&all)
			all.Write(w.Body.Bytes())
			for _, not := range c.not {
				if strings.Contains(all.String(), not) {
					t.Errorf("answer holds %q:\n%s", not, all.String())
				}
			}
			for k, want := range c.headers {
				if got := w.Header().Get(k); got != want {
					t.Errorf("%s is %q, want %q", k, got, want)
				}
			}
		})
	}
}

func says(replies ...ward.Reply) func(ward.Message) ([]ward.Reply, error) {
	return func(ward.Message) ([]ward.Reply, error) { return replies, nil }
}

func fails(err error) func(ward.Message) ([]ward.Reply, error) {
	return func(ward.Message) ([]ward.Reply, error) { return nil, err }
}

// pad makes a text of exactly size bytes.
func pad(before string, size int, after string) string {
	return before + strings.Repeat("a", size-len(before)-len(after)) + after
}

func TestWhatTheBotIsAsked(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want ward.Message
	}{
		"text":     {`{"session":"s1","text":"住民票"}`, ward.Message{Text: "住民票"}},
		"choice":   {`{"session":"s1","choice":"answer:12"}`, ward.Message{Choice: "answer:12"}},
		"nothing":  {`{"session":"s1"}`, ward.Message{}},
		"controls": {`{"session":"s1","text":"a\u0000b\u001b[31m\r\n\tc","choice":"\u0000v"}`, ward.Message{Text: "ab[31m\n\tc", Choice: "v"}},
		"halves":   {`{"session":"s1","text":"` + "\xff" + `\ud83d"}`, ward.Message{Text: "\uFFFD\uFFFD"}},
		"long":     {`{"session":"s1","text":"` + strings.Repeat("あ", 20000) + `"}`, ward.Message{Text: strings.Repeat("あ", 20000)}},
		"emoji":    {`{"session":"s1","text":"👨‍👩‍👧"}`, ward.Message{Text: "👨‍👩‍👧"}},
	} {
		t.Run(name, func(t *testing.T) {
			bot := &counter{}
			post(t, serve(t, options(bot)), c.body, http.StatusOK)
			want := c.want
			want.Channel, want.Resident, want.At = ward.Web, "s1", start()
			if diff := cmp.Diff([]ward.Message{want}, bot.messages()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func post(t *testing.T, h http.Handler, body string, status int) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", "/api/chat", strings.NewReader(body)))
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	return w
}

func FuzzChat(f *testing.F) {
	f.Add([]byte(`{"session":"s1","text":"住民票","choice":"x"}`))
	f.Add([]byte("{\"session\":\"s1\",\"text\":\"\xff\\u0000\\ud800\"}"))
	bot := &counter{}
	o := options(bot)
	o.PerMinute, o.Burst = 1<<30, 1<<30
	h, err := web.New(o)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		bot.asked = nil
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/api/chat", bytes.NewReader(body)))
		if w.Code != 200 && w.Code != 400 && w.Code != 413 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		for _, m := range bot.messages() {
			if strings.ContainsAny(m.Text+m.Choice, "\x00\x1b\r") {
				t.Errorf("the bot was given control characters: %q %q", m.Text, m.Choice)
			}
		}
	})
}

func TestLogsHoldNoWords(t *testing.T) {
	const canary = "山田canary"
	for name, c := range map[string]struct {
		body   string
		reply  func(ward.Message) ([]ward.Reply, error)
		status int
		logged string
	}{
		"fine":      {`{"session":"canary-id","text":"` + canary + `"}`, nil, 200, "level=DEBUG"},
		"malformed": {`{"session":"canary-id","text":` + canary, nil, 400, "kind=invalid"},
		"type":      {`{"session":"canary-id","text":["` + canary + `"]}`, nil, 400, "kind=invalid"},
		"failing":   {`{"session":"canary-id","text":"` + canary + `"}`, fails(errors.New("index\r\nlevel=ERROR forged")), 500, `index\r\nlevel`},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			o := options(&counter{reply: c.reply})
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			post(t, serve(t, o), c.body, c.status)
			if !strings.Contains(log.String(), c.logged) || strings.Contains(log.String(), "canary") || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("log:\n%s", log.String())
			}
		})
	}
}

func TestReadySaysWhatIsMissing(t *testing.T) {
	o := options(&counter{})
	o.Ready = map[string]func(context.Context) error{
		"data": func(context.Context) error { return nil },
		"index": func(context.Context) error {
			return &ward.Error{Kind: ward.Unavailable, Message: "索引がまだありません。"}
		},
		"other": func(context.Context) error { return errors.New("dial 10.0.0.1: refused") },
	}
	w := httptest.NewRecorder()
	serve(t, o).ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
	want := `{"missing":{"index":"索引がまだありません。","other":"確かめられませんでした。"},"ready":false}` + "\n"
	if w.Code != 503 || w.Body.String() != want || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestReplyHasADeadline(t *testing.T) {
	o := options(&counter{})
	o.ReplyTimeout = time.Nanosecond
	o.Reply = func(ctx context.Context, _ ward.Message) ([]ward.Reply, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	w := post(t, serve(t, o), `{"session":"s1"}`, http.StatusServiceUnavailable)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*web.Options){
		"no bot":          func(o *web.Options) { o.Reply = nil },
		"no name":         func(o *web.Options) { o.WardName = "" },
		"any origin":      func(o *web.Options) { o.Origins = []string{"*"} },
		"origin and path": func(o *web.Options) { o.Origins = []string{"https://a.jp/"} },
		"a script":        func(o *web.Options) { o.ContactURL = "javascript:alert(1)" },
		"relative":        func(o *web.Options) { o.SiteURL = "www.city.mihon.lg.jp" },
	} {
		o := options(&counter{})
		change(&o)
		if _, err := web.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestScriptIsCached(t *testing.T) {
	h := serve(t, options(&counter{}))
	get := func(path, etag string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", etag)
		h.ServeHTTP(w, r)
		return w
	}
	etag := get("/widget.js", "").Header().Get("ETag")
	if w := get("/widget.js", etag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("asked again: %d with %d bytes", w.Code, w.Body.Len())
	}
	page := get("/widget", "").Body.String()
	_, rest, _ := strings.Cut(page, `src="widget.js`)
	query, _, _ := strings.Cut(rest, `"`)
	if w := get("/widget.js"+query, ""); !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the page's own address %q is not kept: %v", query, w.Header())
	}
	o := options(&counter{})
	o.WardName = "別区"
	w := httptest.NewRecorder()
	serve(t, o).ServeHTTP(w, httptest.NewRequest("GET", "/widget.js", nil))
	if w.Header().Get("ETag") == etag {
		t.Error("another script has the same ETag")
	}
}

func TestMetrics(t *testing.T) {
	o := options(&counter{})
	o.Verdicts = web.NewVerdicts()
	o.TrustedProxies = prefixes("10.0.0.0/8")
	o.MetricsFrom = prefixes("192.0.2.7/32")
	h := serve(t, o)
	for _, v := range []ward.Verdict{ward.Sure, ward.Unsure, ward.Sure, ward.Nothing} {
		o.Verdicts.Count(v)
		post(t, h, `{"session":"s1","text":"a"}`, http.StatusOK)
	}
	read := func(remote string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = remote
		if len(header) > 0 {
			r.Header.Set(header[0], header[1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for name, c := range map[string]struct {
		remote string
		header []string
		status int
	}{
		"the machine itself":      {"127.0.0.1:5", nil, 200},
		"over IPv6":               {"[::1]:5", nil, 200},
		"a network named":         {"192.0.2.7:5", nil, 200},
		"through our proxy":       {"10.0.0.1:5", []string{"X-Forwarded-For", "192.0.2.7"}, 200},
		"a stranger":              {"192.0.2.8:5", nil, 403},
		"a stranger by our proxy": {"10.0.0.1:5", []string{"X-Forwarded-For", "127.0.0.1, 192.0.2.8"}, 403},
		"somebody's proxy":        {"127.0.0.1:5", []string{"X-Forwarded-For", "127.0.0.1"}, 403},
		"somebody's other proxy":  {"127.0.0.1:5", []string{"Forwarded", "for=127.0.0.1"}, 403},
		"a spoofed header":        {"192.0.2.8:5", []string{"X-Forwarded-For", "127.0.0.1"}, 403},
	} {
		if w := read(c.remote, c.header...); w.Code != c.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, c.status)
		}
	}
	body := read("127.0.0.1:5").Body.String()
	for _, want := range []string{
		`madoguchi_questions_total{verdict="answer"} 2`, `madoguchi_questions_total{verdict="choices"} 1`, `madoguchi_questions_total{verdict="none"} 1`,
		`madoguchi_http_requests_total{route="POST /api/chat",status="200"} 4`, `madoguchi_http_requests_total{route="GET /metrics",status="403"} 5`,
		`madoguchi_http_request_seconds_count{route="POST /api/chat"} 4`, "go_goroutines",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func prefixes(all ...string) (ps []netip.Prefix) {
	for _, s := range all {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}
