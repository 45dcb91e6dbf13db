package bot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot"
	"madoguchi/internal/wardtest"
	"madoguchi/ward"
)

func TestNewChecksOptions(t *testing.T) {
	if _, err := bot.New(bot.Options{}); err == nil {
		t.Error("a bot of nothing was made")
	}
	for name, set := range map[string]func(*bot.Options, string){
		"contact": func(o *bot.Options, u string) { o.Contact.URL = u },
		"site":    func(o *bot.Options, u string) { o.SiteURL = u },
		"terms":   func(o *bot.Options, u string) { o.TermsURL = u },
	} {
		o := newCounter(t).Options
		set(&o, "javascript:alert(1)")
		if _, err := bot.New(o); err == nil {
			t.Errorf("a page that is no page was taken for %s", name)
		}
	}
	o := newCounter(t).Options
	o.Contact, o.NewID, o.WardName, o.SiteURL, o.TermsURL = bot.Contact{}, nil, "", "", ""
	b, err := bot.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"こんにちは": "区の手続き", "意見があります": "区役所の窓口へ", "住民税": "住民税"} {
		if replies, err := b.Reply(t.Context(), ward.Message{Text: text}); err != nil || !strings.Contains(replies[0].Text, want) {
			t.Errorf("%q: %v, %v", text, replies, err)
		}
	}
	replies, err := b.Reply(t.Context(), ward.Message{Content: ward.Joined})
	if err != nil || len(replies) != 3 || replies[0].Source != nil || replies[2].Source != nil || strings.Contains(replies[2].Text, "ページ") {
		t.Errorf("a greeting without pages leads to some: %v, %v", replies, err)
	}
}

func TestOddMessages(t *testing.T) {
	words := newVocabulary(t, wardtest.Mihon())
	for name, c := range map[string]struct {
		m    ward.Message
		want string
	}{
		"empty":              {ward.Message{}, "読み取れません"},
		"unknown content":    {ward.Message{Content: "hologram"}, "読み取れません"},
		"number of nothing":  {ward.Message{Text: "７"}, "その番号は"},
		"nothing to resume":  {ward.Message{Text: "続ける"}, "もう使えません"},
		"blank":              {ward.Message{Text: " \n　\t"}, "読み取れません"},
		"emoji":              {ward.Message{Text: "😀👨‍👩‍👧"}, "読み取れません"},
		"control characters": {ward.Message{Text: "\x00\x1b\u202e"}, "読み取れません"},
		"invalid UTF-8":      {ward.Message{Text: "\xff\xfe"}, "読み取れません"},
		"markup":             {ward.Message{Text: "<script>alert(1)</script>"}, "見つかりません"},
		"SQL":                {ward.Message{Text: "'; DROP TABLE session; --"}, "見つかりません"},
		"301 characters":     {ward.Message{Text: strings.Repeat("あ", ward.MaxQuestion+1)}, "300文字"},
		"100 kB":             {ward.Message{Text: strings.Repeat("ア", 33_000)}, "300文字"},
		"10 MB of blanks":    {ward.Message{Text: strings.Repeat(" ", 10<<20)}, "300文字"},
		"no choice of ours":  {ward.Message{Choice: "はい"}, "もう使えません"},
		"other format":       {ward.Message{Choice: "0:answer.doc:0.0.0.p1"}, "もう使えません"},
		"unknown step":       {ward.Message{Choice: "1:answer.delete:p1"}, "もう使えません"},
		"unknown document":   {ward.Message{Choice: "1:answer.doc:0.0.0.nobody"}, "もう使えません"},
		"no document":        {ward.Message{Choice: "1:answer.doc:0.0.0."}, "もう使えません"},
		"negative place":     {ward.Message{Choice: "1:answer.doc:-1.0.0.p1"}, "もう使えません"},
		"place beyond text":  {ward.Message{Choice: "1:answer.doc:zzzz.zz.0.p1"}, "14日以内"},
		"unknown answer":     {ward.Message{Choice: "1:answer.yes:n99"}, "もう使えません"},
		"unknown question":   {ward.Message{Choice: "1:answer.none:n99"}, "もう使えません"},
		"unknown category":   {ward.Message{Choice: "1:browse.level:00000000.0"}, "もう使えません"},
		"page 9 of the top":  {ward.Message{Choice: "1:browse.level:.9"}, "もう使えません"},
		"too deep":           {ward.Message{Choice: "1:browse.level:" + strings.Repeat("0", 8*20) + ".0"}, "もう使えません"},
		"too long":           {ward.Message{Choice: "1:answer.doc:0.0.0." + strings.Repeat("x", 400)}, "もう使えません"},
	} {
		t.Run(name, func(t *testing.T) {
			replies := newCounter(t).reply(t, c.m)
			if !strings.Contains(replies[0].Text, c.want) {
				t.Errorf("got %q, want %q in it", replies[0].Text, c.want)
			}
			words.check(t, replies)
		})
	}
}

func TestCommandsInEverySpelling(t *testing.T) {
	for want, words := range map[string][]string{
		"ここで終わります":     {"やめる", "止める", "ヤメル", "キャンセル", "終了。"},
		"知りたいことを文で書くか": {"メニュー", "めにゅー", "ﾒﾆｭｰ", "ＭＥＮＵ", "はじめから", "初めから", "最初から", "もどる", "戻る！"},
		"ふだんの言葉で":      {"使い方", "つかいかた", "ヘルプ", "help"},
		"どの分類を見ますか":    {"分類から探す", "カテゴリー"},
		"窓口を、ご案内します":   {"お問い合わせ"},
	} {
		for _, word := range words {
			if got := newCounter(t).reply(t, ward.Message{Text: word})[0].Text; !strings.Contains(got, want) {
				t.Errorf("%q got %q, want %q in it", word, got, want)
			}
		}
	}
}

func TestOpinionsAndQuestionsAboutThem(t *testing.T) {
	for text, opinion := range map[string]bool{
		"職員の態度が悪い": true, "区長に伝えてください": true, "公園を改善してほしい": true, "意見があります": true,
		"意見公募の出し方": false, "苦情の窓口はどこですか": false, "苦情を言いたいのですがどこに言えばいいですか": false, "咳がひどい": false,
	} {
		if got := newCounter(t).reply(t, ward.Message{Text: text})[0].Text; strings.Contains(got, "お返事もできません") != opinion {
			t.Errorf("%q got %q", text, got)
		}
	}
}

// A store that is away, that lies or that is full of somebody else's data costs
// a resident the thread of the talk, never the answer.
func TestSessionNotUnderstood(t *testing.T) {
	words := newVocabulary(t, wardtest.Mihon())
	for _, stored := range []string{"", "{", "[]", `{"format":99}`, `{"format":1,"places":["1:counter.back:","1:counter.back:"]}`, "null", `{"format":1,"said":[{}],"form":{"step":"answer.doc","until":1e12}}`, `{"format":1,"form":{"step":"gone.step","until":9999999999}}`, `{"format":1,"form":{}}`} {
		c := newCounter(t)
		c.reply(t, ward.Message{Text: "粗大ごみ"})
		c.Sessions.Replace([]byte(stored))
		for _, text := range []string{"もどる", "住民税"} {
			words.check(t, c.reply(t, ward.Message{Text: text}))
		}
	}
}

func TestDeskAway(t *testing.T) {
	c := newCounter(t)
	c.Desk.Fail(errors.New("disk full"))
	if got := c.reply(t, ward.Message{Text: "ドローン"})[0].Text; !strings.Contains(got, "見つかりません") {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(c.log.String(), "not recorded") {
		t.Error("nobody is told that the question was not recorded")
	}
}

func TestStopForgets(t *testing.T) {
	c := newCounter(t)
	c.reply(t, ward.Message{Text: "粗大ごみ"})
	c.reply(t, ward.Message{Text: "やめる"})
	if stored := c.Sessions.Stored(); len(stored) > 0 {
		t.Errorf("still stored: %s", stored)
	}
}

// やめる again after a crash is answered as before; nothing else is kept.
func TestStopKeepsNothingButItself(t *testing.T) {
	c := newCounter(t)
	c.reply(t, ward.Message{ID: "1", Text: "粗大ごみ"})
	first := c.reply(t, ward.Message{ID: "2", Text: "やめる"})
	if stored := fmt.Sprintf("%s", c.Sessions.Stored()); strings.Contains(stored, "粗大") || strings.Contains(stored, "p2") {
		t.Errorf("still stored: %s", stored)
	}
	if diff := cmp.Diff(first, c.reply(t, ward.Message{ID: "2", Text: "やめる"})); diff != "" {
		t.Error(diff)
	}
}

func TestForget(t *testing.T) {
	c := newCounter(t)
	c.reply(t, ward.Message{ID: "1", Text: "ドローンの置き場所"})
	if u := c.Desk.Unanswered(); len(u) != 1 || u[0].MessageID != "1" {
		t.Errorf("recorded %v, which the message cannot be told from", u)
	}
	if err := c.Forget(t.Context(), "somebody else"); err != nil || len(c.Sessions.Stored()) != 1 {
		t.Errorf("%v, left %s", err, c.Sessions.Stored())
	}
	if err := c.Forget(t.Context(), "resident"); err != nil || len(c.Sessions.Stored()) != 0 {
		t.Errorf("%v, left %s", err, c.Sessions.Stored())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Forget(ctx, "resident"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want cancelled", err)
	}
}

// What came of a message is said and recorded again as it was, even if nobody
// got to the records or the counter has changed its mind since; only the last
// messages are kept.
func TestSameMessageAgain(t *testing.T) {
	c := newCounter(t)
	down := errors.New("killed before it was recorded")
	c.Desk.Fail(down)
	question := ward.Message{ID: "m", Text: "電話090-1234-5678のドローン"}
	first := c.reply(t, question)
	c.Desk.Fail(nil)
	c.Site.Fail(down)
	before := fmt.Sprintf("%s", c.Sessions.Stored())
	for range 2 {
		if diff := cmp.Diff(first, c.reply(t, question)); diff != "" {
			t.Error(diff)
		}
	}
	if after := fmt.Sprintf("%s", c.Sessions.Stored()); after != before || strings.Contains(after, "090") {
		t.Errorf("it moved something: %s", after)
	}
	want := []ward.Unanswered{{Text: "電話〔電話番号〕のドローン", Channel: ward.LINE, Verdict: ward.Nothing, At: c.Now(), MessageID: "m"}}
	if diff := cmp.Diff(want, c.Desk.Unanswered()); diff != "" {
		t.Error(diff)
	}
	for i := range 50 {
		c.reply(t, ward.Message{ID: fmt.Sprint(i), Text: "メニュー"})
	}
	if stored := c.Sessions.Stored(); len(stored[0]) > 4096 || strings.Contains(string(stored[0]), `"id":"m"`) {
		t.Errorf("%d bytes are kept of 50 messages: %s", len(stored[0]), stored[0])
	}
	if got := c.reply(t, question)[len(first)-1].Text; got == first[len(first)-1].Text {
		t.Error("the search is away: the answer can only be an old one")
	}
}

// The same id from another resident, or none at all, is another message.
func TestAnotherMessage(t *testing.T) {
	c := newCounter(t)
	said := func(r ward.Resident, id, text string) string {
		replies, err := c.Reply(t.Context(), ward.Message{ID: id, Channel: ward.LINE, Resident: r, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return replies[0].Text
	}
	said("a", "1", "粗大ごみ")
	said("a", "", "はじめから")
	if got := said("a", "1", "ありがとう"); !strings.HasPrefix(got, "粗大ごみは") {
		t.Errorf("got %q, want what was said before はじめから", got)
	}
	said("a", "", "メニュー")
	for _, got := range []string{said("b", "1", "ありがとう"), said("a", "2", "ありがとう"), said("a", "", "ありがとう")} {
		if !strings.Contains(got, "どういたしまして") {
			t.Errorf("got %q", got)
		}
	}
}

// A vote tells which message its question came with.
func TestVoteNamesTheMessage(t *testing.T) {
	c := newCounter(t)
	c.reply(t, ward.Message{ID: "question", Text: "粗大ごみ"})
	c.reply(t, ward.Message{ID: "tap", Choice: c.offered["いいえ"]})
	if f, u := c.Desk.Feedback(), c.Desk.Unanswered(); len(f) != 1 || f[0].MessageID != "question" || len(u) != 1 || u[0].MessageID != "question" {
		t.Errorf("recorded %v and %v", f, u)
	}
}

// While there is no index each question is no error of its own.
func TestIndexAwayIsNoError(t *testing.T) {
	for _, test := range []struct {
		err   error
		level string
	}{
		{&ward.Error{Kind: ward.Unavailable, Message: "索引がまだありません"}, "WARN"},
		{&ward.Error{Kind: ward.NotFound, Message: "?"}, "ERROR"},
		{errors.New("disk"), "ERROR"},
	} {
		c := newCounter(t)
		c.Site.Fail(test.err)
		if got := c.reply(t, ward.Message{Text: "粗大ごみ"})[0].Text; !strings.Contains(got, "今、お答えすることができません") {
			t.Errorf("%v: got %q", test.err, got)
		}
		if log := c.log.String(); strings.Count(log, "level=") != 1 || !strings.Contains(log, "level="+test.level) {
			t.Errorf("%v: logged %s", test.err, log)
		}
	}
}

// A vote that cannot be stored with the session is still recorded, and once.
func TestVoteWhileSessionsAreReadOnly(t *testing.T) {
	c := newCounter(t)
	c.reply(t, ward.Message{Text: "粗大ごみ"})
	c.Sessions.Fail(nil, errors.New("read only"))
	c.reply(t, ward.Message{Choice: c.offered["いいえ"]})
	if u, f := c.Desk.Unanswered(), c.Desk.Feedback(); len(u) != 1 || len(f) != 1 {
		t.Errorf("recorded %v and %v", u, f)
	}
}

func TestFollowUps(t *testing.T) {
	for text, follows := range map[string]bool{
		"料金は？": true, "持ち物は": true, "いつまで": true, "じゃあ、どこでできますか？": true, "いくらかかりますか": true, "代理人でもできますか": true,
		"郵送はできる？": true, "必要なものは何ですか": true, "土日もやっていますか": true, "何ですか": false, "図書館の場所": false, "ドローン": false,
	} {
		c := newCounter(t)
		c.Site.Entries = slices.DeleteFunc(c.Site.Entries, func(e wardtest.Entry) bool { return e.ID != "p2" })
		c.reply(t, ward.Message{Text: "粗大ごみ"})
		if got := c.reply(t, ward.Message{Text: text})[0].Text; strings.HasPrefix(got, "粗大ごみは") != follows {
			t.Errorf("%q got %q", text, got)
		}
	}
}

// A follow-up that only finds what is being shown offers it among others.
func TestFollowUpThatFindsTheSame(t *testing.T) {
	c := newCounter(t)
	for i := range c.Site.Entries {
		if c.Site.Entries[i].ID == "p2" {
			c.Site.Entries[i].Words = []string{"粗大ごみ", "出し方"}
		}
	}
	c.reply(t, ward.Message{Text: "粗大ごみ"})
	got := c.reply(t, ward.Message{Text: "手数料は？"})[0].Choices
	if len(got) != 4 || got[0].Label != "粗大ごみの出し方" {
		t.Errorf("offered %v", got)
	}
}

func TestFollowUpThatFindsNothing(t *testing.T) {
	c := newCounter(t)
	c.Site.Entries = []wardtest.Entry{{Document: ward.Document{ID: "x", URL: wardtest.Origin, Title: "花火大会", Text: "8月です。", Kind: ward.Page}, Words: []string{"はなび"}}}
	c.reply(t, ward.Message{Text: "はなび"})
	c.reply(t, ward.Message{Text: "料金は？"})
	if got := c.Desk.Unanswered(); len(got) != 1 || got[0].Text != "花火大会 料金は？" {
		t.Errorf("recorded %v, want the question with what it was about", got)
	}
}

func TestHomeIsTheTop(t *testing.T) {
	c := newCounter(t)
	for i := range c.Site.Entries {
		if c.Site.Entries[i].Category[0] != "税" {
			c.Site.Entries[i].Category = append([]string{"トップページ"}, c.Site.Entries[i].Category...)
		}
	}
	labels := func(m ward.Message) (out []string) {
		for _, choice := range c.reply(t, m)[0].Choices {
			out = append(out, choice.Label)
		}
		return out
	}
	top := []string{"くらし", "子育て", "防災", "公園", "税", "メニュー"}
	if diff := cmp.Diff(top, labels(ward.Message{Text: "分類"})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"届出", "証明", "ごみ", "一つ上の分類", "メニュー"}, labels(ward.Message{Text: "くらし"})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(top, labels(ward.Message{Text: "一つ上の分類"})); diff != "" {
		t.Error(diff)
	}
}

// Of several parts of one page the best is offered, the page's other parts only
// where there is no other page.
func TestOnePageOnce(t *testing.T) {
	c := newCounter(t)
	for i := range c.Site.Entries {
		if id := c.Site.Entries[i].ID; id == "p2" || id == "q1" || id == "q2" {
			c.Site.Entries[i].Words = []string{"住民票"}
		}
	}
	want := []string{"転入届は代理人でもできますか。", "転入届に手数料はかかりますか。", "住民票の写しの請求", "粗大ごみの出し方", "どれでもない"}
	var got []string
	for _, choice := range c.reply(t, ward.Message{Text: "住民票"})[0].Choices {
		got = append(got, choice.Label)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFiveCandidates(t *testing.T) {
	c := newCounter(t)
	for i := range c.Site.Entries {
		c.Site.Entries[i].Words = []string{"区"}
	}
	if got := c.reply(t, ward.Message{Text: "区"})[0].Choices; len(got) != 6 || got[5].Label != "どれでもない" {
		t.Errorf("offered %v", got)
	}
}

func TestCancelled(t *testing.T) {
	c := newCounter(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Reply(ctx, ward.Message{Text: "粗大ごみ"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want cancelled", err)
	}
	if len(c.Desk.Unanswered())+len(c.Sessions.Stored()) > 0 {
		t.Error("a cancelled message left something behind")
	}
}

// Of many messages of one resident at once, all are answered, none is recorded
// twice and what is stored can be read.
func TestOneResidentAtOnce(t *testing.T) {
	const messages = 24
	c := newCounter(t)
	o := c.Options
	o.NewID, o.Now = nil, time.Now
	b, err := bot.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.Bot = b
	var wg sync.WaitGroup
	for i := range messages {
		wg.Go(func() {
			m := ward.Message{Channel: ward.Web, Resident: "r", Text: fmt.Sprintf("ドローン%d", i)}
			if replies, err := b.Reply(t.Context(), m); err != nil || len(replies) != 1 {
				t.Errorf("%v, %v", replies, err)
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, u := range c.Desk.Unanswered() {
		seen[u.Text]++
	}
	for i := range messages {
		if text := fmt.Sprintf("ドローン%d", i); seen[text] != 1 {
			t.Errorf("%s was recorded %d times", text, seen[text])
		}
	}
	if stored := c.Sessions.Stored(); len(stored) != 1 || !strings.Contains(string(stored[0]), "ドローン") {
		t.Errorf("stored %q", stored)
	}
}

// conflicting lets another message come first the given number of times.
type conflicting struct {
	bot.Sessions
	times int
}

func (s *conflicting) CompareAndSwap(ctx context.Context, key string, value []byte, version int64, ttl time.Duration) error {
	if s.times--; s.times >= 0 {
		return &ward.Error{Kind: ward.Conflict}
	}
	return s.Sessions.CompareAndSwap(ctx, key, value, version, ttl)
}

func TestConflicts(t *testing.T) {
	for times, votes := range map[int]bool{0: true, 3: true, 4: false} {
		c := newCounter(t)
		o := c.Options
		o.Sessions = &conflicting{c.Sessions, times}
		b, err := bot.New(o)
		if err != nil {
			t.Fatal(err)
		}
		replies, err := b.Reply(t.Context(), ward.Message{Text: "粗大ごみ"})
		if err != nil || !strings.Contains(replies[0].Text, "粗大ごみ") {
			t.Fatalf("%d conflicts: %v, %v", times, replies, err)
		}
		if got := len(replies) == 2; got != votes {
			t.Errorf("%d conflicts: はい/いいえ offered: %v, want %v", times, got, votes)
		}
	}
}

// TestWalks talks at random and checks everything that is said and kept.
func TestWalks(t *testing.T) {
	secrets := []string{"090-1234-5678", "山田太郎", "見本町1-2-3", "taro@mihon.example.jp"}
	typed := []string{"引っ越し", "住民票", "その他", "住民税", "ハザードマップ", "料金は？", "いつまで", "もどる", "はじめから", "メニュー", "やめる", "使い方",
		"はい", "いいえ", "1", "２", "９", "ありがとう", "ドローン", "😀", "", "分類", "態度が悪い", strings.Repeat("長", 400),
		"山田太郎です。住民票", "電話090-1234-5678", "見本町1-2-3の街灯", "taro@mihon.example.jpに送って"}
	sent := []ward.Content{ward.Joined, ward.Image, ward.Video, ward.Audio, ward.File, ward.Sticker, ward.Location}
	rnd := rand.New(rand.NewPCG(7, 7))
	words := newVocabulary(t, wardtest.Mihon())
	for range 150 {
		c := newCounter(t)
		var offered []string
		for range 12 {
			m := ward.Message{Text: typed[rnd.IntN(len(typed))]}
			switch {
			case len(offered) > 0 && rnd.IntN(3) > 0:
				m = ward.Message{Choice: offered[rnd.IntN(len(offered))]}
			case rnd.IntN(5) == 0:
				m = ward.Message{Content: sent[rnd.IntN(len(sent))]}
			}
			m.ID = fmt.Sprint(rnd.IntN(12))
			replies := c.reply(t, m)
			words.check(t, replies)
			for _, choice := range replies[len(replies)-1].Choices {
				offered = append(offered, choice.Value)
			}
		}
		kept := fmt.Sprintf("%s %v %v %s", c.Sessions.Stored(), c.Desk.Unanswered(), c.Desk.Feedback(), c.log.String())
		for _, s := range secrets {
			if strings.Contains(kept, s) {
				t.Errorf("kept or logged: %s in %s", s, kept)
			}
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add("引っ越し", "", "")
	f.Add("", "1:browse.level:.0", "sticker")
	f.Add("", "1:answer.doc:0.0.0.p1", "location")
	f.Add("もどる", "1:answer.yes:n2", "joined")
	f.Add("２", "1:counter.resume:", "?")
	words := newVocabulary(f, wardtest.Mihon())
	f.Fuzz(func(t *testing.T, text, choice, content string) {
		c := newCounter(t)
		words.check(t, c.reply(t, ward.Message{Text: "住民税"}))
		words.check(t, c.reply(t, ward.Message{Text: text}))
		words.check(t, c.reply(t, ward.Message{Choice: choice}))
		words.check(t, c.reply(t, ward.Message{Content: ward.Content(content), Text: text}))
		words.check(t, c.reply(t, ward.Message{Text: "もどる"}))
	})
}
