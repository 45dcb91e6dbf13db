package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// Limits of the figures' page.
const (
	usualPeriod  = 30
	crawlsShown  = 14
	openTable    = 12               // rows of a table that is not folded away
	figuresFresh = 10 * time.Minute // figures are of whole days before today: they hardly change
)

// periods are how many days can be looked at.
func periods() []int { return []int{7, 30, 90} }

// figure is a chart with its table. Where there is nothing to show, Empty says
// so in a sentence.
type figure struct {
	Name, Title, Note, Alt, Empty string
	Head                          []string
	Rows                          [][]string

	bars []bar
	draw drawing
}

// Folded tells whether the table is too long to stand open.
func (f figure) Folded() bool { return len(f.Rows) > openTable }

// Height is that of its picture.
func (f figure) Height() int { return f.draw.height(len(f.bars)) }

// figureCache holds the figures of each period, because every chart of a page
// is a request of its own.
type figureCache struct {
	mu  sync.Mutex
	all map[int]cached
}

type cached struct {
	data.Figures
	at time.Time
}

// figuresOf makes the figures of so many days, or gives those made a moment ago.
func (s *site) figuresOf(ctx context.Context, days int) (data.Figures, error) {
	s.figures.mu.Lock()
	defer s.figures.mu.Unlock()
	now := s.Now()
	c, ok := s.figures.all[days]
	today := func(t time.Time) string { return t.In(ward.Japan()).Format(time.DateOnly) }
	if age := now.Sub(c.at); ok && age >= 0 && age < figuresFresh && today(now) == today(c.at) {
		return c.Figures, nil
	}
	f, err := s.Store.Figures(ctx, days)
	if err != nil {
		return data.Figures{}, err
	}
	if s.figures.all == nil {
		s.figures.all = map[int]cached{}
	}
	s.figures.all[days] = cached{f, now}
	return f, nil
}

// period reads how many days are asked for.
func period(r *http.Request) (int, error) {
	text := r.URL.Query().Get("days")
	if text == "" {
		return usualPeriod, nil
	}
	days, err := strconv.Atoi(text)
	if err != nil || !slices.Contains(periods(), days) {
		return 0, &ward.Error{Kind: ward.Invalid, Message: "期間は、7日、30日、90日から選んでください。"}
	}
	return days, nil
}

// figuresView is what figures.html shows.
type figuresView struct {
	data.Figures
	Period  int
	Periods []int
	All     []figure
}

func (s *site) figuresPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	days, err := period(r)
	if err != nil {
		return err
	}
	f, runs, err := s.sources(r.Context(), days)
	if err != nil {
		return err
	}
	view := figuresView{Figures: f, Period: days, Periods: periods(), All: allFigures(f, runs)}
	return s.show(w, http.StatusOK, v, "figures.html", page{Title: "数字", Here: "/console/figures", Data: view})
}

func (s *site) sources(ctx context.Context, days int) (data.Figures, []ward.CrawlRun, error) {
	f, err := s.figuresOf(ctx, days)
	if err != nil {
		return f, nil, err
	}
	runs, err := s.Store.Crawls(ctx, crawlsShown)
	return f, runs, err
}

// figureFile answers with a chart (NAME.svg, NAME-dark.svg) or with its table
// (NAME.csv).
func (s *site) figureFile(w http.ResponseWriter, r *http.Request, v *visitor) error {
	days, err := period(r)
	if err != nil {
		return err
	}
	name, kind, _ := strings.Cut(r.PathValue("file"), ".")
	name, dark := strings.CutSuffix(name, "-dark")
	f, runs, err := s.sources(r.Context(), days)
	if err != nil {
		return err
	}
	all := allFigures(f, runs)
	i := slices.IndexFunc(all, func(f figure) bool { return f.Name == name && f.Empty == "" })
	switch {
	case i >= 0 && kind == "csv":
		return writeCSV(w, fmt.Sprintf("%s-%ddays.csv", name, days), all[i].Head, all[i].Rows)
	case i >= 0 && kind == "svg":
		all[i].draw.dark = dark
		svg, err := draw(all[i].bars, all[i].draw)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "image/svg+xml")
		_, err = w.Write(svg)
		return err
	}
	return s.nowhere(w, r, v)
}

// few is what stands in a table for a group that is not shown.
const few = "少数"

func text(c data.Cell) string {
	if c.Hidden {
		return few
	}
	return strconv.Itoa(c.Count)
}

// allFigures are the charts of the page, in its order.
func allFigures(f data.Figures, runs []ward.CrawlRun) []figure {
	all := []figure{
		daysFigure("days-line", "LINEの質問（日ごと）", f, func(d data.DayFigures) data.Cell { return d.LINE }),
		daysFigure("days-web", "ウェブの質問（日ごと）", f, func(d data.DayFigures) data.Cell { return d.Web }),
		hoursFigure(f), outcomesFigure(f), votesFigure(f),
		groupsFigure("topics", "よく聞かれた話題", "話題", f.Topics, "話題の分からない質問"),
		groupsFigure("unanswered", "答えられなかった質問の担当", "いちばん近いページの担当", f.Unanswered, "担当の分からない質問"),
		timesFigure(f), crawlsFigure(runs),
	}
	for i := range all {
		all[i].finish()
	}
	return all
}

// finish writes the text that stands for the picture, and empties a figure
// without a bar.
func (f *figure) finish() {
	most := bar{}
	for _, b := range f.bars {
		if b.value > most.value {
			most = b
		}
	}
	if most.value == 0 {
		f.Empty = cmp.Or(f.Empty, "この期間には、示せる数がありません。5人以上の人が使うと、ここに出ます。")
		return
	}
	f.Empty = ""
	f.Alt = fmt.Sprintf("%sの棒グラフ。いちばん大きいのは%sの%s%s。ほかの数は下の表にあります。", f.Title, most.name,
		strconv.FormatFloat(most.value, 'f', -1, 64), f.draw.unit)
}

func daysFigure(name, title string, f data.Figures, of func(data.DayFigures) data.Cell) figure {
	out := figure{Name: name, Title: title, Head: []string{"日", "質問"}, draw: drawing{unit: "件"}}
	for _, d := range f.Days {
		short := d.Day
		if day, err := time.Parse(time.DateOnly, d.Day); err == nil {
			short = day.Format("1月2日")
		}
		out.bars = append(out.bars, bar{short, float64(of(d).Count)})
		out.Rows = append(out.Rows, []string{d.Day, text(of(d))})
	}
	return out
}

func hoursFigure(f data.Figures) figure {
	out := figure{Name: "hours", Title: "時間帯ごとの質問", Head: []string{"時間帯", "質問"}, draw: drawing{unit: "件"}}
	for _, g := range f.Hours {
		out.bars = append(out.bars, bar{g.Name + "時", float64(g.Count)})
		out.Rows = append(out.Rows, []string{g.Name + "時台", text(g.Cell)})
	}
	return out
}

func outcomesFigure(f data.Figures) figure {
	out := figure{Name: "outcomes", Title: "質問にどう答えたか", Head: []string{"結果", "質問", "割合"}, draw: drawing{lying: true, unit: "件"}}
	titles := map[string]string{
		data.OutcomeAnswered: "すぐに答えた", data.OutcomeChosen: "候補から選ばれた", data.OutcomeOpen: "候補が選ばれなかった",
		data.OutcomeNothing: "見つからなかった", data.OutcomeStopped: "案内を止めていた",
	}
	for _, g := range f.Outcomes {
		out.bars = append(out.bars, bar{titles[g.Name], float64(g.Count)})
		out.Rows = append(out.Rows, []string{titles[g.Name], text(g.Cell), share(g.Cell, f.Outcomes)})
	}
	return out
}

func votesFigure(f data.Figures) figure {
	out := figure{Name: "votes", Title: "お役に立ちましたか", Head: []string{"返事", "数", "割合"}, draw: drawing{lying: true, unit: "件"}}
	titles := map[string]string{data.VoteHelpful: "はい", data.VoteUnhelpful: "いいえ"}
	for _, g := range f.Votes {
		out.bars = append(out.bars, bar{titles[g.Name], float64(g.Count)})
		out.Rows = append(out.Rows, []string{titles[g.Name], text(g.Cell), share(g.Cell, f.Votes)})
	}
	return out
}

// share is the part of a cell in its table, "–" where the table is not shown as
// a whole: a share tells the total.
func share(c data.Cell, of []data.Group) string {
	total := 0
	for _, g := range of {
		if g.Hidden {
			return "–"
		}
		total += g.Count
	}
	if total == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(c.Count)/float64(total))
}

func groupsFigure(name, title, head string, groups []data.Group, unnamed string) figure {
	out := figure{Name: name, Title: title, Head: []string{head, "質問"}, draw: drawing{lying: true, unit: "件"}}
	for _, g := range groups {
		called := cmp.Or(g.Name, unnamed)
		out.bars = append(out.bars, bar{called, float64(g.Count)})
		out.Rows = append(out.Rows, []string{called, text(g.Cell)})
	}
	return out
}

func timesFigure(f data.Figures) figure {
	out := figure{Name: "times", Title: "答えるまでの時間", Head: []string{"チャネル", "半分の質問", "95%の質問", "99%の質問"},
		Note: "窓口が答えを用意するまでの時間です。それぞれ、この時間までに答えました。", draw: drawing{lying: true, unit: "ミリ秒"}}
	for _, t := range f.Times {
		channel := map[ward.Channel]string{ward.LINE: "LINE", ward.Web: "ウェブ"}[t.Channel]
		row := []string{channel}
		for _, p := range []struct {
			name string
			d    time.Duration
		}{{"半分", t.P50}, {"95%", t.P95}, {"99%", t.P99}} {
			out.bars = append(out.bars, bar{channel + " " + p.name, float64(p.d.Milliseconds())})
			row = append(row, fmt.Sprintf("%dミリ秒", p.d.Milliseconds()))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// crawlsFigure tells how fresh the pages are; nobody stands in it.
func crawlsFigure(runs []ward.CrawlRun) figure {
	out := figure{Name: "crawls", Title: "サイトの巡回", Empty: "まだ一度も巡回していません。巡回が終わると、ここに出ます。",
		Head: []string{"終わった時刻", "読めたページ", "新しい・変わった", "なくなった", "読めなかった"}, draw: drawing{unit: "ページ"},
		Note: "棒は、その回に読めたページの数です。"}
	for i, r := range runs {
		failed := 0
		for _, n := range r.Failed {
			failed += n
		}
		read := r.New + r.Changed + r.Unchanged
		at := r.Finished.In(ward.Japan())
		if i == 0 {
			out.Note = fmt.Sprintf("最後の巡回は%sに終わりました。%dページを読み、%dページは読めませんでした。%s", at.Format("1月2日15時04分"), read, failed, out.Note)
		}
		out.bars = append(out.bars, bar{at.Format("1月2日"), float64(read)})
		out.Rows = append(out.Rows, []string{at.Format("2006-01-02 15:04"), strconv.Itoa(read), strconv.Itoa(r.New + r.Changed),
			strconv.Itoa(r.Gone), strconv.Itoa(failed)})
	}
	slices.Reverse(out.bars) // time goes to the right; the table begins with the last
	return out
}
