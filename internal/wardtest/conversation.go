package wardtest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"madoguchi/ward"
)

// Conversation is a talk at the counter as ward staff read and write it. Of its
// text these lines are played, and what the counter said stands under them:
//
//	区民> words                  typed
//	区民[label]                  tapped: the choice last offered under this label
//	区民[label]2026-05-01        tapped, and this date picked
//	区民（写真）                 sent; also 動画 音声 ファイル スタンプ 位置 友だち追加
//	（もう一度届く）             the last message again, with the same id
//	（検索が止まる）             any other stage direction: the stage does it
type Conversation struct {
	Name    string // of its file, without the ending
	archive *txtar.Archive
}

// Names of a conversation's parts.
const (
	talkPart = "会話"
	keptPart = "職員に残るもの"
	again    = "（もう一度届く）"
)

// Stage is what a conversation is played on.
type Stage struct {
	// Reply answers a message: of what came it has ID, Content, Text, Choice and
	// Place, and no Channel, Resident or time.
	Reply func(ctx context.Context, m ward.Message) ([]ward.Reply, error)
	// Directions does what a stage direction says, by its line.
	Directions map[string]func()
}

// Conversations reads every conversation in a folder.
func Conversations(dir string) (all []Conversation, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no conversations in %s", dir)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			return nil, fmt.Errorf("read conversation: %w", err)
		}
		if len(a.Files) == 0 || a.Files[0].Name != talkPart {
			return nil, fmt.Errorf("read conversation %s: its first part is not %s", file, talkPart)
		}
		all = append(all, Conversation{strings.TrimSuffix(filepath.Base(file), ".txtar"), a})
	}
	return all, nil
}

// Talk is what was said, as the file has it.
func (c Conversation) Talk() string { return string(c.archive.Files[0].Data) }

// Text is the whole file.
func (c Conversation) Text() string { return string(txtar.Format(c.archive)) }

// With is the whole file with another talk, and what the staff have after it.
func (c Conversation) With(talk, kept string) string {
	a := txtar.Archive{Comment: c.archive.Comment, Files: []txtar.File{{Name: talkPart, Data: []byte(talk)}}}
	if kept != "" {
		a.Files = append(a.Files, txtar.File{Name: keptPart, Data: []byte(kept)})
	}
	return string(txtar.Format(&a))
}

// Directions are the stage directions that the stage has to do, each once.
func (c Conversation) Directions() (lines []string) {
	for _, line := range c.lines() {
		if strings.HasPrefix(line, "（") && line != again && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// LINEOnly tells whether something is sent that only LINE can send.
func (c Conversation) LINEOnly() bool {
	return slices.ContainsFunc(c.lines(), func(line string) bool { return strings.HasPrefix(line, "区民（") || line == again })
}

// lines are what is played.
func (c Conversation) lines() (lines []string) {
	for line := range strings.Lines(c.Talk()) {
		if strings.HasPrefix(line, "区民") || strings.HasPrefix(line, "（") {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	return lines
}

// Play plays the conversation and gives the talk that came of it.
func (c Conversation) Play(ctx context.Context, s Stage) (talk string, err error) {
	var b strings.Builder
	var m ward.Message
	offered := map[string]string{}
	for i, line := range c.lines() {
		fmt.Fprintf(&b, "%s\n", line)
		if direct, ok := s.Directions[line]; ok {
			direct()
			b.WriteString("\n")
			continue
		}
		if line != again {
			if m, err = message(line, offered); err != nil {
				return "", fmt.Errorf("play %s: %w", c.Name, err)
			}
			m.ID = strconv.Itoa(i + 1)
		}
		replies, err := s.Reply(ctx, m)
		if err != nil {
			return "", fmt.Errorf("play %s: %s: %w", c.Name, line, err)
		}
		for _, r := range replies {
			b.WriteString(transcript(r))
			for _, choice := range r.Choices {
				offered[choice.Label] = choice.Value
			}
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

// message is what a resident's line sends.
func message(line string, offered map[string]string) (m ward.Message, err error) {
	said := strings.TrimPrefix(line, "区民")
	if text, ok := strings.CutPrefix(said, "> "); ok {
		m.Text = text
		return m, nil
	}
	if sent, ok := strings.CutPrefix(said, "（"); ok {
		m.Content, ok = contents()[strings.TrimSuffix(sent, "）")]
		if m.Content == ward.Location {
			m.Place = ward.Place{Latitude: 35.7066, Longitude: 139.8683}
		}
		if ok {
			return m, nil
		}
	}
	label, picked, ok := strings.Cut(strings.TrimPrefix(said, "["), "]")
	value := offered[label]
	if !ok || value == "" {
		return m, fmt.Errorf("%s is no line to play, or was never offered", line)
	}
	m.Choice, m.Text = value, picked
	return m, nil
}

func contents() map[string]ward.Content {
	return map[string]ward.Content{"写真": ward.Image, "動画": ward.Video, "音声": ward.Audio, "ファイル": ward.File,
		"スタンプ": ward.Sticker, "位置": ward.Location, "友だち追加": ward.Joined}
}

// transcript writes a reply as ward staff read it.
func transcript(r ward.Reply) string {
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
