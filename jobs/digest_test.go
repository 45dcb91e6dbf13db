package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/jobs"
	"madoguchi/ward"
)

const sectionMail = "shimin@city.example.jp"

// post is a digest under test: its own store, clock and mails.
type post struct {
	t     *testing.T
	store *data.Store
	now   time.Time
	log   strings.Builder
	fixes []ward.Fix

	mu      sync.Mutex
	letters []ward.Letter
	outcome ward.DigestState // of every mail; "" is sent
	dies    bool             // the process dies after begin
	down    bool             // the server cannot be reached
}

func openPost(t *testing.T) *post {
	t.Helper()
	p := &post{t: t, now: time.Date(2026, 4, 3, 16, 0, 0, 0, time.FixedZone("JST", 9*60*60))} // a Friday
	var err error
	p.store, err = data.Open(t.Context(), data.Options{Dir: t.TempDir(), Now: func() time.Time { return p.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.store.Close() })
	by := ward.Staff{ID: "s", Role: ward.SystemManager}
	p.must(p.store.SaveDigestPlan(t.Context(), ward.DigestPlan{On: true, Day: time.Friday, Hour: 16}, by))
	p.must(p.store.SaveDigestAddress(t.Context(), ward.DigestAddress{Section: "市民課", Mails: []string{sectionMail}}, by))
	p.must(p.store.SaveDigestAddress(t.Context(), ward.DigestAddress{Section: "税務課", Mails: []string{"zei@city.example.jp"}}, by))
	p.change("r1", ward.AnswerChange{Document: "d", What: ward.AnswerText, URL: "https://www.city.example.jp/juminhyo", Title: "住民票の\r\nBcc: 写し", Section: "市民課"})
	return p
}

func (p *post) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// change keeps a run of an hour ago.
func (p *post) change(id string, c ...ward.AnswerChange) {
	p.t.Helper()
	r := ward.IndexRun{ID: id, Kind: ward.RunCrawl, By: ward.System(), Started: p.now.Add(-time.Hour), Finished: p.now.Add(-time.Hour)}
	p.must(p.store.BeginRun(p.t.Context(), r))
	p.must(p.store.FinishRun(p.t.Context(), r, c, []ward.SourceChange{{Fix: "f1", What: ward.AnswerText}}))
}

func (p *post) digest() *jobs.Digest {
	return jobs.NewDigest(jobs.DigestOptions{
		Store: p.store, PublicURL: "https://madoguchi.example.jp/", WardName: "見本区", Now: func() time.Time { return p.now },
		Fixes: func(context.Context) ([]ward.Fix, error) { return p.fixes, nil },
		Log:   slog.New(slog.NewTextHandler(&p.log, nil)), Send: p.send,
	})
}

func (p *post) send(ctx context.Context, l ward.Letter, begin func(context.Context) (bool, error)) (ward.DigestState, error) {
	if p.down {
		return ward.DigestWaiting, &ward.Error{Kind: ward.Unavailable, Message: "つながりません。"}
	}
	if ok, err := begin(ctx); err != nil || !ok {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	switch {
	case p.dies:
		return "", nil // what stands in the row then is what a kill leaves
	case p.outcome != "":
		return p.outcome, &ward.Error{Kind: ward.Unavailable, Message: "断られました。"}
	}
	return ward.DigestSent, nil
}

// tick looks after what is due after d has passed.
func (p *post) tick(d time.Duration) {
	p.now = p.now.Add(d)
	_ = p.digest().Once(p.t.Context()) // its errors are in the log
}

func (p *post) state(section string) string {
	p.t.Helper()
	all, err := p.store.Digests(p.t.Context(), "2026-04-03", 10)
	p.must(err)
	for _, d := range all {
		if d.Section == section && d.Week == "2026-04-03" {
			return fmt.Sprintf("%s %d %s", d.Shown(p.now), d.Tries, d.Reason)
		}
	}
	return ""
}

func (p *post) want(letters int, state string) {
	p.t.Helper()
	if len(p.letters) != letters || strings.TrimSpace(p.state("市民課")) != state {
		p.t.Errorf("%d letters, state %q; want %d, %q\n%s", len(p.letters), p.state("市民課"), letters, state, p.log.String())
	}
	if strings.Contains(p.log.String(), "@") {
		p.t.Errorf("an address in the log: %s", p.log.String())
	}
}

func TestDigest(t *testing.T) {
	p := openPost(t)
	p.fixes = []ward.Fix{
		{ID: "f1", Kind: ward.FixAnswer, State: ward.FixLive, Owner: "市民課", PageTitle: "印鑑登録", Review: "2027-01-01", Questions: []string{"住民のことば"}},
		{ID: "f2", Kind: ward.FixAnswer, State: ward.FixLive, Owner: "市民課", PageTitle: "転入届", Review: "2026-04-10"},
		{ID: "f3", Kind: ward.FixAnswer, State: ward.FixLive, Owner: "市民課", PageTitle: "まだ先", Review: "2026-12-01"},
		{ID: "f4", Kind: ward.FixAnswer, State: ward.FixLive, Owner: "防災課", PageTitle: "ほかの課", Review: "2026-04-10"},
	}
	p.now = p.now.Add(-time.Minute)
	p.tick(0) // last week's is too old
	p.want(0, "")
	p.tick(time.Minute)
	p.want(1, "sent 1")
	for range 3 {
		p.tick(time.Hour)
	}
	p.want(1, "sent 1")
	if got := p.state("税務課"); got != "nothing 1 " {
		t.Errorf("a section with nothing: %q", got)
	}
	l := p.letters[0]
	for _, want := range []string{"市民課のみなさま", "内容が変わった: 住民票の Bcc: 写し\n", "もとのページの内容が変わった: 「印鑑登録」", "見直す日 2026-04-10: 「転入届」",
		"https://madoguchi.example.jp/console/changes", "https://madoguchi.example.jp/console/fixes/f1", "5人未満"} {
		if !strings.Contains(l.Text, want) {
			t.Errorf("no %q in\n%s", want, l.Text)
		}
	}
	for _, no := range []string{"まだ先", "ほかの課", "住民のことば", "\r"} {
		if strings.Contains(l.Text, no) {
			t.Errorf("%q in\n%s", no, l.Text)
		}
	}
	if l.To[0] != sectionMail || !strings.Contains(l.Subject, "市民課") {
		t.Errorf("letter %+v", l)
	}
	p.tick(7 * 24 * time.Hour) // the change is older than a week by then, the review is still due
	p.want(2, "sent 1")
}

// Every process sees that it is due; one sends.
func TestDigestOfManyProcesses(t *testing.T) {
	p := openPost(t)
	d := p.digest()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _ = d.Once(t.Context()) })
	}
	wg.Wait()
	p.want(1, "sent 1")
}

// What was certainly not sent is tried again, later each time, and given up in
// the end.
func TestDigestIsTriedAgain(t *testing.T) {
	p := openPost(t)
	p.down = true
	p.tick(0)
	p.want(0, "waiting 1 つながりません。")
	p.tick(9 * time.Minute)
	p.want(0, "waiting 1 つながりません。")
	p.down, p.outcome = false, ward.DigestWaiting
	p.tick(time.Minute)
	p.want(1, "waiting 2 断られました。")
	for range 12 {
		p.tick(time.Hour)
	}
	p.want(5, "given-up 6 断られました。")
}

// A mail that was perhaps sent is not sent twice, also not when the process
// died before it could say so.
func TestDigestOfUnknownOutcome(t *testing.T) {
	for name, set := range map[string]func(*post){
		"unknown": func(p *post) { p.outcome = ward.DigestUnknown },
		"killed":  func(p *post) { p.dies = true },
	} {
		t.Run(name, func(t *testing.T) {
			p := openPost(t)
			set(p)
			p.tick(0)
			p.outcome, p.dies = "", false
			for range 30 {
				p.tick(time.Hour)
			}
			if len(p.letters) != 1 || !strings.HasPrefix(p.state("市民課"), "unknown 1") {
				t.Errorf("%d letters, state %q", len(p.letters), p.state("市民課"))
			}
		})
	}
}

// Nothing is sent while staff have not said when.
func TestDigestOff(t *testing.T) {
	p := openPost(t)
	p.must(p.store.SaveDigestPlan(t.Context(), ward.DigestPlan{Day: time.Friday, Hour: 16, Version: 1}, ward.Staff{Role: ward.SystemManager}))
	p.tick(0)
	p.want(0, "")
}
