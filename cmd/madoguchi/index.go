package main

import (
	"context"
	"flag"
	"fmt"

	"madoguchi/ward"
)

func reindex(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("index", flag.ContinueOnError)
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	c, err := openCounter(ctx, &cfg, cfg.logger(env.stderr))
	if ward.KindOf(err) == ward.Conflict {
		return handOver(ctx, &cfg, "/index", err, env.stdout)
	}
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.reindex(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, "索引を作り直しました。")
	return err
}
