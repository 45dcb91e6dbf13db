package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"madoguchi/ward"
)

const script = `<script>alert("x")</script>`

// worksOf is an index that notes what was done to it.
type worksOf struct {
	did      []string
	busy     bool
	progress Progress
	owners   ward.Owners
}

func (w *worksOf) Start(_ context.Context, kind ward.RunKind, by ward.Actor) error {
	if w.busy {
		return &ward.Error{Kind: ward.Conflict, Message: "すでに動いています"}
	}
	w.did = append(w.did, string(kind)+" by "+by.Staff)
	return nil
}

func (w *worksOf) Progress() Progress { return w.progress }

func (w *worksOf) Generations(context.Context) ([]Generation, error) {
	return []Generation{
		{Number: 3, Documents: 9, Judged: true, Refused: true, Asked: 10, Answered: 7, Lost: []string{"住民のことば" + script}},
		{Number: 2, Documents: 8, Live: true},
	}, nil
}

func (w *worksOf) Use(_ context.Context, n int, by ward.Actor) error {
	if n != 3 {
		return &ward.Error{Kind: ward.NotFound, Message: "その索引はありません。"}
	}
	w.did = append(w.did, fmt.Sprint("use ", n, " by ", by.Staff))
	return nil
}

func (w *worksOf) Owners(context.Context) (ward.Owners, error) { return w.owners, nil }

func (w *worksOf) Schedule(text string) (time.Time, error) {
	if text == "bad" {
		return time.Time{}, &ward.Error{Kind: ward.Invalid, Message: "読み取れません。"}
	}
	return time.Date(2026, 4, 2, 2, 30, 0, 0, ward.Japan()), nil
}

// openIndex is an office with an index.
func openIndex(t *testing.T) (*office, *worksOf) {
	w := &worksOf{}
	of := openOffice(t, func(o *Options) { o.Works, o.ConfiguredSchedule, o.Mail = w, "30 2 * * *", true })
	return of, w
}

// shows checks what a page says and does not.
func shows(t *testing.T, body string, want []string, not ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(body, s) {
			t.Errorf("the page lacks %q\n%s", s, body)
		}
	}
	for _, s := range append(not, script) {
		if strings.Contains(body, s) {
			t.Errorf("the page has %q", s)
		}
	}
}

func TestIndexPage(t *testing.T) {
	of, w := openIndex(t)
	shows(t, of.as(ward.SystemManager).get("/console/index"), []string{"2026年4月2日", "この索引に戻す", "巡回する", "住民のことば&lt;script&gt;", "記録はまだありません", "いま使っています"}, "data-poll")
	// A contractor may look, but reads no resident's words and changes nothing.
	shows(t, of.as(ward.Contractor).get("/console/index"), []string{"答えられなくなった質問 1件"}, "住民のことば", "この索引に戻す", `value="crawl"`)

	a := of.as(ward.Operator).post("/console/index/start", url.Values{"kind": {"crawl"}, "role": {"system-manager"}, "by": {"other"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/console/index?done=started" {
		t.Errorf("start: %d %s", a.status, a.header.Get("Location"))
	}
	if a := of.as(ward.Operator).post("/console/index/start", url.Values{"kind": {"rollback"}}); a.status != http.StatusBadRequest {
		t.Errorf("start something else: %d", a.status)
	}
	if a := of.as(ward.Operator).post("/console/index/use", url.Values{"generation": {"3"}, "role": {"system-manager"}}); a.status != http.StatusForbidden {
		t.Errorf("an operator chooses an index: %d", a.status)
	}
	of.as(ward.SystemManager).post("/console/index/use", url.Values{"generation": {"3"}})
	for number, want := range map[string]int{"9": 404, "0": 404, "-1": 400, "x": 400, "99999999999999999999": 400, "4294967299": 404} {
		if a := of.as(ward.SystemManager).post("/console/index/use", url.Values{"generation": {number}}); a.status != want {
			t.Errorf("use %s: %d, want %d", number, a.status, want)
		}
	}
	if got := strings.Join(w.did, ", "); got != "crawl by staff-operator, use 3 by staff-system-manager" {
		t.Errorf("did %s", got)
	}
	w.busy = true
	if a := of.as(ward.Operator).post("/console/index/start", url.Values{"kind": {"reindex"}}); a.status != http.StatusConflict || !strings.Contains(a.body, "すでに動いています") {
		t.Errorf("start twice: %d", a.status)
	}
}

func TestIndexProgress(t *testing.T) {
	of, w := openIndex(t)
	w.progress = Progress{UnderWay: true, Kind: ward.RunCrawl, Phase: "読んでいます", Since: of.now, Done: 30, Queued: 70, Failed: 2}
	for _, path := range []string{"/console/index", "/console/index/progress"} {
		shows(t, of.as(ward.Auditor).get(path), []string{`id="progress" data-poll="/console/index/progress"`, "30ページ済み、待ち70、失敗2", `<progress value="30" max="100"`})
	}
	w.progress = Progress{}
	shows(t, of.as(ward.Auditor).get("/console/index/progress"), []string{`id="progress"`}, "data-poll")
}

func TestRunHistory(t *testing.T) {
	of, _ := openIndex(t)
	run := func(id string, start time.Time, change func(*ward.IndexRun)) {
		r := ward.IndexRun{ID: id, Kind: ward.RunCrawl, By: ward.System(), Started: start}
		must(t, of.Store.BeginRun(t.Context(), r))
		if change == nil {
			return
		}
		r.Finished, r.Generation = start.Add(time.Minute), 5
		change(&r)
		must(t, of.Store.FinishRun(t.Context(), r, nil, nil))
	}
	start := of.now.Add(-time.Hour)
	run("killed", start, nil)
	run("refused", start.Add(time.Minute), func(r *ward.IndexRun) {
		r.Refused, r.Kept, r.Judgement = true, script, ward.JudgementCounts{Asked: 10, Answered: 7, Before: 9, Lost: 3, Gained: 1}
	})
	run("failed", start.Add(2*time.Minute), func(r *ward.IndexRun) { r.Error = script })
	run("going", of.now, nil)
	shows(t, of.as(ward.Operator).get("/console/index"), []string{"途中で切れました", "入れ替えませんでした", "できませんでした", "動いています",
		"10件に尋ね、7件に答えた（前は9件）。失った 3、得た 1", "&lt;script&gt;", "自動、または機械の上の命令"}, "これより前の記録")
	for i := range runsOnPage {
		run(fmt.Sprint("more", i), start.Add(-time.Duration(i+1)*time.Hour), func(r *ward.IndexRun) { r.Changes.Text = 1 })
	}
	first := of.as(ward.Operator).get("/console/index")
	shows(t, first, []string{"これより前の記録"})
	_, rest, _ := strings.Cut(first, `href="/console/index?before=`)
	before, _, _ := strings.Cut(rest, "#")
	second := of.as(ward.Operator).get("/console/index?before=" + before)
	if n := strings.Count(second, "/console/changes?run="); n != 4 {
		t.Errorf("%d runs on the second page, want 4", n)
	}
	for _, bad := range []string{"x", "-1", "99999999999999999999"} {
		if a := of.as(ward.Operator).send(http.MethodGet, "/console/index?before="+bad, nil); a.status != http.StatusBadRequest {
			t.Errorf("before=%s: %d", bad, a.status)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// change keeps a run with changes, and gives when it ended.
func (of *office) change(id string, changes ...ward.AnswerChange) time.Time {
	of.t.Helper()
	r := ward.IndexRun{ID: id, Kind: ward.RunCrawl, By: ward.System(), Started: of.now, Finished: of.now.Add(time.Minute)}
	for _, c := range changes {
		switch c.What {
		case ward.AnswerGone:
			r.Changes.Gone++
		default:
			r.Changes.Text++
		}
	}
	must(of.t, of.Store.BeginRun(of.t.Context(), r))
	must(of.t, of.Store.FinishRun(of.t.Context(), r, changes, []ward.SourceChange{{Fix: "no-such-fix", What: ward.AnswerText}}))
	return r.Finished
}

func TestChangesPage(t *testing.T) {
	of, w := openIndex(t)
	shows(t, of.as(ward.Contractor).get("/console/changes"), []string{"変化の記録はまだありません", "担当の分からないページはありません"})
	w.owners.Unowned = []ward.PageRef{{URL: "javascript:alert(1)", Title: script, Category: script}, {URL: "https://x.example/u", Title: "宙ぶらりん"}}
	changes := []ward.AnswerChange{
		{Document: "a", What: ward.AnswerGone, URL: "javascript:alert(1)", Title: script, Section: "税務課"},
		{Document: "b", What: ward.AnswerText, URL: "https://x.example/b", Title: "住民票", Section: "市民課" + script},
	}
	for i := range changesOnPage {
		changes = append(changes, ward.AnswerChange{Document: fmt.Sprint(i), What: ward.AnswerText, URL: "https://x.example/z", Title: "ほか", Section: "税務課"})
	}
	of.change("r1", changes...)
	page := of.as(ward.Contractor).get("/console/changes")
	shows(t, page, []string{"&lt;script&gt;", `href="https://x.example/b"`, "52件", "次のページ", "（分類なし）"}, `href="javascript:`, "no-such-fix")
	shows(t, of.as(ward.Operator).get("/console/changes?run=r1&what=gone&section=税務課"), []string{"1件、ページの順"}, ">住民票<", "次のページ")
	shows(t, of.as(ward.Operator).get("/console/changes?run=r1&skip=50"), []string{"前のページ"}, "次のページ")
	shows(t, of.as(ward.Operator).get("/console/changes?section=no-such&run=r1"), []string{"条件に合う変化はありません"})
	shows(t, of.as(ward.Operator).get("/console/changes/unowned?category="+url.QueryEscape(script)), []string{"&lt;script&gt;"}, `href="javascript:`, "宙ぶらりん")
	for target, want := range map[string]int{"?run=none": 404, "?what=x": 400, "?skip=-1": 400, "?skip=x": 400, "?skip=99999999999": 400, "/unowned?skip=x": 400} {
		if a := of.as(ward.Operator).send(http.MethodGet, "/console/changes"+target, nil); a.status != want {
			t.Errorf("%s: %d, want %d", target, a.status, want)
		}
	}
}

// A curated answer whose page changed is shown until somebody looked, or it
// was written anew.
func TestChangedSources(t *testing.T) {
	of, _ := openIndex(t)
	of.now = of.now.Add(-24 * time.Hour)
	fix, err := of.Store.SaveFix(t.Context(), ward.Fix{Kind: ward.FixAnswer, Questions: []string{"印鑑は"}, Page: "https://x.example/inkan", PageTitle: "印鑑" + script,
		Text: "窓口へどうぞ。", Owner: "市民課", Review: "2026-12-01"}, ward.Staff{ID: "s", Role: ward.Operator})
	must(t, err)
	of.now = of.now.Add(24 * time.Hour)
	r := ward.IndexRun{ID: "r", Kind: ward.RunCrawl, By: ward.System(), Started: of.now, Finished: of.now}
	must(t, of.Store.BeginRun(t.Context(), r))
	must(t, of.Store.FinishRun(t.Context(), r, nil, []ward.SourceChange{{Fix: fix.ID, What: ward.AnswerGone}}))
	shows(t, of.as(ward.Operator).get("/console/changes"), []string{"印鑑&lt;script&gt;", "/console/fixes/" + fix.ID, "いまのままで正しい"})
	shows(t, of.as(ward.Contractor).get("/console/changes"), []string{"/console/fixes/" + fix.ID}, "いまのままで正しい")
	stamp := fmt.Sprint(of.now.UnixMilli())
	if a := of.as(ward.Contractor).post("/console/changes/seen", url.Values{"fix": {fix.ID}, "at": {stamp}}); a.status != http.StatusForbidden {
		t.Errorf("a contractor: %d", a.status)
	}
	for _, fields := range []url.Values{{"fix": {"other"}, "at": {stamp}}, {"fix": {fix.ID}, "at": {"1"}}} {
		if a := of.as(ward.Operator).post("/console/changes/seen", fields); a.status != http.StatusConflict {
			t.Errorf("%v: %d", fields, a.status)
		}
	}
	if a := of.as(ward.Operator).post("/console/changes/seen", url.Values{"fix": {fix.ID}, "at": {stamp}}); a.status != http.StatusSeeOther {
		t.Errorf("seen: %d %s", a.status, a.body)
	}
	shows(t, of.as(ward.Operator).get("/console/changes"), []string{"もとのページが変わった回答はありません"}, fix.ID)
}

func TestSettings(t *testing.T) {
	of, w := openIndex(t)
	w.owners.Sections = []ward.OwnedBy{{Section: "市民課" + script, Answers: 4}}
	boss := of.as(ward.SecurityManager)
	shows(t, boss.get("/console/settings"), []string{"30 2 * * *", "あて先はまだありません", "市民課&lt;script&gt;"}, "メールサーバーが設定されていない")
	save := func(path string, want int, says string, fields url.Values) {
		t.Helper()
		a := boss.post("/console/settings/"+path, fields)
		if a.status != want || !strings.Contains(a.body, says) {
			t.Errorf("%s %v: %d, want %d with %q\n%s", path, fields, a.status, want, says, a.body)
		}
		if strings.Contains(a.body, script) {
			t.Errorf("%s: a script", path)
		}
	}
	save("schedule", 400, "読み取れません", url.Values{"schedule": {"bad"}, "version": {"0"}})
	save("schedule", 303, "", url.Values{"schedule": {"0 3 * * *"}, "version": {"0"}})
	// The second writer is shown both, and can save after that.
	save("schedule", 409, "いま保存されている内容", url.Values{"schedule": {"0 4 * * *"}, "version": {"0"}})
	a := boss.post("/console/settings/schedule", url.Values{"schedule": {"0 4 * * *"}, "version": {"0"}})
	shows(t, a.body, []string{"巡回の予定: 0 3 * * *", `value="0 4 * * *"`, `name="version" value="1"`})
	save("schedule", 303, "", url.Values{"schedule": {"0 4 * * *"}, "version": {"1"}})

	save("digest", 303, "", url.Values{"on": {"yes"}, "day": {"5"}, "hour": {"16"}, "version": {"0"}})
	save("digest", 409, "お知らせ: 金曜日16時に送る", url.Values{"day": {"1"}, "hour": {"9"}, "version": {"0"}})
	save("digest", 400, "曜日と時刻", url.Values{"day": {"9"}, "hour": {"16"}, "version": {"1"}})

	save("address", 400, "公用", url.Values{"section": {"市民課" + script}, "mails": {"x@gmail.com"}, "version": {"0"}})
	save("address", 400, "あて先を書いて", url.Values{"section": {"市民課"}, "version": {"0"}})
	save("address", 303, "", url.Values{"section": {"市民課"}, "mails": {"a@city.example.jp\r\nb@city.example.jp"}, "version": {"0"}})
	save("address", 409, "市民課: a@city.example.jp、b@city.example.jp", url.Values{"section": {"市民課"}, "mails": {"c@city.example.jp"}, "version": {"0"}})
	save("address", 303, "", url.Values{"section": {"市民課"}, "mails": {""}, "version": {"1"}})
	// Taken away by somebody else meanwhile: what was typed is not lost.
	a = boss.post("/console/settings/address", url.Values{"section": {"市民課"}, "mails": {"d@city.example.jp"}, "version": {"1"}})
	if a.status != http.StatusConflict {
		t.Errorf("of one that is gone: %d", a.status)
	}
	shows(t, a.body, []string{"d@city.example.jp</textarea>", `value="市民課"`})
	if strings.Contains(of.log.String(), "@") {
		t.Errorf("an address in the log: %s", of.log)
	}
}

func TestDigestHistory(t *testing.T) {
	of, _ := openIndex(t)
	_, err := of.Store.BeginDigest(t.Context(), "2026-03-27", "市民課"+script)
	must(t, err)
	of.now = of.now.Add(time.Hour)
	shows(t, of.as(ward.SystemManager).get("/console/settings"), []string{"2026年3月27日", "市民課&lt;script&gt;", "届いたか分かりません"})
}

// Without Works the pages say so, and nothing can be started.
func TestIndexElsewhere(t *testing.T) {
	of := openOffice(t)
	for _, path := range []string{"/console/index", "/console/changes", "/console/settings"} {
		shows(t, of.as(ward.SystemManager).get(path), []string{"このサービスの外で"})
	}
	a := of.as(ward.SystemManager).post("/console/index/start", url.Values{"kind": {"crawl"}})
	if a.status != http.StatusServiceUnavailable {
		t.Errorf("start: %d", a.status)
	}
}
