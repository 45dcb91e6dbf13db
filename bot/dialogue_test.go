package bot_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"madoguchi/bot"
	"madoguchi/ward"
)

// fill brings the trial to its last question and gives the choice that sends.
func fill(t *testing.T, c *counter) ward.Message {
	t.Helper()
	c.reply(t, ward.Message{Text: "ためす"})
	c.reply(t, ward.Message{Text: "道路"})
	c.reply(t, ward.Message{Text: "橋のたもと"})
	c.reply(t, ward.Message{Text: "2026年4月1日"})
	c.reply(t, ward.Message{ID: "photo", Content: ward.Image})
	return ward.Message{Choice: c.offered["送る"]}
}

// A turn that is done over sends under the same id, so that what takes it can
// tell; and all that was told is sent.
func TestSentUnderOneID(t *testing.T) {
	c := newTrial(t)
	send := fill(t, c)
	o := c.Options
	o.Sessions = &conflicting{c.Sessions, 3}
	b, err := bot.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.trial.Install(b)
	c.Bot = b
	c.reply(t, send)
	c.reply(t, send)
	if got, want := fmt.Sprint(c.trial.Sent), "[{n1 map[confirm: day:2026-04-01 kind:road photo:photo place:橋のたもと]}]"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if stored := fmt.Sprintf("%s", c.Sessions.Stored()); strings.Contains(stored, `"form"`) {
		t.Errorf("still kept after it was sent: %s", stored)
	}
}

// A dialogue that is begun in the middle of another takes its place.
func TestOneDialogueAtATime(t *testing.T) {
	c := newTrial(t)
	fill(t, c)
	c.reply(t, ward.Message{Choice: bot.OtherOpening})
	if got := c.reply(t, ward.Message{Choice: c.offered["送る"]})[0].Text; !strings.Contains(got, "もう使えません") {
		t.Errorf("got %q, want that the other one is over", got)
	}
	c.reply(t, ward.Message{Text: "駅前"})
	if got, want := fmt.Sprint(c.trial.Sent), "[{n2 map[place:駅前]}]"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// No forged value gets past a step that waits, whatever is under way.
func TestForgedSteps(t *testing.T) {
	for _, value := range []string{"1:trial.send:", "1:trial.send:yes", "1:trial.confirm:yes", "1:trial.confirm:", "1:trial.photo:none", "1:trial.kind:road", "1:trial.kind:sea"} {
		for name, open := range map[string]func(*counter){
			"nothing": func(*counter) {},
			"the place": func(c *counter) {
				c.reply(t, ward.Message{Text: "ためす"})
				c.reply(t, ward.Message{Text: "道路"})
			},
		} {
			c := newTrial(t)
			open(c)
			replies := c.reply(t, ward.Message{Choice: value})
			if len(c.trial.Sent) > 0 {
				t.Errorf("%s while %s was under way sent %v", value, name, c.trial.Sent)
			}
			if got := replies[0].Text; name == "nothing" && !strings.Contains(got, "もう使えません") {
				t.Errorf("%s while nothing was under way got %q", value, got)
			}
		}
	}
}

// TestTrialWalks talks at random through the dialogue.
func TestTrialWalks(t *testing.T) {
	typed := []string{"ためす", "道路", "公園", "橋のたもと", "2026年4月1日", "写真はない", "送る", "もどる", "はじめから", "やめる", "メニュー", "分類", "続ける",
		"粗大ごみはどう出しますか", "住民票は何ですか？", "住民税", "1", "２", "9", "", "😀", "使い方", "態度が悪い", "山田太郎です"}
	sent := []ward.Content{ward.Joined, ward.Image, ward.Audio, ward.Sticker, ward.Location}
	rnd := rand.New(rand.NewPCG(3, 3))
	all := 0
	for range 200 {
		c := newTrial(t)
		var offered []string
		for range 30 {
			m := ward.Message{Text: typed[rnd.IntN(len(typed))]}
			switch {
			case len(offered) > 0 && rnd.IntN(2) == 0:
				m = ward.Message{Choice: offered[rnd.IntN(len(offered))], Text: "2026-04-01"}
			case rnd.IntN(4) == 0:
				m = ward.Message{Content: sent[rnd.IntN(len(sent))]}
			}
			replies := c.reply(t, m)
			checkShape(t, replies)
			offered = nil
			for _, choice := range replies[len(replies)-1].Choices {
				offered = append(offered, choice.Value)
			}
		}
		ids := map[string]bool{}
		for _, f := range c.trial.Sent {
			if ids[f.ID] || len(f.Answers) != 5 || strings.Contains(fmt.Sprint(f), "山田") {
				t.Errorf("sent %v", f)
			}
			ids[f.ID] = true
		}
		all += len(c.trial.Sent)
	}
	if all == 0 {
		t.Error("no walk came to the end")
	}
}

func checkShape(t *testing.T, replies []ward.Reply) {
	t.Helper()
	if len(replies) == 0 || len(replies) > bot.MaxReplies {
		t.Fatalf("%d replies", len(replies))
	}
	for i, r := range replies {
		if i < len(replies)-1 && len(r.Choices) > 0 || len(r.Choices) > ward.MaxChoices || r.Text == "" {
			t.Errorf("reply %d of %d: %+v", i+1, len(replies), r)
		}
	}
}

// Asking leaves the crowded list of a category room to go on.
func TestBrowseWhileAsked(t *testing.T) {
	c := newTrial(t)
	c.reply(t, ward.Message{Text: "ためす"})
	c.reply(t, ward.Message{Text: "分類"})
	replies := c.reply(t, ward.Message{Choice: c.offered["公園"]})
	checkShape(t, replies)
	if choices := replies[0].Choices; choices[len(choices)-1].Label != "入力を続ける" {
		t.Errorf("offered %v", choices)
	}
}

// Of a dialogue of which something was taken back, nothing that was said stays.
func TestUnsentLeavesNoWords(t *testing.T) {
	c := newTrial(t)
	fill(t, c)
	if stored := fmt.Sprintf("%s", c.Sessions.Stored()); !strings.Contains(stored, "橋のたもと") {
		t.Fatalf("the dialogue is not kept: %s", stored)
	}
	if err := c.Forget(t.Context(), "resident"); err != nil {
		t.Fatal(err)
	}
	if stored := fmt.Sprintf("%s", c.Sessions.Stored()); strings.Contains(stored, "橋") || strings.Contains(stored, "road") || strings.Contains(stored, "n1") {
		t.Errorf("still kept: %s", stored)
	}
}
