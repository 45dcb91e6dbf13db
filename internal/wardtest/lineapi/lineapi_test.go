package lineapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"madoguchi/internal/wardtest/lineapi"
)

func post(t *testing.T, path, body string, headers ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer token")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return req
}

const user = "U0123456789abcdef0123456789abcdef"

func reply(messages ...string) string {
	return fmt.Sprintf(`{"replyToken":"t","messages":[%s]}`, strings.Join(messages, ","))
}

func flex(contents string) string { return `{"type":"flex","altText":"a","contents":` + contents + `}` }

func quick(action string) string {
	return `{"type":"text","text":"a","quickReply":{"items":[{"type":"action","action":` + action + `}]}}`
}

func TestChecker(t *testing.T) {
	check := lineapi.Checker(t)
	const text, key = `{"type":"text","text":"こんにちは"}`, "X-Line-Retry-Key: 123e4567-e89b-12d3-a456-426614174000"
	long := strings.Repeat("字", 5001)
	for _, tt := range []struct {
		name string
		req  *http.Request
		want string // in the error, "" for none
	}{
		{"reply", post(t, "/v2/bot/message/reply", reply(text)), ""},
		{"quick reply", post(t, "/v2/bot/message/reply", reply(quick(`{"type":"postback","label":"はい","data":"1"}`))), ""},
		{"flex", post(t, "/v2/bot/message/reply", reply(flex(`{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":"a"}]}}`))), ""},
		{"push", post(t, "/v2/bot/message/push", `{"to":"`+user+`","messages":[`+text+`]}`, key), ""},
		{"loading", post(t, "/v2/bot/chat/loading/start", `{"chatId":"`+user+`","loadingSeconds":20}`), ""},

		{"no such call", post(t, "/v2/bot/message/whisper", `{}`), "no matching operation"},
		{"no token", post(t, "/v2/bot/message/reply", reply(text), "Authorization: "), "bearer"},
		{"no reply token", post(t, "/v2/bot/message/reply", `{"messages":[`+text+`]}`), "replyToken"},
		{"no message", post(t, "/v2/bot/message/reply", reply()), "items"},
		{"six messages", post(t, "/v2/bot/message/reply", reply(text, text, text, text, text, text)), "items"},
		{"text without text", post(t, "/v2/bot/message/reply", reply(`{"type":"text"}`)), "text"},
		{"unknown message", post(t, "/v2/bot/message/reply", reply(`{"type":"song"}`)), "type"},
		{"empty text", post(t, "/v2/bot/message/reply", reply(`{"type":"text","text":""}`)), "text is empty"},
		{"long text", post(t, "/v2/bot/message/reply", reply(`{"type":"text","text":"`+long+`"}`)), "5001"},
		{"flex without alt text", post(t, "/v2/bot/message/reply", reply(`{"type":"flex","contents":{"type":"bubble"}}`)), "altText"},
		{"wrong layout", post(t, "/v2/bot/message/reply", reply(flex(`{"type":"bubble","body":{"type":"box","layout":"diagonal","contents":[]}}`))), "layout"},
		{"heavy flex", post(t, "/v2/bot/message/reply", reply(flex(`{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":"`+strings.Repeat("字", 11000)+`"}]}}`))), "flex has"},
		{"empty flex text", post(t, "/v2/bot/message/reply", reply(flex(`{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":""}]}}`))), "flex text is empty"},
		{"long label", post(t, "/v2/bot/message/reply", reply(quick(`{"type":"postback","label":"`+strings.Repeat("字", 21)+`","data":"1"}`))), "label has 21"},
		{"long data", post(t, "/v2/bot/message/reply", reply(quick(`{"type":"postback","label":"a","data":"`+strings.Repeat("a", 301)+`"}`))), "data"},
		{"raw address", post(t, "/v2/bot/message/reply", reply(quick(`{"type":"uri","label":"a","uri":"https://example.jp/区"}`))), "percent"},
		{"script", post(t, "/v2/bot/message/reply", reply(quick(`{"type":"uri","label":"a","uri":"javascript:1"}`))), "scheme"},
		{"reply with retry key", post(t, "/v2/bot/message/reply", reply(text), key), "retry key"},
		{"push without retry key", post(t, "/v2/bot/message/push", `{"to":"`+user+`","messages":[`+text+`]}`), "retry key"},
		{"null units", post(t, "/v2/bot/message/push", `{"to":"`+user+`","messages":[`+text+`],"customAggregationUnits":null}`, key), "customAggregationUnits"},
		{"odd seconds", post(t, "/v2/bot/chat/loading/start", `{"chatId":"`+user+`","loadingSeconds":7}`), "steps of 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := check(tt.req)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("check = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestCheckerLeavesBody(t *testing.T) {
	req := post(t, "/v2/bot/message/reply", reply(`{"type":"text","text":"a"}`))
	if err := lineapi.Checker(t)(req); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(req.Body); err != nil || string(body) != reply(`{"type":"text","text":"a"}`) {
		t.Errorf("body afterwards = %s, %v", body, err)
	}
}

func TestCallback(t *testing.T) {
	check := lineapi.Callback(t)
	const event = `{"type":"message","mode":"active","timestamp":1,"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{"isRedelivery":false},"source":{"type":"user","userId":"` + user + `"},"replyToken":"t","message":{"type":"text","id":"1","text":"a","quoteToken":"q"}}`
	good := `{"destination":"` + user + `","events":[` + event + `]}`
	if err := check([]byte(good)); err != nil {
		t.Errorf("good call: %v", err)
	}
	for _, bad := range []string{
		`{"events":[]}`, `{"destination":"me","events":[]}`, `[]`,
		strings.Replace(good, `"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR",`, "", 1),
		strings.Replace(good, `"id":"1",`, "", 1),
	} {
		if check([]byte(bad)) == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}
