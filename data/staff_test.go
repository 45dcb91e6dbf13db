package data_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// testStaff is the contract of people, their sessions and their attempts; every
// engine passes it.
func testStaff(t *testing.T, open func(*testing.T, *clock) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store, *clock){
		"appointments":    testAppointments,
		"the last one":    testLastManager,
		"concurrent edit": testConcurrentEdit,
		"sessions":        testStaffSessions,
		"sessions end":    testSessionsEnd,
		"second factor":   testSecondFactor,
		"subject":         testSubject,
		"attempts":        testAttempts,
		"crowd":           testCrowdOfAttempts,
		"attempts anew":   testAttemptsAnew,
		"at once":         testAttemptsAtOnce,
		"codes":           testCodeAttempts,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			test(t, open(t, c), c)
		})
	}
}

func appoint(t *testing.T, s *data.Store, by ward.Staff, login string, role ward.Role) ward.Staff {
	t.Helper()
	p, err := s.AppointStaff(t.Context(), by, ward.Staff{Login: login, Name: "見本 " + login, Section: "広報課", Role: role}, "hash-of-"+login)
	must(t, err)
	return p
}

func forbidden(t *testing.T, err error) {
	t.Helper()
	if ward.KindOf(err) != ward.Forbidden {
		t.Errorf("got %v, want it to be forbidden", err)
	}
}

// audited gives the actions in the audit, in order.
func audited(t *testing.T, s *data.Store) (actions []string) {
	t.Helper()
	all, err := s.AuditAfter(t.Context(), 0, 1000)
	must(t, err)
	before := ""
	for _, e := range all {
		if want := e.HashAfter(before); e.Hash != want {
			t.Errorf("entry %d: broken chain", e.Seq)
		}
		before = e.Hash
		actions = append(actions, e.Action)
	}
	return actions
}

func testAppointments(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	first := appoint(t, s, data.CommandLine(), " Sato ", ward.SecurityManager)
	same(t, first.Login+"/"+first.AppointedBy, "sato/", nil)
	system := appoint(t, s, first, "suzuki", ward.SystemManager)
	same(t, system.AppointedBy, first.ID, nil)
	same(t, system.AppointedAt, c.Now().UTC(), nil)
	operator := appoint(t, s, system, "tanaka", ward.Operator)

	// who may appoint whom
	for _, by := range []ward.Staff{system, operator} {
		_, err := s.AppointStaff(ctx, by, ward.Staff{Login: "x", Name: "x", Section: "x", Role: ward.Auditor}, "")
		forbidden(t, err)
	}
	for _, change := range []struct {
		by, whom ward.Staff
		role     ward.Role
	}{
		{system, operator, ward.SystemManager},   // to a role that is not theirs to give
		{system, first, ward.Operator},           // from a role that is not theirs to take
		{system, system, ward.SecurityManager},   // their own
		{operator, operator, ward.SystemManager}, // likewise
		{first, first, ward.Operator},
	} {
		change.whom.Role = change.role
		_, err := s.ChangeStaff(ctx, change.by, change.whom)
		forbidden(t, err)
	}
	forbidden(t, s.DismissStaff(ctx, system, first.ID, first.Version))
	forbidden(t, s.DismissStaff(ctx, first, first.ID, first.Version))
	forbidden(t, s.SetStaffPassword(ctx, system, operator.ID, "x"))
	forbidden(t, s.ResetStaffTOTP(ctx, operator, first.ID))
	forbidden(t, s.SignOutStaff(ctx, operator, first.ID))
	forbidden(t, s.SetStaffPassword(ctx, ward.Staff{ID: "nobody", Role: ward.SecurityManager}, first.ID, "x"))

	// what was allowed
	c.pass(time.Hour)
	operator.Name, operator.Role = "見本 改名", ward.Auditor
	operator, err := s.ChangeStaff(ctx, first, operator)
	same(t, operator.AppointedBy, first.ID, err)
	same(t, operator.AppointedAt, c.Now().UTC(), nil)
	must(t, s.DismissStaff(ctx, first, operator.ID, operator.Version))
	stored, err := s.Staff(ctx, operator.ID)
	same(t, stored.Dismissed, c.Now().UTC(), err)
	forbidden(t, s.SignOutStaff(ctx, stored, stored.ID)) // out of office
	again, err := s.ChangeStaff(ctx, first, stored)
	same(t, again.Dismissed.IsZero(), true, err)

	same(t, audited(t, s), []string{"staff-appointed", "staff-appointed", "staff-appointed", "staff-changed", "staff-dismissed", "staff-changed"}, nil)
	people, err := s.ListStaff(ctx, "sato", 1)
	same(t, people[0].Staff, system, err)
	names, err := s.StaffNames(ctx)
	same(t, names[again.ID], "見本 改名", err)
	if got := fmt.Sprint(people[0].LogValue()); strings.Contains(got, "suzuki") || strings.Contains(got, "hash") {
		t.Errorf("a log would hold %s", got)
	}
	same(t, people[0].Password, "hash-of-suzuki", nil)

	// the same person again is no second one; another with the login is refused
	_, err = s.AppointStaff(ctx, first, ward.Staff{ID: system.ID, Login: "suzuki", Name: "x", Section: "x", Role: ward.SystemManager}, "other")
	must(t, err)
	_, err = s.AppointStaff(ctx, first, ward.Staff{Login: "SUZUKI", Name: "x", Section: "x", Role: ward.Operator}, "")
	conflict(t, err)
	for _, bad := range []ward.Staff{
		{Login: "佐藤", Name: "x", Section: "x", Role: ward.Operator},
		{Login: "a b", Name: "x", Section: "x", Role: ward.Operator},
		{Login: "a", Name: strings.Repeat("x", ward.MaxStaffName+1), Section: "x", Role: ward.Operator},
		{Login: "a", Name: "x", Role: ward.Operator},
		{Login: "a", Name: "x", Section: "x", Role: "root"},
	} {
		if _, err := s.AppointStaff(ctx, first, bad, ""); ward.KindOf(err) != ward.Invalid {
			t.Errorf("%+v: %v, want invalid", bad, err)
		}
	}
}

// testLastManager: somebody who can appoint others stays, also when two dismiss
// each other at once.
func testLastManager(t *testing.T, s *data.Store, _ *clock) {
	ctx := t.Context()
	first := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	conflict(t, s.DismissStaff(ctx, data.CommandLine(), first.ID, first.Version))
	lower := first
	lower.Role = ward.Operator
	_, err := s.ChangeStaff(ctx, data.CommandLine(), lower)
	conflict(t, err)
	second := appoint(t, s, first, "b", ward.SecurityManager)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	wg.Go(func() { errs[0] = s.DismissStaff(ctx, first, second.ID, second.Version) })
	wg.Go(func() { errs[1] = s.DismissStaff(ctx, second, first.ID, first.Version) })
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("dismissed at once: %v, %v; want one of them", errs[0], errs[1])
	}
}

func testConcurrentEdit(t *testing.T, s *data.Store, _ *clock) {
	first := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	p := appoint(t, s, first, "b", ward.Operator)
	one, two := p, p
	one.Name, two.Name = "先の人", "後の人"
	_, err := s.ChangeStaff(t.Context(), first, one)
	must(t, err)
	_, err = s.ChangeStaff(t.Context(), first, two)
	conflict(t, err)
	conflict(t, s.DismissStaff(t.Context(), first, p.ID, p.Version))
	stored, err := s.Staff(t.Context(), p.ID)
	same(t, stored.Name, "先の人", err)
}

func expired(t *testing.T, s *data.Store, key string) {
	t.Helper()
	if _, err := s.StaffSession(t.Context(), key); ward.KindOf(err) != ward.Expired {
		t.Errorf("session %s: %v, want it to be over", key, err)
	}
}

// in signs a person in with this key.
func in(t *testing.T, s *data.Store, p ward.Staff, key string) data.StaffSession {
	t.Helper()
	v, err := s.OpenStaffSession(t.Context(), p.ID, data.Keys{New: key}, "192.0.2.0", "見本の人として入りました。")
	must(t, err)
	return v
}

func testStaffSessions(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	first := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	other := appoint(t, s, first, "b", ward.Operator)
	expired(t, s, "none")
	expired(t, s, "")
	v, err := s.BeginStaffSession(ctx, first.ID, data.Keys{New: "half"}, "192.0.2.0")
	same(t, v.Stage, data.StageSetUp, err)
	c.pass(data.SignInTime)
	expired(t, s, "half")

	mine := in(t, s, first, "k1")
	for _, want := range []time.Duration{0, 0, time.Minute} { // noted once a minute
		_, err := s.StaffSession(ctx, "k1")
		must(t, err)
		list, err := s.StaffSessions(ctx, first.ID, 10)
		same(t, list[0].Seen.Sub(mine.Seen), want, err)
		c.pass(30 * time.Second)
	}
	in(t, s, other, "k2")
	for range 3 { // used in time
		c.pass(data.StaffSessionIdle - time.Minute) // to which its use is noted
		v, err := s.StaffSession(ctx, "k1")
		same(t, v.Person.ID+string(v.Stage), first.ID+"in", err)
	}
	expired(t, s, "k2") // idle
	list, err := s.StaffSessions(ctx, first.ID, 10)
	same(t, len(list), 1, err)
	if err := s.EndStaffSession(ctx, other, mine.ID); ward.KindOf(err) != ward.NotFound {
		t.Errorf("somebody else's session: %v, want not found", err)
	}
	must(t, s.EndStaffSession(ctx, first, mine.ID))
	expired(t, s, "k1")
	in(t, s, first, "k3")
	for began := c.Now(); c.Now().Sub(began) < data.StaffSessionTotal-20*time.Minute; c.pass(20 * time.Minute) {
		_, err := s.StaffSession(ctx, "k3")
		must(t, err)
	}
	c.pass(20 * time.Minute)
	expired(t, s, "k3") // absolute
}

// testSessionsEnd: what changes who somebody is ends all they have open.
func testSessionsEnd(t *testing.T, s *data.Store, _ *clock) {
	ctx := t.Context()
	first := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	in(t, s, first, "mine")
	p := appoint(t, s, first, "b", ward.Operator)
	for n, end := range []func() error{
		func() error { return s.SetStaffPassword(ctx, first, p.ID, "new") },
		func() error { return s.ResetStaffTOTP(ctx, data.CommandLine(), p.ID) },
		func() error { return s.SignOutStaff(ctx, first, p.ID) },
		func() error { return s.SignOutStaff(ctx, p, p.ID) },
		func() (err error) { p.Role = ward.Auditor; p, err = s.ChangeStaff(ctx, first, p); return err },
		func() error { return s.DismissStaff(ctx, first, p.ID, p.Version) },
	} {
		one, two := fmt.Sprint("one", n), fmt.Sprint("two", n)
		in(t, s, p, one)
		in(t, s, p, two)
		must(t, end())
		expired(t, s, one)
		expired(t, s, two)
	}
	_, err := s.OpenStaffSession(ctx, p.ID, data.Keys{New: "late"}, "", "")
	forbidden(t, err)
	_, err = s.StaffSession(ctx, "mine") // others stay
	must(t, err)
}

func testSecondFactor(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	p := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	_, err := s.BeginStaffSession(ctx, p.ID, data.Keys{New: "k1"}, "")
	must(t, err)
	if _, err := s.ConfirmTOTP(ctx, data.Keys{Old: "k1", New: "k2"}, 7); ward.KindOf(err) != ward.Expired {
		t.Errorf("confirmed before it was prepared: %v", err)
	}
	must(t, s.PrepareTOTP(ctx, "k1", "SECRET"))
	v, err := s.ConfirmTOTP(ctx, data.Keys{Old: "k1", New: "k2", Device: "d"}, 7)
	same(t, v.Stage, data.StageRenew, err) // the password is a one-time one
	expired(t, s, "k1")
	v, err = s.ChangePassword(ctx, data.Keys{Old: "k2", New: "k3", Device: "d"}, "own")
	same(t, v.Stage, data.StageIn, err)
	expired(t, s, "k2")

	again := func(old, fresh string, step int64) (data.StaffSession, error) {
		_, err := s.BeginStaffSession(ctx, p.ID, data.Keys{New: old}, "")
		must(t, err)
		return s.PassCode(ctx, data.Keys{Old: old, New: fresh, Device: "d"}, step)
	}
	for _, step := range []int64{6, 7} { // used, or older than one that was
		if _, err := again(fmt.Sprint("half", step), "x", step); ward.KindOf(err) != ward.Invalid {
			t.Errorf("code of step %d again: %v, want invalid", step, err)
		}
	}
	v, err = again("half", "k4", 8)
	same(t, v.Stage, data.StageIn, err)
	expired(t, s, "half")
	same(t, v.Person.Password, "own", nil)

	// a new second factor ends the other sessions
	must(t, s.PrepareTOTP(ctx, "k4", "OTHER"))
	v, err = s.ConfirmTOTP(ctx, data.Keys{Old: "k4", New: "k5"}, 9)
	same(t, v.Stage, data.StageIn, err)
	expired(t, s, "k3")
	cred, err := s.Credentials(ctx, "A")
	same(t, cred.TOTP, "OTHER", err)
	same(t, audited(t, s), []string{"staff-appointed", "staff-totp-set", "staff-password-set", "sign-in", "sign-in", "staff-totp-set"}, nil)
}

func testSubject(t *testing.T, s *data.Store, _ *clock) {
	a := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	b := appoint(t, s, data.CommandLine(), "b", ward.Operator)
	for range 2 {
		must(t, s.PinSubject(t.Context(), a.ID, "one"))
	}
	forbidden(t, s.PinSubject(t.Context(), a.ID, "two"))
	forbidden(t, s.PinSubject(t.Context(), b.ID, "one"))
	must(t, s.ResetStaffTOTP(t.Context(), data.CommandLine(), a.ID))
	must(t, s.PinSubject(t.Context(), b.ID, "one"))
}

// tries makes n attempts that stay wrong and gives the wait of the last.
func tries(t *testing.T, s *data.Store, n int, a data.Attempt) (wait time.Duration) {
	t.Helper()
	for range n {
		var err error
		wait, err = s.TakeAttempt(t.Context(), a)
		must(t, err)
	}
	return wait
}

func testAttempts(t *testing.T, s *data.Store, c *clock) {
	ctx := t.Context()
	p := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	_, err := s.OpenStaffSession(ctx, p.ID, data.Keys{New: "k", Device: "known"}, "", "")
	must(t, err)
	for _, login := range []string{"a", "nobody"} { // both look the same from outside
		guess := data.Attempt{Login: login, Network: "198.51.100.1"}
		same(t, tries(t, s, 5, guess), 0, nil)
		same(t, tries(t, s, 3, guess), 30*time.Second, nil) // waiting counts nothing
		for _, want := range []time.Duration{60, 120, 240, 480, 900, 900} {
			c.pass(15 * time.Minute)
			same(t, tries(t, s, 1, guess), 0, nil)
			same(t, tries(t, s, 1, guess), want*time.Second, nil)
		}
		same(t, tries(t, s, 1, data.Attempt{Login: strings.ToUpper(login) + " ", Network: "198.51.100.1"}), 900*time.Second, nil)
	}
	// the owner, where they were before, also behind the same address
	same(t, tries(t, s, 1, data.Attempt{Login: "a", Network: "198.51.100.1", Device: "known"}), 0, nil)
	// a browser is known for its own people only
	if tries(t, s, 1, data.Attempt{Login: "nobody", Network: "198.51.100.1", Device: "known"}) == 0 {
		t.Error("a known browser lets guess at other logins")
	}
	// and the owner at a new browser elsewhere
	home := data.Attempt{Login: "a", Network: "203.0.113.9"}
	same(t, tries(t, s, 4, home), 0, nil)
	must(t, s.ForgiveAttempt(ctx, home, true))
	same(t, tries(t, s, 5, home), 0, nil)
	if tries(t, s, 1, home) == 0 {
		t.Error("nothing is counted after a sign-in")
	}
	// others on the network that guesses are not locked out
	same(t, tries(t, s, 1, data.Attempt{Login: "b", Network: "198.51.100.1"}), 0, nil)
	c.pass(25 * time.Hour)
	same(t, tries(t, s, 5, data.Attempt{Login: "a", Network: "198.51.100.1"}), 0, nil)
	locked := 0
	for _, a := range audited(t, s) {
		if a == "sign-in-locked" {
			locked++
		}
	}
	same(t, locked, 4, nil) // two logins, the home network twice
}

// testAttemptsAnew: who is given a one-time password begins without failures,
// also on the network that was guessing.
func testAttemptsAnew(t *testing.T, s *data.Store, c *clock) {
	p := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	guess := data.Attempt{Login: "a", Network: "198.51.100.1"}
	tries(t, s, 5, guess)
	if tries(t, s, 1, guess) == 0 {
		t.Fatal("nobody has to wait")
	}
	c.pass(time.Second)
	must(t, s.SetStaffPassword(t.Context(), data.CommandLine(), p.ID, "hash"))
	same(t, tries(t, s, 1, guess), 0, nil)
}

// testCrowdOfAttempts: many networks together get one attempt each, and so does
// the owner at a new browser.
func testCrowdOfAttempts(t *testing.T, s *data.Store, _ *clock) {
	appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	free := 0
	for n := range 60 {
		guess := data.Attempt{Login: "a", Network: fmt.Sprintf("198.51.100.%d", n)}
		for tries(t, s, 1, guess) == 0 {
			free++
		}
	}
	same(t, free, 5*5+55, nil)
	same(t, tries(t, s, 1, data.Attempt{Login: "a", Network: "203.0.113.9"}), 0, nil)
	// one network that goes through many logins has to wait
	free = 0
	for n := range 60 {
		if tries(t, s, 1, data.Attempt{Login: fmt.Sprint("login", n), Network: "203.0.113.50"}) == 0 {
			free++
		}
	}
	same(t, free, 40, nil)
}

func testAttemptsAtOnce(t *testing.T, s *data.Store, _ *clock) {
	var wg sync.WaitGroup
	waits := make([]time.Duration, 30)
	for i := range waits {
		wg.Go(func() {
			var err error
			if waits[i], err = s.TakeAttempt(t.Context(), data.Attempt{Login: "a", Network: "198.51.100.1"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	free := 0
	for _, w := range waits {
		if w == 0 {
			free++
		}
	}
	same(t, free, 5, nil)
}

// testCodeAttempts: guesses at the second factor are counted by person, from
// wherever, but for the browsers they know.
func testCodeAttempts(t *testing.T, s *data.Store, _ *clock) {
	p := appoint(t, s, data.CommandLine(), "a", ward.SecurityManager)
	_, err := s.OpenStaffSession(t.Context(), p.ID, data.Keys{New: "k", Device: "known"}, "", "")
	must(t, err)
	free := 0
	for n := range 30 {
		if tries(t, s, 1, data.Attempt{Login: "a", Network: fmt.Sprintf("198.51.100.%d", n), Code: true}) == 0 {
			free++
		}
	}
	same(t, free, 10, nil)
	same(t, tries(t, s, 1, data.Attempt{Login: "a", Device: "known", Code: true}), 0, nil)
	same(t, tries(t, s, 1, data.Attempt{Login: "a", Network: "198.51.100.1"}), 0, nil)
}
