package line

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"madoguchi/ward"
)

// LINE's limits on what is rendered, and our own below them.
const (
	maxText       = 5000 // units of a text message
	maxAlt        = 400  // units; LINE takes 1,500 by now, older apps show less
	maxQuickReply = 13   // buttons of a quick reply
	maxLabel      = 20   // characters on its buttons
	maxData       = 300  // bytes behind a button
	maxLabelUnits = 80   // of a label: a character may be many units
)

// Render gives the JSON array of the 1 to MaxMessages message objects that say
// replies, or nil when they say nothing. The same replies give the same bytes.
//
// A reply with a source becomes a bubble, and the question that follows it
// becomes buttons there. Other choices become quick replies and, because a PC
// shows none, a numbered list in the text. What does not fit into MaxMessages
// messages this way is said in plain text, with the middle left out if need be.
func Render(replies []ward.Reply) (messages []byte) {
	objects := compose(replies)
	if len(objects) > MaxMessages {
		objects = plainly(replies)
	}
	if len(objects) == 0 {
		return nil
	}
	messages, err := json.Marshal(objects)
	if err != nil {
		return nil // cannot be: strings and numbers only
	}
	return messages
}

func compose(replies []ward.Reply) (objects []messaging_api.MessageInterface) {
	for i := 0; i < len(replies); i++ {
		if replies[i].Source == nil {
			objects = append(objects, texts(replies[i])...)
			continue
		}
		a := newAnswer(replies[i])
		if i+1 < len(replies) && a.takes(replies[i+1]) {
			i++
		}
		objects = append(objects, a.messages()...)
	}
	return objects
}

// texts says r as text, its choices as quick replies and as a list.
func texts(r ward.Reply) (objects []messaging_api.MessageInterface) {
	return textMessages(split(listed(r), maxText), r.Choices)
}

func textMessages(pieces []string, choices []ward.Choice) (objects []messaging_api.MessageInterface) {
	for i, p := range pieces {
		m := &messaging_api.TextMessage{Text: p}
		if i == len(pieces)-1 {
			m.QuickReply = quickReply(choices)
		}
		objects = append(objects, m)
	}
	return objects
}

// listed is the text of r with its choices, numbered as the counter counts
// them.
func listed(r ward.Reply) string {
	text := strings.TrimSpace(r.Text)
	if len(r.Choices) == 0 {
		return text
	}
	var list strings.Builder
	for i, c := range r.Choices {
		fmt.Fprintf(&list, "%d. %s\n", i+1, oneLine(c.Label))
	}
	return strings.TrimSpace(text + "\n\n" + list.String() + "\n" + phraseByNumber)
}

func quickReply(choices []ward.Choice) *messaging_api.QuickReply {
	if len(choices) == 0 {
		return nil
	}
	q := &messaging_api.QuickReply{}
	for i, c := range choices[:min(len(choices), maxQuickReply)] {
		q.Items = append(q.Items, messaging_api.QuickReplyItem{Type: "action", Action: action(i, c)})
	}
	return q
}

// action is what tapping the choice at i does. A value that LINE would not
// carry is left out: the label is then said, as if it had been typed.
func action(i int, c ward.Choice) messaging_api.ActionInterface {
	label := oneLine(c.Label)
	if label == "" {
		label = fmt.Sprint(i + 1)
	}
	label = fit(label, maxLabel, maxLabelUnits)
	if c.Value == "" || len(c.Value) > maxData || !utf8.ValidString(c.Value) {
		return &messaging_api.MessageAction{Label: label, Text: label}
	}
	if c.Days != nil {
		return &messaging_api.DatetimePickerAction{Label: label, Data: c.Value, Mode: messaging_api.DatetimePickerActionMODE_DATE, Min: c.Days.First, Max: c.Days.Last}
	}
	return &messaging_api.PostbackAction{Label: label, Data: c.Value, DisplayText: label}
}

// plainly says all replies in text alone.
func plainly(replies []ward.Reply) []messaging_api.MessageInterface {
	var parts []string
	var choices []ward.Choice
	for _, r := range replies {
		if r.Source != nil {
			r.Text += "\n\n" + newAnswer(r).plain()
		}
		parts = append(parts, listed(r))
		choices = r.Choices
	}
	pieces := split(strings.Join(parts, "\n\n"), maxText-1) // room for the ellipsis
	if len(pieces) > MaxMessages {
		pieces = append(pieces[:MaxMessages-1], pieces[len(pieces)-1])
		pieces[MaxMessages-2] += ellipsis
	}
	return textMessages(pieces, choices)
}
