package line_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"madoguchi/internal/wardtest/lineapi"
)

// platform is a Messaging API that holds every call it gets against LINE's own
// description and answers as it is told to.
type platform struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]answer
	got     []*http.Request
	bodies  []string
	hangUp  bool   // close the connection instead of answering
	arrived func() // called, when set, and then nothing is answered
}

type answer struct {
	status int
	body   string
}

func newPlatform(t testing.TB) *platform {
	t.Helper()
	p := &platform{}
	p.reset()
	check := lineapi.Checker(t)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/sim")
		if err := check(r); err != nil {
			t.Errorf("LINE would refuse: %v", err)
		}
		p.serve(t, w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *platform) serve(t testing.TB, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("read call: %v", err)
	}
	p.mu.Lock()
	p.got, p.bodies = append(p.got, r), append(p.bodies, string(body))
	a, hangUp, arrived := p.answers[r.URL.Path], p.hangUp, p.arrived
	p.mu.Unlock()
	switch {
	case hangUp:
		panic(http.ErrAbortHandler)
	case arrived != nil:
		arrived()
		<-r.Context().Done()
		return
	}
	w.Header().Set("X-Line-Request-Id", "request-1")
	w.Header().Set("Retry-After", "7")
	if strings.HasSuffix(r.URL.Path, "/content") {
		w.Header().Set("Content-Type", "image/jpeg")
	}
	if a.status == http.StatusTemporaryRedirect {
		w.Header().Set("Location", "/v2/bot/message/reply/again")
	}
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
}

// reset makes every call succeed.
func (p *platform) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = map[string]answer{
		"/v2/bot/message/reply":             {200, `{"sentMessages":[{"id":"1","quoteToken":"q"}]}`},
		"/v2/bot/message/push":              {200, `{"sentMessages":[{"id":"1","quoteToken":"q"}]}`},
		"/v2/bot/chat/loading/start":        {202, `{}`},
		"/v2/bot/message/quota":             {200, `{"type":"limited","value":200}`},
		"/v2/bot/message/quota/consumption": {200, `{"totalUsage":30}`},
		"/v2/bot/info":                      {200, `{"userId":"` + resident + `","basicId":"@mihon","displayName":"見本区","chatMode":"bot","markAsReadMode":"auto"}`},
		"/v2/bot/message/5/content":         {200, "picture"},
	}
}

func (p *platform) answer(path string, status int, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[path] = answer{status, body}
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.got)
}

// last is the last call of path; body is what it brought.
func (p *platform) last(path string) *http.Request {
	r, _ := p.find(path)
	return r
}

func (p *platform) body(path string) string {
	_, body := p.find(path)
	return body
}

func (p *platform) find(path string) (*http.Request, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.got) - 1; i >= 0; i-- {
		if p.got[i].URL.Path == path {
			return p.got[i], p.bodies[i]
		}
	}
	return &http.Request{}, ""
}
