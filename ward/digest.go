package ward

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the digest's settings.
const (
	MaxDigestSection   = 60 // characters
	MaxDigestMails     = 5  // of one section
	MaxDigestMail      = 254
	MaxDigestAddresses = 300 // sections
	daysOfWeek         = 7
	hoursOfDay         = 24
)

// Schedule is when the site is crawled, as staff set it.
type Schedule struct {
	Cron    string // "" is the one of the configuration
	Version int64
}

// DigestPlan is when the weekly digest is sent.
type DigestPlan struct {
	On      bool
	Day     time.Weekday // in Japan
	Hour    int
	Version int64
}

// Check says in a sentence what is wrong with it.
func (p DigestPlan) Check() error {
	if p.Day < 0 || p.Day >= daysOfWeek || p.Hour < 0 || p.Hour >= hoursOfDay {
		return invalid("お知らせの曜日と時刻を選んでください。")
	}
	return nil
}

// Due is the last time at or before now at which it was to be sent.
func (p DigestPlan) Due(now time.Time) time.Time {
	now = now.In(Japan())
	due := time.Date(now.Year(), now.Month(), now.Day(), p.Hour, 0, 0, 0, now.Location())
	due = due.AddDate(0, 0, -int((now.Weekday()-p.Day+daysOfWeek)%daysOfWeek))
	if due.After(now) {
		due = due.AddDate(0, 0, -daysOfWeek)
	}
	return due
}

// DigestAddress is where the digest of a section goes.
type DigestAddress struct {
	Section string
	Mails   []string // official addresses of the section
	Version int64    // 0 is not stored yet
}

// freeMail are domains at which people, not sections, have their mail.
func freeMail() []string {
	return []string{"gmail.com", "googlemail.com", "yahoo.co.jp", "yahoo.com", "ymail.ne.jp", "outlook.com", "outlook.jp", "hotmail.com",
		"hotmail.co.jp", "live.jp", "icloud.com", "me.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp"}
}

// Check says in a sentence what is wrong with it.
func (a DigestAddress) Check() error {
	if err := checkLength("担当課", a.Section, MaxDigestSection); err != nil {
		return err
	}
	if strings.ContainsFunc(a.Section, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return invalid("担当課の名前に、改行は使えません。")
	}
	if len(a.Mails) > MaxDigestMails {
		return invalid("あて先は、1つの課に%d件までです。", MaxDigestMails)
	}
	for _, m := range a.Mails {
		parsed, err := mail.ParseAddress(m)
		if err != nil || parsed.Address != m || utf8.RuneCountInString(m) > MaxDigestMail || strings.ContainsFunc(m, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return invalid("メールアドレスは、kakari@city.example.jp のような形で、1行に1つ書いてください。")
		}
		_, domain, _ := strings.Cut(strings.ToLower(m), "@")
		if slices.Contains(freeMail(), domain) {
			return invalid("個人のメールアドレスではなく、課の公用のアドレスを書いてください。")
		}
	}
	return nil
}

// DigestState is how the digest of one section and week stands.
type DigestState string

// The states of a Digest.
const (
	DigestWaiting DigestState = "waiting" // certainly not sent yet; tried again
	DigestSending DigestState = "sending" // begun; stays so when the process dies, and is not begun again
	DigestSent    DigestState = "sent"
	DigestNothing DigestState = "nothing" // there was nothing to say
	DigestUnknown DigestState = "unknown" // perhaps sent; not sent again
	DigestGivenUp DigestState = "given-up"
)

// Title is the state in the ward's words.
func (s DigestState) Title() string {
	return map[DigestState]string{DigestWaiting: "送り直します", DigestSending: "送っています", DigestSent: "送りました",
		DigestNothing: "知らせることなし", DigestUnknown: "届いたか分かりません（二度は送りません）", DigestGivenUp: "送れませんでした"}[s]
}

// Digest is the mail of one week to one section.
type Digest struct {
	Week    string // day on which it was due, YYYY-MM-DD in Japan
	Section string
	State   DigestState
	Tries   int
	At      time.Time // of the last step
	Next    time.Time // DigestWaiting: when it is tried again
	Reason  string    // why not, a sentence without an address
}

// stuckAfter is how long a mail can be on its way.
const stuckAfter = 10 * time.Minute

// Shown is the state at now: of one whose process died on the way nobody knows
// whether it arrived.
func (d Digest) Shown(now time.Time) DigestState {
	if d.State == DigestSending && now.Sub(d.At) > stuckAfter {
		return DigestUnknown
	}
	return d.State
}

// Letter is a mail in plain text.
type Letter struct {
	ID      string // the same letter has the same; letters, digits, dots and hyphens
	To      []string
	Subject string
	Text    string
}
