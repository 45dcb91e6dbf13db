package sim

import (
	"encoding/json"
	"time"

	"madoguchi/ward"
)

// event is a webhook event, in the order LINE's own examples write it.
type event struct {
	Type            string        `json:"type"`
	Message         *said         `json:"message,omitempty"`
	Postback        *postback     `json:"postback,omitempty"`
	Unsend          *unsend       `json:"unsend,omitempty"`
	Follow          *follow       `json:"follow,omitempty"`
	WebhookEventID  string        `json:"webhookEventId"`
	DeliveryContext delivery      `json:"deliveryContext"`
	Timestamp       int64         `json:"timestamp"`
	Source          *eventSource  `json:"source,omitempty"`
	ReplyToken      string        `json:"replyToken,omitempty"`
	Mode            string        `json:"mode"`
	user            ward.Resident // whose it is
}

type delivery struct {
	IsRedelivery bool `json:"isRedelivery"`
}

type eventSource struct {
	Type   string        `json:"type"`
	UserID ward.Resident `json:"userId"`
}

// said is the content of a message. Only what belongs to its type is set.
type said struct {
	Type                string    `json:"type"`
	ID                  string    `json:"id"`
	QuoteToken          string    `json:"quoteToken,omitempty"`
	MarkAsReadToken     string    `json:"markAsReadToken,omitempty"`
	Text                string    `json:"text,omitempty"`
	ContentProvider     *provider `json:"contentProvider,omitempty"`
	Duration            int64     `json:"duration,omitempty"` // ms
	FileName            string    `json:"fileName,omitempty"`
	FileSize            int       `json:"fileSize,omitempty"`
	Title               string    `json:"title,omitempty"`
	Address             string    `json:"address,omitempty"`
	Latitude            *float64  `json:"latitude,omitempty"`
	Longitude           *float64  `json:"longitude,omitempty"`
	PackageID           string    `json:"packageId,omitempty"`
	StickerID           string    `json:"stickerId,omitempty"`
	StickerResourceType string    `json:"stickerResourceType,omitempty"`
	Keywords            []string  `json:"keywords,omitempty"`
}

type provider struct {
	Type string `json:"type"`
}

type postback struct {
	Data   string            `json:"data"`
	Params map[string]string `json:"params,omitempty"`
}

type unsend struct {
	MessageID string `json:"messageId"`
}

type follow struct {
	IsUnblocked bool `json:"isUnblocked"`
}

// The life of a reply token.
const (
	tokenLife      = time.Minute      // from the event's arrival
	tokenLifeAgain = 20 * time.Minute // from the event itself, where it was redelivered
)

// replyToken lets one event be answered once.
type replyToken struct {
	user        ward.Resident
	event       time.Time
	delivered   time.Time // the last time
	redelivered bool
	used        bool
}

// alive tells whether t may be used at now.
func (t *replyToken) alive(now time.Time) bool {
	return t != nil && !t.used && now.Sub(t.delivered) <= tokenLife && (!t.redelivered || now.Sub(t.event) <= tokenLifeAgain)
}

// event makes an event of r's; s.mu is held. answerable ones get a reply token.
func (s *Sim) event(r *resident, kind string, answerable bool) *event {
	now := s.o.Now()
	e := &event{
		Type: kind, WebhookEventID: s.ids.nextULID(now), Timestamp: now.UnixMilli(), Mode: "active",
		Source: &eventSource{Type: "user", UserID: r.id}, user: r.id,
	}
	if answerable {
		e.ReplyToken = randomID("")
		s.forgetTokens(now)
		s.tokens[e.ReplyToken] = &replyToken{user: r.id, event: now, delivered: now}
	}
	return e
}

// forgetTokens keeps the reply tokens from growing without end.
func (s *Sim) forgetTokens(now time.Time) {
	const many = 1 << 16
	if len(s.tokens) < many {
		return
	}
	for token, t := range s.tokens {
		if now.Sub(t.event) > tokenLifeAgain {
			delete(s.tokens, token)
		}
	}
}

// The two events that a program must survive.
const (
	unknownType = "somethingNew"
	malformed   = `{"type":"message","message":null,"timestamp":"soon","webhookEventId":7}`
)

// unknown is an event of a type that nobody knows yet.
func (s *Sim) unknown(r *resident) json.RawMessage {
	return marshal(s.event(r, unknownType, false))
}

// marshal is of values that cannot fail: strings, numbers and checked JSON.
func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
