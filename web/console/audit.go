package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"madoguchi/data"
	"madoguchi/ward"
)

// Limits of the audit's pages.
const (
	auditOnPage    = 50
	auditAtOnce    = 1000   // entries read at a time for a file
	maxAuditExport = 50_000 // entries in a file
	maxAuditField  = 100    // characters of a field of the search
)

// auditView is what audit.html shows.
type auditView struct {
	Query   url.Values // as it was asked, for the form
	Staff   []named
	Actions []named
	Rows    []auditRow
	Older   string // address of the next page, "" on the last
	Newest  string // address of the first page, "" on it
	Head    string // number and hash of the last entry
	Export  int
}

// named is an id with the name to show.
type named struct{ ID, Name string }

// auditRow is an entry with the name of who did it, and of what was done.
type auditRow struct {
	ward.AuditEntry
	Who, Title string
}

func (s *site) auditPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q, fields, err := auditQuery(r.URL.Query())
	if err != nil {
		return err
	}
	view := auditView{Query: fields, Export: maxAuditExport}
	if q.Before > 0 {
		view.Newest = "/console/audit?" + fields.Encode()
	}
	q.Limit = auditOnPage + 1
	entries, err := s.Store.SearchAudit(r.Context(), q)
	if err != nil {
		return err
	}
	if len(entries) > auditOnPage {
		entries = entries[:auditOnPage]
		older := url.Values{"before": {strconv.FormatInt(entries[auditOnPage-1].Seq, 10)}}
		for name, values := range fields {
			older[name] = values
		}
		view.Older = "/console/audit?" + older.Encode()
	}
	if view.Rows, err = s.auditRows(r.Context(), entries); err != nil {
		return err
	}
	if err := s.auditChoices(r.Context(), &view); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, v, "audit.html", page{Title: "操作の記録", Here: "/console/audit", Notice: notice(r), Data: view})
}

// auditChoices fills in what can be chosen from, and the last entry.
func (s *site) auditChoices(ctx context.Context, view *auditView) error {
	staff, actions, err := s.Store.AuditNames(ctx)
	if err != nil {
		return err
	}
	names, err := s.Store.StaffNames(ctx)
	if err != nil {
		return err
	}
	for _, id := range staff {
		view.Staff = append(view.Staff, named{id, nameOf(names, id)})
	}
	for _, action := range actions {
		view.Actions = append(view.Actions, named{action, auditTitle(action)})
	}
	last, err := s.Store.SearchAudit(ctx, data.AuditQuery{Limit: 1})
	if err == nil && len(last) > 0 {
		view.Head = data.AuditHead{Seq: last[0].Seq, Hash: last[0].Hash}.String()
	}
	return err
}

// auditQuery reads a search. fields are those that were filled in.
func auditQuery(v url.Values) (q data.AuditQuery, fields url.Values, err error) {
	fields = url.Values{}
	for _, name := range []string{"from", "until", "staff", "action", "object", "words"} {
		text := clean(v.Get(name))
		if utf8.RuneCountInString(text) > maxAuditField {
			return q, nil, &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("探すことばは%d文字までです。", maxAuditField)}
		}
		if text != "" {
			fields.Set(name, text)
		}
	}
	q = data.AuditQuery{Staff: fields.Get("staff"), Action: fields.Get("action"), Object: fields.Get("object"), Words: fields.Get("words")}
	if q.From, err = dayField(fields, "from"); err != nil {
		return q, nil, err
	}
	if q.Until, err = dayField(fields, "until"); err != nil {
		return q, nil, err
	}
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1) // the day itself is in
	}
	if before := v.Get("before"); before != "" {
		if q.Before, err = strconv.ParseInt(before, 10, 64); err != nil || q.Before < 1 {
			return q, nil, &ward.Error{Kind: ward.Invalid, Message: "ページの番号が正しくありません。"}
		}
	}
	return q, fields, nil
}

// dayField is the beginning of a day in Japan, zero where none is given.
func dayField(v url.Values, name string) (time.Time, error) {
	if v.Get(name) == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, v.Get(name), ward.Japan())
	if err != nil {
		return time.Time{}, &ward.Error{Kind: ward.Invalid, Message: "日付は 2026-04-01 の形で書いてください。"}
	}
	return day, nil
}

func (s *site) auditRows(ctx context.Context, entries []ward.AuditEntry) ([]auditRow, error) {
	names, err := s.Store.StaffNames(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]auditRow, len(entries))
	for i, e := range entries {
		rows[i] = auditRow{e, nameOf(names, e.Actor.Staff), auditTitle(e.Action)}
	}
	return rows, nil
}

// nameOf is what stands for an id on a page: the audit itself holds ids.
func nameOf(names map[string]string, id string) string {
	if id == ward.SystemActor {
		return "自動、または機械の上の命令"
	}
	if name := names[id]; name != "" {
		return name
	}
	return id
}

// auditExport answers with a file of what was searched for; that it was taken
// out is itself an entry.
func (s *site) auditExport(w http.ResponseWriter, r *http.Request, v *visitor) error {
	q, _, err := auditQuery(r.URL.Query())
	if err != nil {
		return err
	}
	var entries []ward.AuditEntry
	for q.Limit = auditAtOnce; len(entries) < maxAuditExport; {
		some, err := s.Store.SearchAudit(r.Context(), q)
		if err != nil {
			return err
		}
		entries = append(entries, some...)
		if len(some) < q.Limit {
			break
		}
		q.Before = some[len(some)-1].Seq
	}
	shown, err := s.auditRows(r.Context(), entries)
	if err != nil {
		return err
	}
	if err := s.Store.Audit(r.Context(), ward.AuditEntry{Actor: v.Actor(), Action: "audit-exported",
		Detail: fmt.Sprintf("操作の記録%d件を書き出しました。", len(entries))}); err != nil {
		return err
	}
	rows := make([][]string, len(shown))
	for i, e := range shown {
		rows[i] = []string{strconv.FormatInt(e.Seq, 10), e.At.In(ward.Japan()).Format(time.DateTime), e.Actor.Staff, e.Who,
			e.Actor.Role.Title(), e.Action, e.Title, e.Object, e.Detail, e.Hash}
	}
	return writeCSV(w, "audit.csv", []string{"番号", "日時", "職員ID", "氏名", "役割", "操作コード", "操作", "対象", "内容", "ハッシュ"}, rows)
}

// auditVerify walks the chain and shows what it found. It changes nothing, so
// the answer needs no redirect; that it was asked is an entry.
func (s *site) auditVerify(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := read(r)
	if err != nil {
		return err
	}
	var written *data.AuditHead
	if text := f.text("head", "控え", maxAuditField); f.err != nil {
		return f.err
	} else if text != "" {
		head, err := data.ParseAuditHead(text)
		if err != nil {
			return err
		}
		written = &head
	}
	check, err := s.Store.VerifyAudit(r.Context(), written)
	if err != nil {
		return err
	}
	detail := fmt.Sprintf("操作の記録%d件を確かめました。すべて正しくつながっています。", check.Entries)
	if check.Fault != "" {
		detail = "操作の記録を確かめました。" + check.Fault
		s.Log.ErrorContext(r.Context(), "the audit is not whole", "entry", check.Broken)
	}
	if err := s.Store.Audit(r.Context(), ward.AuditEntry{Actor: v.Actor(), Action: "audit-verified", Detail: detail}); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, v, "audit-verify.html", page{Title: "操作の記録を確かめる", Here: "/console/audit", Data: check})
}
