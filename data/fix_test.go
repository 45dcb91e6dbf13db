package data_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

func staffAs(role ward.Role) ward.Staff { return ward.Staff{ID: "s-" + string(role), Role: role} }

func pageFix(questions ...string) ward.Fix {
	return ward.Fix{Kind: ward.FixPage, Page: "https://www.city.example.lg.jp/koen.html", PageTitle: "公園", Questions: questions}
}

func testFixes(t *testing.T, s *data.Store) {
	ctx, operator := t.Context(), staffAs(ward.Operator)
	first, changed, err := s.InForce(ctx, 0)
	if err != nil || !changed || len(first.Fixes)+len(first.Stops) != 0 {
		t.Fatalf("at first in force: %+v, %v, %v", first, changed, err)
	}
	f, err := s.SaveFix(ctx, pageFix("ドローンを飛ばしたい", "ドローン"), staffAs(ward.Contractor))
	must(t, err)
	if f.ID == "" || f.State != ward.FixDraft || f.Version != 1 || f.PreparedBy != "s-contractor" {
		t.Errorf("saved as %+v", f)
	}
	again := f
	again.Version = 0
	if _, err := s.SaveFix(ctx, again, operator); ward.KindOf(err) != ward.Conflict {
		t.Errorf("the same id again: %v", err)
	}
	forbidden(t, s.PublishFix(ctx, f.ID, f.Version, staffAs(ward.Contractor)))
	if in, _, err := s.InForce(ctx, 0); err != nil || len(in.Fixes) != 0 {
		t.Errorf("a draft is in force: %+v, %v", in, err)
	}
	must(t, s.PublishFix(ctx, f.ID, f.Version, operator))
	conflict(t, s.PublishFix(ctx, f.ID, f.Version, operator))
	in, changed, err := s.InForce(ctx, first.Version)
	if err != nil || !changed || len(in.Fixes) != 1 || !slices.Equal(in.Fixes[0].Questions, f.Questions) || in.Fixes[0].PublishedBy != "s-operator" {
		t.Fatalf("in force: %+v, %v, %v", in, changed, err)
	}
	if _, changed, err := s.InForce(ctx, in.Version); err != nil || changed {
		t.Errorf("nothing changed, and it says so: %v, %v", changed, err)
	}

	live := in.Fixes[0]
	live.Questions = []string{"ドローンを飛ばしたい"}
	if _, err := s.SaveFix(ctx, live, staffAs(ward.Contractor)); ward.KindOf(err) != ward.Forbidden {
		t.Errorf("a contractor changed what is in force: %v", err)
	}
	live, err = s.SaveFix(ctx, live, operator)
	must(t, err)
	if live.State != ward.FixLive || live.PublishedBy != "s-operator" {
		t.Errorf("changed in force it is %+v", live)
	}
	live.Version--
	_, err = s.SaveFix(ctx, live, operator)
	conflict(t, err)
	conflict(t, s.WithdrawFix(ctx, f.ID, live.Version, "古い", operator))
	must(t, s.WithdrawFix(ctx, f.ID, live.Version+1, "古くなった", operator))
	got, err := s.Fix(ctx, f.ID)
	if err != nil || got.State != ward.FixWithdrawn || got.Reason != "古くなった" || len(got.Questions) != 1 {
		t.Errorf("withdrawn it is %+v, %v", got, err)
	}
	if _, err := s.Fix(ctx, "none"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("no such fix: %v", err)
	}
	if _, err := s.SaveFix(ctx, pageFix(), operator); ward.KindOf(err) != ward.Invalid {
		t.Errorf("without a question: %v", err)
	}
	entries, err := s.SearchAudit(ctx, data.AuditQuery{Object: f.ID, Limit: 10})
	must(t, err)
	var did []string
	for _, e := range entries {
		did = append(did, e.Actor.Staff+" "+e.Action)
		if strings.Contains(e.Detail, "ドローン") {
			t.Errorf("a resident's words are in the audit: %s", e.Detail)
		}
	}
	if want := "s-operator fix-withdrawn,s-operator fix-changed,s-operator fix-published,s-contractor fix-prepared"; strings.Join(did, ",") != want {
		t.Errorf("audited: %v", did)
	}
}

func testFixList(t *testing.T, s *data.Store) {
	ctx, operator := t.Context(), staffAs(ward.SystemManager)
	answer := ward.Fix{Kind: ward.FixAnswer, Questions: []string{"花火大会", "花火"}, Text: "中止です。", Page: "https://www.city.example.lg.jp/hanabi.html",
		Owner: "観光課", Phone: "03-0000-0009", Review: "2026-09-30"}
	word := ward.Fix{Kind: ward.FixWord, Word: "みほりん", Means: []string{"コミュニティバス", "区民バス"}}
	for _, f := range []ward.Fix{pageFix("ドローン"), answer, word} {
		saved, err := s.SaveFix(ctx, f, operator)
		must(t, err)
		if f.Kind != ward.FixPage {
			must(t, s.PublishFix(ctx, saved.ID, saved.Version, operator))
		}
	}
	for filter, want := range map[data.FixFilter]int{
		{}: 3, {State: ward.FixLive}: 2, {State: ward.FixDraft}: 1, {Kind: ward.FixAnswer}: 1, {Owner: "観光課"}: 1, {Owner: "税務課"}: 0,
		{DueBefore: "2026-10-01"}: 1, {DueBefore: "2026-09-30"}: 0, {Page: answer.Page}: 1, {Kind: ward.FixWord, State: ward.FixDraft}: 0,
	} {
		got, err := s.Fixes(ctx, filter, 10, 0)
		if err != nil || len(got) != want {
			t.Errorf("%+v: %d fixes, want %d (%v)", filter, len(got), want, err)
		}
		for _, f := range got {
			if f.Kind == ward.FixAnswer && (len(f.Questions) != 2 || f.Text != answer.Text || f.Review != answer.Review) {
				t.Errorf("kept as %+v", f)
			}
			if f.Kind == ward.FixWord && !slices.Equal(f.Means, word.Means) {
				t.Errorf("kept as %+v", f)
			}
		}
	}
	if page, err := s.Fixes(ctx, data.FixFilter{}, 2, 2); err != nil || len(page) != 1 {
		t.Errorf("the second page: %+v, %v", page, err)
	}
}

func testOpenQuestions(t *testing.T, s *data.Store, c *clock) {
	ctx, operator, start := t.Context(), staffAs(ward.Operator), c.at
	record := func(text string, channel ward.Channel, verdict ward.Verdict, at time.Duration, message string) {
		t.Helper()
		must(t, s.RecordUnanswered(ctx, ward.Unanswered{Text: text, Channel: channel, Verdict: verdict, At: start.Add(at), MessageID: message}))
	}
	record("ドローン", ward.Web, ward.Nothing, -3*time.Hour, "")
	record("ドローン", ward.LINE, ward.Sure, -2*time.Hour, "m1")
	record("犬のふん", ward.LINE, ward.Unsure, -time.Hour, "m2")
	record("昔の質問", ward.Web, ward.Nothing, -100*24*time.Hour, "")
	open := func() (texts []string) {
		t.Helper()
		all, err := s.OpenQuestions(ctx, start.Add(-24*time.Hour), "", 10)
		must(t, err)
		for _, q := range all {
			texts = append(texts, q.Text)
		}
		return texts
	}
	all, err := s.OpenQuestions(ctx, start.Add(-24*time.Hour), "", 10)
	same(t, all, []data.OpenQuestion{
		{Text: "ドローン", Count: 2, Web: 1, LINE: 1, Disliked: 1, First: start.Add(-3 * time.Hour).UTC(), Last: start.Add(-2 * time.Hour).UTC()},
		{Text: "犬のふん", Count: 1, LINE: 1, Disliked: 1, First: start.Add(-time.Hour).UTC(), Last: start.Add(-time.Hour).UTC()},
	}, err)
	all, err = s.OpenQuestions(ctx, start.Add(-24*time.Hour), ward.Web, 10)
	same(t, all, []data.OpenQuestion{{Text: "ドローン", Count: 1, Web: 1, First: start.Add(-3 * time.Hour).UTC(), Last: start.Add(-3 * time.Hour).UTC()}}, err)
	f, err := s.SaveFix(ctx, pageFix("ドローンについて", "ドローン"), operator)
	must(t, err)
	same(t, open(), []string{"ドローン", "犬のふん"}, nil)
	must(t, s.PublishFix(ctx, f.ID, f.Version, operator))
	same(t, open(), []string{"犬のふん"}, nil)
	record("ドローン", ward.Web, ward.Sure, time.Hour, "") // the fix did not help
	same(t, open(), []string{"ドローン", "犬のふん"}, nil)
	record("犬の糞", ward.Web, ward.Nothing, -time.Minute, "")
	if f, err = s.Fix(ctx, f.ID); err == nil {
		f.Questions = append(f.Questions, "犬の糞")
		_, err = s.SaveFix(ctx, f, operator)
	}
	must(t, err)
	same(t, open(), []string{"ドローン", "犬のふん"}, nil) // a question that joins what is live is taken

	// a wording that was asked since and is added to what is in force is done
	record("ラジコン", ward.Web, ward.Nothing, time.Hour, "")
	live, err := s.Fix(ctx, f.ID)
	must(t, err)
	live.Questions = append(live.Questions, "ラジコン")
	c.at = start.Add(90 * time.Minute)
	_, err = s.SaveFix(ctx, live, operator)
	must(t, err)
	same(t, open(), []string{"犬のふん"}, nil)
	record("ラジコン", ward.Web, ward.Sure, 100*time.Minute, "") // and it did not help either
	same(t, open(), []string{"ラジコン", "犬のふん"}, nil)

	dismissed, err := s.SaveFix(ctx, ward.Fix{Kind: ward.FixDismiss, Questions: []string{"犬のふん"}, Reason: "質問ではない"}, operator)
	must(t, err)
	must(t, s.PublishFix(ctx, dismissed.ID, dismissed.Version, operator))
	record("犬のふん", ward.Web, ward.Nothing, 2*time.Hour, "")
	same(t, open(), []string{"ラジコン"}, nil)
	in, _, err := s.InForce(ctx, 0)
	if err != nil || len(in.Fixes) != 1 {
		t.Errorf("what is dismissed is in force: %+v, %v", in.Fixes, err)
	}
}

func testStops(t *testing.T, s *data.Store) {
	ctx := t.Context()
	stop := ward.Stop{ID: "from-the-form", Kind: ward.StopWord, Value: "給付金", Phone: "03-0000-0001", Why: "金額が誤っている"}
	_, err := s.SaveStop(ctx, stop, staffAs(ward.Contractor))
	forbidden(t, err)
	if _, err := s.SaveStop(ctx, ward.Stop{Kind: ward.StopWord, Value: "金", Why: "x"}, staffAs(ward.Operator)); ward.KindOf(err) != ward.Invalid {
		t.Errorf("one character stops: %v", err)
	}
	for range 2 { // pressed twice
		_, err = s.SaveStop(ctx, stop, staffAs(ward.Operator))
		must(t, err)
	}
	in, _, err := s.InForce(ctx, 0)
	if err != nil || len(in.Stops) != 1 || in.Stops[0].By != "s-operator" || in.Stops[0].Why != stop.Why {
		t.Fatalf("in force: %+v, %v", in.Stops, err)
	}
	forbidden(t, s.LiftStop(ctx, stop.ID, 1, staffAs(ward.Operator)))
	conflict(t, s.LiftStop(ctx, stop.ID, 2, staffAs(ward.SystemManager)))
	must(t, s.LiftStop(ctx, stop.ID, 1, staffAs(ward.SystemManager)))
	conflict(t, s.LiftStop(ctx, stop.ID, 1, staffAs(ward.SystemManager)))
	after, changed, err := s.InForce(ctx, in.Version)
	if err != nil || !changed || len(after.Stops) != 0 {
		t.Errorf("lifted and still in force: %+v, %v", after, err)
	}
	stops, err := s.Stops(ctx, 10)
	if err != nil || len(stops) != 1 || stops[0].LiftedBy != "s-system-manager" || stops[0].LiftedAt.IsZero() {
		t.Errorf("history: %+v, %v", stops, err)
	}
	entries, err := s.SearchAudit(ctx, data.AuditQuery{Object: stop.ID, Limit: 10})
	if err != nil || len(entries) != 2 || entries[0].Action != "stop-lifted" {
		t.Errorf("audited: %+v, %v", entries, err)
	}
	for _, e := range entries { // what is typed may name people; the audit is for ever
		if strings.Contains(e.Detail, stop.Why) || strings.Contains(e.Detail, stop.Value) {
			t.Errorf("typed words are in the audit: %s", e.Detail)
		}
	}
}

// A message that is taken back goes from the fixes, too, where nobody else asked
// the same.
func testUnsendFix(t *testing.T, s *data.Store, c *clock) {
	ctx, operator := t.Context(), staffAs(ward.Operator)
	for i, text := range []string{"わたしだけの質問", "みんなの質問", "みんなの質問"} {
		must(t, s.RecordUnanswered(ctx, ward.Unanswered{Text: text, Channel: ward.LINE, Verdict: ward.Nothing, At: c.at.Add(time.Duration(i) * time.Minute), MessageID: []string{"m1", "m1", "m2"}[i]}))
	}
	f, err := s.SaveFix(ctx, pageFix("区のことば", "わたしだけの質問", "みんなの質問"), operator)
	must(t, err)
	must(t, s.PublishFix(ctx, f.ID, f.Version, operator))
	draft, err := s.SaveFix(ctx, pageFix("わたしだけの質問"), operator)
	must(t, err)
	led, err := s.SaveFix(ctx, pageFix("わたしだけの質問", "みんなの質問"), operator)
	must(t, err)
	must(t, s.PublishFix(ctx, led.ID, led.Version, operator))
	before, _, err := s.InForce(ctx, 0)
	must(t, err)
	e := message("a", 1)
	e.MessageID = "m1"
	receive(t, s, 1, takenBack(e))
	in, changed, err := s.InForce(ctx, before.Version)
	at := slices.IndexFunc(in.Fixes, func(x ward.Fix) bool { return x.ID == f.ID })
	if err != nil || !changed || at < 0 || !slices.Equal(in.Fixes[at].Questions, []string{"区のことば", "みんなの質問"}) {
		t.Errorf("still asked: %+v, changed %v, %v", in.Fixes, changed, err)
	}
	// what stands for all becomes the title of the page, and an open form is too old
	now, err := s.Fix(ctx, led.ID)
	if err != nil || !slices.Equal(now.Questions, []string{"公園", "みんなの質問"}) || now.Version != led.Version+2 {
		t.Errorf("led by %+v, %v", now, err)
	}
	// nobody has published the one title of a draft yet
	if draft, err = s.Fix(ctx, draft.ID); err != nil || len(draft.Questions) > 0 {
		t.Errorf("a draft still asks %q, %v", draft.Questions, err)
	}
	if err := s.PublishFix(ctx, draft.ID, draft.Version, operator); ward.KindOf(err) != ward.Invalid {
		t.Errorf("a draft without a question is published: %v", err)
	}
}
