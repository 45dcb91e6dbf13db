package data_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// testAudit is the contract of the audit; every engine passes it.
func testAudit(t *testing.T, open func(*testing.T, *clock) *data.Store) {
	for name, test := range map[string]func(*testing.T, *data.Store, *clock){
		"search":      testAuditSearch,
		"append only": testAuditAppendOnly,
		"whole":       testAuditWhole,
		"together":    testAuditTogether,
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			test(t, open(t, c), c)
		})
	}
	for name, how := range tamperings() {
		t.Run("tampered/"+name, func(t *testing.T) {
			c := newClock()
			testTampered(t, open(t, c), c, how)
		})
	}
}

// enter appends n entries, a minute apart.
func enter(t *testing.T, s *data.Store, c *clock, n int) {
	t.Helper()
	for i := range n {
		must(t, s.Audit(t.Context(), ward.AuditEntry{
			Actor: ward.Actor{Staff: fmt.Sprint("staff-", i%2), Role: ward.Operator}, Action: "fix-published",
			Object: fmt.Sprint("f", i), Detail: fmt.Sprintf("対応%dを100%%公開しました。", i),
		}))
		c.pass(time.Minute)
	}
}

func testAuditSearch(t *testing.T, s *data.Store, c *clock) {
	start := c.Now()
	enter(t, s, c, 5)
	must(t, s.Audit(t.Context(), ward.AuditEntry{Actor: ward.System(), Action: "index-refused", Detail: "索引を_入れ替えませんでした。"}))
	for name, tt := range map[string]struct {
		q    data.AuditQuery
		want string
	}{
		"all":            {data.AuditQuery{}, "6 5 4 3 2 1"},
		"page":           {data.AuditQuery{Limit: 2}, "6 5"},
		"next page":      {data.AuditQuery{Limit: 2, Before: 5}, "4 3"},
		"from":           {data.AuditQuery{From: start.Add(3 * time.Minute)}, "6 5 4"},
		"until":          {data.AuditQuery{Until: start.Add(2 * time.Minute)}, "2 1"},
		"person":         {data.AuditQuery{Staff: "staff-1"}, "4 2"},
		"program":        {data.AuditQuery{Staff: ward.SystemActor}, "6"},
		"action":         {data.AuditQuery{Action: "index-refused"}, "6"},
		"object":         {data.AuditQuery{Object: "f3"}, "4"},
		"words":          {data.AuditQuery{Words: "応3を"}, "4"},
		"signs are text": {data.AuditQuery{Words: "100%公"}, "5 4 3 2 1"},
		"not any sign":   {data.AuditQuery{Words: "対_を"}, ""},
		"a sign":         {data.AuditQuery{Words: "_"}, "6"},
		"nothing":        {data.AuditQuery{Words: "'; DROP TABLE audit; --"}, ""},
		"all at once":    {data.AuditQuery{From: start, Staff: "staff-0", Action: "fix-published", Words: "公開"}, "5 3 1"},
	} {
		if tt.q.Limit == 0 {
			tt.q.Limit = 100
		}
		entries, err := s.SearchAudit(t.Context(), tt.q)
		var got []string
		for _, e := range entries {
			got = append(got, fmt.Sprint(e.Seq))
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v %v, want %s", name, got, err, tt.want)
		}
	}
	staff, actions, err := s.AuditNames(t.Context())
	same(t, staff, []string{"staff-0", "staff-1", "system"}, err)
	same(t, actions, []string{"fix-published", "index-refused"}, err)
}

// testAuditAppendOnly: the database itself refuses to change what stands there.
func testAuditAppendOnly(t *testing.T, s *data.Store, c *clock) {
	enter(t, s, c, 2)
	db, listen := s.Queue()
	statements := []string{"UPDATE audit SET detail = 'x'", "DELETE FROM audit WHERE seq = 1", "DELETE FROM audit"}
	if listen != nil {
		statements = append(statements, "TRUNCATE audit")
	}
	for _, q := range statements {
		if _, err := db.ExecContext(t.Context(), q); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", q, err)
		}
	}
	check, err := s.VerifyAudit(t.Context(), nil)
	same(t, check.Fault, "", err)
}

func testAuditWhole(t *testing.T, s *data.Store, c *clock) {
	check, err := s.VerifyAudit(t.Context(), &data.AuditHead{})
	same(t, check, data.AuditCheck{}, err) // nothing was ever done: that is whole
	first := c.Now()
	enter(t, s, c, 3)
	all, err := s.AuditAfter(t.Context(), 0, 10)
	must(t, err)
	want := data.AuditCheck{Entries: 3, First: first.UTC(), Last: first.UTC().Add(2 * time.Minute), Head: data.AuditHead{Seq: 3, Hash: all[2].Hash}}
	check, err = s.VerifyAudit(t.Context(), nil)
	same(t, check, want, err)
	written, err := data.ParseAuditHead(check.Head.String())
	same(t, written, check.Head, err)
	enter(t, s, c, 1)
	check, err = s.VerifyAudit(t.Context(), &written) // it has grown since
	same(t, check.Fault, "", err)
	for _, bad := range []string{"", "3", ":", "x:" + all[0].Hash, "-1:" + all[0].Hash, "3:abc", "0:" + all[0].Hash} {
		if _, err := data.ParseAuditHead(bad); ward.KindOf(err) != ward.Invalid {
			t.Errorf("%q is taken for a head: %v", bad, err)
		}
	}
}

// testAuditTogether: many append at once and the chain is whole, over more than
// one batch.
func testAuditTogether(t *testing.T, s *data.Store, _ *clock) {
	const people, each = 12, 90
	var wg sync.WaitGroup
	for p := range people {
		wg.Go(func() {
			for i := range each {
				e := ward.AuditEntry{Actor: ward.Actor{Staff: fmt.Sprint(p)}, Action: "stop-made", Object: fmt.Sprint(i)}
				if err := s.Audit(t.Context(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	check, err := s.VerifyAudit(t.Context(), nil)
	same(t, check.Fault, "", err)
	same(t, check.Entries, people*each, err)
}

// tampering is what somebody with the database in hand does, and what verifying
// says of it.
type tampering struct {
	do     []string
	broken int64
	want   string
	head   bool // found only by what was written down outside
}

func tamperings() map[string]tampering {
	const copied = "INSERT INTO audit (seq, at, staff, role, action, object, detail, hash) SELECT %d, at, staff, role, action, object, detail, hash FROM audit WHERE seq = 3"
	return map[string]tampering{
		"text changed":     {[]string{"UPDATE audit SET detail = 'x' WHERE seq = 3"}, 3, "書き換え", false},
		"time changed":     {[]string{"UPDATE audit SET at = at + 1 WHERE seq = 1"}, 1, "書き換え", false},
		"person changed":   {[]string{"UPDATE audit SET staff = 'staff-1' WHERE seq = 5"}, 5, "書き換え", false},
		"field moved":      {[]string{"UPDATE audit SET action = action || object, object = '' WHERE seq = 2"}, 2, "書き換え", false},
		"hash changed":     {[]string{"UPDATE audit SET hash = 'x' WHERE seq = 2"}, 2, "書き換え", false},
		"first removed":    {[]string{"DELETE FROM audit WHERE seq = 1"}, 1, "取り除かれ", false},
		"middle removed":   {[]string{"DELETE FROM audit WHERE seq = 3"}, 3, "取り除かれ", false},
		"removed, closed":  {[]string{"DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 5", "UPDATE audit_head SET seq = 4"}, 3, "書き換え", false},
		"inserted":         {[]string{"UPDATE audit SET seq = 6 WHERE seq = 5", "UPDATE audit SET seq = 5 WHERE seq = 4", fmt.Sprintf(copied, 4), "UPDATE audit_head SET seq = 6"}, 4, "差し込まれ", false},
		"inserted before":  {[]string{fmt.Sprintf(copied, 0)}, 0, "差し込まれ", false},
		"added":            {[]string{fmt.Sprintf(copied, 6)}, 6, "", false},
		"cut off":          {[]string{"DELETE FROM audit WHERE seq > 3"}, 4, "5番まで", false},
		"emptied":          {[]string{"DELETE FROM audit"}, 1, "5番まで", false},
		"no head":          {[]string{"DELETE FROM audit_head"}, 6, "控え", false},
		"head changed":     {[]string{"UPDATE audit_head SET hash = 'x'"}, 5, "合いません", false},
		"cut off, closed":  {[]string{"DELETE FROM audit WHERE seq > 3", "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)"}, 4, "外の控えでは5番", true},
		"all gone, closed": {[]string{"DELETE FROM audit", "UPDATE audit_head SET seq = 0, hash = ''"}, 1, "外の控えでは5番", true},
	}
}

func testTampered(t *testing.T, s *data.Store, c *clock, how tampering) {
	enter(t, s, c, 5)
	before, err := s.VerifyAudit(t.Context(), nil)
	same(t, before.Fault, "", err)
	disarm(t, s)
	db, _ := s.Queue()
	for _, q := range how.do {
		_, err := db.ExecContext(t.Context(), q)
		must(t, err)
	}
	if how.head {
		check, err := s.VerifyAudit(t.Context(), nil)
		same(t, check.Fault, "", err) // as was said: only from outside
	}
	check, err := s.VerifyAudit(t.Context(), &before.Head)
	must(t, err)
	if check.Broken != how.broken || check.Fault == "" || !strings.Contains(check.Fault, how.want) {
		t.Errorf("found %d %q, want %d with %q", check.Broken, check.Fault, how.broken, how.want)
	}
}

// disarm takes away what makes the table append-only, as whoever owns the
// database can.
func disarm(t *testing.T, s *data.Store) {
	t.Helper()
	db, listen := s.Queue()
	triggers := []string{"DROP TRIGGER audit_not_changed", "DROP TRIGGER audit_not_deleted"}
	if listen != nil {
		triggers = []string{"DROP TRIGGER audit_not_changed ON audit"}
	}
	for _, q := range triggers {
		_, err := db.ExecContext(t.Context(), q)
		must(t, err)
	}
}

// Rewriting everything from one entry on makes a chain that is whole; only the
// head that was written down outside tells.
func TestAuditRewritten(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	s := openSQLite(t, dir, c)
	enter(t, s, c, 4)
	before, err := s.VerifyAudit(t.Context(), nil)
	must(t, err)
	disarm(t, s)
	must(t, s.Close())
	db, err := sql.Open("sqlite", dir+"/records.db") // as any tool opens the file
	must(t, err)
	defer db.Close()
	rewrite(t, db, 3)

	file, err := data.OpenAudit(data.Options{Dir: dir})
	must(t, err)
	defer file.Close()
	check, err := file.Verify(t.Context(), nil)
	same(t, check.Fault, "", err)
	check, err = file.Verify(t.Context(), &before.Head)
	same(t, check.Broken, 4, err)
	if !strings.Contains(check.Fault, "外に控えた") {
		t.Errorf("says %q", check.Fault)
	}
}

// rewrite changes an entry and makes every hash after it anew.
func rewrite(t *testing.T, db *sql.DB, from int64) {
	t.Helper()
	var hash string
	must(t, db.QueryRow("SELECT hash FROM audit WHERE seq = ?", from-1).Scan(&hash))
	for seq := from; ; seq++ {
		var e ward.AuditEntry
		var at int64
		err := db.QueryRow("SELECT seq, at, staff, role, action, object, detail FROM audit WHERE seq = ?", seq).
			Scan(&e.Seq, &at, &e.Actor.Staff, &e.Actor.Role, &e.Action, &e.Object, &e.Detail)
		if err != nil {
			break
		}
		e.At, e.Detail = time.UnixMilli(at), "べつのこと"
		hash = e.HashAfter(hash)
		_, err = db.Exec("UPDATE audit SET detail = ?, hash = ? WHERE seq = ?", e.Detail, hash, seq)
		must(t, err)
	}
	_, err := db.Exec("UPDATE audit_head SET hash = ?", hash)
	must(t, err)
}

func TestOpenAudit(t *testing.T) {
	dir := t.TempDir()
	if _, err := data.OpenAudit(data.Options{Dir: dir}); ward.KindOf(err) != ward.NotFound {
		t.Errorf("an empty directory: %v", err)
	}
	c := newClock()
	s := openSQLite(t, dir, c)
	enter(t, s, c, 1)
	file, err := data.OpenAudit(data.Options{Dir: dir}) // beside the open store
	must(t, err)
	defer file.Close()
	check, err := file.Verify(context.Background(), nil)
	same(t, check.Entries, 1, err)
	enter(t, s, c, 1) // which goes on writing
	check, err = file.Verify(context.Background(), nil)
	same(t, check.Entries, 2, err)
}
