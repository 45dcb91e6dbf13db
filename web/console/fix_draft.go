package console

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"madoguchi/ward"
)

const (
	reviewMonths = 6 // until a curated answer is looked at again, unless said otherwise
	fixIDLength  = 16
	maxFixID     = 64
	// what a field may hold beyond the limits of ward.Fix, which Check names
	maxLines    = ward.MaxFixQuestions * (ward.MaxQuestion + 1)
	maxPageName = 100 + ward.MaxFixURL
	maxField    = 20
)

// wording is one way to ask, which goes with the others if it is ticked.
type wording struct {
	Text   string
	Count  int // times asked; 0 is not known
	Ticked bool
}

// draft is a fix as it stands in a form. Everything that a page shows of it is
// sent with it, so that nothing is lost from one page to the next.
type draft struct {
	ward.Fix           // without Questions, which are the three below
	Lead     string    // the question that stands for all
	Wordings []wording // what was offered to tick
	More     string    // written by staff, a line each
	Words    string    // that pages were looked for with
	Chosen   string    // page, as pageValue
	From     string    // group of open questions, "" if none
}

// newDraft is an empty one. It has an id from the start, so that a form that is
// sent twice makes one fix.
func newDraft(now time.Time) *draft {
	d := &draft{}
	d.ID = rand.Text()[:fixIDLength]
	d.Review = now.In(ward.Japan()).AddDate(0, reviewMonths, 0).Format(time.DateOnly)
	return d
}

// draftOf is a fix to be changed.
func draftOf(f ward.Fix, now time.Time) *draft {
	d := newDraft(now)
	review := d.Review
	d.Fix = f
	if d.Review == "" {
		d.Review = review
	}
	for i, q := range f.Questions {
		if i == 0 {
			d.Lead, d.Words = q, q
			continue
		}
		d.Wordings = append(d.Wordings, wording{q, 0, true})
	}
	if f.Page != "" {
		d.Chosen = pageValue(f.Document, f.Page)
	}
	return d
}

// pageValue is a page that is chosen, with the part of it that answers.
func pageValue(document, url string) string { return document + " " + url }

// readDraft reads a draft from a form; what is missing or too long is in f.err.
func readDraft(f *form, now time.Time) *draft {
	d := newDraft(now)
	if id := f.r.PostForm.Get("id"); isFixID(id) {
		d.ID = id
	}
	if from := f.r.PostForm.Get("from"); isGroupID(from) {
		d.From = from
	}
	if f.r.PostForm.Get("version") != "" {
		d.Version = f.number("version", "版")
	}
	d.Kind = ward.FixKind(f.text("kind", "対応の種類", maxField))
	d.Lead, d.More = f.text("lead", "代表の質問", ward.MaxQuestion), f.text("more", "ほかの言い方", maxLines)
	d.readWordings(f)
	d.Words, d.Chosen = f.text("words", "ページを探すことば", ward.MaxQuestion), f.text("page", "ページ", maxPageName)
	document, address, _ := strings.Cut(d.Chosen, " ")
	d.Document = document
	d.Page, _, _ = strings.Cut(address, "#")
	d.Text, d.Owner = f.text("text", "回答", ward.MaxFixText), f.text("owner", "担当課", ward.MaxFixOwner)
	d.Phone, d.Review = f.text("phone", "電話", maxField), f.text("review", "見直す日", maxField)
	d.Word = f.text("word", "ことば", ward.MaxFixWord)
	for _, line := range f.lines("means", "区のことば", ward.MaxFixMeans*(ward.MaxFixWord+1)) {
		for word := range strings.SplitSeq(line, "、") {
			if word = strings.TrimSpace(word); word != "" && !slices.Contains(d.Means, word) {
				d.Means = append(d.Means, word)
			}
		}
	}
	d.Reason = f.text("reason", "理由", ward.MaxFixReason)
	d.Questions = d.questions()
	return d
}

// readWordings reads what was offered and which of it is ticked, by its place.
func (d *draft) readWordings(f *form) {
	offered := f.r.PostForm["offered"]
	if len(offered) > ward.MaxFixQuestions {
		offered = offered[:ward.MaxFixQuestions]
	}
	ticked := f.r.PostForm["tick"]
	for i, text := range offered {
		if text = clean(text); text != "" && len(text) <= 4*ward.MaxQuestion {
			d.Wordings = append(d.Wordings, wording{text, 0, slices.Contains(ticked, strconv.Itoa(i))})
		}
	}
}

// questions are all that the fix is about, each once.
func (d *draft) questions() []string {
	all := []string{d.Lead}
	for _, w := range d.Wordings {
		if w.Ticked {
			all = append(all, w.Text)
		}
	}
	for line := range strings.Lines(d.More) {
		all = append(all, strings.TrimSpace(line))
	}
	var once []string
	for _, q := range all {
		if q != "" && !slices.Contains(once, q) {
			once = append(once, q)
		}
	}
	return once
}

// Settled is the fix without what belongs to other kinds than its own: a form
// holds the fields of all.
func (d *draft) Settled() ward.Fix {
	f := d.Fix
	switch f.Kind {
	case ward.FixPage:
		f.Text, f.Owner, f.Phone, f.Review, f.Word, f.Means, f.Reason = "", "", "", "", "", nil, ""
	case ward.FixAnswer:
		f.Document, f.Word, f.Means, f.Reason = "", "", nil, ""
	case ward.FixWord:
		f.Page, f.PageTitle, f.Document, f.Text, f.Owner, f.Phone, f.Review, f.Reason = "", "", "", "", "", "", "", ""
	default:
		f.Page, f.PageTitle, f.Document, f.Text, f.Owner, f.Phone, f.Review, f.Word, f.Means = "", "", "", "", "", "", "", "", nil
	}
	return f
}

// MeansLines are the ward's words, a line each.
func (d *draft) MeansLines() string { return strings.Join(d.Means, "\n") }

// isFixID tells whether it can be the id of a fix.
func isFixID(s string) bool {
	return s != "" && len(s) <= maxFixID && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
