package bot

import (
	"slices"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"madoguchi/ward"
)

// MaxLabel is how many characters, as a reader counts them, a label has.
const MaxLabel = 20

// shorten brings a title onto one line of at most max characters. It gives up
// the ending that all titles share first, then cuts
// before a bracket that would stay open, or behind a word if it can.
func shorten(title string, max int) string {
	title = strings.Join(strings.Fields(title), " ")
	for _, tail := range titleTails() {
		if len(split(title)) > max {
			title = strings.TrimSuffix(title, tail)
		}
	}
	letters := split(title)
	if len(letters) <= max {
		return title
	}
	end := max - 1
	for i := end; i > end-max/3 && i > 1; i-- {
		if strings.Contains(breakAfter, letters[i-1]) {
			end = i
			break
		}
	}
	short := strings.Join(letters[:end], "")
	if open := strings.LastIndex(short, labelOpen); open > 0 && !strings.Contains(short[open:], labelClose) {
		short = short[:open]
	}
	return strings.TrimRight(short, " ") + labelEllipsis
}

// split gives the characters of s as a reader counts them.
func split(s string) []string {
	var out []string
	for it := graphemes.FromString(s); it.Next(); {
		out = append(out, it.Value())
	}
	return out
}

// labels name documents so that no two look the same: by title, and where that
// is not enough by heading, page or category.
func labels(docs []ward.Document, title func(*ward.Document) string) []string {
	out := make([]string, len(docs))
	for i := range docs {
		out[i] = shorten(title(&docs[i]), MaxLabel)
	}
	for _, qualify := range []func(*ward.Document) string{lastHeading, pageTitle, lastCategory} {
		for i, again := range repeated(out) {
			if q := qualify(&docs[i]); again && q != "" {
				out[i] = qualified(title(&docs[i]), q)
			}
		}
	}
	return distinct(out)
}

// repeated marks the labels that occur more than once.
func repeated(labels []string) []bool {
	out := make([]bool, len(labels))
	for i, l := range labels {
		for j := range labels {
			out[i] = out[i] || i != j && l == labels[j]
		}
	}
	return out
}

// qualified joins what tells apart with what it is about: その他（保育）.
func qualified(title, qualifier string) string {
	if title == qualifier {
		return shorten(title, MaxLabel)
	}
	const brackets = 2
	if len(split(title))+len(split(qualifier))+brackets <= MaxLabel {
		return title + labelOpen + qualifier + labelClose
	}
	q := shorten(qualifier, MaxLabel*3/5)
	return q + labelOpen + shorten(title, MaxLabel-brackets-len(split(q))) + labelClose
}

// distinct numbers what is still the same, and names the nameless by number.
func distinct(labels []string) []string {
	var out []string
	for i, l := range labels {
		if l == "" {
			l = number(i + 1)
		}
		for n := 2; slices.Contains(out, l); n++ {
			mark := " " + number(n)
			l = shorten(labels[i], MaxLabel-len(mark)) + mark
		}
		out = append(out, l)
	}
	return out
}

func documentTitle(d *ward.Document) string { return d.Title }

func lastHeading(d *ward.Document) string {
	if d.Kind == ward.FAQ || len(d.HeadingPath) == 0 {
		return ""
	}
	return d.HeadingPath[len(d.HeadingPath)-1]
}

func lastCategory(d *ward.Document) string {
	if len(d.Category) == 0 {
		return ""
	}
	return d.Category[len(d.Category)-1]
}
