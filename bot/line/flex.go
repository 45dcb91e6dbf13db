package line

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"madoguchi/ward"
)

// A bubble is read on a phone: these limits keep it so, and far below LINE's
// 30 KB of JSON even if every unit takes six bytes there.
const (
	maxButtons      = 4   // choices in a bubble
	maxTitle        = 200 // units
	maxPassage      = 600 // units; a longer passage stands above the bubble
	maxQuestion     = 100 // units
	maxField        = 100 // units
	maxURI          = 1000
	maxShortLabel   = 6 // characters of a button that shares its row
	minPhone        = 3 // digits
	maxPhone        = 15
	colorBrand      = "#1C5A78" // as in the widget
	colorSoft       = "#51616A"
	labelWidth      = 2 // of a field's name to
	fieldWidth      = 7 // its content
	spacing         = "md"
	dateAsStored    = time.DateOnly
	dateAsRead      = "2006年1月2日"
	titleJoin       = " ＞ " // between the parts of a title
	titleJoinSpoken = "、"
)

// answer is a reply with a source, and the question that goes with it.
type answer struct {
	ward.Reply
	question string
}

func newAnswer(r ward.Reply) *answer { return &answer{Reply: r} }

// takes lets the question that follows stand in the same bubble, if it fits.
func (a *answer) takes(next ward.Reply) bool {
	if len(a.Choices) > 0 || a.Source.URL == "" || next.Source != nil || len(next.Choices) == 0 || len(next.Choices) > maxButtons || units(next.Text) > maxQuestion {
		return false
	}
	a.question, a.Choices = strings.TrimSpace(next.Text), next.Choices
	return true
}

func (a *answer) messages() (objects []messaging_api.MessageInterface) {
	passage := strings.TrimSpace(a.Text)
	if units(passage) > maxPassage {
		objects = textMessages(split(passage, maxText), nil)
		passage = ""
	}
	bubble := &messaging_api.FlexBubble{Body: column(a.body(passage)), Footer: column(a.footer())}
	if bubble.Body != nil || bubble.Footer != nil {
		objects = append(objects, &messaging_api.FlexMessage{AltText: a.spoken(passage), Contents: bubble})
	}
	if len(a.Choices) > maxButtons {
		objects = append(objects, texts(ward.Reply{Choices: a.Choices})...)
	}
	return objects
}

// body is what is read.
func (a *answer) body(passage string) (contents []messaging_api.FlexComponentInterface) {
	if title := a.title(); title != "" {
		contents = append(contents, &messaging_api.FlexText{Text: title, Weight: messaging_api.FlexTextWEIGHT_BOLD, Size: "lg", Wrap: true, Scaling: true})
	}
	if passage != "" {
		contents = append(contents, &messaging_api.FlexText{Text: passage, Wrap: true, Scaling: true})
	}
	if a.leads(passage) {
		slices.Reverse(contents)
	}
	for _, f := range a.fields() {
		contents = append(contents, &messaging_api.FlexBox{Layout: messaging_api.FlexBoxLAYOUT_BASELINE, Spacing: "sm", Contents: []messaging_api.FlexComponentInterface{
			&messaging_api.FlexText{Text: f.name, Size: "sm", Color: colorSoft, Flex: labelWidth, Wrap: true, Scaling: true},
			&messaging_api.FlexText{Text: f.content, Size: "sm", Color: colorSoft, Flex: fieldWidth, Wrap: true, Scaling: true},
		}})
	}
	return contents
}

// footer is what can be tapped.
func (a *answer) footer() (contents []messaging_api.FlexComponentInterface) {
	if uri := pageURI(a.Source.URL); uri != "" {
		b := button(&messaging_api.UriAction{Label: labelOpenPage, Uri: uri})
		b.Style, b.Color = messaging_api.FlexButtonSTYLE_PRIMARY, colorBrand
		contents = append(contents, b)
	}
	if uri := phoneURI(a.Source.Phone); uri != "" {
		contents = append(contents, button(&messaging_api.UriAction{Label: labelCall, Uri: uri}))
	}
	if len(a.Choices) == 0 || len(a.Choices) > maxButtons {
		return contents
	}
	if len(contents) > 0 {
		contents = append(contents, &messaging_api.FlexSeparator{Margin: spacing})
	}
	if a.question != "" {
		contents = append(contents, &messaging_api.FlexText{Text: a.question, Size: "sm", Wrap: true, Scaling: true, Margin: spacing})
	}
	return append(contents, rows(a.Choices)...)
}

// rows puts two short labels that follow each other side by side.
func rows(choices []ward.Choice) (contents []messaging_api.FlexComponentInterface) {
	short := func(i int) bool {
		return i < len(choices) && fit(choices[i].Label, maxShortLabel, maxLabelUnits) == choices[i].Label
	}
	for i := 0; i < len(choices); i++ {
		one := button(action(i, choices[i]))
		if !short(i) || !short(i+1) {
			contents = append(contents, one)
			continue
		}
		i++
		other := button(action(i, choices[i]))
		one.Flex, other.Flex = 1, 1 // the SDK would send 0
		contents = append(contents, &messaging_api.FlexBox{Layout: messaging_api.FlexBoxLAYOUT_HORIZONTAL, Spacing: spacing,
			Contents: []messaging_api.FlexComponentInterface{one, other}})
	}
	return contents
}

func button(a messaging_api.ActionInterface) *messaging_api.FlexButton {
	return &messaging_api.FlexButton{Action: a, Style: messaging_api.FlexButtonSTYLE_SECONDARY, Height: messaging_api.FlexButtonHEIGHT_SM,
		AdjustMode: messaging_api.FlexButtonADJUST_MODE_SHRINK_TO_FIT, Scaling: true}
}

// column stacks contents; nil when there are none.
func column(contents []messaging_api.FlexComponentInterface) *messaging_api.FlexBox {
	if len(contents) == 0 {
		return nil
	}
	return &messaging_api.FlexBox{Layout: messaging_api.FlexBoxLAYOUT_VERTICAL, Spacing: spacing, Contents: contents}
}

// leads tells whether the passage sends the reader to the page by its title,
// and so has to be read before it.
func (a *answer) leads(passage string) bool {
	return a.title() != "" && strings.Contains(passage, "「"+a.title()+"」")
}

func (a *answer) title() string { return fit(oneLine(a.Source.Title), maxTitle, maxTitle) }

type field struct{ name, content string }

// fields are what the page says of itself.
func (a *answer) fields() (fields []field) {
	for _, f := range []field{{labelUpdated, readDate(a.Source.Updated)}, {labelSection, a.Source.Section}, {labelPhone, a.Source.Phone}} {
		if f.content = fit(oneLine(f.content), maxField, maxField); f.content != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// spoken is what a screen reader, a notification and an old app say instead of
// the bubble.
func (a *answer) spoken(passage string) string {
	if a.leads(passage) {
		return excerpt(passage, maxAlt)
	}
	if passage == "" {
		passage = phraseSeePage
	}
	title := strings.ReplaceAll(a.title(), titleJoin, titleJoinSpoken)
	if last, _ := utf8.DecodeLastRuneInString(title); title != "" && !strings.ContainsRune(sentenceEnds, last) {
		title += "。"
	}
	return excerpt(title+passage, maxAlt)
}

// plain is the source as text.
func (a *answer) plain() string {
	lines := []string{a.title()}
	for _, f := range a.fields() {
		lines = append(lines, f.name+" "+f.content)
	}
	return strings.Join(append(lines, pageURI(a.Source.URL)), "\n")
}

func readDate(stored string) string {
	t, err := time.Parse(dateAsStored, stored)
	if err != nil {
		return stored
	}
	return t.Format(dateAsRead)
}

// pageURI is address in the form LINE takes, "" when it takes none.
func pageURI(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	u.RawQuery = escaped(u.RawQuery)
	if uri := u.String(); len(uri) <= maxURI && plain(u.Host) {
		return uri
	}
	return ""
}

// escaped escapes what may not stand in a query, and keeps what is escaped.
func escaped(query string) string {
	var b strings.Builder
	for i := range len(query) {
		c := query[i]
		if c <= ' ' || c > '~' || strings.IndexByte("\"<>[]\\^`{|}", c) >= 0 || c == '%' && !isEscape(query[i:]) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEscape(s string) bool { return len(s) > 2 && consistsOf(s[1:3], "0123456789abcdefABCDEF") }

// phoneURI dials the number of phone, "" when it is none.
func phoneURI(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, phone)
	if len(digits) < minPhone || len(digits) > maxPhone {
		return ""
	}
	return "tel:" + digits
}
