package sample

import (
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// trap answers at the addresses that make real sites hard to crawl.
func (s *site) trap(w http.ResponseWriter, r *http.Request, name, origin string) bool {
	if rest, ok := strings.CutPrefix(name, "/kana/"); ok && s.pages["/"+rest] != nil {
		s.kana(w, r, s.pages["/"+rest], origin)
		return true
	}
	if rest, ok := strings.CutPrefix(name, "/mobile/"); ok && s.pages["/"+rest] != nil {
		s.sendPage(w, r, s.pages["/"+rest], origin)
		return true
	}
	for i := range s.written {
		switch p := &s.written[i]; name {
		case p.MovedFrom:
			http.Redirect(w, r, p.Path, http.StatusMovedPermanently)
			return true
		case p.RefreshFrom:
			s.refresh(w, r, p)
			return true
		case p.MissingFrom:
			s.sendPage(w, r, s.missing(name), origin)
			return true
		}
	}
	return false
}

// missing is the page that says that there is no page, with all the menus.
func (s *site) missing(name string) *Page {
	return &Page{
		Path: name, Title: "お探しのページは見つかりませんでした", Shape: "cms8341", Layout: Article, Updated: "2024-04-01",
		Parts: []Part{{Body: `<p>お探しのページは、移動または削除された可能性があります。</p>
<ul><li><a href="/index.html">トップページへ</a></li><li><a href="/sitemap.html">サイトマップから探す</a></li></ul>
`}},
	}
}

func (s *site) refresh(w http.ResponseWriter, r *http.Request, p *Page) {
	body := fmt.Sprintf(`<!DOCTYPE html>
<html lang="ja"><head><meta charset="UTF-8"><meta http-equiv="refresh" content="0;URL=%[1]s"><title>ページ移転のお知らせ</title></head>
<body><p>このページは移転しました。自動的に移動しない場合は<a href="%[1]s">こちら</a>をご覧ください。</p></body></html>
`, p.Path)
	s.send(w, r, response{htmlType, []byte(body), p.day().Add(openingHour)})
}

var tagOrText = regexp.MustCompile(`<[^>]*>|[^<]+`)

// kana is the copy of a page with readings over its words.
func (s *site) kana(w http.ResponseWriter, r *http.Request, p *Page, origin string) {
	reading := strings.NewReplacer(
		"区役所", "<ruby>区役所<rp>(</rp><rt>くやくしょ</rt><rp>)</rp></ruby>",
		"住民票", "<ruby>住民票<rp>(</rp><rt>じゅうみんひょう</rt><rp>)</rp></ruby>",
		"手続き", "<ruby>手続<rp>(</rp><rt>てつづ</rt><rp>)</rp></ruby>き",
		"届出", "<ruby>届出<rp>(</rp><rt>とどけで</rt><rp>)</rp></ruby>",
		"窓口", "<ruby>窓口<rp>(</rp><rt>まどぐち</rt><rp>)</rp></ruby>",
		"申請", "<ruby>申請<rp>(</rp><rt>しんせい</rt><rp>)</rp></ruby>",
	)
	copied := *p
	copied.Parts = append([]Part(nil), p.Parts...)
	for i, part := range copied.Parts {
		copied.Parts[i].Body = template.HTML(tagOrText.ReplaceAllStringFunc(string(part.Body), func(run string) string {
			if strings.HasPrefix(run, "<") {
				return run
			}
			return reading.Replace(run)
		}))
	}
	s.sendPage(w, r, &copied, origin)
}

const calendarPath = "/cgi-bin/event_cal_multi/calendar.cgi"

// calendar is a month of events; the links to the next and the last month
// never end.
func (s *site) calendar(w http.ResponseWriter, r *http.Request, origin string) {
	const firstYear, lastYear = 1, 9999
	q := r.URL.Query()
	year, err := strconv.Atoi(q.Get("year"))
	if err != nil || year < firstYear || year > lastYear {
		year = 2026
	}
	month, err := strconv.Atoi(q.Get("month"))
	if err != nil || month < 1 || month > 12 {
		month = 4
	}
	first := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	var out strings.Builder
	step := func(class, label string, t time.Time) {
		fmt.Fprintf(&out, `<li class="%s"><a href="%s?type=2&amp;year=%d&amp;month=%d">%s</a></li>`, class, calendarPath, t.Year(), t.Month(), label)
	}
	out.WriteString(`<ul class="cal_navi">`)
	step("prev_month", "前の月", first.AddDate(0, -1, 0))
	step("next_month", "次の月", first.AddDate(0, 1, 0))
	out.WriteString("</ul>\n<table class=\"event_cal_list\">\n")
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		event := ""
		if day.Weekday() == time.Saturday {
			event = fmt.Sprintf(`<ul><li><a href="%s?type=3&amp;year=%d&amp;month=%d&amp;day=%d">おはなし会（みほん図書館）</a></li></ul>`, calendarPath, day.Year(), day.Month(), day.Day())
		}
		fmt.Fprintf(&out, "<tr><td class=\"cal_date\">%s</td><td>%s</td></tr>\n", day.Format("1月2日"), event)
	}
	out.WriteString("</table>\n")
	s.sendPage(w, r, &Page{
		Path: calendarPath, Title: first.Format("イベントカレンダー2006年1月"), Shape: "cms8341", Layout: Article,
		Updated: "2024-04-01", Parts: []Part{{Body: template.HTML(out.String())}},
	}, origin)
}
