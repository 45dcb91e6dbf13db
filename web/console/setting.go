package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

// Limits of the page of settings.
const (
	maxSchedule   = 60 // characters
	maxMailsField = ward.MaxDigestMails * (ward.MaxDigestMail + 1)
	digestsShown  = 60
	digestsSince  = 5 * 7 * 24 * time.Hour
)

// settingView is what settings.html shows. Where somebody was faster, the form
// of that setting holds what was typed, and Stored what is kept now.
type settingView struct {
	Problem string

	Schedule   ward.Schedule
	Configured string
	Next       time.Time
	Here       bool

	Plan  ward.DigestPlan
	Days  []weekday
	Hours []int

	Addresses []ward.DigestAddress
	Typed     ward.DigestAddress // of the form for one more
	Sections  []ward.OwnedBy     // to choose from
	Stored    string             // what is kept now, where it is not what was typed
	Limits    struct{ Mails, Section int }

	Mail    bool
	Digests []digestRow
}

type weekday struct {
	Day  time.Weekday
	Name string
}

// digestRow is a digest as the page shows it.
type digestRow struct {
	ward.Digest
	Shown ward.DigestState
}

// Badge is how the state looks.
func (d digestRow) Badge() string {
	return map[ward.DigestState]string{ward.DigestSent: "good", ward.DigestWaiting: "warn", ward.DigestUnknown: "bad", ward.DigestGivenUp: "bad"}[d.Shown]
}

func weekdays() []weekday {
	var all []weekday
	for day, name := range []string{"日", "月", "火", "水", "木", "金", "土"} {
		all = append(all, weekday{time.Weekday(day), name + "曜日"})
	}
	return all
}

// settings reads everything that the page shows.
func (s *site) settings(ctx context.Context) (view settingView, err error) {
	view = settingView{Configured: s.ConfiguredSchedule, Days: weekdays(), Mail: s.Mail, Here: s.Works != nil}
	view.Limits.Mails, view.Limits.Section = ward.MaxDigestMails, ward.MaxDigestSection
	for hour := range 24 {
		view.Hours = append(view.Hours, hour)
	}
	if view.Schedule, err = s.Store.Schedule(ctx); err != nil {
		return view, err
	}
	if view.Plan, err = s.Store.DigestPlan(ctx); err != nil {
		return view, err
	}
	if view.Addresses, err = s.Store.DigestAddresses(ctx); err != nil {
		return view, err
	}
	since := s.Now().Add(-digestsSince).In(ward.Japan()).Format(time.DateOnly)
	digests, err := s.Store.Digests(ctx, since, digestsShown)
	for _, d := range digests {
		view.Digests = append(view.Digests, digestRow{d, d.Shown(s.Now())})
	}
	if err != nil || s.Works == nil {
		return view, err
	}
	if _, view.Next, err = s.schedule(ctx); err != nil {
		return view, err
	}
	owners, err := s.Works.Owners(ctx)
	view.Sections = owners.Sections
	return view, err
}

func (s *site) settingsPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	view, err := s.settings(r.Context())
	if err != nil {
		return err
	}
	return s.showSettings(w, r, v, http.StatusOK, view)
}

func (s *site) showSettings(w http.ResponseWriter, r *http.Request, v *visitor, status int, view settingView) error {
	return s.show(w, status, v, "settings.html", page{Title: "設定", Here: "/console/settings", Notice: notice(r), Data: view})
}

// retry shows the page again with what was typed, after a refusal that the
// person can do something about. keep puts what was typed into the view, which
// holds what is stored.
func (s *site) retry(w http.ResponseWriter, r *http.Request, v *visitor, refused error, keep func(*settingView)) error {
	status := http.StatusBadRequest
	switch ward.KindOf(refused) {
	case ward.Conflict:
		status = http.StatusConflict
	case ward.Invalid:
	default:
		return refused
	}
	view, err := s.settings(r.Context())
	if err != nil {
		return err
	}
	view.Problem = web.Sentence(refused).Message
	keep(&view)
	return s.showSettings(w, r, v, status, view)
}

func (s *site) saveSchedule(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	set := ward.Schedule{Cron: f.text("schedule", "巡回の予定", maxSchedule), Version: f.number("version", "版")}
	if f.err != nil {
		return f.err
	}
	if err := s.elsewhere(); err != nil {
		return err
	}
	if set.Cron != "" {
		_, err = s.Works.Schedule(set.Cron)
	}
	if err == nil {
		err = s.Store.SaveSchedule(r.Context(), set, v.Staff)
	}
	if err != nil {
		return s.retry(w, r, v, err, func(view *settingView) {
			if view.Schedule.Cron != set.Cron {
				view.Stored = "巡回の予定: " + orElse(view.Schedule.Cron, "設定ファイルのとおり")
			}
			view.Schedule.Cron = set.Cron // the version is that of what is stored: the person has seen it
		})
	}
	return done(w, r, "/console/settings", "saved")
}

func (s *site) savePlan(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	plan := ward.DigestPlan{On: f.r.PostForm.Get("on") == "yes", Day: time.Weekday(f.number("day", "曜日")), Hour: int(f.number("hour", "時刻")), Version: f.number("version", "版")}
	if f.err != nil {
		return f.err
	}
	if err := s.Store.SaveDigestPlan(r.Context(), plan, v.Staff); err != nil {
		return s.retry(w, r, v, err, func(view *settingView) {
			view.Stored = "お知らせ: " + planText(view.Plan)
			plan.Version = view.Plan.Version
			view.Plan = plan
		})
	}
	return done(w, r, "/console/settings", "saved")
}

func planText(p ward.DigestPlan) string {
	if !p.On {
		return "送らない"
	}
	return weekdays()[p.Day].Name + time.Date(2026, 1, 1, p.Hour, 0, 0, 0, time.UTC).Format("15時") + "に送る"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (s *site) saveAddress(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	a := ward.DigestAddress{Section: f.text("section", "担当課", ward.MaxDigestSection), Mails: f.lines("mails", "あて先", maxMailsField), Version: f.number("version", "版")}
	if f.err != nil {
		return f.err
	}
	if len(a.Mails) == 0 && a.Version == 0 {
		f.err = &ward.Error{Kind: ward.Invalid, Message: "あて先を書いてください。"}
	}
	if f.err == nil {
		f.err = s.Store.SaveDigestAddress(r.Context(), a, v.Staff)
	}
	if f.err != nil {
		return s.retry(w, r, v, f.err, func(view *settingView) { view.typed(a) })
	}
	return done(w, r, "/console/settings", "saved")
}

// typed puts an address that was not kept into its form.
func (v *settingView) typed(a ward.DigestAddress) {
	at := slices.IndexFunc(v.Addresses, func(b ward.DigestAddress) bool { return b.Section == a.Section })
	if at < 0 {
		a.Version = 0 // somebody took it away: it is made anew
		v.Typed = a
		return
	}
	if !slices.Equal(v.Addresses[at].Mails, a.Mails) {
		v.Stored = a.Section + ": " + strings.Join(v.Addresses[at].Mails, "、")
	}
	v.Addresses[at].Mails = a.Mails
}

// Lines are the addresses of a section as a field shows them.
func (v settingView) Lines(a ward.DigestAddress) string { return strings.Join(a.Mails, "\n") }

// MinPeople is from how many people on a count is told.
func (v settingView) MinPeople() int { return data.MinPeople }
