package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot"
	"madoguchi/bot/line/sim"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

// TestConversations plays what the ward's staff have written down of the
// conversation through the counter's front doors: the widget's address, and
// LINE's webhook with a platform that delivers what the counter replies. Both
// have to say what the files say, and staff have to be left with the same.
func TestConversations(t *testing.T) {
	all, err := wardtest.Conversations("../../bot/testdata/conversations")
	if err != nil {
		t.Fatal(err)
	}
	for _, talk := range all {
		t.Run(talk.Name+"/line", func(t *testing.T) { playThrough(t, talk, inLINE) })
		if !talk.LINEOnly() {
			t.Run(talk.Name+"/web", func(t *testing.T) { playThrough(t, talk, inWidget) })
		}
	}
}

// door is how a resident's message gets to the counter and its replies back.
type door func(t *testing.T, p phone) func(context.Context, ward.Message) ([]ward.Reply, error)

func playThrough(t *testing.T, talk wardtest.Conversation, open door) {
	around, p := openStage(t)
	said, err := talk.Play(t.Context(), wardtest.Stage{Reply: open(t, p), Directions: around.Directions()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(talk.Text(), talk.With(said, around.Kept())); diff != "" {
		t.Errorf("said otherwise (-want +got):\n%s", diff)
	}
}

// openStage is a counter in the surroundings of a conversation.
func openStage(t *testing.T) (*wardtest.Surroundings, phone) {
	t.Helper()
	around := wardtest.NewSurroundings()
	return around, openPhoneOn(t, &config{dataDir: t.TempDir()}, func(c *counter) (err error) {
		o := c.bot.Options
		o.Searcher, o.Sessions, o.Desk, o.Now, o.NewID = around.Site, around.Sessions, around.Desk, around.Now, around.NewID
		o.Stops = around.Stops
		o.WardName, o.SiteURL, o.TermsURL = wardtest.WardName, wardtest.Origin+"/", wardtest.TermsURL
		o.Contact = bot.Contact{URL: wardtest.ContactURL, Phone: wardtest.ContactPhone}
		c.bot, err = bot.New(o)
		return err
	})
}

// Who blocks the account leaves no conversation behind.
func TestLeaving(t *testing.T) {
	around, p := openStage(t)
	user := p.AddResident("")
	if err := p.Follow(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	p.next(t, user)
	if n := len(around.Sessions.Stored()); n != 1 {
		t.Fatalf("%d conversations of a friend", n)
	}
	if err := p.Block(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	tick, end := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for len(around.Sessions.Stored()) > 0 {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("a minute after the friend left, the conversation is still there")
		}
	}
}

// inWidget talks as the widget does.
func inWidget(t *testing.T, p phone) func(context.Context, ward.Message) ([]ward.Reply, error) {
	return func(_ context.Context, m ward.Message) ([]ward.Reply, error) {
		return chat(p.address, map[string]string{"session": "resident", "text": m.Text, "choice": m.Choice})
	}
}

// chat posts one message to the chat API and gives the replies.
func chat(address string, message map[string]string) ([]ward.Reply, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	resp, err := http.Post(address+"/api/chat", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var got struct{ Replies []ward.Reply }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK || len(got.Replies) == 0 {
		return nil, fmt.Errorf("say %v: status %d, %v", message, resp.StatusCode, err)
	}
	return got.Replies, nil
}

// inLINE talks as a phone does, and posts every event twice. What comes again
// is therefore no news: the resident still sees what was said, and a second
// reply to anything is found at the end.
func inLINE(t *testing.T, p phone) func(context.Context, ward.Message) ([]ward.Reply, error) {
	h := hand{p, p.AddResident(""), map[string]string{}}
	p.Script(sim.Trouble{Fault: sim.Duplicate, Times: sim.Always})
	var last string
	var replies []ward.Reply
	sent := 0
	t.Cleanup(func() {
		if got := len(p.Ledger().To(h.user)); got != sent {
			t.Errorf("%d replies to %d messages", got, sent)
		}
	})
	return func(ctx context.Context, m ward.Message) ([]ward.Reply, error) {
		if m.ID == last {
			return replies, nil
		}
		last = m.ID
		sent++
		if err := h.send(ctx, m); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		d, err := p.Next(ctx, h.user)
		if err != nil {
			return nil, err
		}
		if replies, err = wardtest.FromLINE(d.Messages); err != nil {
			return nil, err
		}
		for _, r := range replies {
			for _, c := range r.Choices {
				h.labels[c.Value] = c.Label
			}
		}
		return replies, nil
	}
}

// hand is a resident's on a phone.
type hand struct {
	phone
	user   ward.Resident
	labels map[string]string // of the buttons that were shown, by what they carry
}

func (h hand) send(ctx context.Context, m ward.Message) (err error) {
	switch {
	case m.Choice != "":
		label := h.labels[m.Choice]
		if err = h.Tap(ctx, h.user, label); ward.KindOf(err) == ward.NotFound {
			err = h.TapAgain(ctx, h.user, label, m.Choice)
		}
	case m.Content == ward.Joined:
		if err = h.Follow(ctx, h.user); ward.KindOf(err) == ward.Conflict {
			err = errors.Join(h.Block(ctx, h.user), h.Follow(ctx, h.user))
		}
	case m.Content == ward.Image:
		_, err = h.SendPhoto(ctx, h.user, pixel(), "image/png")
	case m.Content == ward.Video:
		_, err = h.SendVideo(ctx, h.user, []byte("video"), "video/mp4")
	case m.Content == ward.Audio:
		_, err = h.SendVoice(ctx, h.user, []byte("voice"), "audio/mp4")
	case m.Content == ward.File:
		_, err = h.SendFile(ctx, h.user, "file.pdf", []byte("file"))
	case m.Content == ward.Sticker:
		_, err = h.SendSticker(ctx, h.user, "446", "1988")
	case m.Content == ward.Location:
		_, err = h.SendPlace(ctx, h.user, m.Place, "", "見本町")
	default:
		_, err = h.Say(ctx, h.user, m.Text)
	}
	return err
}
