package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// shelfOf is a counter with these pages. Questions alike begin with the same
// character. It answers by drafts and by what is in force in store.
type shelfOf struct {
	deskOf
	docs  []ward.Document
	store func() *data.Store
}

func (s shelfOf) Alike(_ context.Context, texts []string) (groups [][]int, err error) {
	at := map[string]int{}
	for i, text := range texts {
		first := string([]rune(text)[:1])
		if g, ok := at[first]; ok {
			groups[g] = append(groups[g], i)
			continue
		}
		at[first] = len(groups)
		groups = append(groups, []int{i})
	}
	return groups, nil
}

func (s shelfOf) Pages(_ context.Context, _ string, top int) ([]ward.Document, error) {
	return s.docs[:min(top, len(s.docs))], nil
}

func (s shelfOf) Try(ctx context.Context, question string, draft *ward.Fix) (ward.Trial, error) {
	in, _, err := s.store().InForce(ctx, 0)
	if err != nil {
		return ward.Trial{}, err
	}
	fixes := in.Fixes
	if draft != nil {
		fixes = append([]ward.Fix{*draft}, fixes...)
	}
	for _, f := range fixes {
		d := ward.Document{Title: f.PageTitle, Text: f.Text, URL: f.Page}
		if f.Kind == ward.FixPage {
			at := slices.IndexFunc(s.docs, func(d ward.Document) bool { return d.PageURL() == f.Page })
			if at < 0 {
				continue
			}
			d = s.docs[at]
		}
		if f.Kind == ward.FixWord {
			d = s.docs[0]
		}
		if slices.Contains(f.Questions, question) {
			return ward.Trial{Answer: ward.Answer{Verdict: ward.Sure, Fix: f.ID, Hits: []ward.Hit{{Document: d, Confidence: 1}}}, Fix: f.ID,
				Replies: []ward.Reply{{Text: "答え: " + d.Text, Source: &ward.Source{Title: d.Title, URL: d.URL}}},
				LINE:    []ward.Bubble{{Lines: []string{"LINEで: " + d.Text}, Buttons: []string{"はい"}}}, Reasons: []string{"対応で答えます。"}}, nil
		}
	}
	return deskOf{}.Try(ctx, question, draft)
}

// evil is in every text field of these tests.
const evil = `<script>alert(1)</script>`

func openFAQDesk(t *testing.T) *office {
	t.Helper()
	var of *office
	of = openOffice(t, func(o *Options) {
		o.Desk = shelfOf{store: func() *data.Store { return of.Store }, docs: []ward.Document{
			{ID: "d1", URL: "https://ward.example/park.html#a", Title: "公園の利用" + evil, Text: "公園では火を使えません。" + evil, Kind: ward.Page, Section: "公園課", Updated: "2026-03-01", HeadingPath: []string{"公園" + evil}},
			{ID: "d2", URL: "https://ward.example/drone.html", Title: "ドローン", Text: "許可が要ります。", Kind: ward.FAQ},
			{ID: "d3", URL: "javascript:alert(1)", Title: "悪いリンク", Text: "なし", Kind: ward.Page},
		}}
	})
	return of
}

// asked records a question that was not answered, so many times.
func (of *office) asked(text string, channel ward.Channel, verdict ward.Verdict, times int) {
	of.t.Helper()
	for i := range times {
		if err := of.Store.RecordUnanswered(of.t.Context(), ward.Unanswered{Text: text, Channel: channel, Verdict: verdict, At: of.now.Add(-time.Hour - time.Duration(i)*time.Minute)}); err != nil {
			of.t.Fatal(err)
		}
	}
}

var inputs = regexp.MustCompile(`<input[^>]* name="([^"]+)"[^>]*>`)

// hidden are the hidden fields of the page's form, what is checked, and the
// text fields, as a browser would send them.
func hidden(body string) url.Values {
	fields := url.Values{}
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&#43;", "+", "&amp;", "&")
	for _, m := range inputs.FindAllStringSubmatch(body, -1) {
		_, value, _ := strings.Cut(m[0], `value="`)
		value, _, _ = strings.Cut(value, `"`)
		if (strings.Contains(m[0], `type="radio"`) || strings.Contains(m[0], `type="checkbox"`)) && !strings.Contains(m[0], " checked") {
			continue
		}
		fields.Add(m[1], unescape.Replace(value))
	}
	return fields
}

// says fails the test unless the page says all of it, and nothing of the tests'
// script unescaped.
func says(t *testing.T, body string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			t.Fatalf("the page does not say %q:\n%s", w, body)
		}
	}
	if strings.Contains(body, evil) {
		t.Fatalf("a script gets through:\n%s", body)
	}
}

var toGroup = regexp.MustCompile(`/console/unanswered/[0-9a-f]+`)

// From the list to a page pointer that is published: the group, one button.
func TestPointToPage(t *testing.T) {
	of := openFAQDesk(t)
	of.asked("公園でバーベキューをしたい"+evil, ward.Web, ward.Nothing, 3)
	of.asked("公園で火をつける", ward.LINE, ward.Sure, 1)
	of.asked("ドローンを飛ばす", ward.LINE, ward.Nothing, 2)
	p := of.as(ward.Operator)
	list := p.get("/console/unanswered")
	says(t, list, "公園でバーベキュー", "ほか1の言い方", `<td class="num">4</td><td class="num">3</td><td class="num">1</td>`, "ドローンを飛ばす", "役に立たない 1")
	if strings.Index(list, "公園で") > strings.Index(list, "ドローンを") {
		t.Error("not the most asked first")
	}
	if body := p.get("/console/unanswered?channel=line&days=7"); strings.Contains(body, "公園でバーベキュー") {
		t.Error("the channel filter does not hold")
	}
	group := p.get(toGroup.FindString(list))
	says(t, group, "いま住民が受け取るもの", "見つかりませんでした。", "公園で火をつける", "答え: 公園では火を使えません。", "LINEで: 公園では")
	fields := hidden(group)
	fields.Set("kind", "page")
	says(t, p.post("/console/fixes/try", fields).body, "公開する", "答えます", "公園で火をつける", "LINEで: 公園では")
	for range 2 { // a button pressed twice
		a := p.post("/console/fixes/publish", fields)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/console/unanswered?done=published" {
			t.Fatalf("publish: %d to %q\n%s", a.status, a.header.Get("Location"), a.body)
		}
		says(t, p.get(a.header.Get("Location")), "公開しました", "ドローンを飛ばす")
	}
	if body := p.get("/console/unanswered"); strings.Contains(body, "公園で") {
		t.Error("what was published is still open")
	}
	fixes, err := of.Store.Fixes(t.Context(), data.FixFilter{}, 10, 0)
	if err != nil || len(fixes) != 1 {
		t.Fatalf("%d fixes, %v", len(fixes), err)
	}
	f := fixes[0]
	if f.State != ward.FixLive || f.Page != "https://ward.example/park.html" || f.Document != "d1" || !strings.HasPrefix(f.PageTitle, "公園の利用") || len(f.Questions) != 2 {
		t.Errorf("kept: %+v", f)
	}
	says(t, p.get("/console/fixes/"+f.ID), auditTitle("fix-published"), "公開中", "公園の利用&lt;script&gt;")
	if got := p.get("/console/fixes?state=live&kind=page"); !strings.Contains(got, f.ID) {
		t.Error("not in the list")
	}
	a := p.send(http.MethodGet, toGroup.FindString(list), nil)
	if a.status != http.StatusNotFound {
		t.Errorf("a group that is settled: %d", a.status)
	}
}

// What is unticked does not join, and is still there after a search.
func TestTicks(t *testing.T) {
	of := openFAQDesk(t)
	of.asked("公園いち", ward.Web, ward.Nothing, 3)
	of.asked("公園に", ward.Web, ward.Nothing, 2)
	of.asked("公園さん", ward.Web, ward.Nothing, 1)
	p := of.as(ward.Operator)
	fields := hidden(p.get(toGroup.FindString(p.get("/console/unanswered"))))
	fields["tick"] = []string{"1"}
	fields.Set("search", "1")
	fields.Set("words", "べつのことば")
	fields.Set("lead", "公園の いち")
	again := p.post("/console/fixes/edit", fields)
	says(t, again.body, "公園に", "公園さん", "べつのことば")
	fields = hidden(again.body)
	if got := fields["tick"]; !slices.Equal(got, []string{"1"}) {
		t.Errorf("ticked after a search: %q", got)
	}
	fields.Set("kind", "page")
	p.post("/console/fixes/publish", fields)
	fixes, _ := of.Store.Fixes(t.Context(), data.FixFilter{}, 10, 0)
	if len(fixes) != 1 || !slices.Equal(fixes[0].Questions, []string{"公園の いち", "公園さん"}) {
		t.Errorf("kept: %+v", fixes)
	}
}

// answerFields are a curated answer that is complete.
func answerFields() url.Values {
	return url.Values{"id": {"AAAAAAAAAAAAAAAA"}, "version": {"0"}, "kind": {"answer"}, "lead": {"公園の質問"}, "page": {"d1 https://ward.example/park.html#a"},
		"text": {"火は使えません。" + evil}, "owner": {"公園課"}, "phone": {"03-0000-0000"}, "review": {"2026-10-01"}}
}

// Each kind is tried, kept and, by who may, published; contractors keep drafts.
func TestKindsOfFix(t *testing.T) {
	word := url.Values{"id": {"BBBBBBBBBBBBBBBB"}, "version": {"0"}, "kind": {"word"}, "lead": {"ことばの質問"}, "word": {"BBQ" + "<script>"}, "means": {"バーベキュー、野外炊事\n火気"}}
	dismiss := url.Values{"id": {"CCCCCCCCCCCCCCCC"}, "version": {"0"}, "kind": {"dismiss"}, "lead": {"あああ"}, "reason": {"質問でない" + evil}}
	for _, fields := range []url.Values{answerFields(), word, dismiss} {
		for _, role := range ward.Roles() {
			of := openFAQDesk(t)
			p := of.as(role)
			try, keep, publish := p.post("/console/fixes/try", fields), p.post("/console/fixes", fields), p.post("/console/fixes/publish", fields)
			may := func(a ward.Action, got answer, want int) {
				t.Helper()
				if !role.May(a) {
					want = http.StatusForbidden
				}
				if got.status != want {
					t.Errorf("%s as %s: %d, want %d\n%s", fields.Get("kind"), role, got.status, want, got.body)
				}
				says(t, got.body)
			}
			may(ward.PrepareAnswers, try, http.StatusOK)
			may(ward.PrepareAnswers, keep, http.StatusSeeOther)
			may(ward.PublishAnswers, publish, http.StatusSeeOther)
			f, err := of.Store.Fix(t.Context(), fields.Get("id"))
			if (err == nil) != role.May(ward.PrepareAnswers) || (f.State == ward.FixLive) != role.May(ward.PublishAnswers) {
				t.Errorf("%s as %s: %s, %v", fields.Get("kind"), role, f.State, err)
			}
			if err == nil {
				says(t, p.get("/console/fixes/"+f.ID), f.Kind.Title())
			}
			if f.Kind == ward.FixWord && (f.Page != "https://ward.example/park.html" || len(f.Means) != 3) {
				t.Errorf("a word is no golden: %+v", f)
			}
		}
	}
}

// What is wrong is said, and what was typed is still in the form.
func TestRefusedFix(t *testing.T) {
	of := openFAQDesk(t)
	p := of.as(ward.SystemManager)
	for _, c := range []struct{ name, value, says string }{
		{"text", "", "回答を書いてください"},
		{"text", strings.Repeat("あ", ward.MaxFixText+1), "文字までです"},
		{"review", "2026-01-01", "見直す日は"},
		{"page", "", "URL"},
		{"page", "x https://evil.example/", "区のページを選び直す"},
		{"page", "x javascript:alert(1)", "URL"},
		{"kind", "everything", "種類が正しくありません"},
		{"phone", "abc", "半角の数字"},
		{"lead", "", "質問がありません"},
	} {
		fields := answerFields()
		fields.Set(c.name, c.value)
		for _, path := range []string{"/console/fixes/try", "/console/fixes", "/console/fixes/publish"} {
			a := p.post(path, fields)
			if a.status < 400 || a.status >= 500 {
				t.Errorf("%s=%.20q: %d", c.name, c.value, a.status)
			}
			says(t, a.body, c.says, `value="公園課"`)
		}
	}
	if fixes, _ := of.Store.Fixes(t.Context(), data.FixFilter{}, 10, 0); len(fixes) != 0 {
		t.Errorf("kept: %+v", fixes)
	}
}

// The second of two writers sees both texts, and may then decide.
func TestFixChangedByTwo(t *testing.T) {
	of := openFAQDesk(t)
	p := of.as(ward.Operator)
	p.post("/console/fixes/publish", answerFields())
	mine, yours := answerFields(), answerFields()
	for _, fields := range []url.Values{mine, yours} {
		fields.Set("version", "2")
	}
	mine.Set("text", "わたしの文")
	yours.Set("text", "あなたの文"+evil)
	if a := p.post("/console/fixes", mine); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	a := of.as(ward.SystemManager).post("/console/fixes", yours)
	if a.status != http.StatusConflict {
		t.Errorf("second: %d", a.status)
	}
	says(t, a.body, "わたしの文", "あなたの文", "先に変更しました", `name="version" value="3"`)
	f, _ := of.Store.Fix(t.Context(), "AAAAAAAAAAAAAAAA")
	if f.Text != "わたしの文" || f.State != ward.FixLive {
		t.Errorf("kept %+v", f)
	}
	yours.Set("version", "3")
	if a := of.as(ward.SystemManager).post("/console/fixes", yours); a.status != http.StatusSeeOther {
		t.Errorf("decided: %d", a.status)
	}
	if a := p.post("/console/fixes/AAAAAAAAAAAAAAAA/withdraw", url.Values{"version": {"3"}, "reason": {"古い" + evil}}); a.status != http.StatusConflict {
		t.Errorf("withdraw of what changed: %d", a.status)
	} else {
		says(t, a.body, "古い&lt;script&gt;", "先に変更しました")
	}
	if a := p.post("/console/fixes/AAAAAAAAAAAAAAAA/withdraw", url.Values{"version": {"4"}, "reason": {"古い"}}); a.status != http.StatusSeeOther {
		t.Errorf("withdraw: %d", a.status)
	}
	if a := p.post("/console/fixes/AAAAAAAAAAAAAAAA/publish", url.Values{"version": {"4"}}); a.status != http.StatusConflict {
		t.Errorf("publish of what changed: %d", a.status)
	}
	if a := p.post("/console/fixes/nobody/withdraw", url.Values{"version": {"4"}, "reason": {"古い"}}); a.status != http.StatusNotFound {
		t.Errorf("no such fix: %d", a.status)
	}
}

// A contractor writes drafts of their own, and reads no question that is not.
func TestContractorSeesNoQuestions(t *testing.T) {
	of := openFAQDesk(t)
	of.asked("住民の秘密のことば", ward.Web, ward.Nothing, 1)
	op, c := of.as(ward.Operator), of.as(ward.Contractor)
	group := toGroup.FindString(op.get("/console/unanswered"))
	fields := hidden(op.get(group))
	fields.Set("kind", "page")
	op.post("/console/fixes", fields)
	id := fields.Get("id")
	fields.Set("version", "1")
	mine := answerFields()
	mine.Set("lead", "自分の質問")
	c.post("/console/fixes", mine)

	stolen := answerFields()
	stolen.Set("id", id)
	stolen.Set("version", "1")
	fresh := answerFields()
	fresh.Set("id", id)
	for what, a := range map[string]answer{
		"list": c.send("GET", "/console/fixes", nil), "fix": c.send("GET", "/console/fixes/"+id, nil), "edit": c.send("GET", "/console/fixes/"+id+"/edit", nil),
		"group": c.send("GET", group, nil), "questions": c.send("GET", "/console/unanswered", nil),
		"keep": c.post("/console/fixes", stolen), "keep as new": c.post("/console/fixes", fresh), "try": c.post("/console/fixes/try", stolen),
		"publish": c.post("/console/fixes/publish", stolen), "publish kept": c.post("/console/fixes/"+id+"/publish", url.Values{"version": {"1"}, "role": {"operator"}}),
		"withdraw": c.post("/console/fixes/"+id+"/withdraw", url.Values{"version": {"1"}, "reason": {"x"}}),
	} {
		if strings.Contains(a.body, "秘密") {
			t.Errorf("%s shows what a resident asked:\n%s", what, a.body)
		}
		if what != "list" && what != "fix" && a.status != http.StatusForbidden {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	if f, _ := of.Store.Fix(t.Context(), id); f.State != ward.FixDraft || f.Version != 1 {
		t.Errorf("a contractor changed it: %+v", f)
	}
	says(t, c.get("/console/fixes/AAAAAAAAAAAAAAAA"), "自分の質問", "/edit")
	says(t, c.get("/console/fixes/AAAAAAAAAAAAAAAA/edit"), "自分の質問")
	// once somebody else has written in it, it may hold residents' words
	mine.Set("version", "1")
	mine.Set("more", "住民の秘密")
	op.post("/console/fixes", mine)
	if body := c.get("/console/fixes/AAAAAAAAAAAAAAAA"); strings.Contains(body, "秘密") || strings.Contains(body, "/edit") {
		t.Errorf("the contractor sees what staff added:\n%s", body)
	}
}

// An id that is something else's as well shows nothing of that one's history.
func TestHistoryOfFixAlone(t *testing.T) {
	of := openFAQDesk(t)
	err := of.Store.Audit(t.Context(), ward.AuditEntry{Actor: ward.System(), Action: "sign-in-refused", Object: "person7", Detail: "入れませんでした。"})
	if err != nil {
		t.Fatal(err)
	}
	c, fields := of.as(ward.Contractor), answerFields()
	fields.Set("id", "person7")
	c.post("/console/fixes", fields)
	body := c.get("/console/fixes/person7")
	says(t, body, "この対応の記録", auditTitle("fix-prepared"))
	if strings.Contains(body, "入れませんでした") {
		t.Errorf("a contractor reads the audit:\n%s", body)
	}
}

// Residents' words are in no address and in no log.
func TestQuestionsStayInside(t *testing.T) {
	of := openFAQDesk(t)
	of.asked("公園の秘密", ward.Web, ward.Nothing, 1)
	p := of.as(ward.Operator)
	list := p.get("/console/unanswered")
	for _, m := range regexp.MustCompile(`(?:href|action)="([^"]*)"`).FindAllStringSubmatch(list+p.get(toGroup.FindString(list)), -1) {
		if plain, _ := url.QueryUnescape(m[1]); strings.Contains(plain, "秘密") {
			t.Errorf("an address: %s", plain)
		}
	}
	if strings.Contains(of.log.String(), "秘密") {
		t.Errorf("the log: %s", of.log)
	}
}

// Pages of long lists, and answers whose review is due.
func TestFixesPaged(t *testing.T) {
	of := openFAQDesk(t)
	p := of.as(ward.Operator)
	for i := range fixesOnPage + 1 {
		fields := answerFields()
		fields.Set("id", fmt.Sprintf("fix%d", i))
		fields.Set("lead", fmt.Sprintf("公園の質問%d", i))
		p.post("/console/fixes/publish", fields)
	}
	first := p.get("/console/fixes?state=live")
	says(t, first, "続き", "page=2")
	says(t, p.get("/console/fixes?state=live&page=2"), "前の一覧")
	says(t, p.get("/console/fixes?due=1"), "条件に合う対応がありません")
	of.now = of.now.AddDate(0, 6, 0)
	says(t, p.get("/console/fixes?due=1"), "見直す日です")
}
