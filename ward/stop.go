package ward

import (
	"strings"
	"time"
	"unicode/utf8"
)

// StopKind is what is stopped.
type StopKind string

// The kinds of Stop.
const (
	StopWord     StopKind = "word"     // questions and pages that name it
	StopPage     StopKind = "page"     // one page, with all its parts
	StopCategory StopKind = "category" // the pages below a breadcrumb
)

// Title is the kind in the ward's words.
func (k StopKind) Title() string {
	return map[StopKind]string{StopWord: "話題", StopPage: "ページ", StopCategory: "分類"}[k]
}

// Limits of a Stop, in characters.
const (
	MaxStopValue = 500
	MaxStopWhy   = 200
	minStopWord  = 2
)

// CategorySeparator joins the names of a breadcrumb in a Stop's Value.
const CategorySeparator = " > "

// Stop keeps the counter from answering about something, on every channel at
// once: residents read a fixed sentence and Phone instead.
type Stop struct {
	ID    string
	Kind  StopKind
	Value string // the word, the address of the page, or the breadcrumb joined by CategorySeparator
	Phone string // where to ask instead; "" is the ward's contact
	Why   string // for the staff; residents do not read it

	By       string // id of who stopped it
	At       time.Time
	LiftedBy string // "" while it is in force
	LiftedAt time.Time
	Version  int64
}

// Check says in a sentence what is missing or too much.
func (s *Stop) Check() error {
	if s.Kind.Title() == "" {
		return invalid("何を止めるかを選んでください。")
	}
	if err := checkLength("止めるもの", s.Value, MaxStopValue); err != nil {
		return err
	}
	if s.Kind == StopWord && utf8.RuneCountInString(strings.TrimSpace(s.Value)) < minStopWord {
		return invalid("話題のことばは%d文字以上にしてください。", minStopWord)
	}
	if s.Kind == StopPage {
		if err := checkURL(s.Value); err != nil {
			return err
		}
	}
	if strings.Trim(s.Phone, "0123456789-() ") != "" || utf8.RuneCountInString(s.Phone) > maxFixPhone {
		return invalid("電話番号は、半角の数字とハイフンで書いてください。")
	}
	return checkLength("理由", s.Why, MaxStopWhy)
}

// Lift lets it be answered again.
func (s *Stop) Lift(by Staff, now time.Time) error {
	if !by.May(LiftStops) {
		return &Error{Kind: Forbidden, Message: "止めた案内を戻せるのは、情報セキュリティ管理者と情報システム運用管理者だけです。"}
	}
	if s.LiftedBy != "" {
		return &Error{Kind: Conflict, Message: "すでに戻されています。"}
	}
	s.LiftedBy, s.LiftedAt = by.ID, now
	return nil
}

// InForce is what staff decided that the counter follows from one question to
// the next: fixes and stops. Version grows with each change.
type InForce struct {
	Version int64
	Fixes   []Fix
	Stops   []Stop
}
