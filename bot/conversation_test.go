package bot_test

import (
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
	"golang.org/x/tools/txtar"

	"madoguchi/bot"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

var update = flag.Bool("update", false, "write what was said into testdata/conversations")

// counter is a Bot with everything around it in memory.
type counter struct {
	*bot.Bot
	site     *wardtest.Site
	sessions *wardtest.Sessions
	desk     *wardtest.Desk
	now      time.Time
	log      strings.Builder
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
		Now:     func() time.Time { return c.now }, Log: slog.New(slog.NewTextHandler(&c.log, nil)),
		NewID: func() string { ids++; return fmt.Sprint("n", ids) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Bot = b
	return c
}

func (c *counter) reply(t testing.TB, m ward.Message) []ward.Reply {
	t.Helper()
	m.Channel, m.Resident, m.At = ward.Web, "resident", c.now
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

// TestConversations plays each file: the residents' lines and the stage
// directions are read, everything else is what the counter said.
//
//	区民> typed words          区民[label] taps the choice last offered under it
//	（31分後）（検索が止まる）（検索がもどる）（記憶が止まる）（記憶がもどる）
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := txtar.Format(play(t, archive))
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(got)); diff != "" {
				t.Errorf("said otherwise (-want +got), -update to accept:\n%s", diff)
			}
		})
	}
}

func play(t *testing.T, a *txtar.Archive) *txtar.Archive {
	t.Helper()
	c := newCounter(t)
	var talk strings.Builder
	for line := range strings.Lines(string(a.Files[0].Data)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "区民"):
			fmt.Fprintf(&talk, "%s\n", line)
			for _, r := range c.reply(t, c.message(t, strings.TrimPrefix(line, "区民"))) {
				talk.WriteString(render(r))
			}
			talk.WriteString("\n")
		case strings.HasPrefix(line, "（"):
			c.direct(t, line)
			fmt.Fprintf(&talk, "%s\n\n", line)
		}
	}
	files := []txtar.File{{Name: a.Files[0].Name, Data: []byte(talk.String())}}
	if kept := c.kept(); kept != "" {
		files = append(files, txtar.File{Name: "職員に残るもの", Data: []byte(kept)})
	}
	return &txtar.Archive{Comment: a.Comment, Files: files}
}

func (c *counter) message(t *testing.T, line string) ward.Message {
	t.Helper()
	if text, ok := strings.CutPrefix(line, "> "); ok {
		return ward.Message{Text: text}
	}
	label := strings.TrimSuffix(strings.TrimPrefix(line, "["), "]")
	value, ok := c.offered[label]
	if !ok {
		t.Fatalf("%q was never offered", label)
	}
	return ward.Message{Choice: value}
}

func (c *counter) direct(t *testing.T, line string) {
	t.Helper()
	down := errors.New("down")
	switch line {
	case "（31分後）":
		c.now = c.now.Add(31 * time.Minute)
	case "（検索が止まる）":
		c.site.Fail(down)
	case "（検索がもどる）":
		c.site.Fail(nil)
	case "（記憶が止まる）":
		c.sessions.Fail(down, down)
	case "（記憶に書けない）":
		c.sessions.Fail(nil, down)
	case "（記憶がもどる）":
		c.sessions.Fail(nil, nil)
	case "（ページがなくなる）":
		c.site.Entries = c.site.Entries[1:]
	default:
		t.Fatalf("unknown direction %s", line)
	}
}

// render writes a reply as ward staff read it.
func render(r ward.Reply) string {
	var b strings.Builder
	fmt.Fprintf(&b, "窓口> %s\n", strings.ReplaceAll(r.Text, "\n", "\n      "))
	if s := r.Source; s != nil {
		fmt.Fprintf(&b, "      出典: %s %s", s.Title, s.URL)
		for _, part := range []struct{ name, value string }{{"更新", s.Updated}, {"担当", s.Section}, {"電話", s.Phone}} {
			if part.value != "" {
				fmt.Fprintf(&b, " %s: %s", part.name, part.value)
			}
		}
		b.WriteString("\n")
	}
	if len(r.Choices) > 0 {
		b.WriteString("     ")
		for _, choice := range r.Choices {
			fmt.Fprintf(&b, " [%s]", choice.Label)
		}
		b.WriteString("\n")
	}
	return b.String()
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
	return b.String()
}
