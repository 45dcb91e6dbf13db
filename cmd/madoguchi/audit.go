package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// audit verifies the audit. It reads the database itself, beside the service
// if one runs: what is in doubt must not be asked to vouch for itself, and a copy
// on another machine can be looked at the same way.
func audit(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("audit", flag.ContinueOnError)
	head := fs.String("head", "", "前に書き留めた控え（番号:ハッシュ）とも合わせる")
	words, args := leadingNames(args)
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	if words = append(words, fs.Args()...); strings.Join(words, " ") != "verify" {
		return invalidf("madoguchi audit のあとには verify を書いてください")
	}
	var written *data.AuditHead
	if *head != "" {
		h, err := data.ParseAuditHead(*head)
		if err != nil {
			return err
		}
		written = &h
	}
	file, err := data.OpenAudit(data.Options{Dir: cfg.dataDir, DatabaseURL: string(cfg.databaseURL)})
	if err != nil {
		return err
	}
	defer file.Close()
	check, err := file.Verify(ctx, written)
	if err != nil {
		return err
	}
	return printCheck(env.stdout, check)
}

func printCheck(w io.Writer, c data.AuditCheck) error {
	if c.Entries > 0 {
		fmt.Fprintf(w, "操作の記録 %d 件、%s から %s まで\n", c.Entries,
			c.First.In(ward.Japan()).Format(time.DateTime), c.Last.In(ward.Japan()).Format(time.DateTime))
	}
	if c.Fault != "" {
		return &ward.Error{Kind: ward.Conflict, Message: c.Fault}
	}
	if c.Entries == 0 {
		_, err := fmt.Fprintln(w, "操作の記録はまだありません。")
		return err
	}
	_, err := fmt.Fprintf(w, "すべて正しくつながっています。次の1行を、このコンピューターの外に書き留めてください:\n%s\n", c.Head)
	return err
}
