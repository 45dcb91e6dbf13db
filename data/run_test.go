package data_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// testRuns is the contract of runs, settings and digests; every engine passes
// it.
func testRuns(t *testing.T, open func(*testing.T, *clock) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store, *clock){
		"history":   testRunHistory,
		"changes":   testRunChanges,
		"sources":   testSources,
		"schedule":  testScheduleSetting,
		"addresses": testDigestAddresses,
		"digest":    testDigestOnce,
		"counts":    testSectionUnanswered,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			test(t, open(t, c), c)
		})
	}
}

func manager() ward.Staff { return ward.Staff{ID: "s1", Role: ward.SystemManager} }

func testRunHistory(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	killed := ward.IndexRun{ID: "r1", Kind: ward.RunCrawl, By: ward.System(), Started: c.Now()}
	must(t, s.BeginRun(ctx, killed))
	c.pass(time.Hour)
	r := ward.IndexRun{ID: "r2", Kind: ward.RunRollback, By: manager().Actor(), Started: c.Now(), Before: 3}
	must(t, s.BeginRun(ctx, r))
	must(t, s.BeginRun(ctx, r)) // repeated: nothing may change
	c.pass(time.Minute)
	must(t, s.BeatRun(ctx, "r2"))
	runs, err := s.Runs(ctx, time.Time{}, 10)
	must(t, err)
	if len(runs) != 2 || runs[0].State(c.Now()) != ward.RunUnderWay || runs[1].State(c.Now()) != ward.RunBrokenOff {
		t.Fatalf("runs %+v", runs)
	}
	c.pass(time.Minute)
	r.Finished, r.Beat, r.Generation, r.Documents, r.Refused, r.Kept, r.Error = c.Now(), c.Now(), 7, 42, true, "少なすぎます", ""
	r.Changes = ward.ChangeCounts{New: 1, Text: 2, Gone: 3, Section: 4}
	r.Judgement = ward.JudgementCounts{Goldens: 10, Asked: 9, Answered: 8, Before: 7, Lost: 6, Gained: 5, Unanswered: 4, PagesGone: 3}
	must(t, s.FinishRun(ctx, r, nil, nil))
	again := r
	again.Documents = 1
	must(t, s.FinishRun(ctx, again, nil, nil)) // is finished: stays as it is
	got, err := s.Run(ctx, "r2")
	r.Started, r.Finished, r.Beat = r.Started.UTC(), r.Finished.UTC(), r.Beat.UTC()
	same(t, got, r, err)
	same(t, got.State(c.Now()), ward.RunRefused, nil)
	entries, err := s.AuditAfter(ctx, 0, 10)
	must(t, err)
	var did []string
	for _, e := range entries {
		did = append(did, e.Action+" by "+e.Actor.Staff)
	}
	same(t, did, []string{"run-started by s1", "crawl-kept by system", "index-refused by system", "index-chosen by s1"}, nil)
	runs, err = s.Runs(ctx, r.Started, 10)
	same(t, len(runs), 1, err)
	if _, err := s.Run(ctx, "none"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("a run that is not there: %v", err)
	}
	c.pass(data.KeepRuns)
	removed, err := s.SweepRuns(ctx)
	same(t, removed, 2, err)
}

func testRunChanges(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	start := c.Now()
	r := ward.IndexRun{ID: "r1", Kind: ward.RunReindex, By: ward.System(), Started: start}
	must(t, s.BeginRun(ctx, r))
	var changes []ward.AnswerChange
	for i := range data.MaxRunChanges + 5 {
		changes = append(changes, ward.AnswerChange{Document: fmt.Sprint(i), What: ward.AnswerNew, URL: fmt.Sprintf("https://x.example/%d", i), Title: "題"})
	}
	moved := ward.AnswerChange{Document: "m", What: ward.AnswerSection, URL: "https://x.example/m", Title: "<script>", Section: "国保年金課", SectionWas: "市民課"}
	text := ward.AnswerChange{Document: "t", What: ward.AnswerText, URL: "https://x.example/t", Title: "住民票", Section: "市民課"}
	changes[2], changes[20] = moved, text
	r.Finished, r.Changes = start.Add(time.Minute), ward.ChangeCounts{New: len(changes)}
	must(t, s.FinishRun(ctx, r, changes, nil))
	got, all, err := s.RunChanges(ctx, data.ChangeFilter{Run: "r1"}, 3, 1)
	same(t, got, changes[1:4], err)
	same(t, all, data.MaxRunChanges, nil)
	got, all, err = s.RunChanges(ctx, data.ChangeFilter{Run: "r1", Section: "市民課"}, 10, 0)
	same(t, got, []ward.AnswerChange{moved, text}, err)
	same(t, all, 2, nil)
	got, _, err = s.RunChanges(ctx, data.ChangeFilter{Run: "r1", Section: "市民課", What: ward.AnswerText}, 10, 0)
	same(t, got, []ward.AnswerChange{text}, err)
	sections, err := s.RunSections(ctx, "r1", 10)
	same(t, sections, []string{"国保年金課", "市民課"}, err)
	got, err = s.SectionChanges(ctx, "市民課", start, r.Finished, 10)
	same(t, got, []ward.AnswerChange{moved, text}, err)
	got, err = s.SectionChanges(ctx, "市民課", r.Finished, r.Finished.Add(time.Hour), 10)
	same(t, got, nil, err)
}

func testSources(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	end := func(id string) time.Time {
		c.pass(time.Hour)
		r := ward.IndexRun{ID: id, Kind: ward.RunCrawl, By: ward.System(), Started: c.Now(), Finished: c.Now()}
		must(t, s.BeginRun(ctx, r))
		must(t, s.FinishRun(ctx, r, nil, []ward.SourceChange{{Fix: "f1", What: ward.AnswerText}}))
		return c.Now().UTC()
	}
	first := end("r1")
	got, err := s.SourceChanges(ctx, 10)
	same(t, got, []ward.SourceChange{{Fix: "f1", What: ward.AnswerText, At: first}}, err)
	second := end("r2")
	conflict(t, s.SeeSource(ctx, "f1", first, manager())) // changed again since
	if err := s.SeeSource(ctx, "f1", second, ward.Staff{Role: ward.Contractor}); ward.KindOf(err) != ward.Forbidden {
		t.Errorf("a contractor: %v", err)
	}
	must(t, s.SeeSource(ctx, "f1", second, manager()))
	conflict(t, s.SeeSource(ctx, "f1", second, manager()))
	got, err = s.SourceChanges(ctx, 10)
	same(t, got, nil, err)
	third := end("r3")
	got, err = s.SourceChanges(ctx, 10)
	same(t, got, []ward.SourceChange{{Fix: "f1", What: ward.AnswerText, At: third}}, err)
}

func testScheduleSetting(t *testing.T, s *data.Store, _ *clock) {
	ctx := t.Context()
	got, err := s.Schedule(ctx)
	same(t, got, ward.Schedule{}, err)
	must(t, s.SaveSchedule(ctx, ward.Schedule{Cron: "0 3 * * *"}, manager()))
	conflict(t, s.SaveSchedule(ctx, ward.Schedule{Cron: "0 4 * * *"}, manager()))
	must(t, s.SaveSchedule(ctx, ward.Schedule{Cron: "0 5 * * *", Version: 1}, manager()))
	got, err = s.Schedule(ctx)
	same(t, got, ward.Schedule{Cron: "0 5 * * *", Version: 2}, err)
	if err := s.SaveSchedule(ctx, got, ward.Staff{Role: ward.Operator}); ward.KindOf(err) != ward.Forbidden {
		t.Errorf("an operator: %v", err)
	}
	plan, err := s.DigestPlan(ctx)
	same(t, plan, ward.DigestPlan{Day: time.Monday, Hour: 9}, err)
	plan = ward.DigestPlan{On: true, Day: time.Friday, Hour: 16}
	must(t, s.SaveDigestPlan(ctx, plan, manager()))
	plan.Version = 1
	back, err := s.DigestPlan(ctx)
	same(t, back, plan, err)
}

func testDigestAddresses(t *testing.T, s *data.Store, _ *clock) {
	ctx := t.Context()
	a := ward.DigestAddress{Section: "市民課", Mails: []string{"shimin@city.example.jp", "madoguchi@city.example.jp"}}
	must(t, s.SaveDigestAddress(ctx, a, manager()))
	conflict(t, s.SaveDigestAddress(ctx, a, manager()))
	a.Version = 1
	all, err := s.DigestAddresses(ctx)
	same(t, all, []ward.DigestAddress{a}, err)
	for _, bad := range []string{"x@gmail.com", "x", "市民 <x@city.example.jp>", "a@city.example.jp\r\nBcc: b@evil.example", "x@city.example.jp,y@city.example.jp"} {
		b := ward.DigestAddress{Section: "税務課", Mails: []string{bad}}
		if err := s.SaveDigestAddress(ctx, b, manager()); ward.KindOf(err) != ward.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	a.Mails = nil
	must(t, s.SaveDigestAddress(ctx, a, manager()))
	all, err = s.DigestAddresses(ctx)
	same(t, all, nil, err)
}

// testDigestOnce has many want to send the same mail at once.
func testDigestOnce(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	const week, section = "2026-03-30", "市民課"
	begin := func() (won int) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				try, err := s.BeginDigest(ctx, week, section)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if try > 0 {
					won++
				}
			})
		}
		wg.Wait()
		return won
	}
	d := ward.Digest{Week: week, Section: section, State: ward.DigestWaiting, Next: c.Now().Add(time.Hour), Reason: "つながりません。"}
	must(t, s.DelayDigest(ctx, d))
	same(t, begin(), 0, nil) // not yet
	c.pass(time.Hour)
	same(t, begin(), 1, nil)
	c.pass(24 * time.Hour)
	same(t, begin(), 0, nil) // its process died: whether it was sent nobody knows
	must(t, s.DelayDigest(ctx, d))
	all, err := s.Digests(ctx, week, 10)
	must(t, err)
	if len(all) != 1 || all[0].State != ward.DigestSending || all[0].Tries != 2 {
		t.Fatalf("digests %+v", all)
	}
	must(t, s.EndDigest(ctx, ward.Digest{Week: week, Section: section, State: ward.DigestUnknown}))
	same(t, begin(), 0, nil)
	must(t, s.EndDigest(ctx, ward.Digest{Week: week, Section: section, State: ward.DigestSent})) // is over
	all, err = s.Digests(ctx, week, 10)
	same(t, all[0].State, ward.DigestUnknown, err)
	all, err = s.Digests(ctx, "2026-04-06", 10)
	same(t, all, nil, err)
}

func testSectionUnanswered(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	start := c.Now()
	ask := func(key, person, section string, v ward.Verdict) {
		must(t, s.RecordQuestion(ctx, ward.Asked{Key: key, At: start.Add(time.Minute), Channel: ward.Web, Resident: ward.Resident(person), Verdict: v, Section: section}))
	}
	for i := range data.MinPeople - 1 {
		ask(fmt.Sprint("a", i), fmt.Sprint("p", i), "市民課", ward.Nothing)
		ask(fmt.Sprint("b", i), fmt.Sprint("p", i), "市民課", ward.Nothing)
	}
	ask("c", "p9", "市民課", ward.Sure)
	count := func() string {
		n, told, err := s.SectionUnanswered(ctx, "市民課", start, start.Add(time.Hour))
		must(t, err)
		return fmt.Sprint(n, told)
	}
	same(t, count(), "0 false", nil)
	ask("d", "p9", "市民課", ward.Unsure)
	same(t, count(), "9 true", nil)
}
