package sim

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"madoguchi/ward"
)

//go:embed page
var pageFiles embed.FS

const (
	maxCommand   = 64 << 10              // bytes
	breath       = 40 * time.Millisecond // between two views: changes come together
	beat         = 20 * time.Second      // so that nobody takes the stream for dead
	residentName = "X-Resident"          // header of a command that carries a file
	policy       = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)

// Page serves the phones and the panel, at any path that ends in "/", which is
// to be stripped.
func (s *Sim) Page() http.Handler {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return http.NotFoundHandler() // cannot be: the folder is embedded
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.Handle("GET /assets/", http.StripPrefix("/assets", http.FileServerFS(files)))
	mux.HandleFunc("GET /events", s.stream)
	mux.HandleFunc("GET /content/{messageId}", s.shownContent)
	mux.HandleFunc("GET /menu/{richMenuId}", s.shownMenu)
	mux.HandleFunc("POST /do/{command}", s.command)
	mux.HandleFunc("POST /send/{kind}", s.upload)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

func (s *Sim) index(w http.ResponseWriter, r *http.Request) {
	t, err := template.ParseFS(pageFiles, "page/index.html")
	if err != nil {
		s.o.Log.ErrorContext(r.Context(), "simulator page", "err", err)
		http.Error(w, "ページを出せません", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := t.Execute(w, map[string]any{"Account": s.o.Name}); err != nil {
		s.o.Log.DebugContext(r.Context(), "simulator page", "err", err) // the reader is gone
	}
}

// stream sends views as they change, until the reader goes.
func (s *Sim) stream(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // a server that sets none cannot clear it
	w.Header().Set("Content-Type", "text/event-stream")
	since := s.resume(r.Header.Get("Last-Event-ID"))
	beats := time.NewTicker(beat)
	defer beats.Stop()
	for {
		v, revision, changed := s.look(since)
		if _, err := fmt.Fprintf(w, "id: %s %d\ndata: %s\n\n", s.botID, revision, v); err != nil || control.Flush() != nil {
			return
		}
		since = revision
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-beats.C:
				if _, err := io.WriteString(w, ": beat\n\n"); err != nil || control.Flush() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-s.closed.Done():
				return
			}
		}
		time.Sleep(breath)
	}
}

// resume is the revision that a reader has seen already.
func (s *Sim) resume(lastID string) int64 {
	run, revision, _ := strings.Cut(lastID, " ")
	n, err := strconv.ParseInt(revision, 10, 64)
	if run != s.botID || err != nil {
		return -1
	}
	return n
}

func (s *Sim) shownContent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var c content
	if one := s.contents.byID[r.PathValue("messageId")]; one != nil {
		c = *one
	}
	s.mu.Unlock()
	if c.withdrawn || !strings.HasPrefix(c.contentType, "image/") {
		http.NotFound(w, r)
		return
	}
	show(w, c.data, c.contentType)
}

func (s *Sim) shownMenu(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var m menu
	if one := s.menus.byID[r.PathValue("richMenuId")]; one != nil {
		m = *one
	}
	s.mu.Unlock()
	if m.image == nil {
		http.NotFound(w, r)
		return
	}
	show(w, m.image, m.imageType)
}

// show sends a picture that a person or program brought.
func show(w http.ResponseWriter, data []byte, contentType string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(data) // the reader may be gone
}

// order is the body of a command. Each reads what it needs.
type order struct {
	User      ward.Resident
	Text      string
	MessageID string
	Action    action
	Value     string
	Title     string
	Address   string
	Latitude  float64
	Longitude float64
	Package   string
	Sticker   string
	Fault     Fault
	Times     int
}

// commands are what the page can ask for. What the webhook makes of it shows
// on the page by itself.
func (s *Sim) commands() map[string]func(context.Context, order) error {
	return map[string]func(context.Context, order) error{
		"add":    func(_ context.Context, o order) error { return s.addAnother() },
		"remove": func(_ context.Context, o order) error { s.RemoveResident(o.User); return nil },
		"follow": func(ctx context.Context, o order) error { return s.Follow(ctx, o.User) },
		"block":  func(ctx context.Context, o order) error { return s.Block(ctx, o.User) },
		"unsend": func(ctx context.Context, o order) error { return s.Unsend(ctx, o.User, o.MessageID) },
		"act":    func(ctx context.Context, o order) error { return s.act(ctx, o.User, o.Action, o.Value) },
		"say": func(ctx context.Context, o order) error {
			_, err := s.Say(ctx, o.User, o.Text)
			return err
		},
		"place": func(ctx context.Context, o order) error {
			_, err := s.SendPlace(ctx, o.User, ward.Place{Latitude: o.Latitude, Longitude: o.Longitude}, o.Title, o.Address)
			return err
		},
		"sticker": func(ctx context.Context, o order) error {
			_, err := s.SendSticker(ctx, o.User, o.Package, o.Sticker, o.Text)
			return err
		},
		"voice": func(ctx context.Context, o order) error {
			_, err := s.SendVoice(ctx, o.User, silence(), "audio/x-m4a")
			return err
		},
		"fault":     func(_ context.Context, o order) error { s.Script(Trouble{Fault: o.Fault, Times: o.Times}); return nil },
		"calm":      func(_ context.Context, o order) error { s.Calm(o.Fault); return nil },
		"redeliver": func(ctx context.Context, _ order) error { return s.Redeliver(ctx) },
	}
}

// silence is the beginning of a recording: enough to tell what it is.
func silence() []byte { return []byte("\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42") }

func (s *Sim) addAnother() error {
	if len(s.Residents()) >= maxResidents {
		return &ward.Error{Kind: ward.TooMany, Message: fmt.Sprintf("住民は%d人までです", maxResidents)}
	}
	s.AddResident("")
	return nil
}

func (s *Sim) command(w http.ResponseWriter, r *http.Request) {
	do := s.commands()[r.PathValue("command")]
	if do == nil {
		http.NotFound(w, r)
		return
	}
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand)).Decode(&o); err != nil {
		tell(w, &ward.Error{Kind: ward.Invalid, Message: "読めない指示です", Err: err})
		return
	}
	tell(w, do(context.WithoutCancel(r.Context()), o)) // who leaves the page has said it all the same
}

// upload sends the body as a photo or file of the resident in the header.
func (s *Sim) upload(w http.ResponseWriter, r *http.Request) {
	user := ward.Resident(r.Header.Get(residentName))
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPhoto))
	if err != nil {
		tell(w, &ward.Error{Kind: ward.TooLarge, Message: "10MBまでのファイルを送れます", Err: err})
		return
	}
	ctx, contentType := context.WithoutCancel(r.Context()), http.DetectContentType(data)
	switch {
	case r.PathValue("kind") == "file":
		_, err = s.SendFile(ctx, user, "ファイル", data)
	case contentType == "image/jpeg" || contentType == "image/png":
		_, err = s.SendPhoto(ctx, user, data, contentType)
	default:
		err = &ward.Error{Kind: ward.Invalid, Message: "JPEGかPNGの写真を送れます"}
	}
	tell(w, err)
}

// tell answers a command. That the webhook did not answer is no fault of it.
func tell(w http.ResponseWriter, err error) {
	var e *ward.Error
	if errors.As(err, &e) && e.Kind != ward.Unavailable {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write(marshal(map[string]string{"message": e.Message})) // the reader may be gone
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
