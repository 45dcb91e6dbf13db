package line

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"

	"madoguchi/ward"
)

// maxName is the most bytes of an id, a token or a kind.
const maxName = 256

// envelope is what is read of an event before it is kept.
type envelope struct {
	Type           string `json:"type"`
	WebhookEventID string `json:"webhookEventId"`
	Timestamp      int64  `json:"timestamp"` // milliseconds
	Mode           string `json:"mode"`
	ReplyToken     string `json:"replyToken"`
	Source         struct {
		Type   string `json:"type"`
		UserID string `json:"userId"`
	} `json:"source"`
	Message struct {
		ID string `json:"id"`
	} `json:"message"`
	Unsend struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
}

// parse takes a webhook body apart. A body that is no webhook call at all is
// one malformed event.
func parse(body []byte, now time.Time) []ward.Event {
	var call struct {
		Events []json.RawMessage `json:"events"`
	}
	if json.Unmarshal(body, &call) != nil {
		return []ward.Event{quarantined(body, "", now)}
	}
	var events []ward.Event
	for _, raw := range call.Events {
		events = append(events, event(raw, now))
	}
	return events
}

// event reads the envelope of one event.
func event(raw []byte, now time.Time) ward.Event {
	var in envelope
	err := json.Unmarshal(raw, &in) // fills in what it can even where it fails
	e := ward.Event{
		ID: in.WebhookEventID, Resident: ward.Resident(in.Source.UserID), Kind: ward.EventKind(in.Type),
		At: time.UnixMilli(in.Timestamp).UTC(), ReceivedAt: now, MessageID: in.Message.ID, Body: raw,
	}
	if e.Kind == ward.UnsendEvent {
		e.MessageID = in.Unsend.MessageID
	}
	if in.speaks() {
		e.ReplyToken = in.ReplyToken
	}
	if err != nil || !wellFormed(e) {
		return quarantined(raw, e.MessageID, now)
	}
	return e
}

// speaks tells whether the counter may answer: not while another module of the
// channel has the chat, and not in front of other people.
func (in *envelope) speaks() bool {
	return in.Mode != string(webhook.EventMode_STANDBY) && in.Source.Type == "user"
}

// wellFormed tells whether e can be kept and found again: by its id, and a
// message by its own.
func wellFormed(e ward.Event) bool {
	named := e.ID != "" && e.Kind != "" && e.Kind != ward.MalformedEvent
	if e.Kind == ward.MessageEvent || e.Kind == ward.UnsendEvent {
		named = named && e.MessageID != ""
	}
	return named && plain(e.ID) && plain(string(e.Kind)) && plain(string(e.Resident)) && plain(e.MessageID) && plain(e.ReplyToken)
}

// plain tells whether s can be a name that LINE gives: no NUL, which a database
// refuses, nothing that breaks a log line, and not without end.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= maxName
}

func quarantined(raw []byte, messageID string, now time.Time) ward.Event {
	if !plain(messageID) {
		messageID = ""
	}
	sum := sha256.Sum256(raw)
	return ward.Event{ID: "bad-" + hex.EncodeToString(sum[:16]), Kind: ward.MalformedEvent, At: now, ReceivedAt: now, MessageID: messageID, Body: raw}
}

// Decode gives what the resident said by e. ok is false where nothing is to be
// said: nobody or more than one person is listening, it is not the counter's
// turn, or e is of a kind that asks for no answer.
func Decode(e ward.Event) (m ward.Message, ok bool) {
	var in envelope
	if e.Kind == ward.MalformedEvent || e.Resident == "" || json.Unmarshal(e.Body, &in) != nil || !in.speaks() {
		return ward.Message{}, false
	}
	said, err := webhook.UnmarshalEvent(e.Body)
	if err != nil {
		return ward.Message{}, false // the error would repeat what was said
	}
	m = ward.Message{ID: e.ID, Channel: ward.LINE, Resident: e.Resident, At: e.At}
	switch said := said.(type) {
	case webhook.MessageEvent:
		m.ID = e.MessageID
		return m, content(&m, said.Message)
	case webhook.PostbackEvent:
		return m, tap(&m, said.Postback)
	case webhook.FollowEvent:
		m.Content = ward.Joined
		return m, true
	}
	return ward.Message{}, false
}

// content puts what was sent into m.
func content(m *ward.Message, in webhook.MessageContentInterface) bool {
	switch in := in.(type) {
	case webhook.TextMessageContent:
		m.Text = in.Text
	case webhook.StickerMessageContent:
		m.Content = ward.Sticker
	case webhook.ImageMessageContent:
		m.Content = ward.Image
	case webhook.VideoMessageContent:
		m.Content = ward.Video
	case webhook.AudioMessageContent:
		m.Content = ward.Audio
	case webhook.FileMessageContent:
		m.Content = ward.File
	case webhook.LocationMessageContent:
		m.Content = ward.Location
		m.Place = ward.Place{Latitude: in.Latitude, Longitude: in.Longitude}
	case webhook.UnknownMessageContent: // of a kind that LINE got later: words that say nothing
	default:
		return false
	}
	return true
}

// tap puts a tapped choice into m. A choice of a date or time brings what was
// picked as Text. Turning a tab of the rich menu says nothing.
func tap(m *ward.Message, in *webhook.PostbackContent) bool {
	if in == nil || in.Data == "" || in.Params["newRichMenuAliasId"] != "" {
		return false
	}
	m.Choice = in.Data
	for _, picked := range []string{"date", "time", "datetime"} {
		m.Text += in.Params[picked]
	}
	return true
}
