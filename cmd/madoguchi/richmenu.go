package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"madoguchi/bot/line"
	"madoguchi/ward"
)

// richMenu plans, applies and switches the account's rich menus.
func richMenu(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("richmenu", flag.ContinueOnError)
	pictures := fs.String("pictures", "", "絵も、このフォルダーに書き出す（plan のとき）")
	words, args := leadingNames(args)
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	words = append(words, fs.Args()...)
	client, err := cfg.lineClient(cfg.logger(env.stderr))
	if err != nil {
		return err
	}
	switch strings.Join(words, " ") {
	case "plan":
		return cfg.planMenus(ctx, env, client, *pictures)
	case "apply":
		return cfg.applyMenus(ctx, env, client)
	case "status":
		return cfg.menuStatus(ctx, env, client)
	case "incident on":
		return switchMenus(ctx, env, client, true)
	case "incident off":
		return switchMenus(ctx, env, client, false)
	}
	return invalidf("madoguchi richmenu のあとには plan、apply、status、incident on、incident off のどれかを書いてください")
}

// richMenus reads the files.
func (cfg *config) richMenus() (*line.RichMenus, error) {
	if _, err := os.Stat(cfg.richMenuDir); err != nil {
		return nil, &ward.Error{Kind: ward.Invalid, Message: "リッチメニューのフォルダー " + cfg.richMenuDir + "（richmenu-dir）を開けません", Err: err}
	}
	var site *url.URL
	if cfg.siteURL != "" {
		var err error
		if site, err = url.Parse(cfg.siteURL); err != nil {
			return nil, invalidf("site-url「%s」はURLではありません", cfg.siteURL)
		}
	}
	return line.ReadRichMenus(os.DirFS(cfg.richMenuDir), site)
}

func (cfg *config) planMenus(ctx context.Context, env environment, client *line.Client, pictures string) error {
	menus, err := cfg.richMenus()
	if err != nil {
		return err
	}
	if pictures != "" {
		if err := writePictures(menus, pictures); err != nil {
			return err
		}
	}
	plan, err := menus.Plan(ctx, client)
	if err != nil {
		return err
	}
	for _, s := range plan.Steps() {
		fmt.Fprintln(env.stdout, "予定: "+s)
	}
	sumUp(env, plan)
	return nil
}

func writePictures(menus *line.RichMenus, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder of pictures: %w", err)
	}
	for _, id := range menus.IDs() {
		png, _ := menus.Picture(id)
		if err := os.WriteFile(filepath.Join(dir, id+".png"), png, 0o644); err != nil {
			return fmt.Errorf("write picture: %w", err)
		}
	}
	return nil
}

func (cfg *config) applyMenus(ctx context.Context, env environment, client *line.Client) error {
	menus, err := cfg.richMenus()
	if err != nil {
		return err
	}
	plan, err := menus.Plan(ctx, client)
	if err != nil {
		return err
	}
	err = plan.Apply(ctx, func(s string) { fmt.Fprintln(env.stdout, "済み: "+s) })
	if err != nil {
		return fmt.Errorf("途中で止まりました。見えているメニューはそのままです。もう一度 apply を実行すると続きから行います: %w", err)
	}
	sumUp(env, plan)
	return nil
}

func sumUp(env environment, plan *line.RichMenuPlan) {
	if len(plan.UpToDate) > 0 {
		fmt.Fprintln(env.stdout, "そのまま: "+strings.Join(plan.UpToDate, "、"))
	}
	if plan.Left > 0 {
		fmt.Fprintf(env.stdout, "古いものが%d枚残ります。1時間たってから、もう一度実行してください。\n", plan.Left)
	}
	if len(plan.Steps()) == 0 {
		fmt.Fprintln(env.stdout, "することはありません。")
	}
}

// menuStatus says what residents see, and whether LINE has what the files say.
func (cfg *config) menuStatus(ctx context.Context, env environment, client *line.Client) error {
	shown, set, err := client.ShownMenu(ctx)
	if err != nil {
		return err
	}
	switch {
	case !set:
		fmt.Fprintln(env.stdout, "はじめに見えるもの: ありません")
	case shown == "":
		fmt.Fprintln(env.stdout, "はじめに見えるもの: ほかの道具で作られたもの")
	default:
		fmt.Fprintln(env.stdout, "はじめに見えるもの: "+shown)
	}
	menus, err := cfg.richMenus()
	if err != nil {
		return err
	}
	plan, err := menus.Plan(ctx, client)
	if err != nil {
		return err
	}
	for _, id := range menus.IDs() {
		state := "LINEにないか、古い"
		if slices.Contains(plan.UpToDate, id) {
			state = "最新"
		}
		fmt.Fprintf(env.stdout, "%s: %s\n", id, state)
	}
	if n := len(plan.Steps()); n > 0 {
		fmt.Fprintf(env.stdout, "madoguchi richmenu apply ですることが%dあります。\n", n)
	}
	return nil
}

func switchMenus(ctx context.Context, env environment, client *line.Client, incident bool) error {
	if err := client.SwitchIncident(ctx, incident); err != nil {
		var e *ward.Error
		if errors.As(err, &e) && e.Kind == ward.Unknown {
			return fmt.Errorf("切り替わったかどうか、わかりません。もう一度実行してください: %w", err)
		}
		return err
	}
	if incident {
		fmt.Fprintln(env.stdout, "災害のときのメニューに切り替えました。トークを開き直した人から見えます。戻すには madoguchi richmenu incident off")
	} else {
		fmt.Fprintln(env.stdout, "ふだんのメニューに戻しました。")
	}
	return nil
}
