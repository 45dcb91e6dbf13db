package line_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line"
	"madoguchi/ward"
)

const (
	token    = "channel-token"
	retryKey = "123e4567-e89b-12d3-a456-426614174000"
)

func newClient(t testing.TB, url string, change ...func(*line.ClientOptions)) (*line.Client, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	o := line.ClientOptions{Token: func(context.Context) (string, error) { return token, nil }, APIURL: url, DataURL: url, Now: now,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, c := range change {
		c(&o)
	}
	c, err := line.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, log
}

func hello() []byte { return line.Render([]ward.Reply{{Text: "粗大ごみです。"}}) }

// calls are all the calls that a client can make.
func calls(t *testing.T, c *line.Client) map[string]func() error {
	ctx := t.Context()
	return map[string]func() error{
		"reply":   func() error { return c.Reply(ctx, "token", hello()) },
		"push":    func() error { return c.Push(ctx, resident, hello(), retryKey) },
		"loading": func() error { return c.Loading(ctx, resident, 20) },
		"quota":   func() error { _, _, err := c.Quota(ctx); return err },
		"info":    func() error { _, err := c.BotInfo(ctx); return err },
		"content": func() error {
			r, _, err := c.Content(ctx, "5")
			if err == nil {
				err = r.Close()
			}
			return err
		},
	}
}

func TestCalls(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	for name, do := range calls(t, c) {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := p.body("/v2/bot/message/reply"); !strings.Contains(got, `"replyToken":"token"`) || !strings.Contains(got, `[{"text":"粗大ごみです。","type":"text"}]`) {
		t.Errorf("reply: %s", got)
	}
	if got := p.body("/v2/bot/message/push"); !strings.Contains(got, `"to":"`+resident+`"`) || !strings.Contains(got, `"customAggregationUnits":[]`) {
		t.Errorf("push: %s", got)
	}
	if key := p.last("/v2/bot/message/push").Header.Get("X-Line-Retry-Key"); key != retryKey {
		t.Errorf("retry key %q", key)
	}
	if got, want := p.body("/v2/bot/chat/loading/start"), `{"chatId":"`+resident+`","loadingSeconds":20}`; strings.TrimSpace(got) != want {
		t.Errorf("loading: %s", got)
	}
	if auth := p.last("/v2/bot/info").Header.Get("Authorization"); auth != "Bearer "+token {
		t.Errorf("authorization %q", auth)
	}
}

func TestAnswers(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	info, err := c.BotInfo(t.Context())
	if diff := cmp.Diff(line.Account{UserID: resident, BasicID: "@mihon", Name: "見本区"}, info); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	r, kind, err := c.Content(t.Context(), "5")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if body, err := io.ReadAll(r); err != nil || string(body) != "picture" || kind != "image/jpeg" {
		t.Errorf("content %q of %q, %v", body, kind, err)
	}
	p.answer("/v2/bot/message/quota", 200, `{"type":"none"}`)
	if limit, used, err := c.Quota(t.Context()); limit != line.Unlimited || used != 30 || err != nil {
		t.Errorf("unlimited: %d, %d, %v", limit, used, err)
	}
	p.answer("/v2/bot/message/quota", 200, `{"type":"limited","value":200}`)
	if limit, used, err := c.Quota(t.Context()); limit != 200 || used != 30 || err != nil {
		t.Errorf("limited: %d, %d, %v", limit, used, err)
	}
}

// TestOutcomes: each status has a kind, and no error and no log repeats what
// was sent or what LINE said of it.
func TestOutcomes(t *testing.T) {
	const echo = `{"message":"粗大ごみ ` + resident + `"}`
	const faults = `{"message":"m","details":[{"message":"粗大ごみ","property":"messages[0].text"}]}`
	p := newPlatform(t)
	for _, tt := range []struct {
		call   string
		path   string
		status int
		body   string
		want   ward.ErrorKind
	}{
		{"reply", "/v2/bot/message/reply", 200, ``, ""}, // LINE took it, whatever it says
		{"reply", "/v2/bot/message/reply", 200, `nonsense`, ""},
		{"reply", "/v2/bot/message/reply", 400, `{"message":"Invalid reply token"}`, ward.Expired},
		{"reply", "/v2/bot/message/reply", 400, `another day, another text`, ward.Expired},
		{"reply", "/v2/bot/message/reply", 400, `{"message":"m","details":[{"message":"m","property":"replyToken"}]}`, ward.Expired},
		{"reply", "/v2/bot/message/reply", 400, faults, ward.Invalid},
		{"reply", "/v2/bot/message/reply", 429, echo, ward.TooMany},
		{"reply", "/v2/bot/message/reply", 500, echo, ward.Unavailable},
		{"reply", "/v2/bot/message/reply", 307, echo, ward.Invalid},
		{"push", "/v2/bot/message/push", 400, echo, ward.Invalid},
		{"push", "/v2/bot/message/push", 400, faults, ward.Invalid},
		{"push", "/v2/bot/message/push", 401, echo, ward.Forbidden},
		{"push", "/v2/bot/message/push", 403, echo, ward.Forbidden},
		{"push", "/v2/bot/message/push", 409, echo, ward.Conflict},
		{"push", "/v2/bot/message/push", 413, echo, ward.TooLarge},
		{"push", "/v2/bot/message/push", 429, echo, ward.TooMany},
		{"push", "/v2/bot/message/push", 503, "<html>", ward.Unavailable},
		{"content", "/v2/bot/message/5/content", 202, ``, ward.Unavailable},
		{"content", "/v2/bot/message/5/content", 404, echo, ward.NotFound},
		{"content", "/v2/bot/message/5/content", 410, echo, ward.NotFound},
		{"quota", "/v2/bot/message/quota", 200, `nonsense`, ward.Unavailable},
		{"quota", "/v2/bot/message/quota/consumption", 500, ``, ward.Unavailable},
		{"info", "/v2/bot/info", 200, ``, ward.Unavailable},
		{"info", "/v2/bot/info", 401, echo, ward.Forbidden},
		{"loading", "/v2/bot/chat/loading/start", 202, `{}`, ""},
		{"loading", "/v2/bot/chat/loading/start", 429, echo, ward.TooMany},
	} {
		t.Run(tt.call+" "+string(tt.want), func(t *testing.T) {
			p.reset()
			p.answer(tt.path, tt.status, tt.body)
			c, log := newClient(t, p.URL)
			err := calls(t, c)[tt.call]()
			if ward.KindOf(err) != tt.want {
				t.Errorf("status %d %s: %v", tt.status, tt.body, err)
			}
			quiet(t, err, log)
		})
	}
}

// quiet checks that neither says anything of a resident.
func quiet(t *testing.T, err error, log *bytes.Buffer) {
	t.Helper()
	said := log.String()
	if err != nil {
		said += err.Error()
		if e := (*ward.Error)(nil); !errors.As(err, &e) || e.Message == "" {
			t.Errorf("no ward.Error with a sentence: %#v", err)
		}
	}
	for _, secret := range []string{"粗大", resident, token, "nonsense", "http://", "/v2/"} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is told: %s", secret, said)
		}
	}
}

func TestErrorSaysWhatHelps(t *testing.T) {
	p := newPlatform(t)
	c, log := newClient(t, p.URL)
	p.answer("/v2/bot/message/push", 400, `{"message":"m","details":[{"message":"m","property":"messages[0].text"},{"message":"m","property":"`+"粗大 ごみ"+`"}]}`)
	err := calls(t, c)["push"]()
	for _, want := range []string{"push", "400", "request-1", "messages[0].text"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	if !strings.Contains(log.String(), `name=push status=400 request_id=request-1`) {
		t.Errorf("log: %s", log)
	}
	quiet(t, err, log)
}

// TestTooMany: LINE answers 429 to too many calls and to a month that is used
// up; only the quota tells which.
func TestTooMany(t *testing.T) {
	for name, tt := range map[string]struct {
		quota string
		want  ward.ErrorKind
	}{
		"used up":   {`{"type":"limited","value":30}`, ward.Quota},
		"room left": {`{"type":"limited","value":31}`, ward.TooMany},
		"no limit":  {`{"type":"none"}`, ward.TooMany},
		"no answer": {`?`, ward.TooMany},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			c, _ := newClient(t, p.URL)
			p.answer("/v2/bot/message/push", 429, `{}`)
			p.answer("/v2/bot/message/quota", 200, tt.quota)
			err := calls(t, c)["push"]()
			e := (*ward.Error)(nil)
			if !errors.As(err, &e) || e.Kind != tt.want {
				t.Errorf("%v", err)
			}
			if tt.want == ward.TooMany && e.RetryAfter != 7*time.Second {
				t.Errorf("wait %v", e.RetryAfter)
			}
		})
	}
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	p.answer("/v2/bot/message/reply", 429, `{}`)
	p.answer("/v2/bot/message/quota", 200, `{"type":"limited","value":0}`)
	if err := calls(t, c)["reply"](); ward.KindOf(err) != ward.TooMany {
		t.Errorf("a reply counts for no quota: %v", err)
	}
}

// TestNoAnswer: a call that may have arrived is Unknown, one that cannot have
// is Unavailable, and one that only asks is Unavailable too.
func TestNoAnswer(t *testing.T) {
	p := newPlatform(t)
	c, log := newClient(t, p.URL)
	p.hangUp = true
	for name, do := range calls(t, c) {
		want := ward.Unknown
		if name == "quota" || name == "info" || name == "content" {
			want = ward.Unavailable
		}
		err := do()
		if ward.KindOf(err) != want {
			t.Errorf("%s, connection lost: %v", name, err)
		}
		quiet(t, err, log)
	}
	p.Close()
	for name, do := range calls(t, c) {
		if err := do(); ward.KindOf(err) != ward.Unavailable {
			t.Errorf("%s, nobody listens: %v", name, err)
		}
	}
}

func TestTimeout(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	ctx, cancel := context.WithCancel(t.Context())
	p.arrived = cancel
	if err := c.Reply(ctx, "token", hello()); ward.KindOf(err) != ward.Unknown {
		t.Errorf("given up while LINE thinks: %v", err)
	}
	if err := c.Reply(ctx, "token", hello()); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("given up before: %v", err)
	}
}

// TestHostileAnswer: an answer without end is not read to its end.
func TestHostileAnswer(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	p.answer("/v2/bot/info", 200, `{"displayName":"`+strings.Repeat("a", 17<<20)+`"}`)
	if _, err := c.BotInfo(t.Context()); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("17 MiB of name: %v", err)
	}
	p.answer("/v2/bot/info", 401, strings.Repeat("a", 17<<20))
	if _, err := c.BotInfo(t.Context()); ward.KindOf(err) != ward.Forbidden {
		t.Errorf("17 MiB of error: %v", err)
	}
}

// TestNothingWrongIsSent: what LINE would refuse, or what would reach another
// call, does not leave the house.
func TestNothingWrongIsSent(t *testing.T) {
	p := newPlatform(t)
	c, log := newClient(t, p.URL)
	ctx, five := t.Context(), string(hello())
	for name, do := range map[string]func() error{
		"no messages":      func() error { return c.Reply(ctx, "token", nil) },
		"empty list":       func() error { return c.Reply(ctx, "token", []byte(`[]`)) },
		"no list":          func() error { return c.Reply(ctx, "token", []byte(`{"粗大":1}`)) },
		"six messages":     func() error { return c.Reply(ctx, "token", []byte(`[{},{},{},{},{},{}]`)) },
		"no token":         func() error { return c.Reply(ctx, "", []byte(five)) },
		"odd token":        func() error { return c.Reply(ctx, "to\nken", []byte(five)) },
		"nobody":           func() error { return c.Push(ctx, "", []byte(five), retryKey) },
		"group":            func() error { return c.Push(ctx, "C0123456789abcdef0123456789abcdef", []byte(five), retryKey) },
		"path":             func() error { return c.Push(ctx, "U1/../../followers/ids", []byte(five), retryKey) },
		"no push":          func() error { return c.Push(ctx, resident, nil, retryKey) },
		"no key":           func() error { return c.Push(ctx, resident, []byte(five), "") },
		"odd key":          func() error { return c.Push(ctx, resident, []byte(five), "123e4567e89b12d3a456426614174000") },
		"loading nobody":   func() error { return c.Loading(ctx, "", 5) },
		"loading 7":        func() error { return c.Loading(ctx, resident, 7) },
		"loading 0":        func() error { return c.Loading(ctx, resident, 0) },
		"loading 65":       func() error { return c.Loading(ctx, resident, 65) },
		"content of none":  func() error { _, _, err := c.Content(ctx, ""); return err },
		"content of other": func() error { _, _, err := c.Content(ctx, "5/../../../info"); return err },
	} {
		err := do()
		if ward.KindOf(err) != ward.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		quiet(t, err, log)
	}
	if p.count() > 0 {
		t.Errorf("%d calls were made", p.count())
	}
}

func TestToken(t *testing.T) {
	p := newPlatform(t)
	n, fail := 0, error(nil)
	c, _ := newClient(t, p.URL, func(o *line.ClientOptions) {
		o.Token = func(context.Context) (string, error) { n++; return token, fail }
	})
	for range 2 {
		if err := c.Reply(t.Context(), "token", hello()); err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("the token was asked for %d times: it may change between calls", n)
	}
	fail = errors.New("no token today")
	for name, do := range calls(t, c) {
		if err := do(); ward.KindOf(err) != ward.Unavailable || !errors.Is(err, fail) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientOptions(t *testing.T) {
	good := line.ClientOptions{Token: func(context.Context) (string, error) { return token, nil }, Log: slog.New(slog.DiscardHandler), Now: now}
	if _, err := line.NewClient(good); err != nil {
		t.Errorf("LINE itself: %v", err)
	}
	for name, spoil := range map[string]func(*line.ClientOptions){
		"no token": func(o *line.ClientOptions) { o.Token = nil }, "no log": func(o *line.ClientOptions) { o.Log = nil },
		"no clock": func(o *line.ClientOptions) { o.Now = nil }, "address": func(o *line.ClientOptions) { o.APIURL = "api.line.me" },
		"data address": func(o *line.ClientOptions) { o.DataURL = "file:///etc" },
	} {
		o := good
		spoil(&o)
		if _, err := line.NewClient(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestBasePath: a Messaging API may stand below a path.
func TestBasePath(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL+"/sim/")
	for name, do := range calls(t, c) {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTogether: calls with contexts of their own do not meet.
func TestTogether(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	given, cancel := context.WithCancel(t.Context())
	cancel()
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			ctx, want := t.Context(), ward.ErrorKind("")
			if i%2 == 0 {
				ctx, want = given, ward.Unavailable
			}
			if err := c.Reply(ctx, "token", hello()); ward.KindOf(err) != want {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// TestHTTPClientOfTheCaller is used as it is.
func TestHTTPClientOfTheCaller(t *testing.T) {
	p := newPlatform(t)
	used := 0
	c, _ := newClient(t, p.URL, func(o *line.ClientOptions) {
		o.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) { used++; return http.DefaultTransport.RoundTrip(r) })}
	})
	for name, do := range calls(t, c) {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if used != 7 || used != p.count() {
		t.Errorf("%d of %d calls", used, p.count())
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRenderedIsSent: what is kept in an outbox is what LINE gets.
func TestRenderedIsSent(t *testing.T) {
	p := newPlatform(t)
	c, _ := newClient(t, p.URL)
	messages := line.Render([]ward.Reply{
		{Text: "答え <b>&。", Source: &ward.Source{Title: "題", URL: "https://example.jp/?a=1&b=2"}},
		{Text: "どれですか。", Choices: []ward.Choice{{Label: "一", Value: "1"}, {Label: "二", Value: "2"}, {Label: "三", Value: "3"}, {Label: "四", Value: "4"}, {Label: "五", Value: "5"}}},
	})
	if err := c.Push(t.Context(), resident, messages, retryKey); err != nil {
		t.Fatal(err)
	}
	var sent struct{ Messages json.RawMessage }
	if err := json.Unmarshal([]byte(p.body("/v2/bot/message/push")), &sent); err != nil || !bytes.Equal(sent.Messages, messages) {
		t.Errorf("%v: sent %s, rendered %s", err, sent.Messages, messages)
	}
}
