package sample

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func pagesByPath(t *testing.T) map[string]*Page {
	t.Helper()
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]*Page{}
	for i := range pages {
		byPath[pages[i].Path] = &pages[i]
	}
	return byPath
}

func TestSiteIsLargeAndMixed(t *testing.T) {
	pages := pagesByPath(t)
	shapeCount, layoutCount := map[string]int{}, map[Layout]int{}
	for _, p := range pages {
		shapeCount[p.Shape]++
		layoutCount[p.Layout]++
	}
	t.Log(len(pages), shapeCount, layoutCount)
	if len(pages) < 120 {
		t.Errorf("%d pages, want 120", len(pages))
	}
	if n := shapeCount["cms8341"]; n*10 < len(pages)*6 {
		t.Errorf("%d of %d pages are of the ward's own CMS, want most", n, len(pages))
	}
	for shape := range strings.FieldsSeq(shapes) {
		if shapeCount[shape] < 2 {
			t.Errorf("shape %s: %d pages, want 2", shape, shapeCount[shape])
		}
	}
	for layout := range strings.FieldsSeq(layouts) {
		if layoutCount[Layout(layout)] < 2 {
			t.Errorf("layout %s: %d pages, want 2", layout, layoutCount[Layout(layout)])
		}
	}
}

func TestQuestionsPointIntoTheSite(t *testing.T) {
	pages := pagesByPath(t)
	questions, err := Questions()
	if err != nil {
		t.Fatal(err)
	}
	ids, texts, other := map[string]bool{}, map[string]string{}, 0
	for _, q := range questions {
		if ids[q.ID] {
			t.Errorf("%s: id twice", q.ID)
		}
		if before := texts[q.Text]; before != "" {
			t.Errorf("%s: same text as %s", q.ID, before)
		}
		ids[q.ID], texts[q.Text] = true, q.ID
		if q.Words == "other" {
			other++
		}
		checkRelevant(t, pages, q)
	}
	if len(questions) < 300 {
		t.Errorf("%d questions, want 300", len(questions))
	}
	if other*100 < len(questions)*45 {
		t.Errorf("%d of %d questions use other words than the page, want 45 %%", other, len(questions))
	}
}

func checkRelevant(t *testing.T, pages map[string]*Page, q Question) {
	t.Helper()
	exact := false
	for key, grade := range q.Relevant {
		exact = exact || grade == 2
		name, anchor, has := strings.Cut(key, "#")
		p := pages[name]
		if p == nil {
			t.Errorf("%s: no page %s", q.ID, name)
			continue
		}
		if has && !strings.Contains(" "+strings.Join(p.Anchors(), " ")+" ", " "+anchor+" ") {
			t.Errorf("%s: page %s has no anchor #%s", q.ID, name, anchor)
		}
	}
	if !exact {
		t.Errorf("%s: no page answers exactly", q.ID)
	}
}

func TestUnanswerable(t *testing.T) {
	refusals, err := Unanswerable()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range refusals {
		if seen[r.ID] || seen[r.Text] {
			t.Errorf("%s: twice", r.ID)
		}
		seen[r.ID], seen[r.Text] = true, true
	}
	if len(refusals) < 170 {
		t.Errorf("%d unanswerable questions, want 170", len(refusals))
	}
}

// Every page is served with its title, text, anchors and date in the HTML of its shape.
func TestEveryPageRenders(t *testing.T) {
	h := serve(t)
	phone := regexp.MustCompile(`0\d{1,4}-\d{2,4}-\d{4}`)
	for path, p := range pagesByPath(t) {
		w := get(h, path)
		body := w.Body.String()
		if w.Code != http.StatusOK || strings.Count(body, "<html") != 1 || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
			t.Errorf("%s: status %d, broken page", path, w.Code)
		}
		for _, id := range p.Anchors() {
			if !strings.Contains(body, ` id="`+id+`"`) && !strings.Contains(body, ` name="`+id+`"`) {
				t.Errorf("%s (%s, %s): anchor #%s is lost", path, p.Shape, p.Layout, id)
			}
		}
		dates := p.Date() + p.DatePadded() + p.DateEra()
		if p.Shape != "isite" && !strings.Contains(body, p.Date()) && !strings.Contains(body, p.DatePadded()) && !strings.Contains(body, p.DateEra()) {
			t.Errorf("%s (%s): shows none of %s", path, p.Shape, dates)
		}
		for _, number := range phone.FindAllString(body, -1) {
			if !strings.HasPrefix(number, "03-0000-") && !publicNumber(number) {
				t.Errorf("%s: number %s is not of the sample range", p.File, number)
			}
		}
		if strings.Contains(body, "ZgotmplZ") {
			t.Errorf("%s: the template refused a value", path)
		}
	}
}

// publicNumber tells the numbers of national services, true and the same everywhere.
func publicNumber(number string) bool {
	return strings.HasPrefix(number, "0120-") || strings.HasPrefix(number, "0570-")
}
