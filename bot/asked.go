package bot

import (
	"slices"

	"madoguchi/ward"
)

// count has it recorded that a question was asked, and what it got. It comes
// after the answer.
func (t *turn) count(found ward.Answer) {
	if found.Verdict == ward.Nothing && t.s.over != "" && !t.withheld {
		return // it may have been meant for a step that is over
	}
	a := ward.Asked{Key: t.msg.ID, At: t.msg.At, Channel: t.msg.Channel, Verdict: found.Verdict, Stopped: t.withheld, Fix: found.Fix}
	switch n := len(t.s.Asks); {
	case a.Key != "":
	case n > 0 && !t.withheld:
		a.Key = t.s.Asks[n-1].ID
	default:
		a.Key = t.NewID()
	}
	if len(found.Hits) > 0 {
		about(&a, &found.Hits[0].Document)
	}
	t.counted = append(t.counted, a)
}

// countChoice has it recorded that a choice was one of a question's candidates.
func (t *turn) countChoice(v string, d *ward.Document) {
	if t.withheld {
		return
	}
	for i := range slices.Backward(t.s.Asks) {
		q := &t.s.Asks[i]
		if !slices.ContainsFunc(q.Candidates, func(c ward.Choice) bool { return c.Value == v }) {
			continue
		}
		if q.Verdict == ward.Unsure && !q.Chosen {
			q.Chosen = true
			a := ward.Asked{Key: q.key(), At: t.msg.At, Channel: t.msg.Channel, Verdict: q.Verdict, Chosen: true}
			about(&a, d)
			t.counted = append(t.counted, a)
		}
		return
	}
}

// key is the name under which the question was counted.
func (q *asked) key() string {
	if q.Message != "" {
		return q.Message
	}
	return q.ID
}

func about(a *ward.Asked, d *ward.Document) {
	a.DocumentID, a.Topic, a.Section = d.ID, ward.TopicOf(d.Category), d.Section
}
