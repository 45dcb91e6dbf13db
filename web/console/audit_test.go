package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// enter appends entries to the audit, a minute apart.
func (of *office) enter(entries ...ward.AuditEntry) {
	of.t.Helper()
	for _, e := range entries {
		if err := of.Store.Audit(of.t.Context(), e); err != nil {
			of.t.Fatal(err)
		}
		of.now = of.now.Add(time.Minute)
	}
}

func TestAuditPage(t *testing.T) {
	of := openOffice(t)
	if body := of.as(ward.Auditor).get("/console/audit"); !strings.Contains(body, "記録はまだありません") {
		t.Errorf("an empty audit says nothing:\n%s", body)
	}
	s1, err := of.Store.AppointStaff(t.Context(), data.CommandLine(), ward.Staff{Login: "hanako", Name: "見本花子", Section: "住民課", Role: ward.Operator}, "")
	if err != nil {
		t.Fatal(err)
	}
	of.enter(
		ward.AuditEntry{Actor: ward.Actor{Staff: s1.ID, Role: ward.Operator}, Action: "fix-published", Object: "f1", Detail: "対応を公開しました。"},
		ward.AuditEntry{Actor: ward.System(), Action: "index-refused", Detail: "索引を入れ替えませんでした。"},
	)
	for query, want := range map[string][2]bool{ // which of the two is shown
		"":                      {true, true},
		"?staff=" + s1.ID:       {true, false},
		"?action=index-refused": {false, true},
		"?object=f1":            {true, false},
		"?words=" + url.QueryEscape("入れ替え"): {false, true},
		"?from=2026-04-01&until=2026-04-01": {true, true},
		"?until=2026-03-31":                 {false, false},
		"?from=2026-04-02":                  {false, false},
	} {
		body := of.as(ward.Auditor).get("/console/audit" + query)
		if want[0] != strings.Contains(body, "<td>見本花子<br>") {
			t.Errorf("%s does not name who it was", query)
		}
		got := [2]bool{strings.Contains(body, "対応を公開しました。"), strings.Contains(body, "索引を入れ替えませんでした。")}
		if got != want {
			t.Errorf("%s shows %v, want %v", query, got, want)
		}
		if got == [2]bool{} && !strings.Contains(body, "条件を減らして") {
			t.Errorf("%s finds nothing and does not say so", query)
		}
	}
	for _, query := range []string{"?from=yesterday", "?before=x", "?before=-1", "?words=" + strings.Repeat("a", maxAuditField+1)} {
		if a := of.as(ward.Auditor).send(http.MethodGet, "/console/audit"+query, nil); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", query, a.status)
		}
	}
}

func TestAuditIsPaged(t *testing.T) {
	of := openOffice(t)
	for i := range auditOnPage + 2 {
		of.enter(ward.AuditEntry{Actor: ward.System(), Action: "a", Detail: fmt.Sprintf("%d件目。", i+1)})
	}
	first := of.as(ward.Auditor).get("/console/audit?action=a")
	if strings.Contains(first, ">2件目。") || !strings.Contains(first, ">3件目。") || !strings.Contains(first, `href="/console/audit?action=a&amp;before=3"`) {
		t.Errorf("the first page:\n%s", first)
	}
	second := of.as(ward.Auditor).get("/console/audit?action=a&before=3")
	if !strings.Contains(second, ">2件目。") || strings.Contains(second, ">3件目。") || strings.Contains(second, "これより前") || !strings.Contains(second, `href="/console/audit?action=a"`) {
		t.Errorf("the second page:\n%s", second)
	}
}

// What stands in the audit is text, in pages and in files.
func TestAuditIsText(t *testing.T) {
	of := openOffice(t)
	const script = "<script>alert(1)</script>"
	of.enter(ward.AuditEntry{Actor: ward.Actor{Staff: script}, Action: "=" + script, Object: "+" + script, Detail: "@" + script})
	for _, target := range []string{"/console/audit", "/console/audit?words=" + url.QueryEscape(`"><script>alert(1)</script>`)} {
		if body := of.as(ward.Auditor).get(target); strings.Contains(body, script) {
			t.Errorf("%s has a script in it", target)
		}
	}
	a := of.as(ward.Auditor).send(http.MethodGet, "/console/audit/export", nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][5] != "'="+script || rows[1][7] != "'+"+script || rows[1][8] != "'@"+script {
		t.Errorf("the file: %v %q", err, rows)
	}
	if !strings.HasPrefix(a.body, "\ufeff") || !strings.Contains(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file is no file: %v", a.header)
	}
}

// A file is of what was searched for, and that it was taken is an entry.
func TestAuditExport(t *testing.T) {
	of := openOffice(t)
	of.enter(ward.AuditEntry{Actor: ward.System(), Action: "a"}, ward.AuditEntry{Actor: ward.System(), Action: "b"})
	body := of.as(ward.SystemManager).get("/console/audit/export?action=b")
	if strings.Count(body, "\r\n") != 2 {
		t.Errorf("the file:\n%s", body)
	}
	entries, err := of.Store.AuditAfter(t.Context(), 2, 10)
	if err != nil || len(entries) != 1 || entries[0].Action != "audit-exported" || entries[0].Actor.Staff != "staff-system-manager" {
		t.Errorf("audited as %v %v", entries, err)
	}
}

func TestAuditVerified(t *testing.T) {
	of := openOffice(t)
	of.enter(ward.AuditEntry{Actor: ward.System(), Action: "a"}, ward.AuditEntry{Actor: ward.System(), Action: "b"})
	a := of.as(ward.Auditor).post("/console/audit/verify", nil)
	if a.status != http.StatusOK || !strings.Contains(a.body, "すべて正しく") || !strings.Contains(a.body, "<code>2:") {
		t.Errorf("verify: %d\n%s", a.status, a.body)
	}
	if a := of.as(ward.Auditor).post("/console/audit/verify", url.Values{"head": {"nonsense"}}); a.status != http.StatusBadRequest {
		t.Errorf("a head that is none: %d", a.status)
	}
	db, _ := of.Store.Queue()
	for _, q := range []string{"DROP TRIGGER audit_not_changed", "UPDATE audit SET detail = 'x' WHERE seq = 1"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	a = of.as(ward.Auditor).post("/console/audit/verify", nil)
	if a.status != http.StatusOK || !strings.Contains(a.body, "記録1番") || strings.Contains(a.body, "すべて正しく") {
		t.Errorf("verify after tampering: %d\n%s", a.status, a.body)
	}
	if body := of.as(ward.Auditor).get("/console/audit?action=audit-verified"); strings.Count(body, "を確かめました。") != 2 {
		t.Errorf("what was verified is not in the audit:\n%s", body)
	}
}
