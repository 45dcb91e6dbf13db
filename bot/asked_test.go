package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

// What the figures know of each message: nothing of what was said.
func TestQuestionsAreCounted(t *testing.T) {
	moving := ward.Asked{Verdict: ward.Sure, DocumentID: "p1", Topic: "くらし > 届出", Section: "住民課住民記録係"}
	stopped := moving
	stopped.Stopped = true
	for name, tt := range map[string]struct {
		direction string
		say       []ward.Message
		want      []ward.Asked
	}{
		"answered": {"", []ward.Message{{Text: "引っ越し"}}, []ward.Asked{moving}},
		"nothing":  {"", []ward.Message{{Text: "ドローンを飛ばしたい"}}, []ward.Asked{{Verdict: ward.Nothing}}},
		"no question": {"", []ward.Message{{Text: "こんにちは"}, {Text: "メニュー"}, {Content: ward.Image}, {Text: "7"},
			{Choice: "1:browse.level:.0"}, {Text: "意見があります"}}, nil},
		"not chosen": {"", []ward.Message{{Text: "税の支払い"}},
			[]ward.Asked{{Verdict: ward.Unsure, DocumentID: "p3", Topic: "税", Section: "税務課"}}},
		"the word is stopped": {"（粗大ごみの話題を止める）", []ward.Message{{Text: "粗大ごみ"}}, []ward.Asked{{Verdict: ward.Nothing, Stopped: true}}},
		"the page is stopped": {"（転入のページを止める）", []ward.Message{{Text: "引っ越し"}}, []ward.Asked{stopped}},
		"no search":           {"（検索が止まる）", []ward.Message{{Text: "引っ越し"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t)
			if tt.direction != "" {
				c.Directions()[tt.direction]()
			}
			for _, m := range tt.say {
				c.reply(t, m)
			}
			got := c.Desk.Asked()
			for i := range got {
				if got[i].Key == "" || got[i].Resident != "resident" || got[i].Channel != ward.LINE || !got[i].At.Equal(c.Now()) {
					t.Errorf("counted as %+v", got[i])
				}
				got[i].Key, got[i].Resident, got[i].Channel, got[i].At = "", "", "", time.Time{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A choice among the candidates is told of the question, the first one only.
func TestChoiceIsCounted(t *testing.T) {
	for _, id := range []string{"", "m1"} {
		c := newCounter(t)
		c.reply(t, ward.Message{ID: id, Text: "税の支払い"})
		first, second := c.offered["軽自動車税の納めかた"], c.offered["固定資産税と都市計画税"]
		c.reply(t, ward.Message{ID: id + "a", Choice: first})
		c.reply(t, ward.Message{ID: id + "b", Choice: second})
		got := c.Desk.Asked()
		if len(got) != 1 || !got[0].Chosen || got[0].DocumentID != "p5" {
			t.Errorf("message %q: counted %+v", id, got)
		}
	}
}

// The same message again, and one whose turn is done over, count once; so does
// what is asked while there is no memory.
func TestCountedOnce(t *testing.T) {
	c := newCounter(t)
	m := ward.Message{ID: "m1", Text: "粗大ごみ"}
	c.reply(t, m)
	c.reply(t, m)
	c.Sessions.Fail(errors.New("down"), errors.New("down"))
	c.reply(t, m)
	if got := c.Desk.Asked(); len(got) != 1 {
		t.Errorf("counted %+v", got)
	}
	for _, value := range c.Sessions.Stored() {
		if strings.Contains(string(value), `"resident"`) {
			t.Errorf("the session names the resident: %s", value)
		}
	}
}

// An answer does not wait for a desk that is away.
func TestAnsweredThoughNotCounted(t *testing.T) {
	c := newCounter(t)
	c.Desk.Fail(errors.New("down"))
	if got := c.reply(t, ward.Message{Text: "粗大ごみ"})[0].Text; !strings.HasPrefix(got, "粗大ごみは") {
		t.Errorf("got %q", got)
	}
	if strings.Contains(c.log.String(), "粗大") {
		t.Errorf("logged %s", c.log.String())
	}
}
