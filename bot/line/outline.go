package line

import (
	"encoding/json"
	"fmt"
	"strings"

	"madoguchi/ward"
)

// node is any part of a rendered message, as far as it says or offers something.
type node struct {
	Type       string
	Text       string
	Layout     string
	Action     *struct{ Label string }
	Header     *node
	Hero       *node
	Body       *node
	Footer     *node
	Contents   json.RawMessage // of a Flex message a bubble, of a box its parts
	QuickReply *struct{ Items []node }
}

// Outline says what rendered messages (see Render) show on a phone: for each its
// lines, and the words on what can be tapped.
func Outline(messages []byte) ([]ward.Bubble, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	var all []node
	if err := json.Unmarshal(messages, &all); err != nil {
		return nil, fmt.Errorf("outline messages: %w", err)
	}
	bubbles := make([]ward.Bubble, len(all))
	for i, n := range all {
		b := &bubbles[i]
		n.outline(b)
		if n.QuickReply != nil {
			for _, item := range n.QuickReply.Items {
				b.Buttons = append(b.Buttons, item.Action.Label)
			}
		}
	}
	return bubbles, nil
}

func (n *node) outline(b *ward.Bubble) {
	if n.Text != "" {
		b.Lines = append(b.Lines, n.Text)
	}
	if n.Type == "button" && n.Action != nil {
		b.Buttons = append(b.Buttons, n.Action.Label)
	}
	for _, part := range []*node{n.Header, n.Hero, n.Body, n.Footer} {
		if part != nil {
			part.outline(b)
		}
	}
	var parts []node
	if json.Unmarshal(n.Contents, &parts) != nil {
		var one node
		if json.Unmarshal(n.Contents, &one) == nil {
			one.outline(b)
		}
		return
	}
	first := len(b.Lines)
	for _, p := range parts {
		p.outline(b)
	}
	if n.Layout == "baseline" && len(b.Lines) > first { // a name and what it is
		b.Lines = append(b.Lines[:first], strings.Join(b.Lines[first:], "　"))
	}
}
