package crawler

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"madoguchi/ja"
)

// pair is one question with its answer.
type pair struct {
	question string
	number   string   // as the page counts it, "" if it does not
	path     []string // topic headings above it
	anchor   string
	answer   []block

	level    int  // of the heading that asks, 0 if none does
	depth    int  // of the list or table that bounds the answer, 0 if none does
	answered bool // an answer mark was seen
}

// pairs finds the questions of the page with their answers, in whatever shape
// they stand, and gives the lines that belong to none.
func (x *extraction) pairs() (pairs []*pair, rest []block) {
	if x.asked != "" {
		return []*pair{{question: x.asked, answer: x.lines}}, nil
	}
	p := &pairing{marked: marked(x.lines), about: x.aboutQuestions()}
	for _, b := range x.lines {
		p.take(b)
	}
	p.close()
	p.resolve()
	if len(p.pairs) > 0 {
		return p.pairs, p.unclaimed()
	}
	if whole := x.wholePage(); whole != nil {
		return []*pair{whole}, nil
	}
	return nil, x.lines
}

// wholePage makes the page the answer to its headline, nil if that asks
// nothing.
func (x *extraction) wholePage() *pair {
	number, asked, ok := questionMark(x.Page.Title)
	if !ok || asked == "" {
		number, asked, ok = "", x.Page.Title, x.oneQuestion()
	}
	lines := slices.DeleteFunc(slices.Clone(x.lines), func(b block) bool { return loneMark(b.text) })
	if !ok || !says(lines) {
		return nil
	}
	if said, ok := answerMark(lines[0].text, true, number); ok {
		lines[0].text = said
	}
	return &pair{question: asked, answer: lines}
}

// says tells whether lines hold text or files.
func says(lines []block) bool { return textSize(lines) > 0 || hasFiles(lines) }

// marked tells whether any line asks with a mark.
func marked(lines []block) bool {
	return slices.ContainsFunc(lines, func(b block) bool {
		_, _, ok := questionMark(b.text)
		return b.role == questionLine || ok && !b.menuLike()
	})
}

// pairing sorts the lines of a page, in order.
type pairing struct {
	marked bool // questions have marks
	about  bool // the page is one of questions and answers

	pairs []*pair
	rest  []block
	open  *pair
	heads []block // headings above the line, outermost first
	topic string  // of the rows of a table
}

func (p *pairing) take(b block) {
	number, asked, asks := p.asks(&b)
	switch {
	case b.role == fenceLine:
		if p.open != nil && p.open.depth == b.depth {
			p.close()
		}
		p.topic = ""
	case b.role == topicLine:
		p.close()
		p.topic = b.text
	case asks:
		p.close()
		p.ask(&b, number, asked)
	case p.open == nil || b.role == headingLine && p.ends(&b):
		p.close()
		if b.role == headingLine {
			p.under(b)
		}
		p.rest = append(p.rest, b)
	default:
		p.reply(b)
	}
}

// asks tells whether a line begins a question. A line that is only a link to
// another page is an entry of a list of questions.
func (p *pairing) asks(b *block) (number, asked string, ok bool) {
	number, asked, ok = questionMark(b.text)
	switch {
	case b.role == questionLine:
		if !ok {
			asked = b.text
		}
		return number, asked, true
	case b.role == answerLine, b.menuLike() && (b.role == plainLine || len(b.links) > 0):
		return "", "", false
	case ok:
		return number, asked, true
	}
	return "", b.text, !p.marked && p.asksUnmarked(b)
}

// asksUnmarked tells whether a line asks that has no mark, on a page that has
// none at all: a term in the form of a question; among questions and answers
// any term, and a heading or a line in bold that has that form.
func (p *pairing) asksUnmarked(b *block) bool {
	if b.role != termLine && b.role != headingLine && !b.bold {
		return false
	}
	inquires := inquiring(b.text)
	if b.role == termLine && inquires {
		return true
	}
	if !p.about && !slices.ContainsFunc(p.heads, func(h block) bool { return aboutQuestionsRE.MatchString(ja.Fold(h.text)) }) {
		return false
	}
	return inquires || b.role == termLine && b.size() >= shortestTerm
}

// shortestTerm is how long, in characters, a term must be to be a question;
// shorter ones name a thing (電話, 受付時間).
const shortestTerm = 7

var inquiringRE = regexp.MustCompile(`(?:[?？]|(?:です|ます|でしょう|ません|ました|せん|よい|いい|必要|可能|るの|いの|ある|する|れる|える)か)[。.」]?$`)

// inquiring tells whether a line has the form of a question.
func inquiring(s string) bool { return inquiringRE.MatchString(s) }

func (p *pairing) ask(b *block, number, asked string) {
	p.open = &pair{question: asked, number: number, anchor: b.anchor}
	switch b.role {
	case headingLine:
		p.open.level = b.level
		p.leave(b.level)
	case termLine, questionLine:
		p.open.depth = b.depth
	}
	for _, h := range p.heads {
		p.open.path = append(p.open.path, h.text)
	}
	if p.topic != "" {
		p.open.path = append(p.open.path, p.topic)
	}
	if len(b.links)+len(b.files) > 0 {
		p.open.answer = append(p.open.answer, block{links: b.links, files: b.files})
	}
}

// leave closes the headings of a level and below.
func (p *pairing) leave(level int) {
	p.heads = slices.DeleteFunc(p.heads, func(h block) bool { return h.level >= level })
}

func (p *pairing) under(h block) {
	p.leave(h.level)
	p.heads = append(p.heads, h)
}

// ends tells whether a heading ends the open answer: any does that does not
// open it, unless the question is a heading above it or bounds its answer.
func (p *pairing) ends(h *block) bool {
	if _, ok := answerMark(h.text, !p.open.answered, p.open.number); ok || p.open.depth > 0 || p.open.question == "" {
		return false
	}
	return p.open.level == 0 || h.level <= p.open.level
}

// reply adds a line to the open pair.
func (p *pairing) reply(b block) {
	o := p.open
	if _, answers := answerMark(b.text, true, o.number); o.question == "" && answers {
		p.close()
		p.rest = append(p.rest, b)
		return
	}
	if o.question == "" { // the mark had a line for itself
		o.question = b.text
		if o.anchor == "" {
			o.anchor = b.anchor
		}
		return
	}
	if !o.answered {
		if said, ok := answerMark(b.text, textSize(o.answer) == 0, o.number); ok {
			if loneMark(said) { // 「A.ご回答内容」
				said = ""
			}
			o.answered = true
			o.asksOn()
			b.text = said
			b.role = plainLine
		}
	}
	if b.text != "" || len(b.links)+len(b.files) > 0 {
		o.answer = append(o.answer, b)
	}
}

// asksOn gives the lines before the answer's mark to a question that did not
// end on its own line.
func (o *pair) asksOn() {
	if o.question == "" || strings.HasSuffix(o.question, "。") || inquiring(o.question) {
		return
	}
	for i := range o.answer {
		o.question = strings.TrimSpace(o.question + " " + o.answer[i].text)
		o.answer[i].text = ""
	}
}

func textSize(lines []block) int {
	n := 0
	for i := range lines {
		n += lines[i].size()
	}
	return n
}

// close ends the open pair. A question without an answer is an entry of a list
// and goes back to the rest.
func (p *pairing) close() {
	o := p.open
	if p.open = nil; o == nil {
		return
	}
	if o.question != "" && says(o.answer) {
		p.pairs = append(p.pairs, o)
		return
	}
	if o.question != "" {
		p.rest = append(p.rest, block{text: o.question, anchor: o.anchor})
	}
}

// unclaimed gives the rest without the table of contents: lines that only say
// a question that is answered elsewhere on the page.
func (p *pairing) unclaimed() []block {
	asked := map[string]bool{}
	for _, q := range p.pairs {
		asked[squeeze(q.question)] = true
	}
	return slices.DeleteFunc(p.rest, func(b block) bool {
		s := b.text
		if _, rest, ok := questionMark(s); ok {
			s = rest
		}
		return asked[squeeze(s)]
	})
}

// An answer shorter than this, in characters, that names another question
// says no more than where to look.
const shortestAnswer = 160

var (
	refersRE = regexp.MustCompile(`参照|ご?覧|御覧|同じ|同様|ご確認`)
	targetRE = regexp.MustCompile(`(?:q|質問|設問|問) ?(\d{1,3}(?:-\d{1,3})*)`)
)

// resolve adds to answers like 「質問Q24の回答をご参照ください」 the answer that they
// send the reader to.
func (p *pairing) resolve() {
	own := make([][]block, len(p.pairs))
	for i, q := range p.pairs {
		own[i] = slices.Clone(q.answer)
	}
	for _, q := range p.pairs {
		folded := ja.Fold(joined(q.answer))
		if utf8.RuneCountInString(folded) > shortestAnswer || !refersRE.MatchString(folded) {
			continue
		}
		for _, m := range targetRE.FindAllStringSubmatch(folded, -1) {
			if i := p.target(q, m[1]); i >= 0 {
				t := p.pairs[i]
				q.answer = append(append(q.answer, block{text: t.question}), own[i]...)
			}
		}
	}
}

// target finds the question of a number, under the same topic first; where
// several topics count from one and none is the same, there is none.
func (p *pairing) target(from *pair, number string) int {
	found, several := -1, false
	for i, q := range p.pairs {
		if q.number != number || q == from {
			continue
		}
		if slices.Equal(q.path, from.path) {
			return i
		}
		several = found >= 0
		found = i
	}
	if several {
		return -1
	}
	return found
}

func joined(lines []block) string {
	var b strings.Builder
	for i := range lines {
		if lines[i].text != "" {
			b.WriteString(lines[i].text)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

var aboutQuestionsRE = regexp.MustCompile(`よくある(?:ご?質問|お?問い?合わ?せ)|q ?& ?a|faq|質問と(?:回答|答え)|質問コーナー|一問一答`)

// aboutQuestions tells whether the page is one of questions and answers, by
// where it stands or what it calls itself.
func (x *extraction) aboutQuestions() bool {
	return x.amongQuestions() || aboutQuestionsRE.MatchString(ja.Fold(x.Page.Title))
}

// amongQuestions tells whether the page stands in the site's part for
// questions, by its address or breadcrumb.
func (x *extraction) amongQuestions() bool {
	if u, err := url.Parse(x.URL); err == nil {
		for _, s := range strings.Split(strings.ToLower(u.Path), "/") {
			switch s {
			case "qa", "faq", "faqs", "q-a", "q_a", "qanda", "question", "questions":
				return true
			}
		}
	}
	return slices.ContainsFunc(x.Category, func(s string) bool { return aboutQuestionsRE.MatchString(ja.Fold(s)) })
}

// oneQuestion tells whether the page as a whole answers its headline, which
// then need not have the form of a question.
func (x *extraction) oneQuestion() bool {
	return x.amongQuestions() && x.Page.Title != "" && !aboutQuestionsRE.MatchString(ja.Fold(x.Page.Title))
}
