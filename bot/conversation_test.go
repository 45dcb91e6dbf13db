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

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

var update = flag.Bool("update", false, "write what was said into testdata/conversations and testdata/trial")

// counter is a Bot with everything around it in memory.
type counter struct {
	*bot.Bot
	*wardtest.Surroundings
	log     strings.Builder
	trial   *bot.Trial
	offered map[string]string // label → value, of everything offered so far
}

func newCounter(t testing.TB) *counter {
	t.Helper()
	c := &counter{Surroundings: wardtest.NewSurroundings(), offered: map[string]string{}}
	b, err := bot.New(bot.Options{
		Searcher: c.Site, Sessions: c.Sessions, Desk: c.Desk, WardName: wardtest.WardName,
		Contact: bot.Contact{URL: wardtest.ContactURL, Phone: wardtest.ContactPhone},
		SiteURL: wardtest.Origin + "/", TermsURL: wardtest.TermsURL,
		Now: c.Now, NewID: c.NewID, Stops: c.Stops, Log: slog.New(slog.NewTextHandler(&c.log, nil)),
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
	m.Channel, m.Resident, m.At = ward.LINE, "resident", c.Now()
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

// directions are also those of LINE and of the trial.
func (c *counter) directions(t testing.TB) map[string]func() {
	all := c.Directions()
	all["（送信を取り消す）"] = func() {
		if err := c.Forget(t.Context(), "resident"); err != nil {
			t.Error(err)
		}
	}
	all["（送れない）"] = func() { c.trial.Err = errors.New("down") }
	all["（送れる）"] = func() { c.trial.Err = nil }
	return all
}

// kept writes what the staff have after the conversation.
func (c *counter) kept() string {
	kept := c.Kept()
	if c.trial != nil {
		for _, f := range c.trial.Sent {
			kept += fmt.Sprintf("送られたもの: %s %v\n", f.ID, f.Answers)
		}
	}
	return kept
}
