package console

import (
	"net/http"
	"net/url"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

// staffPerPage is how many people one page lists.
const staffPerPage = 100

// staffView is the list of people.
type staffView struct {
	People  []staffRow
	Next    string // address of the next page, "" for none
	Table   []permission
	Roles   []ward.Role // all
	Give    []ward.Role // that the visitor may give
	Typed   ward.Staff  // into the form
	Limits  limits
	Problem string
}

// limits are those of a person's fields.
type limits struct{ Login, Name, Section int }

func staffLimits() limits { return limits{ward.MaxLogin, ward.MaxStaffName, ward.MaxStaffSection} }

type staffRow struct {
	data.Credentials
	Appointer string
}

// permission is a line of the table of roles and actions.
type permission struct {
	Action ward.Action
	May    []bool // by role
}

func permissions() (table []permission) {
	for _, a := range ward.Actions() {
		p := permission{Action: a}
		for _, role := range ward.Roles() {
			p.May = append(p.May, role.May(a))
		}
		table = append(table, p)
	}
	return table
}

// mayGive are the roles that somebody may appoint to.
func mayGive(v *visitor) (roles []ward.Role) {
	for _, role := range ward.Roles() {
		if v.May(ward.AppointOperator) && v.Role.MayAppoint(role) {
			roles = append(roles, role)
		}
	}
	return roles
}

func (s *site) staffPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showStaff(w, r, http.StatusOK, v, ward.Staff{}, "")
}

func (s *site) showStaff(w http.ResponseWriter, r *http.Request, status int, v *visitor, typed ward.Staff, problem string) error {
	people, err := s.Store.ListStaff(r.Context(), r.URL.Query().Get("after"), staffPerPage+1)
	if err != nil {
		return err
	}
	names, err := s.Store.StaffNames(r.Context())
	if err != nil {
		return err
	}
	view := staffView{Table: permissions(), Roles: ward.Roles(), Give: mayGive(v), Typed: typed, Problem: problem, Limits: staffLimits()}
	if len(people) > staffPerPage {
		people = people[:staffPerPage]
		view.Next = "/console/staff?after=" + url.QueryEscape(people[staffPerPage-1].Login)
	}
	for _, c := range people {
		view.People = append(view.People, staffRow{c, appointer(names, c.AppointedBy)})
	}
	return s.show(w, status, v, "staff.html", page{Title: "職員と役割", Here: "/console/staff", Notice: notice(r), Data: view})
}

// personOf reads what was typed about a person.
func personOf(f *form) ward.Staff {
	return ward.Staff{
		Login: ward.FoldLogin(f.text("login", "ログイン名", ward.MaxLogin)), Name: f.text("name", "氏名", ward.MaxStaffName),
		Section: f.text("section", "所属", ward.MaxStaffSection), Role: ward.Role(f.text("role", "役割", ward.MaxLogin)),
	}
}

// appoint makes a person, whose one-time password is in the answer and nowhere
// else.
func (s *site) appoint(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	typed := personOf(f)
	if err = f.err; err == nil {
		err = typed.Check()
	}
	if err == nil {
		var password, hash string
		if err := s.hashing(r.Context(), func() { password, hash = OneTimePassword() }); err != nil {
			return err
		}
		var person ward.Staff
		if person, err = s.Store.AppointStaff(r.Context(), v.Staff, typed, hash); err == nil {
			return s.showOnce(w, v, person, password)
		}
	}
	if e := web.Sentence(err); web.Status(e.Kind) < http.StatusInternalServerError {
		return s.showStaff(w, r, web.Status(e.Kind), v, typed, e.Message)
	}
	return err
}

// showOnce shows a one-time password. It is the answer to the POST itself, so
// that no address leads to it again.
func (s *site) showOnce(w http.ResponseWriter, v *visitor, person ward.Staff, password string) error {
	return s.show(w, http.StatusOK, v, "staff-once.html", page{Title: "1回限りのパスワード", Here: "/console/staff",
		Data: struct {
			Person   ward.Staff
			Password string
			Days     int
		}{person, password, int(data.OneTimePassword.Hours() / 24)}})
}

// personView is one person.
type personView struct {
	Person    data.Credentials
	Appointer string
	Typed     ward.Staff // into the form; as stored when nothing was
	Give      []ward.Role
	Limits    limits
	Change    bool // the visitor may change the person
	LetIn     bool // the visitor may make the person sign in anew
	Self      bool
	Problem   string
}

func (s *site) personPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showPerson(w, r, http.StatusOK, v, nil, "")
}

// showPerson shows a person as stored and, when the change was not taken, what
// was typed beside it.
func (s *site) showPerson(w http.ResponseWriter, r *http.Request, status int, v *visitor, typed *ward.Staff, problem string) error {
	person, err := s.Store.Staff(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := s.Store.Credentials(r.Context(), person.Login)
	if err != nil {
		return err
	}
	names, err := s.Store.StaffNames(r.Context())
	if err != nil {
		return err
	}
	view := personView{Person: c, Appointer: appointer(names, c.AppointedBy), Typed: person, Give: mayGive(v), Limits: staffLimits(),
		Change: v.May(ward.AppointOperator) && v.Role.MayAppoint(c.Role), LetIn: v.May(ward.AppointAnyone), Self: v.ID == c.ID, Problem: problem}
	if typed != nil {
		view.Typed = *typed
	}
	return s.show(w, status, v, "person.html", page{Title: "職員の任命", Here: "/console/staff", Notice: notice(r), Data: view})
}

func (s *site) changePerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	typed := personOf(f)
	typed.ID, typed.Version = r.PathValue("id"), f.number("version", "版")
	if err = f.err; err == nil {
		_, err = s.Store.ChangeStaff(r.Context(), v.Staff, typed)
	}
	if err == nil {
		return done(w, r, "/console/staff/"+url.PathEscape(typed.ID), "saved")
	}
	e := web.Sentence(err)
	switch e.Kind {
	case ward.Invalid, ward.Conflict, ward.Forbidden:
		return s.showPerson(w, r, web.Status(e.Kind), v, &typed, e.Message)
	}
	return err
}

func (s *site) dismissPerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	version := f.number("version", "版")
	if f.err != nil {
		return f.err
	}
	if err := s.Store.DismissStaff(r.Context(), v.Staff, r.PathValue("id"), version); err != nil {
		return err
	}
	return done(w, r, "/console/staff", "person-gone")
}

func (s *site) resetPassword(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if _, err := read(r); err != nil {
		return err
	}
	person, err := s.Store.Staff(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	var password, hash string
	if err := s.hashing(r.Context(), func() { password, hash = OneTimePassword() }); err != nil {
		return err
	}
	if err := s.Store.SetStaffPassword(r.Context(), v.Staff, person.ID, hash); err != nil {
		return err
	}
	return s.showOnce(w, v, person, password)
}

func (s *site) resetFactor(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if _, err := read(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.Store.ResetStaffTOTP(r.Context(), v.Staff, id); err != nil {
		return err
	}
	return done(w, r, "/console/staff/"+url.PathEscape(id), "factor-reset")
}

func (s *site) signOutPerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if _, err := read(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.Store.SignOutStaff(r.Context(), v.Staff, id); err != nil {
		return err
	}
	return done(w, r, "/console/staff/"+url.PathEscape(id), "signed-out-all")
}
