package sample

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/fnv"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// Handler serves the whole site on any host; absolute addresses in it are
// built from the request's Host. Each page loads the script at the address
// widget, if that is not "".
func Handler(widget string) (http.Handler, error) {
	pages, err := Pages()
	if err != nil {
		return nil, err
	}
	return newSite(pages, widget)
}

// ServeHTTP answers GET and HEAD with ETag and Last-Modified; conditions and
// gzip are honoured.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "このサイトは見本です。送信はできません。", http.StatusMethodNotAllowed)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	s.route(w, r, scheme+"://"+r.Host)
}

func (s *site) route(w http.ResponseWriter, r *http.Request, origin string) {
	name, _, _ := strings.Cut(r.URL.Path, ";jsessionid=")
	if strings.HasSuffix(name, "/") && s.pages[name] == nil {
		name += "index.html"
	}
	switch {
	case name == "/robots.txt":
		s.send(w, r, response{"text/plain; charset=utf-8", fmt.Appendf(nil, robots, origin), epoch()})
	case name == "/sitemap.xml":
		body, err := s.sitemapIndex(origin)
		s.sendXML(w, r, "application/xml", body, err)
	case path.Base(name) == "sitemap-pages.xml":
		body, err := s.sitemap(strings.Trim(path.Dir(name), "/"), origin)
		s.sendXML(w, r, "application/xml", body, err)
	case name == "/news/shinchaku.xml":
		s.sendXML(w, r, "application/rdf+xml", s.rss(origin), nil)
	case name == "/news/index.atom":
		s.sendXML(w, r, "application/atom+xml", s.atom(origin), nil)
	case name == calendarPath:
		s.calendar(w, r, origin)
	default:
		s.page(w, r, name, origin)
	}
}

// page answers with a page, a copy of one, a stored file or a picture of the
// design; a folder without its slash is redirected; all else is not found.
func (s *site) page(w http.ResponseWriter, r *http.Request, name, origin string) {
	if p := s.pages[name]; p != nil {
		s.sendPage(w, r, p, origin)
		return
	}
	if s.trap(w, r, name, origin) {
		return
	}
	if body, err := fs.ReadFile(content, "files"+name); err == nil {
		s.send(w, r, response{fileType(name), body, epoch()})
		return
	}
	if s.attached(name) {
		s.form(w, r, path.Ext(name))
		return
	}
	if res, ok := design(name); ok {
		s.send(w, r, res)
		return
	}
	if s.pages[name+"/index.html"] != nil || s.pages[name+"/"] != nil {
		http.Redirect(w, r, name+"/", http.StatusMovedPermanently)
		return
	}
	s.notFound(w, origin)
}

func (s *site) sendPage(w http.ResponseWriter, r *http.Request, p *Page, origin string) {
	body, err := s.render(p, origin)
	if err != nil {
		http.Error(w, "ページを表示できません。", http.StatusInternalServerError)
		return
	}
	s.send(w, r, response{htmlType, body, p.day().Add(openingHour)})
}

const (
	htmlType    = "text/html; charset=utf-8"
	openingHour = 9 * time.Hour
)

func (s *site) notFound(w http.ResponseWriter, origin string) {
	body, err := s.render(s.missing("/404.html"), origin)
	if err != nil {
		body = nil // the status says it
	}
	w.Header().Set("Content-Type", htmlType)
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(body) // the client may have left
}

// attached says whether a page offers a file at this path.
func (s *site) attached(name string) bool {
	for i := range s.written {
		for _, a := range s.written[i].Attachments {
			if a.Href == name {
				return true
			}
		}
	}
	return false
}

// form stands for every application form that has no file of its own. As a PDF
// it is a scanned sheet, as most of them are, with no text in it.
func (s *site) form(w http.ResponseWriter, r *http.Request, ext string) {
	body, err := fs.ReadFile(content, "files/documents/form"+ext)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	s.send(w, r, response{fileType(ext), body, epoch()})
}

// design answers for the style sheets, scripts and ornaments that each CMS
// loads from a place of its own.
func design(name string) (response, bool) {
	switch path.Ext(name) {
	case ".css":
		body, err := content.ReadFile("style.css")
		return response{"text/css; charset=utf-8", body, epoch()}, err == nil
	case ".js":
		return response{"text/javascript; charset=utf-8", nil, epoch()}, true
	case ".gif", ".png", ".jpg":
		return response{"image/gif", []byte(spacer), epoch()}, true
	}
	return response{}, false
}

// spacer is a transparent picture of one pixel.
const spacer = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// fileType leaves the charset of stored HTML pages to the pages: the server
// that they come from never named one.
func fileType(name string) string {
	ext := path.Ext(name)
	if ext == ".html" || ext == ".htm" {
		return "text/html"
	}
	if t := officeType(ext); t != "" {
		return t
	}
	return mime.TypeByExtension(ext)
}

// officeType names what not every machine's table knows.
func officeType(ext string) string {
	switch ext {
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return ""
}

// epoch is when the parts that are no pages were last touched.
func epoch() time.Time { return time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC) }

type response struct {
	contentType string
	body        []byte
	modified    time.Time
}

func (s *site) send(w http.ResponseWriter, r *http.Request, res response) {
	sum := fnv.New64a()
	_, _ = sum.Write(res.body) // a hash does not fail
	w.Header().Set("ETag", fmt.Sprintf(`W/"%x"`, sum.Sum64()))
	w.Header().Set("Content-Type", res.contentType)
	w.Header().Set("Vary", "Accept-Encoding")
	body := res.body
	if wantsGzip(r) && compressible(res.contentType) {
		w.Header().Set("Content-Encoding", "gzip")
		body = s.compress(body)
	}
	http.ServeContent(w, r, "", res.modified, bytes.NewReader(body))
}

// sendXML answers as feeds on such sites do: without ETag or Last-Modified.
func (s *site) sendXML(w http.ResponseWriter, r *http.Request, contentType string, body []byte, err error) {
	if err != nil {
		http.Error(w, "一覧を作れません。", http.StatusInternalServerError)
		return
	}
	if strings.Contains(contentType, "+xml") {
		w.Header().Set("Content-Type", contentType+"; charset=utf-8")
		_, _ = w.Write(body) // the client may have left
		return
	}
	s.send(w, r, response{contentType + "; charset=utf-8", body, epoch()})
}

func wantsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == ""
}

func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || strings.Contains(contentType, "xml")
}

// compress borrows a writer: a new one costs more than the page.
func (s *site) compress(body []byte) []byte {
	var out bytes.Buffer
	z, ok := s.writers.Get().(*gzip.Writer)
	if !ok {
		z, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	}
	defer s.writers.Put(z)
	z.Reset(&out)
	_, _ = z.Write(body) // a Buffer does not fail
	_ = z.Close()
	return out.Bytes()
}
