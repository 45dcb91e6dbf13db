package sample

import (
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
)

// partLine matches 「## 手数料 {#tesuryo}」 and 「Q: いつまでに届け出ますか {#kigen}」.
var partLine = regexp.MustCompile(`^(## |Q: )\s*(.*?)\s*\{#([a-z0-9][a-z0-9-]*)\}\s*$`)

// parseBody splits the text at its headings and questions; first is the number
// of its first line in the file.
func (p *Page) parseBody(lines []string, first int) error {
	md := markdown()
	part, start := Part{}, 0
	flush := func(end int) (err error) {
		part.Body, err = md.render(strings.Join(lines[start:end], "\n"))
		if part.Heading != "" || strings.TrimSpace(string(part.Body)) != "" {
			p.Parts = append(p.Parts, part)
		}
		return err
	}
	for i, line := range lines {
		if !opensPart(line) {
			continue
		}
		m := partLine.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("%s:%d: heading or question must end in {#id}: %q", p.File, first+i, line)
		}
		if err := flush(i); err != nil {
			return fmt.Errorf("%s:%d: %w", p.File, first+start, err)
		}
		part, start = Part{Anchor: m[3], Heading: m[2], Question: m[1] == "Q: "}, i+1
	}
	if err := flush(len(lines)); err != nil {
		return fmt.Errorf("%s:%d: %w", p.File, first+start, err)
	}
	return p.checkParts()
}

func opensPart(line string) bool {
	for _, mark := range []string{"## ", "Q:", "Q：", "Ｑ"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

func (p *Page) checkParts() error {
	questions := 0
	for _, part := range p.Parts {
		if part.Question {
			questions++
		}
		if strings.Contains(string(part.Body), "**") {
			return fmt.Errorf("%s: emphasis ** that Markdown does not see, in %q", p.File, part.Heading)
		}
		if part.Question && strings.TrimSpace(string(part.Body)) == "" {
			return fmt.Errorf("%s: question without answer: %q", p.File, part.Heading)
		}
	}
	asks := p.Layout == FAQNumbered || p.Layout == FAQTable || p.Layout == FAQList
	if asks != (questions > 0) {
		return fmt.Errorf("%s: layout %s with %d questions", p.File, p.Layout, questions)
	}
	if len(p.Parts) == 0 {
		return fmt.Errorf("%s: no text", p.File)
	}
	seen := map[string]bool{}
	for _, id := range p.Anchors() {
		if seen[id] {
			return fmt.Errorf("%s: anchor #%s twice", p.File, id)
		}
		seen[id] = true
	}
	return nil
}

type markdownRenderer struct{ goldmark.Markdown }

func markdown() markdownRenderer {
	return markdownRenderer{goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.NewCJK(extension.WithEastAsianLineBreaks())),
		goldmark.WithParserOptions(parser.WithAttribute()),
		goldmark.WithRendererOptions(html.WithUnsafe()), // <br> and <ruby> in our own text
	)}
}

func (m markdownRenderer) render(text string) (template.HTML, error) {
	var out strings.Builder
	if err := m.Convert([]byte(text), &out); err != nil {
		return "", errors.New("convert Markdown: " + err.Error())
	}
	return template.HTML(out.String()), nil
}
