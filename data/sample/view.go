package sample

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"madoguchi/ward"
)

// view is what a template sees: the page, and where it stands in the site.
type view struct {
	*Page
	URL      string // absolute
	Menu     []link // the top categories
	Trail    []link // the breadcrumb above the page
	Siblings []link // other pages of its category
	News     []*Page
	Widget   string // address of a script for every page, "" for none
}

type link struct{ Path, Name string }

// Parent is the category of the page, nil for the top page.
func (v view) Parent() *link {
	if len(v.Trail) < 2 {
		return nil
	}
	return &v.Trail[len(v.Trail)-1]
}

// group is a section with the questions under it.
type group struct {
	Part
	Layout    Layout
	Module    int // number of the block, for the CMS that numbers its blocks
	Questions []question
}

// question is a Part with the marks that its page sets before Q and A.
type question struct {
	Part
	Number     int
	Tag, QMark string
	aMark      string
}

// Groups are the parts of the page with the questions under their headings.
func (p *Page) Groups() []group {
	groups, number := []group{}, 0
	for _, part := range p.Parts {
		if !part.Question {
			groups = append(groups, group{Part: part, Layout: p.Layout, Module: p.ID*100 + len(groups)})
			continue
		}
		if len(groups) == 0 {
			groups = append(groups, group{Layout: p.Layout, Module: p.ID * 100})
		}
		number++
		last := &groups[len(groups)-1]
		last.Questions = append(last.Questions, p.mark(part, number))
	}
	return groups
}

// mark sets a question in one of the four habits seen on ward pages; a page
// keeps to one.
func (p *Page) mark(part Part, n int) question {
	q := question{Part: part, Number: n}
	switch p.ID % 4 {
	case 0:
		q.Tag, q.QMark, q.aMark = "h3", fmt.Sprintf("Q%d　", n), "A　"
	case 1:
		q.Tag, q.QMark, q.aMark = "p", "Ｑ"+fullWidth(n)+"．", "Ａ．"
	case 2:
		q.Tag, q.QMark, q.aMark = "strong", fmt.Sprintf("Q1-%d ", n), "A:"
	default:
		q.Tag, q.QMark, q.aMark = "dt", fmt.Sprintf("質問%d　", n), fmt.Sprintf("回答%d：", n)
	}
	return q
}

// Answer is the answer with its mark, inside the first paragraph if it starts with one.
func (q question) Answer() template.HTML {
	if rest, ok := strings.CutPrefix(string(q.Body), "<p>"); ok {
		return template.HTML("<p>" + q.aMark + rest)
	}
	return template.HTML("<p>"+q.aMark+"</p>\n") + q.Body
}

func fullWidth(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + '０' }, fmt.Sprint(n))
}

// Date is 2026年4月1日.
func (p *Page) Date() string { return p.day().Format("2006年1月2日") }

// DatePadded is 2026年04月01日.
func (p *Page) DatePadded() string { return p.day().Format("2006年01月02日") }

// DateEra is 令和8年4月1日.
func (p *Page) DateEra() string {
	const beforeReiwa = 2018
	return fmt.Sprintf("令和%d年", p.day().Year()-beforeReiwa) + p.day().Format("1月2日")
}

// day is midnight in Tokyo of the day of the last update.
func (p *Page) day() time.Time {
	d, _ := time.ParseInLocation(time.DateOnly, p.Updated, ward.Japan()) // checked when read
	return d
}

func templates() (map[string]*template.Template, error) {
	funcs := template.FuncMap{
		// html/template drops the comments by which a CMS is known
		"comment":  func(s string) template.HTML { return template.HTML("<!-- " + s + " -->") },
		"fileIcon": fileIcon,
	}
	sets := map[string]*template.Template{}
	for _, shape := range append(strings.Fields(shapes), topShape) {
		files := []string{"templates/common.html", "templates/" + shape + ".html"}
		if shape == topShape {
			files = []string{"templates/common.html", "templates/cms8341.html", "templates/top.html"}
		}
		t, err := template.New(shape).Funcs(funcs).ParseFS(content, files...)
		if err != nil {
			return nil, fmt.Errorf("read template of shape %s: %w", shape, err)
		}
		sets[shape] = t
	}
	return sets, nil
}

const topShape = "top"

func fileIcon(kind string) string {
	switch kind {
	case "エクセル", "Excel":
		return "excel"
	case "ワード", "Word":
		return "word"
	}
	return strings.ToLower(kind)
}
