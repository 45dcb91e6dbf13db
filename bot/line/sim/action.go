package sim

import (
	"context"
	"encoding/json"
	"time"

	"madoguchi/ward"
)

// action is what a button does.
type action struct {
	Type            string `json:"type"`
	Label           string `json:"label"`
	Text            string `json:"text"`
	Data            string `json:"data"`
	DisplayText     string `json:"displayText"`
	Mode            string `json:"mode"`
	Min             string `json:"min"`
	Max             string `json:"max"`
	RichMenuAliasID string `json:"richMenuAliasId"`
}

// Tap taps what carries label on user's phone: a quick reply, else a button of
// a message, the latest first, else an area of the rich menu.
func (s *Sim) Tap(ctx context.Context, user ward.Resident, label string) error {
	return s.Pick(ctx, user, label, "")
}

// Pick taps a button that asks for a date or time, and picks value there: in
// the form of its mode, "2026-04-01", "09:30" or "2026-04-01T09:30".
func (s *Sim) Pick(ctx context.Context, user ward.Resident, label, value string) error {
	s.mu.Lock()
	r := s.find(user)
	var found []action
	if r != nil {
		found = s.buttons(r, label)
	}
	s.mu.Unlock()
	if len(found) == 0 {
		return &ward.Error{Kind: ward.NotFound, Message: "「" + label + "」というボタンはありません"}
	}
	return s.act(ctx, user, found[0], value)
}

// TapAgain taps a button that the phone shows no longer, as fingers do that are
// faster than it. data is what the button carries, label what it said.
func (s *Sim) TapAgain(ctx context.Context, user ward.Resident, label, data string) error {
	return s.postback(ctx, user, &postback{Data: data}, label)
}

// buttons are those with label that can be tapped now, the nearest first.
func (s *Sim) buttons(r *resident, label string) (found []action) {
	look := func(in any) {
		walk(in, func(a action) {
			if a.Label == label {
				found = append(found, a)
			}
		})
	}
	for i := len(r.items) - 1; i >= 0; i-- {
		it := r.items[i]
		if it.Who != byAccount {
			continue
		}
		var message map[string]any
		_ = json.Unmarshal(it.Message, &message) // checked when it came
		quick := message["quickReply"]
		if it.ID == r.quick {
			look(quick)
		}
		delete(message, "quickReply")
		look(message)
	}
	if m := s.menuOf(r); m != nil {
		for _, a := range m.Areas {
			var in any
			_ = json.Unmarshal(a.Action, &in) // checked when it came
			look(in)
		}
	}
	return found
}

// walk calls do for every action in a message.
func walk(in any, do func(action)) {
	switch in := in.(type) {
	case []any:
		for _, v := range in {
			walk(v, do)
		}
	case map[string]any:
		if kind, _ := in["type"].(string); in["label"] != nil && inQuickReply.takes(kind) || inRichMenu.takes(kind) {
			var a action
			_ = json.Unmarshal(marshal(in), &a) // checked when it came
			do(a)
			return
		}
		for _, v := range in {
			walk(v, do)
		}
	}
}

// act does what a button does. What only opens something else on the phone is
// none of the platform's business.
func (s *Sim) act(ctx context.Context, user ward.Resident, a action, value string) error {
	s.mu.Lock()
	if r := s.find(user); r != nil && r.quick != "" {
		r.quick = ""
		s.touchResident(r)
	}
	s.mu.Unlock()
	switch a.Type {
	case "message":
		_, err := s.Say(ctx, user, a.Text)
		return err
	case "postback":
		if a.Text != "" {
			if _, err := s.Say(ctx, user, a.Text); err != nil {
				return err
			}
		}
		return s.postback(ctx, user, &postback{Data: a.Data}, a.DisplayText)
	case "datetimepicker":
		if !a.takes(value) {
			return &ward.Error{Kind: ward.Invalid, Message: "選べない日時です"}
		}
		return s.postback(ctx, user, &postback{Data: a.Data, Params: map[string]string{a.Mode: value}}, "")
	case "richmenuswitch":
		status := s.switchMenu(user, a.RichMenuAliasID)
		return s.postback(ctx, user, &postback{Data: a.Data, Params: map[string]string{"newRichMenuAliasId": a.RichMenuAliasID, "status": status}}, "")
	}
	return &ward.Error{Kind: ward.Invalid, Message: "このボタンは何も送りません"}
}

// takes tells whether value can be picked. The forms order as they are.
func (a action) takes(value string) bool {
	_, err := time.Parse(layoutOf(a.Mode), value)
	return err == nil && value >= a.Min && (a.Max == "" || value <= a.Max)
}

func (s *Sim) switchMenu(user ward.Resident, alias string) (status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, id := s.find(user), s.menus.aliases[alias]
	switch {
	case r == nil:
		return "FAILED"
	case id == "":
		return "RICHMENU_ALIAS_ID_NOTFOUND"
	case s.menus.byID[id] == nil:
		return "RICHMENU_NOTFOUND"
	}
	r.menu = id
	s.touchResident(r)
	return "SUCCESS"
}

// postback sends what a button carries, and shows text as if it had been said.
func (s *Sim) postback(ctx context.Context, user ward.Resident, p *postback, text string) error {
	s.mu.Lock()
	r, err := s.talking(user)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	var it *item
	if text != "" {
		it = &item{ID: s.ids.nextMessage(s.o.Now()), Who: byResident, Message: marshal(map[string]string{"type": "text", "text": text})}
		s.add(r, it)
	}
	r.wrote = s.o.Now()
	e := s.event(r, "postback", true)
	e.Postback = p
	s.mu.Unlock()
	return s.post(ctx, &posting{event: e, owner: r, item: it})
}
