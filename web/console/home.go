package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

const (
	openSince = 90 * 24 * time.Hour // how far back open questions are counted
	homeCount = 1000                // more than so many are not counted
	staleSite = 48 * time.Hour      // since the last crawl: worth a word
)

// task is one thing that may wait for whoever is signed in.
type task struct {
	Path, Name string
	Count      string // how many wait
	Says       string // about it
	Urgent     bool
}

// home is the first page: what waits for whoever is signed in.
func (s *site) home(w http.ResponseWriter, r *http.Request, v *visitor) error {
	tasks, err := s.tasks(r.Context(), v)
	if err != nil {
		return err
	}
	return s.show(w, http.StatusOK, v, "home.html", page{Title: "はじめに", Notice: notice(r), Data: tasks})
}

func (s *site) tasks(ctx context.Context, v *visitor) (tasks []task, err error) {
	for _, t := range []struct {
		action ward.Action
		ask    func(context.Context) (task, error)
	}{
		{ward.SeeQuestions, s.openTask},
		{ward.SeeAnswers, s.draftTask},
		{ward.SeeAnswers, s.reviewTask},
		{ward.SeeAnswers, s.stopTask},
		{ward.SeeAnswers, s.crawlTask},
	} {
		if !v.May(t.action) {
			continue
		}
		one, err := t.ask(ctx)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, one)
	}
	return tasks, nil
}

func count(n int) string {
	if n >= homeCount {
		return fmt.Sprintf("%d以上", homeCount)
	}
	return fmt.Sprint(n)
}

func (s *site) openTask(ctx context.Context) (task, error) {
	open, err := s.Store.OpenQuestions(ctx, s.Now().Add(-openSince), "", homeCount)
	return task{"/console/unanswered", "答えられなかった質問", count(len(open)), "言い方の数（この90日）", len(open) > 0}, err
}

func (s *site) draftTask(ctx context.Context) (task, error) {
	drafts, err := s.Store.Fixes(ctx, data.FixFilter{State: ward.FixDraft}, homeCount, 0)
	return task{"/console/fixes?state=draft", "公開を待つ案", count(len(drafts)), "確かめて、公開するか取り下げてください", len(drafts) > 0}, err
}

func (s *site) reviewTask(ctx context.Context) (task, error) {
	tomorrow := s.Now().In(ward.Japan()).AddDate(0, 0, 1).Format(time.DateOnly)
	due, err := s.Store.Fixes(ctx, data.FixFilter{State: ward.FixLive, Kind: ward.FixAnswer, DueBefore: tomorrow}, homeCount, 0)
	return task{"/console/fixes?state=live&kind=answer&due=1", "見直す日が来た回答", count(len(due)), "いまも正しいかを確かめてください", len(due) > 0}, err
}

func (s *site) stopTask(ctx context.Context) (task, error) {
	in, _, err := s.Store.InForce(ctx, 0)
	return task{"/console/stops", "止めている案内", fmt.Sprint(len(in.Stops)), "戻してよいものがないか確かめてください", len(in.Stops) > 0}, err
}

func (s *site) crawlTask(ctx context.Context) (task, error) {
	runs, err := s.Store.Crawls(ctx, 1)
	t := task{"/console/index", "最後の巡回", "まだ", "区のサイトをまだ読んでいません", true}
	if err != nil || len(runs) == 0 {
		return t, err
	}
	run := runs[0]
	t.Count = run.Finished.In(ward.Japan()).Format("1月2日 15:04")
	t.Urgent = s.Now().Sub(run.Finished) > staleSite || run.Kept != ""
	t.Says = fmt.Sprintf("新規%d、変更%d、なくなった%d", run.New, run.Changed, run.Gone)
	if run.Kept != "" {
		t.Says = "前回のページを残しました"
	}
	return t, nil
}
