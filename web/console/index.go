package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"madoguchi/ward"
)

// Limits of the page of the index.
const (
	runsOnPage  = 20
	shownLost   = 30 // goldens that are named
	maxIndexNum = 1 << 30
)

// indexView is what index.html shows.
type indexView struct {
	Here          bool // the index is looked after here
	Progress      Progress
	Runs          []runRow
	Older         string // address of the next page, "" on the last
	Later         bool   // this is not the first page
	Generations   []Generation
	Schedule      string
	Next          time.Time
	Run, Choose   bool // what the person may
	Set, Question bool
	ShownLost     int
}

// runRow is a run as the history shows it.
type runRow struct {
	ward.IndexRun
	Who   string
	State ward.RunState
}

// Took is how long it took, "" while it goes on.
func (r runRow) Took() string {
	if r.Finished.IsZero() {
		return ""
	}
	took := r.Finished.Sub(r.Started).Round(time.Second)
	if took < time.Minute {
		return fmt.Sprintf("%d秒", int(took.Seconds()))
	}
	return fmt.Sprintf("%d分%d秒", int(took.Minutes()), int(took.Seconds())%60)
}

// Badge is how the state looks.
func (r runRow) Badge() string {
	return map[ward.RunState]string{ward.RunDone: "good", ward.RunUnderWay: "warn"}[r.State] + map[bool]string{true: "bad"}[r.State == ward.RunRefused || r.State == ward.RunFailed || r.State == ward.RunBrokenOff]
}

func (s *site) indexPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	view := indexView{Here: s.Works != nil, Run: v.May(ward.RunIndex), Choose: v.May(ward.ChooseIndex), Set: v.May(ward.ChangeSettings),
		Question: v.May(ward.SeeQuestions), ShownLost: shownLost}
	before, err := beforeField(r)
	if err != nil {
		return err
	}
	view.Later = !before.IsZero()
	if view.Runs, view.Older, err = s.runRows(r.Context(), before); err != nil {
		return err
	}
	if s.Works != nil {
		view.Progress = s.Works.Progress()
		if view.Generations, err = s.Works.Generations(r.Context()); err != nil {
			return err
		}
		if view.Schedule, view.Next, err = s.schedule(r.Context()); err != nil {
			return err
		}
	}
	return s.show(w, http.StatusOK, v, "index.html", page{Title: "巡回と索引", Here: "/console/index", Notice: notice(r), Data: view})
}

// beforeField is the time in the address before which runs are listed.
func beforeField(r *http.Request) (time.Time, error) {
	text := r.URL.Query().Get("before")
	if text == "" {
		return time.Time{}, nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 1 {
		return time.Time{}, &ward.Error{Kind: ward.Invalid, Message: "ページの番号が正しくありません。"}
	}
	return time.UnixMilli(ms), nil
}

// runRows is a page of the history and the address of the next one.
func (s *site) runRows(ctx context.Context, before time.Time) (rows []runRow, older string, err error) {
	runs, err := s.Store.Runs(ctx, before, runsOnPage+1)
	if err != nil {
		return nil, "", err
	}
	if len(runs) > runsOnPage {
		runs = runs[:runsOnPage]
		older = "/console/index?before=" + strconv.FormatInt(runs[runsOnPage-1].Started.UnixMilli(), 10) + "#history"
	}
	names, err := s.Store.StaffNames(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, run := range runs {
		rows = append(rows, runRow{run, nameOf(names, run.By.Staff), run.State(s.Now())})
	}
	return rows, older, nil
}

// schedule is the one that holds, and when it comes next.
func (s *site) schedule(ctx context.Context) (text string, next time.Time, err error) {
	set, err := s.Store.Schedule(ctx)
	if err != nil {
		return "", next, err
	}
	if text = set.Cron; text == "" {
		text = s.ConfiguredSchedule
	}
	next, err = s.Works.Schedule(text)
	if ward.KindOf(err) == ward.Invalid {
		err = nil // of another version of ours: the page shows it without a time
	}
	return text, next, err
}

// indexProgress is the part of the page that the script asks for.
func (s *site) indexProgress(w http.ResponseWriter, r *http.Request, v *visitor) error {
	view := indexView{Here: s.Works != nil}
	if s.Works != nil {
		view.Progress = s.Works.Progress()
	}
	return s.show(w, http.StatusOK, v, "index-progress.html", page{Title: "巡回と索引", Here: "/console/index", Data: view})
}

// elsewhere is for a console without Works.
func (s *site) elsewhere() error {
	if s.Works == nil {
		return &ward.Error{Kind: ward.Unavailable, Message: "索引は、このサービスの外で作っています。ここからは動かせません。"}
	}
	return nil
}

func (s *site) startIndex(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	kind := ward.RunKind(f.r.PostForm.Get("kind"))
	if kind != ward.RunCrawl && kind != ward.RunReindex {
		return &ward.Error{Kind: ward.Invalid, Message: "「巡回する」か「索引を作り直す」を選んでください。"}
	}
	if err := s.elsewhere(); err != nil {
		return err
	}
	if err := s.Works.Start(r.Context(), kind, v.Actor()); err != nil {
		return err
	}
	return done(w, r, "/console/index", "started")
}

func (s *site) useIndex(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	n := f.number("generation", "索引の番号")
	if f.err != nil {
		return f.err
	}
	if n < 1 || n > maxIndexNum {
		return &ward.Error{Kind: ward.NotFound, Message: "その索引はありません。"}
	}
	if err := s.elsewhere(); err != nil {
		return err
	}
	if err := s.Works.Use(r.Context(), int(n), v.Actor()); err != nil {
		return err
	}
	return done(w, r, "/console/index", "used")
}
