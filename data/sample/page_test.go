package sample

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

const good = `---
title: 見本の届出
path: /e001/a/b.html
shape: cms8341          # a comment
layout: faq-numbered
updated: 2026-04-01
id: 7
section: 区民部見本課
crumbs: トップページ > 甲 > 乙
attachments:
  - 届出書（郵送用）|/documents/7/a.pdf|PDF：76KB
---
前書き。

## 期限 {#kigen}

Q: いつまでですか {#itsu}
14日以内です。

| 種類 | 手数料 |
|---|---|
| 写し | 300円 |
`

func site1(text string) fstest.MapFS { return fstest.MapFS{"pages/x/a.md": {Data: []byte(text)}} }

func TestPageIsReadWhole(t *testing.T) {
	pages, err := readPages(site1(good))
	if err != nil {
		t.Fatal(err)
	}
	want := []Page{{
		File: "pages/x/a.md", Path: "/e001/a/b.html", Title: "見本の届出", Shape: "cms8341", Layout: FAQNumbered,
		Updated: "2026-04-01", ID: 7, Section: "区民部見本課", Crumbs: []string{"トップページ", "甲", "乙"},
		Attachments: []ward.Attachment{{Href: "/documents/7/a.pdf", Label: "届出書（郵送用）", Kind: "PDF", Size: "76KB"}},
		Parts: []Part{
			{Body: "<p>前書き。</p>\n"},
			{Anchor: "kigen", Heading: "期限"},
			{Anchor: "itsu", Heading: "いつまでですか", Question: true, Body: "<p>14日以内です。</p>\n" +
				"<table>\n<thead>\n<tr>\n<th>種類</th>\n<th>手数料</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>写し</td>\n<td>300円</td>\n</tr>\n</tbody>\n</table>\n"},
		},
	}}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenPageNamesFileAndLine(t *testing.T) {
	for _, c := range []struct{ name, old, broken, want string }{
		{"no front matter", "---\ntitle", "title", "pages/x/a.md:1: front matter"},
		{"unknown key", "shape:", "shap:", `pages/x/a.md:4: unknown key "shap"`},
		{"not key and value", "id: 7", "id 7", "pages/x/a.md:7: want key: value"},
		{"id", "id: 7", "id: seven", "pages/x/a.md:7: id must be a number"},
		{"attachment", "|PDF：76KB", "", "pages/x/a.md:11: attachment must be"},
		{"shape", "cms8341", "cms", `pages/x/a.md:1: unknown shape "cms"`},
		{"layout", "faq-numbered", "faq", `pages/x/a.md:1: unknown layout "faq"`},
		{"date", "2026-04-01", "2026-4-1", "pages/x/a.md:1: updated must be"},
		{"crumbs", "トップページ > 甲", "甲", "pages/x/a.md:1: crumbs must start"},
		{"phone", "id: 7", "id: 7\nphone: 03-1234-5678", "pages/x/a.md:1: phone must be 03-0000-xxxx"},
		{"heading without id", " {#kigen}", "", "pages/x/a.md:15: heading or question must end in {#id}"},
		{"question with wide colon", "Q: ", "Q：", "pages/x/a.md:17: heading or question"},
		{"anchor twice", "{#itsu}", "{#kigen}", "pages/x/a.md: anchor #kigen twice"},
		{"no question in a question layout", "Q: いつまでですか {#itsu}\n", "", "pages/x/a.md: layout faq-numbered with 0 questions"},
		{"emphasis that fails", "14日以内です。", "手続は**「転入」**です。", "pages/x/a.md: emphasis"},
	} {
		_, err := readPages(site1(strings.Replace(good, c.old, c.broken, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := readPages(fstest.MapFS{
		"pages/a.md": {Data: []byte(good)}, "pages/b.md": {Data: []byte(good)},
		"pages/c.md": {Data: []byte("")}, "pages/d.md": {Data: []byte("---\n---\n")},
	})
	for _, want := range []string{"pages/b.md: path /e001/a/b.html is also that of pages/a.md", "id 7 is also", "pages/c.md:1", "pages/d.md:1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestBrokenQuestionNamesFileAndLine(t *testing.T) {
	for line, want := range map[string]string{
		`{"id":"a","text":"?","relevant":{"/a":3},"words":"same"}`:   "questions/q.jsonl:2: grade of /a",
		`{"id":"a","text":"?","relevant":{"/a":2},"words":"others"}`: "questions/q.jsonl:2: words must be",
		`{"id":"a","text":"?","words":"same"}`:                       "questions/q.jsonl:2: id, text and relevant",
		`{"id":"a","txt":"?"}`:                                       `questions/q.jsonl:2: json: unknown field "txt"`,
	} {
		_, err := readQuestions(fstest.MapFS{"questions/q.jsonl": {Data: []byte("\n" + line + "\n")}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	_, err := readRefusals(fstest.MapFS{"questions/unanswerable-q.jsonl": {Data: []byte(`{"id":"a","text":"?","why":"no"}`)}})
	if err == nil || !strings.Contains(err.Error(), "questions/unanswerable-q.jsonl:1: why must be") {
		t.Errorf("error %v", err)
	}
}

func TestQuestionMarksKeepToOneHabitAPage(t *testing.T) {
	p := Page{Layout: FAQNumbered, Parts: []Part{{Heading: "甲", Question: true, Body: "<p>はい。</p>\n"}, {Heading: "乙", Question: true, Body: "<ul></ul>"}}}
	for id, want := range []string{
		"h3 Q1　甲 <p>A　はい。</p>\n|h3 Q2　乙 <p>A　</p>\n<ul></ul>|",
		"p Ｑ１．甲 <p>Ａ．はい。</p>\n|p Ｑ２．乙 <p>Ａ．</p>\n<ul></ul>|",
		"strong Q1-1 甲 <p>A:はい。</p>\n|strong Q1-2 乙 <p>A:</p>\n<ul></ul>|",
		"dt 質問1　甲 <p>回答1：はい。</p>\n|dt 質問2　乙 <p>回答2：</p>\n<ul></ul>|",
	} {
		p.ID = id
		got := ""
		for _, q := range p.Groups()[0].Questions {
			got += q.Tag + " " + q.QMark + q.Heading + " " + string(q.Answer()) + "|"
		}
		if got != want {
			t.Errorf("habit %d:\n%q, want\n%q", id, got, want)
		}
	}
}
