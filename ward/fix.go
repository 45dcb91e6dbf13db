package ward

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// FixKind is what is done about questions that were not answered.
type FixKind string

// The kinds of Fix.
const (
	FixPage    FixKind = "page"    // they are answered by a page of the ward's
	FixAnswer  FixKind = "answer"  // they are answered by what staff wrote, with its source page
	FixWord    FixKind = "word"    // a word joins the ward's own thesaurus
	FixDismiss FixKind = "dismiss" // nothing: not a matter of the ward's, or no question
)

// Title is the kind in the ward's words.
func (k FixKind) Title() string {
	return map[FixKind]string{FixPage: "ページを示す", FixAnswer: "回答を書く", FixWord: "ことばを足す", FixDismiss: "対応しない"}[k]
}

// FixState is how far a Fix is.
type FixState string

// The states of a Fix.
const (
	FixDraft     FixState = "draft"     // prepared; residents see nothing of it
	FixLive      FixState = "live"      // in force
	FixWithdrawn FixState = "withdrawn" // was in force or was refused
)

// Title is the state in the ward's words.
func (s FixState) Title() string {
	return map[FixState]string{FixDraft: "案", FixLive: "公開中", FixWithdrawn: "取り下げ"}[s]
}

// Limits of a Fix, in characters where not said otherwise.
const (
	MaxFixQuestions  = 50 // questions
	MaxFixText       = 1000
	MaxFixWord       = 40
	MaxFixMeans      = 6 // words
	MaxFixURL        = 500
	MaxFixOwner      = 60
	MaxFixReason     = 200
	maxFixPhone      = 20
	maxReviewInYears = 3
)

// Fix is what staff did about questions that were not answered. One in force
// also makes each of its questions a golden, but for FixDismiss.
type Fix struct {
	ID        string
	Kind      FixKind
	State     FixState
	Questions []string // masked; the first is the one that stands for all

	// Page is where the answer stands (FixPage) or what it was written from
	// (FixAnswer); PageTitle is its title when it was chosen. Document is the part
	// of the page that answers, "" for the page as a whole; FixPage alone.
	Page, PageTitle, Document string

	Text   string // FixAnswer: what residents read
	Owner  string // FixAnswer: the section that answers for it
	Phone  string // FixAnswer: of that section, or ""
	Review string // FixAnswer: YYYY-MM-DD, when it is to be looked at again

	Word  string   // FixWord: what residents say
	Means []string // FixWord: what the ward's pages write for it

	Reason string // FixDismiss, or why it was withdrawn

	PreparedBy, PublishedBy string // ids of staff; PublishedBy is "" until it is in force
	PreparedAt, PublishedAt time.Time
	Version                 int64 // grows with each change; 0 is not stored yet
}

// Check says in a sentence what is missing or too much. today is YYYY-MM-DD.
func (f *Fix) Check(today string) error {
	if len(f.Questions) > MaxFixQuestions {
		return invalid("質問は%d件までです。", MaxFixQuestions)
	}
	for _, q := range f.Questions {
		if strings.TrimSpace(q) == "" || utf8.RuneCountInString(q) > MaxQuestion {
			return invalid("質問は1文字以上%d文字までです。", MaxQuestion)
		}
	}
	if len(f.Questions) == 0 && f.Kind != FixWord {
		return invalid("質問がありません。")
	}
	switch f.Kind {
	case FixPage:
		return checkURL(f.Page)
	case FixAnswer:
		return f.checkAnswer(today)
	case FixWord:
		return f.checkWord()
	case FixDismiss:
		return checkLength("理由", f.Reason, MaxFixReason)
	}
	return invalid("対応の種類が正しくありません。")
}

func (f *Fix) checkAnswer(today string) error {
	for _, err := range []error{
		checkLength("回答", f.Text, MaxFixText), checkURL(f.Page), checkLength("担当課", f.Owner, MaxFixOwner),
	} {
		if err != nil {
			return err
		}
	}
	if utf8.RuneCountInString(f.Phone) > maxFixPhone || strings.Trim(f.Phone, "0123456789-() ") != "" {
		return invalid("電話番号は、半角の数字とハイフンで書いてください。")
	}
	review, err := time.Parse(time.DateOnly, f.Review)
	now, e := time.Parse(time.DateOnly, today)
	if err != nil || e != nil {
		return invalid("見直す日を選んでください。")
	}
	if !review.After(now) || review.After(now.AddDate(maxReviewInYears, 0, 0)) {
		return invalid("見直す日は、明日から%d年後までの日にしてください。", maxReviewInYears)
	}
	return nil
}

func (f *Fix) checkWord() error {
	if err := checkLength("ことば", f.Word, MaxFixWord); err != nil {
		return err
	}
	if len(f.Means) == 0 || len(f.Means) > MaxFixMeans {
		return invalid("区のことばは1つから%dつまでです。", MaxFixMeans)
	}
	for _, w := range append([]string{f.Word}, f.Means...) {
		if err := checkLength("区のことば", w, MaxFixWord); err != nil {
			return err
		}
		if strings.ContainsAny(w, "\t\r\n、#+") {
			return invalid("ことばに、タブ、改行、「、」「#」「+」は使えません。")
		}
	}
	return nil
}

// Publish puts a draft, or what was withdrawn, in force.
func (f *Fix) Publish(by Staff, now time.Time) error {
	if !by.May(PublishAnswers) {
		return &Error{Kind: Forbidden, Message: "公開できるのは、情報システム運用管理者と運用担当者だけです。"}
	}
	if f.State == FixLive {
		return &Error{Kind: Conflict, Message: "すでに公開されています。"}
	}
	f.State, f.PublishedBy, f.PublishedAt = FixLive, by.ID, now
	return nil
}

// Withdraw takes it out of force, or refuses a draft.
func (f *Fix) Withdraw(by Staff, reason string) error {
	if !by.May(PublishAnswers) {
		return &Error{Kind: Forbidden, Message: "取り下げられるのは、情報システム運用管理者と運用担当者だけです。"}
	}
	if f.State == FixWithdrawn {
		return &Error{Kind: Conflict, Message: "すでに取り下げられています。"}
	}
	if err := checkLength("理由", reason, MaxFixReason); err != nil {
		return err
	}
	f.State, f.Reason = FixWithdrawn, reason
	return nil
}

func invalid(format string, args ...any) error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf(format, args...)}
}

// checkLength wants 1 to max characters of something with this name.
func checkLength(name, s string, max int) error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(s)); {
	case n == 0:
		return invalid("%sを書いてください。", name)
	case n > max:
		return invalid("%sは%d文字までです（いま%d文字）。", name, max, n)
	}
	return nil
}

func checkURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || utf8.RuneCountInString(raw) > MaxFixURL {
		return invalid("区のページのURL（https://…）を選んでください。")
	}
	return nil
}
