package line_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"madoguchi/bot/line"
	"madoguchi/internal/wardtest/lineapi"
	"madoguchi/ward"
)

var update = flag.Bool("update", false, "accept what is rendered")

// TestRender renders the replies of each file into its messages.
func TestRender(t *testing.T) {
	check := lineapi.Checker(t)
	files, err := filepath.Glob("testdata/render/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var replies []ward.Reply
			if err := json.Unmarshal(a.Files[0].Data, &replies); err != nil {
				t.Fatal(err)
			}
			sendable(t, check, line.Render(replies))
			var got bytes.Buffer
			if err := json.Indent(&got, line.Render(replies), "", " "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "messages.json", Data: got.Bytes()})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got.String()); diff != "" {
				t.Errorf("rendered otherwise (-want +got), -update to accept:\n%s", diff)
			}
		})
	}
}

// sendable checks messages as LINE would, in a reply.
func sendable(t testing.TB, check func(*http.Request) error, messages []byte) {
	t.Helper()
	if err := refused(t, check, messages); err != nil {
		t.Errorf("LINE would refuse: %v\n%.3000s", err, messages)
	}
}

func refused(t testing.TB, check func(*http.Request) error, messages []byte) error {
	t.Helper()
	body := fmt.Sprintf(`{"replyToken":"t","messages":%s}`, messages)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1/v2/bot/message/reply", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer t")
	return check(req)
}

// shown is what is read of rendered messages.
type shown struct {
	Type, Text, AltText string
	Contents            json.RawMessage
	QuickReply          *struct{ Items []json.RawMessage }
}

func show(t testing.TB, messages []byte) (all []shown) {
	t.Helper()
	if err := json.Unmarshal(messages, &all); err != nil {
		t.Fatalf("%v: %s", err, messages)
	}
	return all
}

func TestNothingToSay(t *testing.T) {
	for _, replies := range [][]ward.Reply{nil, {{}}, {{Text: " \n　"}, {}}, {{Source: &ward.Source{}}}} {
		if got := line.Render(replies); got != nil {
			t.Errorf("%v: %s", replies, got)
		}
	}
}

// TestLongText: a long text is cut at ends of sentences and nothing is lost.
func TestLongText(t *testing.T) {
	sentence := "第一条、区民は「窓口。」に行く😀。"
	text := strings.Repeat(sentence, 600)
	all := show(t, line.Render([]ward.Reply{{Text: text}}))
	var again strings.Builder
	for i, m := range all {
		again.WriteString(m.Text)
		if n := len(utf16.Encode([]rune(m.Text))); n > 5000 || n < 4900 && i < 2 || !strings.HasSuffix(m.Text, sentence) {
			t.Errorf("%d units, ends in %q", n, strings.ToValidUTF8(m.Text[len(m.Text)-30:], ""))
		}
	}
	if len(all) != 3 || again.String() != text {
		t.Errorf("%d messages; something is lost", len(all))
	}
}

// TestCharactersStayWhole: without ends of sentences, no character is cut, and
// one that is longer than a message is.
func TestCharactersStayWhole(t *testing.T) {
	check := lineapi.Checker(t)
	family := "👨‍👩‍👧‍👦"
	for i, m := range show(t, line.Render([]ward.Reply{{Text: strings.Repeat(family, 1000)}})) {
		if strings.ReplaceAll(m.Text, family, "") != "" {
			t.Errorf("message %d holds a part of a family", i)
		}
	}
	endless := line.Render([]ward.Reply{{Text: "か" + strings.Repeat("\u3099", 9000)}})
	if sendable(t, check, endless); len(show(t, endless)) != 2 {
		t.Errorf("%d messages", len(show(t, endless)))
	}
}

// TestTooMuch: what does not fit is left out in the middle, and said to be; the
// choices at the end stay.
func TestTooMuch(t *testing.T) {
	check := lineapi.Checker(t)
	var replies []ward.Reply
	for i := range 8 {
		replies = append(replies, ward.Reply{Text: strings.Repeat("字", 4000), Source: &ward.Source{Title: fmt.Sprint("ページ", i), URL: "https://example.jp/"}})
	}
	replies = append(replies, ward.Reply{Text: "どれですか。", Choices: []ward.Choice{{Label: "あ", Value: "1"}}})
	rendered := line.Render(replies)
	sendable(t, check, rendered)
	all := show(t, rendered)
	if len(all) != line.MaxMessages || !strings.HasSuffix(all[3].Text, "…") || !strings.Contains(all[4].Text, "1. あ") || all[4].QuickReply == nil {
		t.Errorf("%d messages: %.9000s", len(all), rendered)
	}
}

func TestManyShortReplies(t *testing.T) {
	var replies []ward.Reply
	for i := range 9 {
		replies = append(replies, ward.Reply{Text: fmt.Sprint("返事", i), Source: &ward.Source{Title: "題", URL: "https://example.jp/区"}})
	}
	all := show(t, line.Render(replies))
	if len(all) != 1 || !strings.Contains(all[0].Text, "返事0\n\n題\nhttps://example.jp/%E5%8C%BA\n\n返事1") || !strings.Contains(all[0].Text, "返事8") {
		t.Errorf("rendered: %v", all)
	}
}

// TestAddresses: LINE takes http, https and tel, percent-encoded, up to 1,000
// characters; where it would refuse, there is no button.
func TestAddresses(t *testing.T) {
	check := lineapi.Checker(t)
	for address, want := range map[string]string{
		"https://example.jp/a?b=c#d":         "https://example.jp/a?b=c#d",
		"https://example.jp/区 役所?q=区|#節":     "https://example.jp/%E5%8C%BA%20%E5%BD%B9%E6%89%80?q=%E5%8C%BA%7C#%E7%AF%80",
		"https://example.jp/%E5%8C%BA?q=%e5": "https://example.jp/%E5%8C%BA?q=%e5",
		"https://example.jp/?q=100%":         "https://example.jp/?q=100%25",
		"http://127.0.0.1:8080/kurashi":      "http://127.0.0.1:8080/kurashi",
		"https://例え.jp/":                     "",
		"javascript:alert(1)":                "",
		"//example.jp/":                      "",
		"/kurashi":                           "",
		"%":                                  "",
		"https://example.jp/" + strings.Repeat("a", 1000): "",
	} {
		rendered := line.Render([]ward.Reply{{Text: "答え。", Source: &ward.Source{Title: "題", URL: address}}})
		sendable(t, check, rendered)
		var quoted bytes.Buffer
		json.HTMLEscape(&quoted, []byte(`"uri":"`+want+`"`))
		if want == "" && bytes.Contains(rendered, []byte(`"uri"`)) || want != "" && !bytes.Contains(rendered, quoted.Bytes()) {
			t.Errorf("%.60q: %s", address, rendered)
		}
	}
	for phone, want := range map[string]string{"03-1234-5678": "tel:0312345678", "（03）1234": "tel:031234", "内線なし": "", "1": "", strings.Repeat("1", 16): ""} {
		rendered := string(line.Render([]ward.Reply{{Text: "答え。", Source: &ward.Source{Phone: phone}}}))
		if want == "" && strings.Contains(rendered, `"uri"`) || want != "" && !strings.Contains(rendered, want) {
			t.Errorf("%q: %s", phone, rendered)
		}
	}
}

// TestChoicesLINECannotCarry: a choice is never lost; one whose value is too
// long is said by its label.
func TestChoicesLINECannotCarry(t *testing.T) {
	check := lineapi.Checker(t)
	rendered := line.Render([]ward.Reply{{Text: "どれですか。", Choices: []ward.Choice{
		{Label: "長い", Value: strings.Repeat("a", 301)}, {Label: "ない"}, {Label: "壊れた", Value: "\xff"}, {Label: "", Value: "1"}, {Label: "一\n二", Value: "2"},
	}}})
	sendable(t, check, rendered)
	for _, want := range []string{`{"type":"message","label":"長い","text":"長い"}`, `{"type":"message","label":"ない","text":"ない"}`, `"text":"壊れた"`,
		`"label":"4","data":"1"`, `"label":"一 二"`, `3. 壊れた\n4.`} {
		if !fieldsIn(rendered, want) {
			t.Errorf("no %s in %s", want, rendered)
		}
	}
}

// fieldsIn tells whether every field of the object want stands in rendered.
func fieldsIn(rendered []byte, want string) bool {
	for f := range strings.SplitSeq(strings.Trim(want, "{}"), `","`) {
		if !bytes.Contains(rendered, []byte(strings.Trim(f, `"`))) {
			return false
		}
	}
	return true
}

// stranger makes texts that are hard on limits.
type stranger struct{ *rand.Rand }

func (s stranger) text(most int) string {
	parts := []string{"字", "あ。", "a", " ", "\n", "😀", "👨‍👩‍👧‍👦", "か\u3099", "&", "<", "\u2028", "\x00", "\xff", "「", "」", "？", "🇯🇵", "\u200d", "\u0300\u0301\u0302", "𠮷", "　", "\r\n", "\ufffd"}
	var b strings.Builder
	favourite := parts[s.IntN(len(parts))]
	for range s.IntN(most + 1) {
		if s.IntN(3) > 0 {
			b.WriteString(favourite)
		} else {
			b.WriteString(parts[s.IntN(len(parts))])
		}
	}
	return b.String()
}

func (s stranger) replies() (replies []ward.Reply) {
	for range s.IntN(7) {
		r := ward.Reply{Text: s.text([]int{3, 60, 700, 12000}[s.IntN(4)])}
		for range []int{0, 0, 2, 4, 10, 20}[s.IntN(6)] {
			r.Choices = append(r.Choices, ward.Choice{Label: s.text([]int{4, 20, 60}[s.IntN(3)]), Value: s.text([]int{1, 100, 320}[s.IntN(3)])})
		}
		if s.IntN(2) == 0 {
			r.Source = &ward.Source{Title: s.text(300), URL: "https://example.jp/" + s.text(400), Updated: s.text(12), Section: s.text(200), Phone: s.text(20) + "03-1234-5678"}
		}
		replies = append(replies, r)
	}
	return replies
}

// TestLimits: whatever the replies are, LINE takes what is rendered, and the
// same replies give the same bytes.
func TestLimits(t *testing.T) {
	check := lineapi.Checker(t)
	rendered := 0
	for seed := range uint64(100) {
		replies := stranger{rand.New(rand.NewPCG(seed, 0))}.replies()
		messages := line.Render(replies)
		if messages == nil {
			continue
		}
		rendered++
		if err := refused(t, check, messages); err != nil {
			t.Fatalf("seed %d: LINE would refuse: %.500v\n%.3000s", seed, err, messages)
		}
		for _, m := range show(t, messages) {
			if n := len(utf16.Encode([]rune(m.AltText))); n > 400 {
				t.Errorf("seed %d: alt text of %d", seed, n)
			}
		}
		if !bytes.Equal(messages, line.Render(replies)) {
			t.Errorf("seed %d: rendered otherwise the second time", seed)
		}
	}
	if rendered < 75 {
		t.Errorf("only %d rendered", rendered)
	}
}

// TestHeaviestBubble: every text of a bubble at its longest, in characters that
// JSON writes longest.
func TestHeaviestBubble(t *testing.T) {
	check := lineapi.Checker(t)
	heavy := strings.Repeat("&", 2000)
	choices := []ward.Choice{}
	for range 4 {
		choices = append(choices, ward.Choice{Label: heavy[:1] + strings.Repeat("&\u0301\u0302\u0303", 30), Value: heavy[:300]})
	}
	rendered := line.Render([]ward.Reply{
		{Text: heavy[:600], Source: &ward.Source{Title: heavy, URL: "https://example.jp/?" + heavy[:900], Updated: heavy, Section: heavy, Phone: heavy + "03-1234-5678"}},
		{Text: heavy[:100], Choices: choices},
	})
	sendable(t, check, rendered)
	all := show(t, rendered)
	if len(all) != 1 || all[0].Type != "flex" || !strings.Contains(string(all[0].Contents), "postback") {
		t.Errorf("not one bubble: %.500s", rendered)
	}
	if n := len(all[0].Contents); n < 20_000 {
		t.Errorf("only %d bytes: not the heaviest", n)
	}
}
