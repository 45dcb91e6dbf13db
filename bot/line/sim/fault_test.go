package sim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line/sim"
	"madoguchi/ward"
)

// ids are the event ids that came, as letters in the order they first came,
// "!" after a redelivery.
func ids(events []map[string]any) (s string) {
	letters := map[any]string{}
	for _, e := range events {
		id := e["webhookEventId"]
		if letters[id] == "" {
			letters[id] = string(rune('a' + len(letters)))
		}
		s += letters[id]
		if d, ok := e["deliveryContext"].(map[string]any); ok && d["isRedelivery"] == true {
			s += "!"
		}
	}
	return s
}

func TestWebhookFaults(t *testing.T) {
	for _, tt := range []struct {
		fault sim.Fault
		want  string // of texts 1, 2, 3, with the fault on the first
	}{
		{"", "123"}, {sim.Duplicate, "1123"}, {sim.Reorder, "213"}, {sim.UnknownEvent, "?123"}, {sim.Malformed, "?123"},
	} {
		t.Run(string(tt.fault), func(t *testing.T) {
			p := start(t)
			user := p.friend()
			if tt.fault != "" {
				p.Script(sim.Trouble{Fault: tt.fault})
			}
			for _, text := range []string{"1", "2", "3"} {
				p.said(user, text)
			}
			got := ""
			for _, e := range p.hook.events()[1:] {
				m, _ := e["message"].(map[string]any)
				if text, ok := m["text"].(string); ok {
					got += text
				} else {
					got += "?"
				}
			}
			if got != tt.want {
				t.Errorf("the webhook got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestBadSignature(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.Script(sim.Trouble{Fault: sim.BadSignature})
	p.said(user, "あ")
	p.said(user, "い")
	got := p.hook.got
	sum := func(r received) bool { return r.signature == signed(r.body) }
	if want := []bool{true, false, true}; !cmp.Equal([]bool{sum(got[0]), sum(got[1]), sum(got[2])}, want) {
		t.Error("only the second request may be signed by somebody else")
	}
}

func TestExpiredToken(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.Script(sim.Trouble{Fault: sim.ExpiredToken, Times: 2})
	for _, want := range []int{400, 400, 200} {
		p.want(p.post(replyPath, replyBody(p.said(user, "あ"), hello)), want, "reply")
	}
}

func TestRedelivery(t *testing.T) {
	p := start(t, func(o *sim.Options) { o.Redeliver = []time.Duration{0, 0} })
	user := p.friend()
	p.hook.answer = func(n int) int {
		if n < 4 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	if _, err := p.Say(p.ctx, user, "あ"); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("the first try: %v", err)
	}
	p.must(p.Wait(p.ctx, func(l *sim.Ledger) bool { return len(l.Postings) == 4 }))
	if got := ids(p.hook.events()); got != "abb!b!" {
		t.Errorf("events %s, want two redeliveries of the second", got)
	}
	events := p.hook.events()
	if events[1]["replyToken"] != events[3]["replyToken"] || events[1]["timestamp"] != events[3]["timestamp"] {
		t.Error("a redelivery has the reply token and the time of the event")
	}
	p.must(p.Redeliver(p.ctx))
	if got := ids(p.hook.events()); got != "abb!b!b!" {
		t.Errorf("events %s, want one more redelivery", got)
	}
	if err := start(t).Redeliver(p.ctx); ward.KindOf(err) != ward.NotFound {
		t.Errorf("nothing to redeliver: %v", err)
	}
}

func TestWebhookTimeout(t *testing.T) {
	p := start(t, func(o *sim.Options) { o.Timeout = 20 * time.Millisecond })
	user := p.friend()
	release := make(chan struct{})
	p.hook.answer = func(int) int { <-release; return http.StatusOK }
	defer close(release)
	if _, err := p.Say(p.ctx, user, "あ"); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("a webhook that hangs: %v", err)
	}
	if last := p.Ledger().Postings[1]; last.Status != 0 {
		t.Errorf("posting %+v, want no status", last)
	}
}

func TestCallFaults(t *testing.T) {
	p := start(t)
	user := p.friend()
	body := pushBody(user, hello)
	for _, tt := range []struct {
		fault     sim.Fault
		status    int // 0 for a broken connection
		delivered int
	}{
		{sim.RateLimited, 429, 0}, {sim.Conflicting, 409, 0}, {sim.Broken, 500, 0}, {sim.Unauthorized, 401, 0},
		{sim.Closing, 0, 0}, {sim.ClosingAfter, 0, 1}, {sim.Hanging, 0, 0}, {sim.HangingAfter, 0, 1},
	} {
		t.Run(string(tt.fault), func(t *testing.T) {
			before := len(p.Ledger().Deliveries)
			p.Script(sim.Trouble{Fault: tt.fault, Call: "push"})
			ctx, cancel := context.WithTimeout(p.ctx, 50*time.Millisecond)
			if tt.status != 0 {
				ctx, cancel = context.WithCancel(p.ctx)
			}
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+pushPath, strings.NewReader(body))
			p.must(err)
			req.Header.Set("Authorization", "Bearer "+token)
			res, err := http.DefaultClient.Do(req)
			if tt.status == 0 {
				if err == nil {
					t.Fatalf("status %d, want no answer", res.StatusCode)
				}
				hung := errors.Is(err, context.DeadlineExceeded)
				if want := tt.fault == sim.Hanging || tt.fault == sim.HangingAfter; hung != want {
					t.Errorf("error %v", err)
				}
			} else {
				p.must(err)
				defer res.Body.Close()
				if res.StatusCode != tt.status {
					t.Errorf("status %d, want %d", res.StatusCode, tt.status)
				}
			}
			if n := len(p.Ledger().Deliveries) - before; n != tt.delivered {
				t.Errorf("%d deliveries, want %d", n, tt.delivered)
			}
			p.want(p.get("/v2/bot/info"), 200, "another call")
			p.want(p.post(pushPath, body), 200, "the next push")
		})
	}
}

func TestFaultsInOrder(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.Script(sim.Trouble{Fault: sim.Broken, Call: "push", Times: 2}, sim.Trouble{Fault: sim.RateLimited, Call: "push"}, sim.Trouble{Fault: sim.Broken, Call: "reply", Times: sim.Always})
	for _, want := range []int{500, 500, 429, 200} {
		p.want(p.post(pushPath, pushBody(user, hello)), want, "push")
	}
	token := p.said(user, "あ")
	for range 3 {
		p.want(p.post(replyPath, replyBody(token, hello)), 500, "reply")
	}
	p.Calm(sim.Broken)
	p.want(p.post(replyPath, replyBody(token, hello)), 200, "reply after the calm")
}

func TestQuotaUsedUp(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.Script(sim.Trouble{Fault: sim.QuotaUsedUp})
	p.want(p.post(pushPath, pushBody(user, hello)), 429, "push")
	p.want(p.post(replyPath, replyBody(p.said(user, "あ"), hello)), 200, "a reply is free")
	quota, used := p.get("/v2/bot/message/quota"), p.get("/v2/bot/message/quota/consumption")
	if quota.text("type") != "limited" || quota.text("value") != used.text("totalUsage") {
		t.Errorf("quota %s, used %s: want all of it used", quota.body, used.body)
	}
	p.Calm()
	p.want(p.post(pushPath, pushBody(user, hello)), 200, "push after the calm")
}

func TestAcceptedThenClosed(t *testing.T) {
	p := start(t)
	user := p.friend()
	p.Script(sim.Trouble{Fault: sim.ClosingAfter, Call: "push"})
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.url+pushPath, strings.NewReader(pushBody(user, hello)))
	p.must(err)
	req.Header.Set("Authorization", "Bearer "+token)
	name, value, _ := strings.Cut(keyOne, ": ")
	req.Header.Set(name, value)
	if res, err := http.DefaultClient.Do(req); err == nil {
		t.Fatalf("status %d, want a broken connection", res.StatusCode)
	}
	p.want(p.post(pushPath, pushBody(user, hello), keyOne), 409, "the same again")
	if n := len(p.Ledger().To(user)); n != 1 {
		t.Errorf("%d deliveries, want 1", n)
	}
}
