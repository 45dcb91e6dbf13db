package sim_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line/sim"
	"madoguchi/internal/wardtest/lineapi"
	"madoguchi/ward"
)

func TestTap(t *testing.T) {
	p := start(t)
	user := p.friend()
	send := func(message string) { p.want(p.post(pushPath, pushBody(user, message)), 200, "push") }
	got := func() string {
		e := p.hook.last(t)
		if m, ok := e["message"].(map[string]any); ok {
			return "said " + m["text"].(string)
		}
		b := e["postback"].(map[string]any)
		out := "data " + b["data"].(string)
		if params, ok := b["params"].(map[string]any); ok {
			for key, value := range params {
				out += " " + key + " " + value.(string)
			}
		}
		return out
	}
	picker := of("datetimepicker", "label", "日", "data", "day", "mode", "date", "min", "2026-04-01", "max", "2026-12-28")
	send(replies(say("一番", "一"), of("postback", "label", "二番", "data", "2", "displayText", "に"), picker))
	p.must(p.Tap(p.ctx, user, "二番"))
	if got() != "data 2" {
		t.Errorf("got %s", got())
	}
	if err := p.Tap(p.ctx, user, "一番"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("quick replies go when one is tapped: %v", err)
	}
	for name, say := range map[string]func() error{
		"a tap that shows nothing": func() error { return p.Tap(p.ctx, user, "静か") },
		"a text":                   func() error { _, err := p.Say(p.ctx, user, "あ"); return err },
		"an answer":                func() error { send(hello); return nil },
	} {
		send(replies(of("postback", "label", "静か", "data", "3")))
		p.must(say())
		if err := p.Tap(p.ctx, user, "静か"); ward.KindOf(err) != ward.NotFound {
			t.Errorf("quick replies stand after %s: %v", name, err)
		}
	}
	send(replies(picker))
	for _, value := range []string{"", "2026-03-31", "2026-12-29", "2026-04-31", "あした"} {
		if err := p.Pick(p.ctx, user, "日", value); err == nil {
			t.Errorf("picked %q", value)
		}
		send(replies(picker))
	}
	p.must(p.Pick(p.ctx, user, "日", "2026-04-30"))
	if got() != "data day date 2026-04-30" {
		t.Errorf("got %s", got())
	}
	send(templateOf("confirm", "text", "よいですか", "actions", "["+say("はい", "はい。")+","+say("いいえ", "いいえ。")+"]"))
	send(flexOf(bubbleOf(of("button", "action", of("postback", "label", "はい", "data", "flex")))))
	p.must(p.Tap(p.ctx, user, "はい"))
	if got() != "data flex" {
		t.Errorf("got %s, want what the latest message says", got())
	}
	p.must(p.Tap(p.ctx, user, "いいえ"))
	if got() != "said いいえ。" {
		t.Errorf("got %s", got())
	}
	send(flexOf(bubbleOf(of("button", "action", of("uri", "label", "開く", "uri", "https://example.com/")))))
	if err := p.Tap(p.ctx, user, "開く"); ward.KindOf(err) != ward.Invalid {
		t.Errorf("a link sends nothing: %v", err)
	}
}

func TestEventsConform(t *testing.T) {
	conforms := lineapi.Callback(t)
	p := start(t)
	user := p.friend()
	p.Script(sim.Trouble{Fault: sim.Duplicate})
	p.said(user, "こんにちは")
	for _, do := range []func() (string, error){
		func() (string, error) { return p.SendPhoto(p.ctx, user, []byte("p"), "image/png") },
		func() (string, error) { return p.SendVoice(p.ctx, user, []byte("v"), "audio/x-m4a") },
		func() (string, error) { return p.SendFile(p.ctx, user, "a.pdf", []byte("f")) },
		func() (string, error) {
			return p.SendPlace(p.ctx, user, ward.Place{Latitude: 0, Longitude: 139.7}, "赤道", "見本区1")
		},
		func() (string, error) { return p.SendSticker(p.ctx, user, "446", "1988", "ありがとう") },
	} {
		id, err := do()
		p.must(err)
		if id == "" {
			t.Error("a message without id")
		}
	}
	p.want(p.post(pushPath, pushBody(user, replies(of("postback", "label", "二番", "data", "2"))), keyOne), 200, "push")
	p.must(p.Tap(p.ctx, user, "二番"))
	id, err := p.Say(p.ctx, user, "まちがい")
	p.must(err)
	p.must(p.Unsend(p.ctx, user, id))
	p.must(p.Block(p.ctx, user))
	p.must(p.Follow(p.ctx, user))
	p.must(p.Redeliver(p.ctx))
	var types []string
	last := ""
	for _, r := range p.hook.got {
		if err := conforms(r.body); err != nil {
			t.Errorf("%s: %v", r.body, err)
		}
		id, _ := r.events[0]["webhookEventId"].(string)
		if len(id) != 26 || id < last {
			t.Errorf("event id %q after %q", id, last)
		}
		last = id
		types = append(types, r.events[0]["type"].(string))
	}
	want := strings.Fields("follow message message message message message message message postback message unsend unfollow follow follow")
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
}

func TestCheck(t *testing.T) {
	conforms := lineapi.Checker(t)
	p := start(t, func(o *sim.Options) { o.Check = conforms })
	user := p.friend()
	p.want(p.post(pushPath, pushBody(user, flexOf(bubbleOf(of("text", "text", "あ")))), keyOne), 200, "push")
	if refused := p.Ledger().Refused; len(refused) != 0 {
		t.Errorf("refused %v", refused)
	}
	p.want(p.post(pushPath, `{"to":5,"messages":[]}`, keyOne), 400, "nonsense")
	if refused := p.Ledger().Refused; len(refused) != 1 {
		t.Errorf("refused %v, want one", refused)
	}
	own := errors.New("not today")
	q := start(t, func(o *sim.Options) { o.Check = func(*http.Request) error { return own } })
	q.want(q.get("/v2/bot/info"), 400, "a check that refuses all")
	if refused := q.Ledger().Refused; len(refused) != 1 || !errors.Is(refused[0], own) {
		t.Errorf("refused %v", refused)
	}
}
