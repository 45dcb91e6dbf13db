// Command madoguchi is the counter of a Japanese ward office: it reads the
// ward's own pages and answers residents' questions from them.
//
// One file per verb; run lists them. This package alone reads flags, the
// environment and secrets, and it alone ends the process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"madoguchi/ward"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "madoguchi:", err)
		}
		stop()
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 for what the caller has to put right, 1 for anything else.
func exitCode(err error) int {
	if ward.KindOf(err) == ward.Invalid || errors.Is(err, flag.ErrHelp) {
		return 2
	}
	return 1
}

// environment is what a verb may see of the outside.
type environment struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// verb is one subcommand.
type verb struct {
	name, args, summary string
	run                 func(context.Context, environment, []string) error
	hidden              bool
}

func verbs() []verb {
	return []verb{
		{name: "demo", summary: "見本区のすべてを手元で動かす（サイト、巡回、索引、チャット画面）", run: demo},
		{name: "serve", summary: "サービスを動かす（予定どおりの巡回を含む）", run: serve},
		{name: "crawl", args: "[--site URL] [--full]", summary: "区のサイトを巡回し、索引を作り直す", run: crawl},
		{name: "extract", args: "FILE|URL…", summary: "ページから何を読み取るかを見る（1行に1件のJSON）", run: extract},
		{name: "index", args: "[--list] [--use N]", summary: "保存したページから索引を作り直す", run: reindex},
		{name: "ask", args: `"質問" [--json] [--top N] [--explain]`, summary: "質問してみる", run: ask},
		{name: "eval", args: "--corpus F --queries F --qrels F", summary: "検索の質を測る（BEIR形式）", run: evaluate},
		{name: "train", args: "[--corpus F --queries F --qrels F]", summary: "順位と確かさの重みを学び直す（開発用）", run: train},
		{name: "richmenu", args: "plan|apply|status|incident on|incident off", summary: "LINEのリッチメニューを作り、切り替える", run: richMenu},
		{name: "audit", args: "verify [--head 番号:ハッシュ]", summary: "操作の記録が書き換えられていないかを確かめる", run: audit},
		{name: "user", args: strings.Join(userWords(), "|"), summary: "職員の画面に入る人を任命し、入れなくなった人を助ける", run: user},
		{name: "doctor", summary: "設定とつながりを調べ、悪いところを文で言う", run: doctor},
		{name: "version", args: "[--licenses]", summary: "版を表示する", run: version},
		{name: "pdf-text", run: pdfText, hidden: true},
	}
}

// run is the whole program; end-to-end tests call it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	env := environment{getenv, os.Stdin, stdout, stderr}
	if len(args) == 0 || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h" {
		usage(stdout)
		return nil
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return v.run(ctx, env, args[1:])
		}
	}
	usage(stderr)
	return invalidf("「%s」という命令はありません", args[0])
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "madoguchi（窓口）: 区のページから答える窓口\n\n使い方: madoguchi <命令> [引数]")
	for _, v := range verbs() {
		if !v.hidden {
			fmt.Fprintf(w, "  %-8s %s %s\n", v.name, v.summary, v.args)
		}
	}
	fmt.Fprintln(w, "\n各命令の設定は madoguchi <命令> --help で見られます。")
}

// invalidf makes an error about what the caller wrote.
func invalidf(format string, args ...any) error {
	return &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf(format, args...)}
}
