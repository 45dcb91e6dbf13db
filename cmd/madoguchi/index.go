package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"madoguchi/index"
	"madoguchi/ward"
)

func reindex(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("index", flag.ContinueOnError)
	list := fs.Bool("list", false, "残してある索引を一覧にする")
	use := fs.Int("use", 0, "この番号の索引に入れ替える（前のものに戻す、使わなかったものを使う）")
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	if *use < 0 {
		return invalidf("use は索引の番号です。madoguchi index --list で確かめてください")
	}
	if *list {
		return printGenerations(env.stdout, cfg.indexOptions(nil))
	}
	c, err := openCounter(ctx, &cfg, cfg.logger(env.stderr))
	if ward.KindOf(err) == ward.Conflict {
		return handOver(ctx, &cfg, fmt.Sprintf("/index?use=%d", *use), err, env.stdout)
	}
	if err != nil {
		return err
	}
	defer c.close()
	return c.indexed(ctx, *use, env.stdout)
}

// indexed makes a new index, or generation use the live one, and says so.
func (c *counter) indexed(ctx context.Context, use int, out io.Writer) error {
	if use > 0 {
		stats, err := c.use(ctx, use, ward.System())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "索引 %d に入れ替えました（文書 %d 件）。\n", stats.Generation, stats.Documents)
		return err
	}
	stats, err := c.reindex(ctx)
	printJudgement(out, stats)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "索引を作り直しました。")
	return err
}

// printJudgement says how the new index did on the goldens, if there are any.
func printJudgement(w io.Writer, s index.Stats) {
	if s.Judgement != nil {
		fmt.Fprintf(w, "索引 %d: %s\n", s.Generation, s.Judgement)
	}
}

func printGenerations(w io.Writer, o index.Options) error {
	all, err := index.Generations(o)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "索引はまだありません。")
		return err
	}
	for _, g := range all {
		mark := " "
		if g.Live {
			mark = "*"
		}
		line := fmt.Sprintf("%s 索引 %d  %s  文書 %d 件", mark, g.Generation, g.BuiltAt.In(ward.Japan()).Format(time.DateTime), g.Documents)
		if g.Judgement != nil {
			line += "  " + g.Judgement.String()
			if g.Judgement.Refused {
				line += "作ったときは入れ替えませんでした。"
			}
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(w, "* がいま使っている索引です。入れ替えるには madoguchi index --use 番号")
	return err
}
