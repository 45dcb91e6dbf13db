package line_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line"
	"madoguchi/internal/wardtest/lineapi"
	"madoguchi/ward"
)

// kept sends an event through the webhook and gives what the inbox has of it.
func kept(t testing.TB, event string) ward.Event {
	t.Helper()
	o := newOffice(t, secret)
	o.post(t, call(event), sign(call(event), secret))
	if len(o.inbox.events) != 1 {
		t.Fatalf("kept %d events", len(o.inbox.events))
	}
	return o.inbox.events[0]
}

// event is an event of one resident in their own chat.
func event(kind, more string) string {
	return eventFrom(kind, "active", `{"type":"user","userId":"`+resident+`"}`, more)
}

func eventFrom(kind, mode, source, more string) string {
	return fmt.Sprintf(`{"type":%q,"mode":%q,"timestamp":1778576400123,"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{"isRedelivery":false},"source":%s%s}`,
		kind, mode, source, more)
}

func message(content string) string {
	return event("message", `,"replyToken":"token","message":`+content)
}

func postback(content string) string {
	return event("postback", `,"replyToken":"token","postback":`+content)
}

func TestDecode(t *testing.T) {
	check := lineapi.Callback(t)
	const event1, message1 = "01FZ74A0TDDPYRVKNK77XKC3ZR", "5"
	for _, tt := range []struct {
		name, event string
		want        ward.Message // but channel, resident and time
	}{
		{"text", message(`{"type":"text","id":"5","text":"粗大ごみ\nの出し方","quoteToken":"q"}`), ward.Message{ID: message1, Text: "粗大ごみ\nの出し方"}},
		{"text with a lone surrogate", message(`{"type":"text","id":"5","text":"a\ud83db","quoteToken":"q"}`), ward.Message{ID: message1, Text: "a\ufffdb"}},
		{"sticker", message(`{"type":"sticker","id":"5","packageId":"1","stickerId":"1","stickerResourceType":"STATIC","quoteToken":"q"}`), ward.Message{ID: message1, Content: ward.Sticker}},
		{"image", message(`{"type":"image","id":"5","contentProvider":{"type":"line"},"quoteToken":"q"}`), ward.Message{ID: message1, Content: ward.Image}},
		{"video", message(`{"type":"video","id":"5","duration":60000,"contentProvider":{"type":"line"},"quoteToken":"q"}`), ward.Message{ID: message1, Content: ward.Video}},
		{"audio", message(`{"type":"audio","id":"5","duration":60000,"contentProvider":{"type":"line"}}`), ward.Message{ID: message1, Content: ward.Audio}},
		{"file", message(`{"type":"file","id":"5","fileName":"a.pdf","fileSize":1}`), ward.Message{ID: message1, Content: ward.File}},
		{"location", message(`{"type":"location","id":"5","title":"ここ","address":"どこか","latitude":35.6,"longitude":139.7}`),
			ward.Message{ID: message1, Content: ward.Location, Place: ward.Place{Latitude: 35.6, Longitude: 139.7}}},
		{"tap", postback(`{"data":"1:answer.yes:x"}`), ward.Message{ID: event1, Choice: "1:answer.yes:x"}},
		{"date", postback(`{"data":"1:day:","params":{"date":"2026-05-12"}}`), ward.Message{ID: event1, Choice: "1:day:", Text: "2026-05-12"}},
		{"time", postback(`{"data":"1:hour:","params":{"time":"09:30"}}`), ward.Message{ID: event1, Choice: "1:hour:", Text: "09:30"}},
		{"date and time", postback(`{"data":"1:when:","params":{"datetime":"2026-05-12T09:30"}}`), ward.Message{ID: event1, Choice: "1:when:", Text: "2026-05-12T09:30"}},
		{"friend", event("follow", `,"replyToken":"token","follow":{"isUnblocked":false}`), ward.Message{ID: event1, Content: ward.Joined}},
		{"friend again", event("follow", `,"replyToken":"token","follow":{"isUnblocked":true}`), ward.Message{ID: event1, Content: ward.Joined}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := check([]byte(call(tt.event))); err != nil {
				t.Fatalf("the fixture is not LINE's: %v", err)
			}
			e := kept(t, tt.event)
			tt.want.Channel, tt.want.Resident, tt.want.At = ward.LINE, resident, e.At
			m, ok := line.Decode(e)
			if diff := cmp.Diff(tt.want, m); !ok || diff != "" {
				t.Errorf("ok = %t (-want +got):\n%s", ok, diff)
			}
			if e.ReplyToken != "token" {
				t.Errorf("reply token %q", e.ReplyToken)
			}
		})
	}
}

// What LINE lets residents send one day is answered, too: as words that say
// nothing.
func TestMessageOfANewKind(t *testing.T) {
	e := kept(t, message(`{"type":"hologram","id":"5"}`))
	m, ok := line.Decode(e)
	if diff := cmp.Diff(ward.Message{ID: "5", Channel: ward.LINE, Resident: resident, At: e.At}, m); !ok || diff != "" {
		t.Errorf("ok = %t (-want +got):\n%s", ok, diff)
	}
}

// TestSilence: nothing is said, and there is no token to say it with where
// LINE forbids it.
func TestSilence(t *testing.T) {
	const text, user = `,"replyToken":"token","message":{"type":"text","id":"5","text":"粗大ごみ","quoteToken":"q"}`, `{"type":"user","userId":"` + resident + `"}`
	for name, tt := range map[string]struct {
		event string
		token string
	}{
		"another module's turn": {eventFrom("message", "standby", user, text), ""},
		"group":                 {eventFrom("message", "active", `{"type":"group","groupId":"C1","userId":"`+resident+`"}`, text), ""},
		"group, nobody named":   {eventFrom("message", "active", `{"type":"group","groupId":"C1"}`, text), ""},
		"room":                  {eventFrom("message", "active", `{"type":"room","roomId":"R1","userId":"`+resident+`"}`, text), ""},
		"new kind of source":    {eventFrom("message", "active", `{"type":"planet","userId":"`+resident+`"}`, text), ""},
		"nobody":                {eventFrom("message", "active", `{"type":"user"}`, text), "token"},
		"no source":             {eventFrom("message", "active", `null`, text), ""},
		"unfollow":              {event("unfollow", ""), ""},
		"unsend":                {event("unsend", `,"unsend":{"messageId":"5"}`), ""},
		"edited":                {event("messageEdited", text), "token"},
		"new kind":              {event("telepathy", text), "token"},
		"account link":          {event("accountLink", `,"replyToken":"token","link":{"result":"ok","nonce":"n"}`), "token"},
		"text is a number":      {message(`{"type":"text","id":"5","text":7}`), "token"},
		"far off":               {message(`{"type":"location","id":"5","latitude":"north","longitude":1}`), "token"},
		"postback of nothing":   {postback(`null`), "token"},
		"postback without data": {postback(`{}`), "token"},
		"odd params":            {postback(`{"data":"a","params":{"date":7}}`), "token"},
		"tab of the rich menu":  {postback(`{"data":"a","params":{"newRichMenuAliasId":"b","status":"SUCCESS"}}`), "token"},
	} {
		t.Run(name, func(t *testing.T) {
			e := kept(t, tt.event)
			if m, ok := line.Decode(e); ok {
				t.Errorf("decoded: %#v", m)
			}
			if e.ReplyToken != tt.token {
				t.Errorf("reply token %q, want %q", e.ReplyToken, tt.token)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("message", []byte(textEvent))
	f.Add("postback", []byte(postback(`{"data":"1:day:","params":{"date":"2026-05-12"}}`)))
	f.Add("follow", []byte(event("follow", "")))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		e := ward.Event{ID: "id", MessageID: "5", Resident: resident, Kind: ward.EventKind(kind), Body: body}
		if m, ok := line.Decode(e); ok && (m.Resident != resident || m.ID == "") {
			t.Errorf("decoded: %#v", m)
		}
	})
}
