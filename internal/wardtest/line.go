package wardtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"madoguchi/ward"
)

// FromLINE reads replies back from the messages that LINE got: what a resident
// reads and can tap there. What differs in LINE is known here only: an answer
// is a bubble and the question after it stands in it, a long passage stands
// above its bubble, a date is written out, and choices are a list in the text
// too.
func FromLINE(messages []json.RawMessage) (replies []ward.Reply, err error) {
	above := "" // a text whose bubble may follow
	for _, raw := range messages {
		var m lineMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("read message: %w", err)
		}
		bubble := m.bubble()
		switch {
		case m.Type == "flex" && len(replies) > 0 && above != "" && bubble[0].Text == "":
			bubble[0].Text = above
			replies = append(replies[:len(replies)-1], bubble...)
		case m.Type == "flex":
			replies = append(replies, bubble...)
		default:
			r, err := m.text()
			if err != nil {
				return nil, err
			}
			if r.Text == "" && len(replies) > 0 {
				replies[len(replies)-1].Choices = r.Choices
			} else {
				replies = append(replies, r)
			}
		}
		above = m.Text
	}
	return replies, nil
}

// lineMessage is a message object, as far as it is read.
type lineMessage struct {
	Type, Text string
	Contents   struct{ Body, Footer lineNode }
	QuickReply struct{ Items []lineNode }
}

// lineNode is a part of a message object: a box, a text, a button, an action.
type lineNode struct {
	Type, Text, Weight, Size string
	Label, Data, URI         string
	Action                   *lineNode
	Contents                 []lineNode
}

// text is a text message with its choices, which it has to list for those who
// see no quick replies.
func (m lineMessage) text() (r ward.Reply, err error) {
	list := ""
	for i, item := range m.QuickReply.Items {
		r.Choices = append(r.Choices, ward.Choice{Label: item.Action.Label, Value: item.Action.Data})
		list += fmt.Sprintf("%d. %s\n", i+1, item.Action.Label)
	}
	if list != "" {
		list += "\n番号を書いても選べます。"
	}
	text, listed := strings.CutSuffix(m.Text, list)
	if !listed {
		return r, fmt.Errorf("the choices are not in the text: %s", m.Text)
	}
	r.Text = strings.TrimSpace(text)
	return r, nil
}

// bubble is an answer with its source, and the question in it.
func (m lineMessage) bubble() []ward.Reply {
	answer, question := ward.Reply{Source: &ward.Source{}}, ward.Reply{}
	for _, n := range m.Contents.Body.Contents {
		switch {
		case n.Type == "box":
			field(answer.Source, n.Contents[0].Text, n.Contents[1].Text)
		case n.Weight == "bold":
			answer.Source.Title = n.Text
		default:
			answer.Text = n.Text
		}
	}
	for _, n := range m.Contents.Footer.flat() {
		switch {
		case n.Type == "text":
			question.Text = n.Text
		case n.Action == nil || strings.HasPrefix(n.Action.URI, "tel:"):
		case n.Action.URI != "":
			answer.Source.URL = n.Action.URI
		default:
			question.Choices = append(question.Choices, ward.Choice{Label: n.Action.Label, Value: n.Action.Data})
		}
	}
	if question.Text == "" {
		answer.Choices = question.Choices
		return []ward.Reply{answer}
	}
	return []ward.Reply{answer, question}
}

// flat are the parts of a box and of the boxes in it.
func (n lineNode) flat() (parts []lineNode) {
	for _, c := range n.Contents {
		parts = append(parts, append(c.flat(), c)...)
	}
	return parts
}

func field(s *ward.Source, name, content string) {
	switch name {
	case "更新日":
		s.Updated = content
		if day, err := time.Parse("2006年1月2日", content); err == nil {
			s.Updated = day.Format(time.DateOnly)
		}
	case "担当":
		s.Section = content
	case "電話":
		s.Phone = content
	}
}
