package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"madoguchi/crawler"
	"madoguchi/ward"
)

func crawl(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("crawl", flag.ContinueOnError)
	fs.StringVar(&cfg.siteURL, "site", "", "区のサイトのURL（--site-url と同じ）")
	full := fs.Bool("full", false, "前回からの変化を尋ねず、すべて取り直す")
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	c, err := openCounter(ctx, &cfg, cfg.logger(env.stderr))
	if ward.KindOf(err) == ward.Conflict {
		return handOver(ctx, &cfg, fmt.Sprintf("/crawl?full=%t", *full), err, env.stdout)
	}
	if err != nil {
		return err
	}
	defer c.close()
	show := newProgress(env.stdout)
	result, err := c.crawl(ctx, crawlOptions{full: *full, progress: show.update})
	show.finish()
	printSummary(env.stdout, result.Summary)
	printJudgement(env.stdout, result.index)
	return err
}

// progress shows how far a crawl is: a bar on a terminal, else a line every
// two seconds.
type progress struct {
	out  io.Writer
	last time.Time
	bars *mpb.Progress // nil where there is no terminal
	bar  *mpb.Bar
}

// lineEvery keeps a log file readable.
const lineEvery = 2 * time.Second

func newProgress(out io.Writer) *progress {
	p := &progress{out: out}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))
		p.bar = p.bars.AddBar(0,
			mpb.PrependDecorators(decor.CountersNoUnit("巡回 %d / %d ページ")),
			mpb.AppendDecorators(
				decor.AverageSpeed(0, "%.0f ページ/秒 "),
				decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace), decor.Name(" 残り")))
	}
	return p
}

func (p *progress) update(now crawler.Progress) {
	if p.bar != nil {
		p.bar.SetTotal(int64(now.Done+now.Queued), false)
		p.bar.SetCurrent(int64(now.Done))
		return
	}
	if time.Since(p.last) < lineEvery {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.out, "巡回中: %d ページ済み、待ち %d、失敗 %d\n", now.Done, now.Queued, now.Failed)
}

func (p *progress) finish() {
	if p.bar != nil {
		p.bar.SetTotal(-1, true)
		p.bars.Wait()
	}
}

func printSummary(w io.Writer, s crawler.Summary) {
	took := s.Duration()
	fmt.Fprintf(w, "巡回の結果: 新規 %d、変更 %d、変化なし %d、移動 %d、なくなった %d、行き先のないリンク %d\n", s.New, s.Changed, s.Unchanged, s.Moved, s.Gone, s.Missing)
	fmt.Fprintf(w, "  取得 %d 回（変化なしの返事 %d）、本文 %.2f MB、%.1f 秒", s.Requests, s.NotModified, float64(s.Bytes)/1e6, took.Seconds())
	if took > 0 {
		fmt.Fprintf(w, "（毎秒 %.0f 回）", float64(s.Requests)/took.Seconds())
	}
	fmt.Fprintln(w)
	if len(s.Failed) > 0 {
		fmt.Fprintln(w, "  失敗: "+counts(s.Failed))
	}
	if len(s.Skipped) > 0 {
		fmt.Fprintln(w, "  尋ねなかったもの: "+counts(s.Skipped))
	}
	if s.Kept != "" {
		fmt.Fprintln(w, "  注意: "+s.Kept)
	}
}

// counts lists reasons with their numbers, in the order of their names.
func counts(m map[string]int) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, m[reason]))
	}
	return strings.Join(parts, "、")
}

// crawlRun is the summary as the store keeps it.
func crawlRun(s crawler.Summary) ward.CrawlRun {
	run := ward.CrawlRun{
		Started: s.Started, Finished: s.Ended,
		New: s.New, Changed: s.Changed, Unchanged: s.Unchanged, Gone: s.Gone,
		Failed: s.Failed, Kept: s.Kept,
	}
	for _, c := range s.Changes {
		run.Changes = append(run.Changes, pageChange(c))
	}
	return run
}

func pageChange(c crawler.Change) ward.PageChange {
	switch c.Kind {
	case crawler.Appeared:
		return ward.PageChange{URL: c.URL, Title: c.Title, What: ward.PageNew}
	case crawler.Vanished:
		return ward.PageChange{URL: c.URL, Title: c.Title, What: ward.PageGone}
	case crawler.MovedTo:
		return ward.PageChange{URL: c.To, Title: c.Title, What: ward.PageChanged}
	}
	return ward.PageChange{URL: c.URL, Title: c.Title, What: ward.PageChanged}
}
