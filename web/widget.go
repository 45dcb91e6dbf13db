package web

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"madoguchi/ward"
)

//go:embed widget
var widgetFiles embed.FS

// widget is what of the widget is made ready at start.
type widget struct {
	script  []byte
	version string // of the script: part of its address on our own page
	page    *template.Template
	style   template.CSS // of our own page
	policy  string       // its content security policy
}

// widgetConfig is what the script knows of this server.
type widgetConfig struct {
	Name     string     `json:"name"`
	Greeting ward.Reply `json:"greeting"`
}

func newWidget(o Options) (*widget, error) {
	files := map[string]string{}
	for _, name := range []string{"widget.js", "widget.css", "page.css", "page.html"} {
		b, err := widgetFiles.ReadFile("widget/" + name)
		if err != nil {
			return nil, err
		}
		files[name] = string(b)
	}
	arguments, err := json.Marshal([]any{widgetConfig{o.WardName, o.Greeting}, files["widget.css"]})
	if err != nil {
		return nil, err
	}
	w := &widget{style: template.CSS(files["page.css"])}
	w.script = fmt.Appendf(nil, "(() => {\n%s\nstart(...%s);\n})();\n", files["widget.js"], arguments)
	sum := sha256.Sum256(w.script)
	w.version = hex.EncodeToString(sum[:8])
	w.policy = pagePolicy(files["page.css"], o.Origins)
	w.page, err = template.New("page.html").Funcs(template.FuncMap{
		"link": webURL, "tel": telURL, "date": japaneseDate,
	}).Parse(files["page.html"])
	return w, err
}

// pagePolicy lets our own page run its script and its one style, and the
// allowed origins frame it.
func pagePolicy(style string, origins []string) string {
	sum := sha256.Sum256([]byte(style))
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
		"style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		strings.Join(slices.Concat([]string{"frame-ancestors 'self'"}, origins), " "),
	}, "; ")
}

// Addresses of the script without its version are on the ward's pages for
// years: looked at again soon. With its version it never changes.
const (
	cacheSoon    = "public, max-age=300"
	cacheForEver = "public, max-age=31536000, immutable"
)

func (s *site) widgetScript(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Access-Control-Allow-Origin", "*") // holds nothing of anybody; lets pages use crossorigin and integrity
	h.Set("ETag", `"`+s.widget.version+`"`)
	h.Set("Cache-Control", cacheSoon)
	if r.URL.Query().Get("v") == s.widget.version {
		h.Set("Cache-Control", cacheForEver)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.widget.script))
	return nil
}

// page is what page.html shows.
type page struct {
	WardName, SiteURL, ContactURL, ContactPhone string
	Style                                       template.CSS
	Version                                     string
	Session                                     string
	Question                                    string       // what the resident said last, "" at first
	Problem                                     string       // why there is no answer
	Replies                                     []ward.Reply // to the question, or the greeting
}

// home sends who typed the bare address to the page of the widget.
func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/widget", http.StatusFound)
	return nil
}

// widgetPage is the counter on a page of its own, before the first question.
func (s *site) widgetPage(w http.ResponseWriter, _ *http.Request) error {
	return s.showPage(w, http.StatusOK, page{Session: rand.Text(), Replies: []ward.Reply{s.Greeting}})
}

// widgetForm answers the form of that page, for browsers without scripts.
func (s *site) widgetForm(w http.ResponseWriter, r *http.Request) error {
	if err := s.admit(r); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return &ward.Error{Kind: ward.Invalid, Message: "送られた内容を読み取れませんでした。", Err: err}
	}
	form := r.PostForm
	q := chatRequest{Session: form.Get("session"), Text: form.Get("text"), Choice: form.Get("choice")}
	replies, err := s.answer(r.Context(), q)
	if err != nil {
		return err
	}
	question := clean(cmp.Or(form.Get("label"), q.Text))
	return s.showPage(w, http.StatusOK, page{Session: q.Session, Question: question, Replies: replies})
}

// failPage tells the person on our own page why there is no answer, and lets
// them go on.
func (s *site) failPage(w http.ResponseWriter, r *http.Request, status int, e *ward.Error) {
	p := page{Session: rand.Text(), Problem: e.Message, Question: clean(r.PostForm.Get("text"))}
	if err := s.showPage(w, status, p); err != nil {
		failJSON(w, r, status, e)
	}
}

func (s *site) showPage(w http.ResponseWriter, status int, p page) error {
	p.WardName, p.SiteURL, p.ContactURL, p.ContactPhone = s.WardName, s.SiteURL, s.ContactURL, s.ContactPhone
	p.Style, p.Version = s.widget.style, s.widget.version
	var b bytes.Buffer
	if err := s.widget.page.Execute(&b, p); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", s.widget.policy)
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	return err
}

// telURL gives the link that calls a number, "" unless it is one: digits,
// hyphens and parentheses.
func telURL(phone string) template.URL {
	if phone == "" || strings.Trim(phone, "0123456789-() ") != "" {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	if len(digits) < 3 || len(digits) > 11 {
		return ""
	}
	return template.URL("tel:" + digits)
}

// japaneseDate gives 2026年4月1日 for 2026-04-01, "" for what is no date.
func japaneseDate(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return ""
	}
	return t.Format("2006年1月2日")
}
