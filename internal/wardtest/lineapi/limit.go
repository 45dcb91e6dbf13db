package lineapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"unicode/utf16"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

const (
	maxRequest = 2 << 20
	maxBubble  = 30 << 10
)

// limits checks what the description leaves open.
func limits(body []byte) error {
	var call struct {
		Messages       []json.RawMessage `json:"messages"`
		LoadingSeconds int               `json:"loadingSeconds"`
	}
	if json.Unmarshal(body, &call) != nil {
		return nil // a picture
	}
	if err := atMost("request", len(body), maxRequest); err != nil {
		return err
	}
	if call.LoadingSeconds%5 != 0 {
		return errors.New("loadingSeconds is not in steps of 5")
	}
	var errs []error
	for i, m := range call.Messages {
		if err := Message(m); err != nil {
			errs = append(errs, fmt.Errorf("messages[%d]: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// Message says which of LINE's lengths a message object breaks.
func Message(raw json.RawMessage) error {
	var m struct {
		Type       string          `json:"type"`
		Text       string          `json:"text"`
		AltText    string          `json:"altText"`
		Contents   json.RawMessage `json:"contents"`
		QuickReply any             `json:"quickReply"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	errs := []error{
		atMost("text", units(m.Text), 5000), atMost("altText", units(m.AltText), 1500), atMost("flex", len(m.Contents), maxBubble),
	}
	if m.Type == "text" {
		errs = append(errs, atLeast("text", m.Text))
	}
	if m.Type == "flex" {
		errs = append(errs, atLeast("altText", m.AltText))
	}
	var contents any
	if len(m.Contents) > 0 {
		if err := json.Unmarshal(m.Contents, &contents); err != nil {
			return err
		}
	}
	return errors.Join(append(errs, within(contents, 40), within(m.QuickReply, 20))...)
}

// within walks through what a message holds; labels have at most label
// characters.
func within(v any, label int) error {
	var errs []error
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			errs = append(errs, within(e, label))
		}
	case map[string]any:
		for _, e := range v {
			errs = append(errs, within(e, label))
		}
		errs = append(errs, object(v, label))
	}
	return errors.Join(errs...)
}

// object checks an action or a component.
func object(o map[string]any, label int) error {
	text := func(key string) string { s, _ := o[key].(string); return s }
	switch text("type") {
	case "text":
		return atLeast("flex text", text("text"))
	case "box":
		if contents, _ := o["contents"].([]any); len(contents) == 0 {
			return errors.New("empty box")
		}
	case "postback", "message", "uri", "datetimepicker", "camera", "cameraRoll", "location", "clipboard":
		return errors.Join(
			atLeast("label", text("label")), atMost("label", characters(text("label")), label),
			atMost("data", units(text("data")), 300), atMost("displayText", characters(text("displayText")), 300),
			atMost("message text", characters(text("text")), 300), uri(text("type"), text("uri")))
	}
	return nil
}

func uri(action, address string) error {
	if action != "uri" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	switch u.Scheme {
	case "http", "https", "line", "tel":
	default:
		return fmt.Errorf("uri of scheme %q", u.Scheme)
	}
	for i := range len(address) {
		if address[i] <= ' ' || address[i] > '~' {
			return errors.New("uri is not percent-encoded")
		}
	}
	return atMost("uri", len(address), 1000)
}

func atMost(name string, n, most int) error {
	if n > most {
		return fmt.Errorf("%s has %d of at most %d", name, n, most)
	}
	return nil
}

func atLeast(name, s string) error {
	if s == "" {
		return fmt.Errorf("%s is empty", name)
	}
	return nil
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func characters(s string) (n int) {
	for it := graphemes.FromString(s); it.Next(); {
		n++
	}
	return n
}
