package console

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

// Signing in takes steps, each with a session of its own secret: the password,
// then a code of the second factor, or setting one up the first time, then a
// password of one's own where it was a one-time one. Only the last step opens
// the console. An OIDC provider takes the place of all of them.

// Sentences that say the same whatever was wrong.
const (
	wrongPassword = "ログイン名かパスワードが正しくありません。"
	wrongCode     = "コードが正しくありません。アプリにいま出ているコードを入力してください。"
)

// maxNext is how long the address may be that somebody comes from.
const maxNext = 500

// signInView is what the pages of signing in show.
type signInView struct {
	Next, Login, Problem string
	Ended, OIDC          bool
	Samples              []ward.Staff
	Secret               string // of a second factor, in groups
	Minimum              int    // characters of a password
}

// showSignIn shows one of the pages.
func (s *site) showSignIn(w http.ResponseWriter, r *http.Request, status int, name, title string, view signInView) error {
	view.OIDC, view.Minimum = s.OIDC != nil, minPassword
	if name == "sign-in.html" && s.fromHere(r) {
		for _, login := range s.Samples {
			if c, err := s.Store.Credentials(r.Context(), login); err == nil {
				view.Samples = append(view.Samples, c.Staff)
			}
		}
	}
	return s.show(w, status, nil, name, page{Title: title, Notice: notice(r), Data: view})
}

// refuse shows the page again with what is wrong, when it is the person's to put
// right.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, name, title string, view signInView, err error) error {
	e := web.Sentence(err)
	if !slices.Contains([]ward.ErrorKind{ward.Invalid, ward.Forbidden, ward.TooMany, ward.Unavailable}, e.Kind) {
		return err
	}
	view.Problem = e.Message
	return s.showSignIn(w, r, web.Status(e.Kind), name, title, view)
}

func (s *site) signInPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	next := within(r.URL.Query().Get("next"))
	if v != nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	return s.showSignIn(w, r, http.StatusOK, "sign-in.html", "入る", signInView{Next: next, Ended: r.URL.Query().Has("ended")})
}

// signIn is the first step.
func (s *site) signIn(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	view := signInView{Next: within(f.text("next", "行き先", maxNext)), Login: f.text("login", "ログイン名", ward.MaxLogin)}
	if f.err != nil {
		view.Login = ""
		return s.refuse(w, r, "sign-in.html", "入る", view, f.err)
	}
	who, err := s.checkPassword(r, view.Login, f.r.PostForm.Get("password"))
	if err != nil {
		return s.refuse(w, r, "sign-in.html", "入る", view, err)
	}
	keys, give := s.renew(r)
	session, err := s.Store.BeginStaffSession(r.Context(), who.ID, keys, s.network(r))
	if err != nil {
		return err
	}
	give(w)
	return s.goOn(w, r, session.Stage, view.Next)
}

// attempt is how a try at a login is counted.
func (s *site) attempt(r *http.Request, login string) data.Attempt {
	return data.Attempt{Login: login, Network: s.network(r), Device: s.key(r, "device")}
}

// take counts an attempt, or refuses it because it has to wait.
func (s *site) take(r *http.Request, a data.Attempt) error {
	wait, err := s.Store.TakeAttempt(r.Context(), a)
	if err != nil || wait <= 0 {
		return err
	}
	return &ward.Error{Kind: ward.TooMany, RetryAfter: wait,
		Message: "続けて間違えたので、間をあけています。" + inWords(wait) + "たってから、もう一度お試しください。急ぐときは情報セキュリティ管理者に相談してください。"}
}

// inWords is a wait, rounded up.
func inWords(d time.Duration) string {
	if d <= time.Minute {
		return fmt.Sprintf("%d秒", (d+time.Second-1)/time.Second)
	}
	return fmt.Sprintf("%d分", (d+time.Minute-1)/time.Minute)
}

// checkPassword gives whose login and password these are. It takes as long, and
// says the same, when there is no such login, when the password is wrong or too
// old, and when the person is out of office.
func (s *site) checkPassword(r *http.Request, login, password string) (data.Credentials, error) {
	ctx, a := r.Context(), s.attempt(r, login)
	if err := s.take(r, a); err != nil {
		return data.Credentials{}, err
	}
	c, err := s.Store.Credentials(ctx, login)
	if err != nil && ward.KindOf(err) != ward.NotFound {
		return c, err
	}
	ok, err := s.passwordMatches(ctx, password, c.Password)
	if err != nil {
		return c, err
	}
	tooOld := !c.PasswordUntil.IsZero() && !s.Now().Before(c.PasswordUntil)
	if !ok || tooOld || !c.Dismissed.IsZero() {
		if err := s.Store.RefuseAttempt(ctx, c.ID, "ログイン名かパスワードが正しくないので、入れませんでした。"); err != nil {
			return c, err
		}
		return c, &ward.Error{Kind: ward.Forbidden, Message: wrongPassword}
	}
	return c, s.Store.ForgiveAttempt(ctx, a, false)
}

// goOn sends the browser to the next step, or in.
func (s *site) goOn(w http.ResponseWriter, r *http.Request, stage data.Stage, next string) error {
	path := map[data.Stage]string{
		data.StageCode: "/console/sign-in/code", data.StageSetUp: "/console/sign-in/set-up", data.StageRenew: "/console/sign-in/password",
	}[stage]
	target := within(next)
	if path != "" {
		target = path + "?next=" + url.QueryEscape(target)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// halfway gives the session at this stage; for any other it sends the browser
// where it belongs, and gives nil.
func (s *site) halfway(w http.ResponseWriter, r *http.Request, stage data.Stage, next string) (*data.StaffSession, error) {
	v, err := s.session(r)
	if err != nil {
		return nil, err
	}
	if v == nil {
		http.Redirect(w, r, "/console/sign-in?ended=1", http.StatusSeeOther)
		return nil, nil
	}
	if v.Stage != stage {
		return nil, s.goOn(w, r, v.Stage, next)
	}
	return v, nil
}

func nextOf(r *http.Request) string { return within(r.URL.Query().Get("next")) }

const codeTitle = "二段階認証"

func (s *site) codePage(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	if v, err := s.halfway(w, r, data.StageCode, nextOf(r)); v == nil {
		return err
	}
	return s.showSignIn(w, r, http.StatusOK, "sign-in-code.html", codeTitle, signInView{Next: nextOf(r)})
}

// passCode is the second step.
func (s *site) passCode(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	code, view := f.code(), signInView{Next: within(f.text("next", "行き先", maxNext))}
	v, err := s.halfway(w, r, data.StageCode, view.Next)
	if v == nil {
		return err
	}
	keys, give := s.renew(r)
	session, err := s.tryCode(r, v, keys, code)
	if err != nil {
		return s.refuse(w, r, "sign-in-code.html", codeTitle, view, err)
	}
	give(w)
	return s.goOn(w, r, session.Stage, view.Next)
}

func (s *site) tryCode(r *http.Request, v *data.StaffSession, keys data.Keys, code string) (session data.StaffSession, err error) {
	ctx, a := r.Context(), s.attempt(r, v.Person.Login)
	byCode := a
	byCode.Code = true
	if err := s.take(r, byCode); err != nil {
		return session, err
	}
	step, ok := s.rightCode(code, v.Person.TOTP)
	if !ok {
		if err := s.Store.RefuseAttempt(ctx, v.Person.ID, "二段階認証のコードが正しくないので、入れませんでした。"); err != nil {
			return session, err
		}
		return session, &ward.Error{Kind: ward.Forbidden, Message: wrongCode}
	}
	// What was typed wrong is forgotten before the browser becomes a known one,
	// which is counted elsewhere.
	err = cmp.Or(s.Store.ForgiveAttempt(ctx, byCode, false), s.Store.ForgiveAttempt(ctx, a, true))
	if err != nil {
		return session, err
	}
	return s.Store.PassCode(ctx, keys, step)
}

const setUpTitle = "二段階認証を設定する"

func (s *site) setUpPage(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	v, err := s.halfway(w, r, data.StageSetUp, nextOf(r))
	if v == nil {
		return err
	}
	if v.TOTP == "" {
		factor, err := s.newFactor(v.Person.Staff)
		if err != nil {
			return err
		}
		v.TOTP = factor.Secret()
		if err := s.Store.PrepareTOTP(r.Context(), s.key(r, ""), v.TOTP); err != nil {
			return err
		}
	}
	return s.showSignIn(w, r, http.StatusOK, "sign-in-set-up.html", setUpTitle, signInView{Next: nextOf(r), Secret: spaced(v.TOTP)})
}

func (s *site) setUpPicture(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	v, err := s.halfway(w, r, data.StageSetUp, "")
	if v == nil {
		return err
	}
	return s.writeQR(w, v.Person.Staff, v.TOTP)
}

// setUp ends setting up: a code shows that the phone has the secret.
func (s *site) setUp(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	code, view := f.code(), signInView{Next: within(f.text("next", "行き先", maxNext))}
	v, err := s.halfway(w, r, data.StageSetUp, view.Next)
	if v == nil {
		return err
	}
	view.Secret = spaced(v.TOTP)
	step, ok := s.rightCode(code, v.TOTP)
	if !ok {
		return s.refuse(w, r, "sign-in-set-up.html", setUpTitle, view, &ward.Error{Kind: ward.Invalid, Message: wrongCode})
	}
	keys, give := s.renew(r)
	session, err := s.Store.ConfirmTOTP(r.Context(), keys, step)
	if err != nil {
		return err
	}
	give(w)
	return s.goOn(w, r, session.Stage, view.Next)
}

const renewTitle = "自分のパスワードを決める"

func (s *site) renewPage(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	if v, err := s.halfway(w, r, data.StageRenew, nextOf(r)); v == nil {
		return err
	}
	return s.showSignIn(w, r, http.StatusOK, "sign-in-password.html", renewTitle, signInView{Next: nextOf(r)})
}

// renewPassword is the last step for who came with a one-time password.
func (s *site) renewPassword(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	view := signInView{Next: within(f.text("next", "行き先", maxNext))}
	v, err := s.halfway(w, r, data.StageRenew, view.Next)
	if v == nil {
		return err
	}
	hash, err := s.newPassword(f, v.Person)
	if err != nil {
		return s.refuse(w, r, "sign-in-password.html", renewTitle, view, err)
	}
	keys, give := s.renew(r)
	if _, err := s.Store.ChangePassword(r.Context(), keys, hash); err != nil {
		return err
	}
	give(w)
	return s.goOn(w, r, data.StageIn, view.Next)
}

// signOut ends the session that the browser has.
func (s *site) signOut(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := s.Store.EndStaffSession(r.Context(), v.Staff, v.session); err != nil && ward.KindOf(err) != ward.NotFound {
		return err
	}
	s.setCookie(w, "", "", -time.Second)
	return done(w, r, "/console/sign-in", "signed-out")
}

// fromHere tells whether somebody sits at the machine itself, by no proxy and
// under none of its other names.
func (s *site) fromHere(r *http.Request) bool {
	host := r.Host
	if u, err := url.Parse("http://" + r.Host); err == nil {
		host = u.Hostname()
	}
	local := host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
	return local && web.Client(r, nil).IsLoopback() && !web.Hearsay(r, nil)
}

// signInAsSample lets whoever sits before a demo in as one of its people. A
// service has no samples, and then this is no page.
func (s *site) signInAsSample(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	login := f.text("login", "ログイン名", ward.MaxLogin)
	if !s.fromHere(r) || !slices.Contains(s.Samples, login) {
		return s.nowhere(w, r, nil)
	}
	c, err := s.Store.Credentials(r.Context(), login)
	if err != nil {
		return err
	}
	keys, give := s.renew(r)
	if _, err := s.Store.OpenStaffSession(r.Context(), c.ID, keys, s.network(r), "見本の画面から入りました。"); err != nil {
		return err
	}
	give(w)
	return s.goOn(w, r, data.StageIn, f.text("next", "行き先", maxNext))
}

// signedOut sends who has to sign in to the page for it. A form that was sent
// meanwhile is shown, so that nothing of it is lost.
func (s *site) signedOut(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		http.Redirect(w, r, signInURL(r), http.StatusSeeOther)
		return nil
	}
	f, err := read(r)
	if err != nil {
		return err
	}
	written := f.written()
	if len(written) == 0 {
		http.Redirect(w, r, signInURL(r), http.StatusSeeOther)
		return nil
	}
	next := "/console/"
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
		next = within(from.RequestURI())
	}
	return s.show(w, http.StatusForbidden, nil, "expired.html", page{Title: "入り直してください", Data: struct {
		Next    string
		Written []string
	}{next, written}})
}

// written is what somebody wrote into the fields of a form; secrets and what the
// page itself put there are left out.
func (f *form) written() (texts []string) {
	for _, name := range slices.Sorted(maps.Keys(f.r.PostForm)) {
		if strings.Contains(name, "password") || slices.Contains([]string{"code", "version", "id", "next"}, name) {
			continue
		}
		for _, value := range f.r.PostForm[name] {
			if value = clean(value); value != "" {
				texts = append(texts, value)
			}
		}
	}
	return texts
}
