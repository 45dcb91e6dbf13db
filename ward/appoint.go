package ward

import (
	"regexp"
	"strings"
	"time"
)

// Limits of what is kept of a person, in characters.
const (
	MaxLogin        = 40
	MaxStaffName    = 40
	MaxStaffSection = 60
)

// loginForm is what a login is made of: what can be typed on every keyboard and
// has one spelling.
var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]*$`)

// FoldLogin gives the one spelling of a login as somebody typed it.
func FoldLogin(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// Check says in a sentence what is missing or too much.
func (s *Staff) Check() error {
	if len(s.Login) > MaxLogin || !loginForm.MatchString(s.Login) {
		return invalid("ログイン名は、半角の英小文字、数字、「.」「_」「-」「@」で%d文字までにしてください。", MaxLogin)
	}
	if err := checkLength("氏名", s.Name, MaxStaffName); err != nil {
		return err
	}
	if strings.ContainsAny(s.Name+s.Section, "\r\n\t") {
		return invalid("氏名と所属は1行で書いてください。")
	}
	if err := checkLength("所属", s.Section, MaxStaffSection); err != nil {
		return err
	}
	if s.Role.Title() == "" {
		return invalid("役割を選んでください。")
	}
	return nil
}

// Appoint gives the person the role. Whoever is not in office yet, or no
// longer, has none to be taken away.
func (s *Staff) Appoint(by Staff, role Role, now time.Time) error {
	if err := by.maySet(*s); err != nil {
		return err
	}
	if s.ID == by.ID && role != s.Role {
		return &Error{Kind: Forbidden, Message: "自分の役割は変えられません。ほかの情報セキュリティ管理者に頼んでください。"}
	}
	if !by.May(AppointOperator) || !by.Role.MayAppoint(role) {
		return &Error{Kind: Forbidden, Message: "「" + role.Title() + "」に任命することは、いまの役割ではできません。"}
	}
	if s.Role == role && s.Dismissed.IsZero() && !s.AppointedAt.IsZero() {
		return nil // who gave it, and when, stays
	}
	s.Role, s.AppointedBy, s.AppointedAt, s.Dismissed = role, by.ID, now, time.Time{}
	return nil
}

// Dismiss takes the person out of office.
func (s *Staff) Dismiss(by Staff, now time.Time) error {
	if err := by.maySet(*s); err != nil {
		return err
	}
	if s.ID == by.ID {
		return &Error{Kind: Forbidden, Message: "自分を解くことはできません。ほかの情報セキュリティ管理者に頼んでください。"}
	}
	if !s.Dismissed.IsZero() {
		return &Error{Kind: Conflict, Message: "すでに解かれています。"}
	}
	s.Dismissed = now
	return nil
}

// maySet refuses who may not decide about the role that the person has now.
func (s Staff) maySet(person Staff) error {
	if !s.May(AppointOperator) || !person.AppointedAt.IsZero() && !s.Role.MayAppoint(person.Role) {
		return &Error{Kind: Forbidden, Message: "「" + person.Role.Title() + "」の人を変えることは、いまの役割ではできません。"}
	}
	return nil
}
