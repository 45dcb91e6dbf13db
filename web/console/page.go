package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"madoguchi/ward"
)

//go:embed page asset
var files embed.FS

// pages are the templates by file name, and the assets with their versions.
type pages struct {
	templates map[string]*template.Template
	assets    map[string][]byte
	version   string // of all assets: part of their addresses
}

// page is what layout.html shows around a page of its own.
type page struct {
	Title  string
	Here   string // the path of the entry of the menu that the page belongs to
	Notice string // what was just done, a sentence
	Data   any    // of the page itself

	WardName, Version string
	Staff             *ward.Staff // nil where nobody is signed in
	Menu              []entry
}

// entry is one line of the menu.
type entry struct{ Path, Name string }

// menu is what somebody may open, in the order of a day's work.
func menu(v *visitor) []entry {
	var out []entry
	for _, m := range []struct {
		action ward.Action
		entry
	}{
		{ward.SeeQuestions, entry{"/console/unanswered", "答えられなかった質問"}},
		{ward.SeeAnswers, entry{"/console/fixes", "対応と回答"}},
		{ward.SeeAnswers, entry{"/console/changes", "サイトの変化"}},
		{ward.TryAnswers, entry{"/console/try", "試す"}},
		{ward.SeeAnswers, entry{"/console/stops", "案内の停止"}},
		{ward.SeeAnswers, entry{"/console/index", "巡回と索引"}},
		{ward.SeeAnswers, entry{"/console/figures", "数字"}},
		{ward.ChangeSettings, entry{"/console/settings", "設定"}},
		{ward.SeeStaff, entry{"/console/staff", "職員と役割"}},
		{ward.SeeAudit, entry{"/console/audit", "操作の記録"}},
	} {
		if v.May(m.action) {
			out = append(out, m.entry)
		}
	}
	return out
}

func newPages() (*pages, error) {
	p := &pages{templates: map[string]*template.Template{}, assets: map[string][]byte{}}
	names, err := fs.Glob(files, "page/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		// index-progress.html is a page, and a part of index.html.
		t, err := template.New("layout.html").Funcs(functions()).ParseFS(files, "page/layout.html", "page/index-progress.html", "page/part-*.html", name)
		if err != nil {
			return nil, err
		}
		p.templates[path.Base(name)] = t
	}
	sum := sha256.New()
	assets, err := fs.Glob(files, "asset/*")
	if err != nil {
		return nil, err
	}
	for _, name := range assets {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sum.Write(b)
		p.assets[path.Base(name)] = b
	}
	p.version = hex.EncodeToString(sum.Sum(nil)[:8])
	return p, nil
}

// functions are what templates may call.
func functions() template.FuncMap {
	return template.FuncMap{
		// link is the address if a browser may follow it, else "".
		"link": func(address string) string {
			u, err := url.Parse(address)
			if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				return ""
			}
			return u.String()
		},
		"moment": func(t time.Time) string { // 2026年4月1日 9:05
			if t.IsZero() {
				return ""
			}
			return t.In(ward.Japan()).Format("2006年1月2日 15:04")
		},
		"day": func(iso string) string { // 2026年4月1日 for 2026-04-01
			t, err := time.Parse(time.DateOnly, iso)
			if err != nil {
				return ""
			}
			return t.Format("2006年1月2日")
		},
		"inc": func(i int) int { return i + 1 },
		"percent": func(part, whole int) string {
			if whole == 0 {
				return "–"
			}
			return fmt.Sprintf("%.0f%%", 100*float64(part)/float64(whole))
		},
	}
}

// show renders a page in the layout.
func (s *site) show(w http.ResponseWriter, status int, v *visitor, name string, p page) error {
	t := s.pages.templates[name]
	if t == nil {
		return fmt.Errorf("no page %s", name)
	}
	p.WardName, p.Version = s.WardName, s.pages.version
	if v != nil {
		p.Staff, p.Menu = &v.Staff, menu(v)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	return err
}

// notices are what a page may say was just done: an address names one, so that
// no address puts words of its own on our page.
func notices() map[string]string {
	return map[string]string{
		"published": "公開しました。いまから、LINEとチャットの両方で効きます。",
		"saved":     "保存しました。",
		"withdrawn": "取り下げました。",
		"dismissed": "対応不要にしました。",
		"stopped":   "止めました。いまから、LINEとチャットの両方で案内しません。",
		"lifted":    "案内を戻しました。",
		"started":   "始めました。",
		"used":      "索引を入れ替えました。",
		"seen":      "確かめたことを残しました。",

		"signed-out":     "出ました。",
		"signed-out-all": "すべての画面から出しました。",
		"password":       "パスワードを変えました。ほかの画面からは出ました。",
		"factor":         "二段階認証を設定し直しました。ほかの画面からは出ました。",
		"factor-reset":   "二段階認証を取り消しました。本人が次に入るときに設定し直します。",
		"person-gone":    "役割を解きました。その人の画面は、すべて閉じました。",
	}
}

// notice is what the address of the request says was just done.
func notice(r *http.Request) string { return notices()[r.URL.Query().Get("done")] }

// done sends the browser to a page of the console that says what was done.
func done(w http.ResponseWriter, r *http.Request, path, what string) error {
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	http.Redirect(w, r, path+sign+"done="+what, http.StatusSeeOther)
	return nil
}

// asset serves a file of ours; with its version in the address it never changes.
func (s *site) asset(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	b, ok := s.pages.assets[r.PathValue("name")]
	if !ok {
		return s.nowhere(w, r, nil)
	}
	if r.URL.Query().Get("v") == s.pages.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, r.PathValue("name"), time.Time{}, bytes.NewReader(b))
	return nil
}
