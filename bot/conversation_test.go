package bot_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

var update = flag.Bool("update", false, "write what was said into testdata/conversations and testdata/trial")

// counter is a Bot with everything around it in memory.
type counter struct {
	*bot.Bot
	site     *wardtest.Site
	sessions *wardtest.Sessions
	desk     *wardtest.Desk
	now      time.Time
	log      strings.Builder
	trial    *bot.Trial
	offered  map[string]string // label → value, of everything offered so far
}

func newCounter(t testing.TB) *counter {
	t.Helper()
	c := &counter{site: wardtest.Mihon(), desk: &wardtest.Desk{}, now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), offered: map[string]string{}}
	c.sessions = &wardtest.Sessions{Now: func() time.Time { return c.now }}
	ids := 0
	b, err := bot.New(bot.Options{
		Searcher: c.site, Sessions: c.sessions, Desk: c.desk, WardName: "見本区",
		Contact: bot.Contact{URL: wardtest.Origin + "/goiken/", Phone: "03-0000-0000"},
		SiteURL: wardtest.Origin + "/", TermsURL: wardtest.Origin + "/line/kimari.html",
		Now: func() time.Time { return c.now }, Log: slog.New(slog.NewTextHandler(&c.log, nil)),
		NewID: func() string { ids++; return fmt.Sprint("n", ids) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Bot = b
	return c
}

// newTrial is a counter with the tests' own dialogue, which 「ためす」 opens.
func newTrial(t testing.TB) *counter {
	c := newCounter(t)
	c.trial = &bot.Trial{}
	c.trial.Install(c.Bot)
	return c
}

func (c *counter) reply(t testing.TB, m ward.Message) []ward.Reply {
	t.Helper()
	m.Channel, m.Resident, m.At = ward.LINE, "resident", c.now
	if c.trial != nil && m.Text == "ためす" {
		m.Text, m.Choice = "", bot.TrialOpening
	}
	replies, err := c.Reply(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range replies {
		for _, choice := range r.Choices {
			c.offered[choice.Label] = choice.Value
		}
	}
	return replies
}

// TestConversations plays each file on a counter of its own; the staff read and
// write them (wardtest.Conversation).
func TestConversations(t *testing.T) {
	playAll(t, "testdata/conversations", newCounter)
}

// TestTrial plays a dialogue of several steps.
func TestTrial(t *testing.T) {
	playAll(t, "testdata/trial", newTrial)
}

func playAll(t *testing.T, dir string, open func(testing.TB) *counter) {
	conversations, err := wardtest.Conversations(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, talk := range conversations {
		t.Run(talk.Name, func(t *testing.T) {
			c := open(t)
			said, err := talk.Play(t.Context(), wardtest.Stage{
				Reply:      func(_ context.Context, m ward.Message) ([]ward.Reply, error) { return c.reply(t, m), nil },
				Directions: c.directions(t),
			})
			if err != nil {
				t.Fatal(err)
			}
			got := talk.With(said, c.kept())
			if *update {
				if err := os.WriteFile(filepath.Join(dir, talk.Name+".txtar"), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(talk.Text(), got); diff != "" {
				t.Errorf("said otherwise (-want +got), -update to accept:\n%s", diff)
			}
		})
	}
}

func (c *counter) directions(t testing.TB) map[string]func() {
	down := errors.New("down")
	return map[string]func(){
		"（送信を取り消す）": func() {
			if err := c.Forget(t.Context(), "resident"); err != nil {
				t.Error(err)
			}
		},
		"（31分後）":     func() { c.now = c.now.Add(31 * time.Minute) },
		"（2時間後）":     func() { c.now = c.now.Add(2 * time.Hour) },
		"（検索が止まる）":   func() { c.site.Fail(down) },
		"（検索がもどる）":   func() { c.site.Fail(nil) },
		"（記憶が止まる）":   func() { c.sessions.Fail(down, down) },
		"（記憶に書けない）":  func() { c.sessions.Fail(nil, down) },
		"（記憶がもどる）":   func() { c.sessions.Fail(nil, nil) },
		"（ページがなくなる）": func() { c.site.Entries = c.site.Entries[1:] },
		"（送れない）":     func() { c.trial.Err = down },
		"（送れる）":      func() { c.trial.Err = nil },
	}
}

// kept writes what the staff's desk holds after the conversation.
func (c *counter) kept() string {
	var b strings.Builder
	for _, u := range c.desk.Unanswered() {
		fmt.Fprintf(&b, "答えられなかった質問 (%s): %s\n", u.Verdict, u.Text)
	}
	for _, f := range c.desk.Feedback() {
		vote := "いいえ"
		if f.Helpful {
			vote = "はい"
		}
		fmt.Fprintf(&b, "役に立ったか: %s 回答 %s 文書 %s 質問 %s\n", vote, f.AnswerID, f.DocumentID, f.Question)
	}
	if c.trial != nil {
		for _, f := range c.trial.Sent {
			fmt.Fprintf(&b, "送られたもの: %s %v\n", f.ID, f.Answers)
		}
	}
	return b.String()
}
