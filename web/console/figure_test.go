package console

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"madoguchi/ward"
)

// busy is an office whose counter was asked by twelve people the day before.
func busy(t *testing.T, q ward.Asked) *office {
	of := openOffice(t)
	for i := range 12 {
		q.Key, q.Resident, q.At = fmt.Sprint("q", i), ward.Resident(fmt.Sprint("r", i)), of.now.Add(-24*time.Hour)
		if err := of.Store.RecordQuestion(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	run := ward.CrawlRun{Started: of.now.Add(-2 * time.Hour), Finished: of.now.Add(-time.Hour), New: 3, Unchanged: 5, Failed: map[string]int{"503": 2}}
	if err := of.Store.RecordCrawl(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	return of
}

func TestFiguresOfNothing(t *testing.T) {
	body := openOffice(t).as(ward.Contractor).get("/console/figures")
	if strings.Contains(body, "<img") || !strings.Contains(body, "5人以上の人が使うと") || !strings.Contains(body, "まだ一度も巡回していません") {
		t.Errorf("figures of nothing:\n%s", body)
	}
}

// Each chart of the page is there, in both colours, and has its table and file.
func TestFigures(t *testing.T) {
	of := busy(t, ward.Asked{Channel: ward.LINE, Verdict: ward.Sure, Topic: "くらし > ごみ", Section: "清掃事務所", Took: 12 * time.Millisecond})
	auditor := of.as(ward.Auditor)
	body := auditor.get("/console/figures?days=7")
	for _, want := range []string{"<strong>10件</strong>", "くらし &gt; ごみ", "2026年3月25日から2026年3月31日まで", "8ページを読み、2ページは読めませんでした"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	files := regexp.MustCompile(`(?:src|srcset|href)="(/console/figures/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(files) != 3*6 { // days of LINE, hours, outcomes, topics, times, crawls
		t.Errorf("%d charts and files: %v", len(files), files)
	}
	if strings.Count(body, "<img") != strings.Count(body, "<caption>") || strings.Contains(body, `alt=""`) {
		t.Error("a chart has no table or no words")
	}
	for _, f := range files {
		a := auditor.send(http.MethodGet, f[1], nil)
		switch {
		case a.status != http.StatusOK:
			t.Errorf("%s: %d", f[1], a.status)
		case strings.Contains(f[1], ".svg"):
			checkSVG(t, f[1], a.body)
		case !strings.HasPrefix(a.body, "\ufeff") || strings.Count(a.body, "\r\n") < 2:
			t.Errorf("%s: %q", f[1], a.body)
		}
	}
}

// checkSVG makes sure that a picture is well-formed and has neither script nor
// style sheet.
func checkSVG(t *testing.T, name, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			if e.Name.Local == "script" || e.Name.Local == "style" || e.Name.Local == "image" {
				t.Errorf("%s has <%s>", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
					t.Errorf("%s has %s=%q", name, a.Name.Local, a.Value)
				}
			}
		}
	}
}

// What pages of the site are called is text here too.
func TestFiguresAreText(t *testing.T) {
	const script = `"><script>alert(1)</script>`
	of := busy(t, ward.Asked{Channel: ward.Web, Verdict: ward.Nothing, Topic: script, Section: "=" + script})
	for _, target := range []string{"/console/figures", "/console/figures/topics.svg", "/console/figures/unanswered-dark.svg"} {
		body := of.as(ward.Operator).get(target)
		if strings.Contains(body, "<script>alert") {
			t.Errorf("%s has a script", target)
		}
		if strings.HasSuffix(target, ".svg") {
			checkSVG(t, target, body)
		}
	}
	if body := of.as(ward.Operator).get("/console/figures/unanswered.csv"); !strings.Contains(body, `"'=""><script>`) {
		t.Errorf("the file: %q", body)
	}
}

// Four people are not shown, in no file either.
func TestFiguresOfFew(t *testing.T) {
	of := openOffice(t)
	for i := range 40 {
		q := ward.Asked{Key: fmt.Sprint(i), Resident: ward.Resident(fmt.Sprint(i % 4)), At: of.now.Add(-24 * time.Hour), Channel: ward.LINE,
			Verdict: ward.Sure, Topic: "めずらしい話題", Section: "めずらしい課"}
		if err := of.Store.RecordQuestion(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	body := of.as(ward.SecurityManager).get("/console/figures")
	if strings.Contains(body, "めずらしい") || strings.Contains(body, "40") || !strings.Contains(body, "<strong>少数</strong>") {
		t.Errorf("four people are shown:\n%s", body)
	}
}

func TestFiguresRefuse(t *testing.T) {
	of := busy(t, ward.Asked{Channel: ward.LINE, Verdict: ward.Sure})
	for target, want := range map[string]int{
		"/console/figures?days=1":           http.StatusBadRequest,
		"/console/figures?days=9999999":     http.StatusBadRequest,
		"/console/figures/hours.svg?days=x": http.StatusBadRequest,
		"/console/figures/hours.png":        http.StatusNotFound,
		"/console/figures/nobody.svg":       http.StatusNotFound,
		"/console/figures/days-web.svg":     http.StatusNotFound, // nothing to show
		"/console/figures/..%2fhours.svg":   http.StatusNotFound,
	} {
		if a := of.as(ward.Operator).send(http.MethodGet, target, nil); a.status != want {
			t.Errorf("%s: %d, want %d", target, a.status, want)
		}
	}
}

// Figures are made again when the day is over.
func TestFiguresOfANewDay(t *testing.T) {
	of := busy(t, ward.Asked{Channel: ward.LINE, Verdict: ward.Sure})
	of.as(ward.Operator).get("/console/figures")
	of.now = of.now.AddDate(0, 0, 1)
	if body := of.as(ward.Operator).get("/console/figures"); !strings.Contains(body, "2026年4月1日まで") {
		t.Error("the figures are those of the day before")
	}
}
