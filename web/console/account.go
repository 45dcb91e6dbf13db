package console

import (
	"net/http"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

// maxSessions is how many of a person's sessions the page lists.
const maxSessions = 50

// accountView is what somebody's own page shows.
type accountView struct {
	Person    data.Credentials
	Appointer string
	Own       bool // there is a password of the person's own
	Minimum   int
	Sessions  []data.StaffSession
	Session   string // the one that the page is shown in
	May       []ward.Action
	Problem   string
}

func (s *site) me(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showAccount(w, r, http.StatusOK, v, "")
}

// showAccount shows the page, with what is wrong if something is.
func (s *site) showAccount(w http.ResponseWriter, r *http.Request, status int, v *visitor, problem string) error {
	ctx := r.Context()
	c, err := s.Store.Credentials(ctx, v.Login)
	if err != nil {
		return err
	}
	sessions, err := s.Store.StaffSessions(ctx, v.ID, maxSessions)
	if err != nil {
		return err
	}
	names, err := s.Store.StaffNames(ctx)
	if err != nil {
		return err
	}
	view := accountView{Person: c, Own: c.Password != "" && c.PasswordUntil.IsZero(), Minimum: minPassword, Problem: problem,
		Sessions: sessions, Session: v.session, Appointer: appointer(names, c.AppointedBy)}
	for _, a := range ward.Actions() {
		if v.May(a) {
			view.May = append(view.May, a)
		}
	}
	return s.show(w, status, v, "me.html", page{Title: "自分の設定", Notice: notice(r), Data: view})
}

// appointer is who appointed somebody, in words.
func appointer(names map[string]string, id string) string {
	if id == "" {
		return "システムの管理者（コマンド）"
	}
	return names[id]
}

// again asks for the password of who is signed in: an open screen is not enough
// to change it. Attempts are counted as those of signing in are.
func (s *site) again(r *http.Request, v *visitor, f *form) (data.Credentials, error) {
	c, err := s.checkPassword(r, v.Login, f.r.PostForm.Get("password"))
	if ward.KindOf(err) == ward.Forbidden {
		return c, &ward.Error{Kind: ward.Forbidden, Message: "いまのパスワードが正しくありません。"}
	}
	return c, err
}

// asked shows the account's page again when err is the person's to put right.
func (s *site) asked(w http.ResponseWriter, r *http.Request, v *visitor, err error) error {
	switch e := web.Sentence(err); e.Kind {
	case ward.Invalid, ward.Forbidden, ward.TooMany, ward.Unavailable:
		return s.showAccount(w, r, web.Status(e.Kind), v, e.Message)
	}
	return err
}

func (s *site) changePassword(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	c, err := s.again(r, v, f)
	if err != nil {
		return s.asked(w, r, v, err)
	}
	hash, err := s.newPassword(f, c)
	if err != nil {
		return s.asked(w, r, v, err)
	}
	keys, give := s.renew(r)
	if _, err := s.Store.ChangePassword(r.Context(), keys, hash); err != nil {
		return err
	}
	give(w)
	return done(w, r, "/console/me", "password")
}

// startFactor prepares another second factor; the one there is stays until a
// code shows that the new one works.
func (s *site) startFactor(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	if _, err := s.again(r, v, f); err != nil {
		return s.asked(w, r, v, err)
	}
	factor, err := s.newFactor(v.Staff)
	if err != nil {
		return err
	}
	if err := s.Store.PrepareTOTP(r.Context(), s.key(r, ""), factor.Secret()); err != nil {
		return err
	}
	http.Redirect(w, r, "/console/me/factor", http.StatusSeeOther)
	return nil
}

// preparing gives the session in which a second factor is being set up, nil
// where none is.
func (s *site) preparing(r *http.Request) (*data.StaffSession, error) {
	session, err := s.session(r)
	if err != nil || session == nil || session.TOTP == "" {
		return nil, err
	}
	return session, nil
}

func (s *site) factorPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showFactor(w, r, http.StatusOK, v, "")
}

func (s *site) showFactor(w http.ResponseWriter, r *http.Request, status int, v *visitor, problem string) error {
	session, err := s.preparing(r)
	if err != nil {
		return err
	}
	if session == nil {
		http.Redirect(w, r, "/console/me", http.StatusSeeOther)
		return nil
	}
	return s.show(w, status, v, "me-factor.html", page{Title: setUpTitle, Data: signInView{Problem: problem, Secret: spaced(session.TOTP)}})
}

func (s *site) factorPicture(w http.ResponseWriter, r *http.Request, v *visitor) error {
	session, err := s.preparing(r)
	if err != nil {
		return err
	}
	if session == nil {
		return s.nowhere(w, r, v)
	}
	return s.writeQR(w, v.Staff, session.TOTP)
}

func (s *site) confirmFactor(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	code := f.code()
	session, err := s.preparing(r)
	if err != nil {
		return err
	}
	if session == nil {
		http.Redirect(w, r, "/console/me", http.StatusSeeOther)
		return nil
	}
	step, ok := s.rightCode(code, session.TOTP)
	if !ok {
		return s.showFactor(w, r, http.StatusBadRequest, v, wrongCode)
	}
	keys, give := s.renew(r)
	if _, err := s.Store.ConfirmTOTP(r.Context(), keys, step); err != nil {
		return err
	}
	give(w)
	return done(w, r, "/console/me", "factor")
}

// endSession ends one of one's own sessions; those of others are not found.
func (s *site) endSession(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if _, err := read(r); err != nil {
		return err
	}
	if r.PathValue("id") == v.session {
		return s.signOut(w, r, v)
	}
	if err := s.Store.EndStaffSession(r.Context(), v.Staff, r.PathValue("id")); err != nil {
		return err
	}
	return done(w, r, "/console/me", "signed-out")
}

func (s *site) signOutEverywhere(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if _, err := read(r); err != nil {
		return err
	}
	if err := s.Store.SignOutStaff(r.Context(), v.Staff, v.ID); err != nil {
		return err
	}
	s.setCookie(w, "", "", -1)
	return done(w, r, "/console/sign-in", "signed-out-all")
}
