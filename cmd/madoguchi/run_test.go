package main

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/internal/wardtest"
	"madoguchi/jobs"
	"madoguchi/ward"
)

// openVillage is a counter of the village, with works whose background is run
// by the test.
func openVillage(t *testing.T, log *safeBuffer) (*village, *works, *[]func(context.Context)) {
	t.Helper()
	t.Chdir(t.TempDir())
	site := newVillage(t)
	var cfg config
	env := environment{func(string) string { return "" }, nil, log, log}
	if err := cfg.load(flag.NewFlagSet("serve", flag.ContinueOnError), env, []string{"--site-url", site.URL + "/", "--crawl-pdfs=false"}); err != nil {
		t.Fatal(err)
	}
	c, err := openCounter(t.Context(), &cfg, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	waiting := &[]func(context.Context){}
	return site, &works{counter: c, background: func(f func(context.Context)) { *waiting = append(*waiting, f) }}, waiting
}

// What the console has done to the index: one run at a time, each kept with what
// it changed.
func TestWorks(t *testing.T) {
	log := &safeBuffer{}
	site, w, waiting := openVillage(t, log)
	ctx, by := t.Context(), ward.Staff{ID: "s1", Role: ward.SystemManager}
	last := func(kind ward.RunKind, state ward.RunState, staff string) ward.IndexRun {
		t.Helper()
		runs, err := w.store.Runs(ctx, time.Time{}, 1)
		if err != nil || len(runs) != 1 || runs[0].Kind != kind || runs[0].State(time.Now()) != state || runs[0].By.Staff != staff {
			t.Fatalf("the last run is %+v, %v; want %s %s by %s\n%s", runs, err, kind, state, staff, log)
		}
		return runs[0]
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err, log)
		}
	}
	must(w.Start(ctx, ward.RunCrawl, by.Actor()))
	if err := w.Start(ctx, ward.RunReindex, by.Actor()); ward.KindOf(err) != ward.Conflict {
		t.Errorf("a second start: %v", err)
	}
	if err := w.Use(ctx, 1, by.Actor()); ward.KindOf(err) != ward.Conflict {
		t.Errorf("another index while one is made: %v", err)
	}
	if p := w.Progress(); !p.UnderWay || p.Kind != ward.RunCrawl {
		t.Errorf("progress %+v", p)
	}
	(*waiting)[0](ctx)
	first := last(ward.RunCrawl, ward.RunDone, "s1")
	if w.Progress().UnderWay || first.Generation != 1 || first.Changes.New != first.Documents || first.Documents < len(villagePages()) {
		t.Errorf("the first run: %+v", first)
	}
	fix, err := w.store.SaveFix(ctx, ward.Fix{Kind: ward.FixAnswer, Questions: []string{"公園は"}, Page: site.URL + "/0.html", Text: "どうぞ。", Owner: "公園課",
		Review: time.Now().AddDate(0, 6, 0).Format(time.DateOnly)}, by)
	must(err)

	site.silence(true)
	_, err = w.crawl(ctx, crawlOptions{})
	must(err)
	second := last(ward.RunCrawl, ward.RunDone, ward.SystemActor)
	if second.Before != 1 || second.Changes.Text != len(villagePages()) {
		t.Errorf("the second run: %+v", second)
	}
	changes, _, err := w.store.RunChanges(ctx, data.ChangeFilter{Run: second.ID}, 100, 0)
	if err != nil || len(changes) != second.Changes.Sum() {
		t.Errorf("changes %+v, %v", changes, err)
	}
	sources, err := w.store.SourceChanges(ctx, 10)
	if err != nil || len(sources) != 1 || sources[0].Fix != fix.ID || sources[0].What != ward.AnswerText {
		t.Errorf("sources %+v, %v", sources, err)
	}

	must(w.Use(ctx, 1, by.Actor()))
	if back := last(ward.RunRollback, ward.RunDone, "s1"); back.Before != 2 || back.Generation != 1 || back.Changes.Text != len(villagePages()) {
		t.Errorf("back: %+v", back)
	}
	if err := w.Use(ctx, 9, by.Actor()); ward.KindOf(err) != ward.NotFound {
		t.Errorf("an index that is not there: %v", err)
	}
	last(ward.RunRollback, ward.RunFailed, "s1")
	all, err := w.Generations(ctx)
	if err != nil || len(all) != 2 || all[0].Number != 2 || !all[1].Live {
		t.Errorf("generations %+v, %v", all, err)
	}
	owners, err := w.Owners(ctx)
	if err != nil || len(owners.Unowned) < len(villagePages()) {
		t.Errorf("owners %+v, %v", owners, err)
	}

	// The gate refuses: nothing changed for residents, and no golden's words go
	// into the records.
	write(t, "var", "goldens.tsv", "ひみつのことば図書館\t"+site.URL+"/1.html\nひみつのことば公園\t"+site.URL+"/0.html\n")
	must(w.Start(ctx, ward.RunCrawl, by.Actor()))
	(*waiting)[1](ctx)
	refused := last(ward.RunCrawl, ward.RunRefused, "s1")
	if refused.Changes.Sum() != 0 || refused.Judgement.Lost != 2 || refused.Error != "" {
		t.Errorf("refused: %+v", refused)
	}
	crawls, err := w.store.Crawls(ctx, 1)
	if err != nil || !strings.Contains(crawls[0].Kept, "使いません") || strings.Contains(crawls[0].Kept, "ひみつ") {
		t.Errorf("the crawl's record: %+v, %v", crawls, err)
	}
	entries, err := w.store.AuditAfter(ctx, 0, 100)
	must(err)
	var did []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Action, "fix") {
			did = append(did, e.Action+" by "+e.Actor.Staff)
		}
	}
	if got := strings.Join(did, ", "); got != "run-started by s1, run-started by s1, index-chosen by s1, run-started by s1, run-started by s1, index-refused by system" {
		t.Errorf("the audit: %s", got)
	}
}

// A schedule that staff set holds; without one that of the configuration.
func TestFollowedSchedule(t *testing.T) {
	_, w, _ := openVillage(t, &safeBuffer{})
	configured, err := jobs.ParseSchedule("30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	follow := w.follow(configured)
	by := ward.Staff{ID: "s1", Role: ward.SecurityManager}
	for i, c := range []struct{ set, want string }{{"0 4 * * *", "0 4 * * *"}, {"nonsense", "30 2 * * *"}, {"", "30 2 * * *"}} {
		if err := w.store.SaveSchedule(t.Context(), ward.Schedule{Cron: c.set, Version: int64(i)}, by); err != nil {
			t.Fatal(err)
		}
		if got := follow(t.Context()).String(); got != c.want {
			t.Errorf("set %q: %q holds, want %q", c.set, got, c.want)
		}
	}
	if _, err := w.Schedule("@every 1s"); ward.KindOf(err) != ward.Invalid {
		t.Errorf("every second: %v", err)
	}
}

// The doctor says when there is nobody to send the digest.
func TestDoctorOfMail(t *testing.T) {
	_, w, _ := openVillage(t, &safeBuffer{})
	ctx, by := t.Context(), ward.Staff{ID: "s1", Role: ward.SystemManager}
	says := func() string {
		var all []string
		for _, f := range w.cfg.examineMail(ctx, w.store) {
			all = append(all, f.text)
		}
		return strings.Join(all, "\n")
	}
	if got := says(); got != "" {
		t.Errorf("without addresses: %s", got)
	}
	for _, err := range []error{
		w.store.SaveDigestAddress(ctx, ward.DigestAddress{Section: "市民課", Mails: []string{"a@city.example.jp"}}, by),
		w.store.SaveDigestPlan(ctx, ward.DigestPlan{On: true, Day: time.Monday, Hour: 9}, by),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := says(); !strings.Contains(got, "MADOGUCHI_SMTP_URL") || !strings.Contains(got, "MADOGUCHI_PUBLIC_URL") {
		t.Errorf("without a server: %s", got)
	}
	server := wardtest.StartSMTP(t)
	w.cfg.smtpURL, w.cfg.mailFrom, w.cfg.publicURL = secret(server.URL()), "counter@city.example.jp", "https://x.example"
	if got := says(); got != "" {
		t.Errorf("with a server: %s", got)
	}
	server.Stop()
	if got := says(); !strings.Contains(got, "お知らせを送れません") {
		t.Errorf("with a server that is away: %s", got)
	}
}

// Nobody who is not signed in starts a run.
func TestConsoleStartsNothingForStrangers(t *testing.T) {
	_, w, waiting := openVillage(t, &safeBuffer{})
	w.counter.works = w
	h, err := w.handler(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/console/index/start", strings.NewReader("kind=crawl"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	if got := answer.Code; got != http.StatusForbidden || len(*waiting) != 0 {
		t.Errorf("%d, %d runs", got, len(*waiting))
	}
}
