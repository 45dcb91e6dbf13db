package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"madoguchi/ward"
)

// Trying shows both channels, the reasons and what was found, for every role.
func TestTry(t *testing.T) {
	of := openFAQDesk(t)
	of.as(ward.Operator).post("/console/fixes/publish", answerFields())
	for _, role := range ward.Roles() {
		p := of.as(role)
		p.get("/console/try")
		body := p.post("/console/try", url.Values{"question": {"公園の質問"}}).body
		says(t, body, "答え: 火は使えません。&lt;script&gt;", "LINEで: 火は", "対応で答えます。", "100%", "/console/fixes/AAAAAAAAAAAAAAAA")
		if strings.Contains(body, "/console/stops/look") != role.May(ward.StopAnswers) {
			t.Errorf("%s: who may stop", role)
		}
		says(t, p.post("/console/try", url.Values{"question": {evil}}).body, "見つからないと伝えます", "当てはまるページがありません", "&lt;script&gt;")
	}
	p := of.as(ward.Contractor)
	for _, q := range []string{"", strings.Repeat("あ", ward.MaxQuestion+1)} {
		if a := p.post("/console/try", url.Values{"question": {q}}); a.status != http.StatusBadRequest {
			t.Errorf("%d characters: %d", len(q), a.status)
		}
	}
	if open, err := of.Store.OpenQuestions(t.Context(), of.now.AddDate(-1, 0, 0), "", 10); err != nil || len(open) != 0 {
		t.Errorf("a trial is kept: %+v, %v", open, err)
	}
	if strings.Contains(of.log.String(), "公園の質問") {
		t.Errorf("a trial is in the log: %s", of.log)
	}
}

// Stopping takes one form; who may not is refused; twice the same is once.
func TestStop(t *testing.T) {
	of := openFAQDesk(t)
	p := of.as(ward.Operator)
	says(t, p.get("/console/stops"), "いま止めている案内はありません")
	fields := url.Values{"id": {"SSSSSSSSSSSSSSSS"}, "kind": {"word"}, "value": {"火" + evil}, "why": {"誤り" + evil}, "phone": {"03-0000-0000"}}
	for range 2 {
		if a := p.post("/console/stops", fields); a.status != http.StatusSeeOther {
			t.Fatalf("stop: %d\n%s", a.status, a.body)
		}
	}
	in, _, err := of.Store.InForce(t.Context(), 0)
	if err != nil || len(in.Stops) != 1 || in.Stops[0].Value != "火"+evil || in.Stops[0].By != "staff-operator" {
		t.Fatalf("in force: %+v, %v", in.Stops, err)
	}
	lift := "/console/stops/SSSSSSSSSSSSSSSS/lift"
	for _, role := range ward.Roles() {
		body := of.as(role).get("/console/stops")
		says(t, body, "火&lt;script&gt;", "誤り&lt;script&gt;")
		if strings.Contains(body, lift) != role.May(ward.LiftStops) || strings.Contains(body, "いますぐ止める</button>") != role.May(ward.StopAnswers) {
			t.Errorf("%s: the buttons are not those of the role", role)
		}
		if a := of.as(role).post(lift, url.Values{"version": {"9"}}); role.May(ward.LiftStops) && a.status != http.StatusConflict {
			t.Errorf("%s lifts what changed: %d", role, a.status)
		}
	}
	if a := of.as(ward.SystemManager).post("/console/stops/nobody/lift", url.Values{"version": {"1"}}); a.status != http.StatusNotFound {
		t.Errorf("no such stop: %d", a.status)
	}
	if a := p.post(lift, url.Values{"version": {"1"}, "role": {"system-manager"}}); a.status != http.StatusForbidden {
		t.Errorf("an operator lifts: %d", a.status)
	}
	if a := of.as(ward.SystemManager).post(lift, url.Values{"version": {"1"}}); a.status != http.StatusSeeOther {
		t.Errorf("lift: %d", a.status)
	}
	says(t, p.get("/console/stops"), "これまでに止めて、戻した案内", "いま止めている案内はありません")
}

// A look tells what a stop would hit, helps to find what is meant, and stops
// nothing.
func TestLookAtStop(t *testing.T) {
	of := openFAQDesk(t)
	of.Desk.(shelfOf).docs[0].Category = []string{"くらし", "公園" + evil}
	p := of.as(ward.SecurityManager)
	for name, c := range map[string]struct{ kind, value, example, says, not string }{
		"word":               {"word", "火", "", "公園の利用&lt;script&gt;", ""},
		"word of no page":    {"word", "宇宙", "宇宙の質問", "この質問にも答えません", "この質問の答えは変わりません"},
		"word of elsewhere":  {"word", "火", "ドローン", "この質問の答えは変わりません", "この質問にも答えません"},
		"page":               {"page", "https://ward.example/park.html#b", "", "https://ward.example/park.html#a", "止めるものを選ぶ</legend>"},
		"page by words":      {"page", "公園", "", `name="chosen" value="https://ward.example/park.html"`, "案内しなくなるもの</h2>\n  <ul>"},
		"category":           {"category", "くらし", "", "https://ward.example/park.html#a", ""},
		"category by words":  {"category", "公園", "", `name="chosen" value="くらし &gt; 公園&lt;script`, ""},
		"nothing is written": {"word", "", "", "止めるものを書いてください", ""},
		"no kind":            {"all", "x", "", "何を止めるかを選んで", ""},
	} {
		a := p.post("/console/stops/look", url.Values{"kind": {c.kind}, "value": {c.value}, "example": {c.example}, "why": {"わけ" + evil}})
		if !strings.Contains(a.body, c.says) || c.not != "" && strings.Contains(a.body, c.not) {
			t.Errorf("%s: wants %q, not %q:\n%s", name, c.says, c.not, a.body)
		}
		says(t, a.body, "わけ&lt;script&gt;")
	}
	if in, _, _ := of.Store.InForce(t.Context(), 0); len(in.Stops) != 0 {
		t.Errorf("a look stops: %+v", in.Stops)
	}
	a := p.post("/console/stops", url.Values{"kind": {"page"}, "value": {"公園"}, "chosen": {"https://ward.example/park.html"}, "why": {"誤り"}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("stop of what was chosen: %d\n%s", a.status, a.body)
	}
	for name, fields := range map[string]url.Values{
		"no reason":  {"kind": {"word"}, "value": {"ことば"}, "why": {""}},
		"no address": {"kind": {"page"}, "value": {"公園"}, "why": {"わけ"}},
		"short":      {"kind": {"word"}, "value": {"火"}, "why": {"わけ"}},
		"long":       {"kind": {"word"}, "value": {strings.Repeat("あ", ward.MaxStopValue+1)}, "why": {"わけ"}},
	} {
		a := p.post("/console/stops", fields)
		if a.status != http.StatusBadRequest || !regexp.MustCompile(`class="problem"`).MatchString(a.body) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}
