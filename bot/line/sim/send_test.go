package sim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"madoguchi/bot/line/sim"
	"madoguchi/ward"
)

const (
	replyPath = "/v2/bot/message/reply"
	pushPath  = "/v2/bot/message/push"
	keyOne    = "X-Line-Retry-Key: 123e4567-e89b-12d3-a456-426614174000"
	keyTwo    = "X-Line-Retry-Key: 123e4567-e89b-12d3-a456-426614174001"
)

func TestReplyToken(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*platform, string) // before the token is used
		want int
	}{
		{"at once", func(*platform, string) {}, 200},
		{"after a minute", func(p *platform, _ string) { p.forward(time.Minute) }, 200},
		{"after more than a minute", func(p *platform, _ string) { p.forward(time.Minute + time.Millisecond) }, 400},
		{"used", func(p *platform, token string) { p.post(replyPath, replyBody(token, hello)) }, 400},
		{"refused messages do not use it", func(p *platform, token string) { p.post(replyPath, replyBody(token, of("text", "text", ""))) }, 200},
		{"redelivered after 19 minutes", func(p *platform, _ string) { p.forward(19 * time.Minute); p.must(p.Redeliver(p.ctx)) }, 200},
		{"redelivered after 21 minutes", func(p *platform, _ string) { p.forward(21 * time.Minute); p.must(p.Redeliver(p.ctx)) }, 400},
		{"redelivered, then after a minute", func(p *platform, _ string) {
			p.forward(5 * time.Minute)
			p.must(p.Redeliver(p.ctx))
			p.forward(61 * time.Second)
		}, 400},
		{"used, then redelivered", func(p *platform, token string) {
			p.post(replyPath, replyBody(token, hello))
			p.must(p.Redeliver(p.ctx))
		}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t)
			token := p.said(p.friend(), "こんにちは")
			tt.do(p, token)
			r := p.post(replyPath, replyBody(token, hello))
			p.want(r, tt.want, tt.name)
			if tt.want == 400 && r.text("message") != "Invalid reply token" {
				t.Errorf("message %q", r.text("message"))
			}
		})
	}
	p := start(t)
	token := p.said(p.friend(), "こんにちは")
	p.want(p.post(replyPath, replyBody(token, hello), keyOne), 400, "a retry key on reply")
	p.want(p.post(replyPath, replyBody("nonsense", hello)), 400, "no token of ours")
	if n := len(p.Ledger().Deliveries); n != 0 {
		t.Errorf("%d deliveries, want none", n)
	}
}

func TestRetryKey(t *testing.T) {
	p := start(t)
	user := p.friend()
	first := p.post(pushPath, pushBody(user, hello), keyOne)
	p.want(first, 200, "first")
	again := p.post(pushPath, pushBody(user, hello), keyOne)
	p.want(again, 409, "again")
	if got, want := again.header.Get("X-Line-Accepted-Request-Id"), first.header.Get("X-Line-Request-Id"); got != want || got == "" {
		t.Errorf("accepted request %q, want %q", got, want)
	}
	if got, want := fmt.Sprint(again.field("sentMessages")), fmt.Sprint(first.field("sentMessages")); got != want || !strings.Contains(got, "id") {
		t.Errorf("sent messages %s, want %s", got, want)
	}
	p.want(p.post(pushPath, pushBody(user, hello), keyTwo), 200, "another key")
	p.want(p.post(pushPath, pushBody(user, hello), "X-Line-Retry-Key: nope"), 400, "no UUID")
	p.want(p.post(pushPath, pushBody(user, of("text")), strings.Replace(keyOne, "000", "009", 1)), 400, "refused")
	p.want(p.post(pushPath, pushBody(user, hello), strings.Replace(keyOne, "000", "009", 1)), 200, "a key that was refused is free")
	p.forward(24*time.Hour - time.Second)
	p.want(p.post(pushPath, pushBody(user, hello), keyOne), 409, "just within a day")
	p.forward(time.Second)
	p.want(p.post(pushPath, pushBody(user, hello), keyOne), 200, "after a day it sends again")
	if n := len(p.Ledger().ByRetryKey(strings.TrimPrefix(keyOne, "X-Line-Retry-Key: "))); n != 2 {
		t.Errorf("%d deliveries under the key, want 2", n)
	}
}

func TestReceivers(t *testing.T) {
	p := start(t)
	friend, stranger, gone := p.friend(), p.AddResident(""), p.friend()
	p.RemoveResident(gone)
	nobody := "U" + strings.Repeat("0", 32)
	for _, tt := range []struct {
		name, to string
		want     int
	}{
		{"friend", string(friend), 200}, {"stranger", string(stranger), 200}, {"one who left", string(gone), 200},
		{"nobody", nobody, 400}, {"no id", "U1/../../followers/ids", 400}, {"empty", "", 400},
	} {
		p.want(p.post(pushPath, pushBody(ward.Resident(tt.to), hello)), tt.want, tt.name)
	}
	if all := p.Ledger().Deliveries; len(all) != 3 || !all[0].Arrived || all[1].Arrived || all[2].Arrived {
		t.Errorf("deliveries %+v, want one to arrive of three", all)
	}
	p.said(stranger, "質問だけ")
	p.want(p.post(pushPath, pushBody(stranger, hello)), 200, "a stranger who wrote")
	p.forward(7 * 24 * time.Hour)
	p.want(p.post(pushPath, pushBody(stranger, hello)), 200, "a stranger who wrote a week ago")
	if all := p.Ledger().To(stranger); len(all) != 3 || !all[1].Arrived || all[2].Arrived {
		t.Errorf("to the stranger %+v, want the second to arrive", all)
	}
}

func TestMulticast(t *testing.T) {
	p := start(t)
	one, two := p.friend(), p.friend()
	send := func(to, more string) result {
		return p.post("/v2/bot/message/multicast", `{"to":`+to+`,"messages":[`+hello+`]`+more+`}`)
	}
	p.want(send(fmt.Sprintf(`[%q,%q,%q]`, one, two, one), ""), 200, "three ids of two")
	p.want(send(fmt.Sprintf(`[%q,"U%s"]`, one, strings.Repeat("0", 32)), ""), 200, "with an unknown one")
	p.want(send(`[]`, ""), 400, "nobody")
	p.want(send(listOf(fmt.Sprintf("%q", one), 500), ""), 200, "500 times the same")
	p.want(send(listOf(fmt.Sprintf("%q", one), 501), ""), 400, "501")
	p.want(send(`["Cffff"]`, ""), 400, "no user id")
	p.want(send(fmt.Sprintf(`[%q]`, one), `,"customAggregationUnits":["ward_news"]`), 200, "unit")
	p.want(send(fmt.Sprintf(`[%q]`, one), `,"customAggregationUnits":["区報"]`), 400, "unit in kanji")
	p.want(send(fmt.Sprintf(`[%q]`, one), `,"customAggregationUnits":["a","b"]`), 400, "two units")
	p.want(send(fmt.Sprintf(`[%q]`, one), `,"customAggregationUnits":null`), 400, "null")
	if n := len(p.Ledger().To(two)); n != 1 {
		t.Errorf("%d deliveries to the second friend, want 1", n)
	}
	p.want(p.post("/v2/bot/message/broadcast", `{"messages":[`+hello+`]}`, keyOne), 200, "broadcast")
	p.want(p.post("/v2/bot/message/broadcast", `{"messages":[`+hello+`]}`, keyOne), 409, "broadcast again")
	if n := len(p.Ledger().To(two)); n != 2 {
		t.Errorf("%d deliveries after the broadcast, want 2", n)
	}
}

func TestNarrowcast(t *testing.T) {
	p := start(t)
	p.friend()
	p.friend()
	send := func(more string) result {
		return p.post("/v2/bot/message/narrowcast", `{"messages":[`+hello+`]`+more+`}`)
	}
	r := send("")
	p.want(r, 202, "to all")
	progress := func(id string) result { return p.get("/v2/bot/message/progress/narrowcast?requestId=" + id) }
	id := r.header.Get("X-Line-Request-Id")
	for _, want := range []string{"waiting", "sending", "succeeded"} {
		if got := progress(id); got.text("phase") != want {
			t.Errorf("phase %s, want %s", got.text("phase"), want)
		}
		p.forward(time.Second)
	}
	if got := progress(id); got.text("successCount") != "2" || got.text("completedTime") == "" {
		t.Errorf("progress %s", got.body)
	}
	p.want(progress("123"), 404, "unknown request")
	p.forward(15 * 24 * time.Hour)
	p.want(progress(id), 404, "after two weeks")
	p.want(send(`,"filter":{"demographic":{"type":"area","oneOf":["jp_13"]}}`), 403, "a filter over two friends")
	p.want(send(`,"limit":{"max":0}`), 400, "limit of none")
	p.want(send(`,"limit":{"forbidPartialDelivery":true}`), 400, "partial delivery")
	before := len(p.Ledger().Deliveries)
	p.want(send(`,"limit":{"max":1}`), 202, "limit of one")
	if n := len(p.Ledger().Deliveries) - before; n != 1 {
		t.Errorf("%d deliveries, want 1", n)
	}
}

func TestQuota(t *testing.T) {
	p := start(t, func(o *sim.Options) { o.Quota = 2 })
	one, two := p.friend(), p.friend()
	used := func() string { return p.get("/v2/bot/message/quota/consumption").text("totalUsage") }
	p.want(p.post(replyPath, replyBody(p.said(one, "あ"), hello)), 200, "reply")
	if used() != "0" {
		t.Error("a reply was counted")
	}
	p.want(p.post(pushPath, pushBody(one, hello+","+hello)), 200, "push of two messages")
	if used() != "1" {
		t.Errorf("used %s, want 1 by recipient", used())
	}
	r := p.post("/v2/bot/message/broadcast", `{"messages":[`+hello+`]}`)
	p.want(r, 429, "two more")
	if len(p.Ledger().To(two)) != 0 {
		t.Error("something arrived all the same")
	}
	p.must(p.Block(p.ctx, two))
	p.want(p.post(pushPath, pushBody(two, hello)), 200, "to one who blocked")
	if used() != "1" {
		t.Errorf("used %s, want 1: who blocked is not counted", used())
	}
	p.forward(31 * 24 * time.Hour)
	if used() != "0" {
		t.Errorf("used %s in a new month", used())
	}
	if q := p.get("/v2/bot/message/quota"); q.text("type") != "limited" || q.text("value") != "2" {
		t.Errorf("quota %s", q.body)
	}
	if q := start(t).get("/v2/bot/message/quota"); q.text("type") != "none" {
		t.Errorf("quota %s", q.body)
	}
}

func TestRateLimit(t *testing.T) {
	p := start(t)
	send := func() int { return p.post("/v2/bot/message/broadcast", `{"messages":[`+hello+`]}`).status }
	for i := range 60 {
		if got := send(); got != http.StatusOK {
			t.Fatalf("broadcast %d: %d", i, got)
		}
	}
	if got := send(); got != http.StatusTooManyRequests {
		t.Errorf("broadcast 61: %d", got)
	}
	p.forward(59 * time.Second)
	if got := send(); got != http.StatusTooManyRequests {
		t.Errorf("after 59 s: %d", got)
	}
	p.forward(2 * time.Second)
	if got := send(); got != http.StatusOK {
		t.Errorf("after a minute one more is free: %d", got)
	}
	p.want(p.get("/v2/bot/message/quota"), 200, "other calls have buckets of their own")
}

func TestAuthorization(t *testing.T) {
	p := start(t)
	for _, header := range []string{"Authorization: Bearer wrong", "Authorization: Basic " + token, "Authorization: "} {
		p.want(p.call(http.MethodGet, "/v2/bot/info", "", header), 401, header)
	}
	p.want(p.get("/v2/bot/nothing"), 404, "no such call")
	p.want(p.call(http.MethodDelete, "/v2/bot/info", ""), 404, "no such method")
	if id := p.get("/v2/bot/info").header.Get("X-Line-Request-Id"); len(id) != 36 {
		t.Errorf("request id %q", id)
	}
}
