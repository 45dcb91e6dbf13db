package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"madoguchi/index"
)

// askWhy prints an answer with the reasons, for staff and for debugging.
func askWhy(ctx context.Context, w io.Writer, ix *index.Index, question string, top int, asJSON bool) error {
	e, err := ix.Explain(ctx, question, top)
	if err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	fmt.Fprintln(w, "質問の読みかた")
	for _, r := range e.Readings {
		fmt.Fprintf(w, "  %s は %s と読んだ%s\n", r.Said, r.Read, map[bool]string{false: "（音が少し違う）"}[r.Exact])
	}
	fmt.Fprintln(w, "  探す言葉（あるページの数）:", joinWords(e.Words, false))
	fmt.Fprintln(w, "  区の言葉:", joinWords(e.Words, true))
	fmt.Fprintln(w, "  探さない言葉:", strings.Join(e.Aside, " "))
	fmt.Fprintln(w, "  尋ねていること:", strings.Join(e.Intents, " "))
	for _, x := range e.Expressions {
		var writes []string
		for _, one := range x.Writes {
			writes = append(writes, fmt.Sprintf("%s（%.2f）", strings.Join(one.Words, "+"), one.Weight))
		}
		fmt.Fprintf(w, "  類語: %s → %s\n", strings.Join(x.Said, "+"), strings.Join(writes, " "))
	}
	fmt.Fprintf(w, "\n答えかた: %s（言い切るのは確信度 %.2f から、候補を示すのは %.2f から）\n", e.Verdict, e.Sure, e.Unsure)
	for i, h := range e.Hits {
		fmt.Fprintf(w, "\n%d. %s  確信度 %.2f  点 %.2f\n   %s\n", i+1, h.Title, h.Confidence, h.Score, h.URL)
		fmt.Fprintln(w, "   点の内訳:", joinFeatures(h.Features))
		fmt.Fprintln(w, "   確信の内訳:", joinFeatures(h.Signs))
		fmt.Fprintln(w, "   当たった言葉:", joinMatches(h.Matched))
	}
	return nil
}

func joinWords(words []index.ExplainedWord, wards bool) string {
	var out []string
	for _, w := range words {
		if w.Ward == wards {
			out = append(out, fmt.Sprintf("%s（%d）", w.Word, w.Documents))
		}
	}
	return strings.Join(out, " ")
}

// joinFeatures lists what adds or takes most first.
func joinFeatures(fs []index.ExplainedFeature) string {
	fs = slices.Clone(fs)
	slices.SortStableFunc(fs, func(a, b index.ExplainedFeature) int { return cmp.Compare(b.Adds*b.Adds, a.Adds*a.Adds) })
	var out []string
	for _, f := range fs {
		if f.Adds != 0 {
			out = append(out, fmt.Sprintf("%s %+.2f（値 %.2f）", f.Name, f.Adds, f.Value))
		}
	}
	return strings.Join(out, " ")
}

func joinMatches(ms []index.ExplainedMatch) string {
	ms = slices.Clone(ms)
	slices.SortStableFunc(ms, func(a, b index.ExplainedMatch) int { return cmp.Compare(b.BM25, a.BM25) })
	var out []string
	for _, m := range ms {
		var in []string
		for _, field := range []string{"title", "path", "body", "section"} {
			if n := m.Fields[field]; n > 0 {
				in = append(in, fmt.Sprintf("%s×%d", field, n))
			}
		}
		mark := ""
		if m.Ward {
			mark = "〔区〕"
		}
		out = append(out, fmt.Sprintf("%s%s %.2f（%s）", m.Word, mark, m.BM25, strings.Join(in, " ")))
	}
	return strings.Join(out, " ")
}
