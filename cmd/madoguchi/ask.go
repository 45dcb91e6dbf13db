package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"madoguchi/index"
	"madoguchi/ward"
)

// asked is the JSON contract of madoguchi ask --json.
type asked struct {
	Kind   ward.Verdict `json:"kind"`
	Hits   []askedHit   `json:"hits"`
	TookMS float64      `json:"took_ms"`
}

type askedHit struct {
	ID         string  `json:"id"`
	URL        string  `json:"url"`
	Title      string  `json:"title"`
	Passage    string  `json:"passage"`
	Score      float64 `json:"score"`
	Confidence float64 `json:"confidence"`
}

func ask(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("ask", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "JSONで出す")
	explain := fs.Bool("explain", false, "どの言葉が、どの重みで当たったかを見せる")
	top := fs.Int("top", 5, "いくつまで見せるか（1から100）")
	question, args := leadingWords(args)
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	question = strings.TrimSpace(question + " " + strings.Join(fs.Args(), " "))
	if question == "" {
		return invalidf(`質問を書いてください。例: madoguchi ask "引っ越しの手続きは？"`)
	}
	if *top < 1 || *top > 100 {
		return invalidf("top は 1 から 100 までです")
	}
	ix, err := index.Open(ctx, cfg.indexOptions(cfg.logger(env.stderr)))
	if err != nil {
		return err
	}
	defer ix.Close()
	// The dictionary takes seconds to load; that is not part of the answer's time.
	if err := ix.Warm(); err != nil {
		return err
	}
	if *explain {
		return askWhy(ctx, env.stdout, ix, question, *top, *asJSON)
	}
	began := time.Now()
	answer, err := ix.Search(ctx, question, *top)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if *asJSON {
		return writeAsked(env.stdout, answer, took)
	}
	return printAnswer(env.stdout, answer)
}

// leadingWords takes what stands before the first flag: the question may come
// before or after the flags.
func leadingWords(args []string) (words string, rest []string) {
	for i, a := range args {
		if strings.HasPrefix(a, "-") {
			return strings.Join(args[:i], " "), args[i:]
		}
	}
	return strings.Join(args, " "), nil
}

func writeAsked(w io.Writer, a ward.Answer, took time.Duration) error {
	out := asked{Kind: a.Verdict, Hits: []askedHit{}, TookMS: float64(took.Microseconds()) / 1000}
	for _, h := range a.Hits {
		out.Hits = append(out.Hits, askedHit{h.Document.ID, h.Document.URL, h.Document.Title, h.Passage, h.Score, h.Confidence})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

func printAnswer(w io.Writer, a ward.Answer) error {
	headline := map[ward.Verdict]string{ward.Sure: "答え", ward.Unsure: "候補（確かではない）", ward.Nothing: "見つからない（弱い候補）"}
	fmt.Fprintln(w, headline[a.Verdict])
	for i, h := range a.Hits {
		d := h.Document
		fmt.Fprintf(w, "\n%d. %s  確信度 %.2f  点 %.2f\n   %s\n", i+1, strings.Join(append(append([]string{}, d.HeadingPath...), d.Title), " > "), h.Confidence, h.Score, d.URL)
		if line := strings.Join(nonEmpty("更新日 "+d.Updated, "担当 "+d.Section, "電話 "+d.Phone), " · "); line != "" {
			fmt.Fprintln(w, "   "+line)
		}
		if i == 0 {
			fmt.Fprintln(w, "   "+strings.ReplaceAll(strings.TrimSpace(h.Passage), "\n", "\n   "))
		}
	}
	return nil
}

// nonEmpty leaves out the "label value" pairs that have no value.
func nonEmpty(pairs ...string) []string {
	var kept []string
	for _, p := range pairs {
		if !strings.HasSuffix(p, " ") {
			kept = append(kept, p)
		}
	}
	return kept
}
