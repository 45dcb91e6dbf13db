package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"madoguchi/ward"
	"madoguchi/web"
)

// handler answers a request of v, who is nil only where anyone may come, or
// says why not; wrap does the rest.
type handler func(w http.ResponseWriter, r *http.Request, v *visitor) error

// wrap makes a route a handler of net/http: it lets in who may, and turns an
// error into its page.
func (s *site) wrap(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		var v *visitor
		err := func() (err error) {
			defer recovered(&err)
			if v, err = s.admit(r, route.action); err != nil {
				return err
			}
			return route.handle(w, r, v)
		}()
		if errors.Is(err, errSignedOut) {
			err = s.signedOut(w, r)
		}
		if err != nil {
			s.fail(w, r, route, v, err)
		}
	})
}

func recovered(err *error) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// fail shows the person why there is no answer.
func (s *site) fail(w http.ResponseWriter, r *http.Request, route route, v *visitor, err error) {
	e := web.Sentence(err)
	status := web.Status(e.Kind)
	s.logFailure(r.Context(), route.pattern, status, err)
	if err := s.show(w, status, v, "error.html", page{Title: "できませんでした", Data: e.Message}); err != nil {
		s.Log.ErrorContext(r.Context(), "no error page", "error", err)
		http.Error(w, e.Message, status)
	}
}

// logFailure keeps the cause of a failure of ours. The cause of a refusal can
// quote what somebody wrote, so only its kind is kept.
func (s *site) logFailure(ctx context.Context, pattern string, status int, err error) {
	attrs := []slog.Attr{slog.String("route", pattern), slog.Int("status", status)}
	if status >= http.StatusInternalServerError {
		s.Log.LogAttrs(ctx, slog.LevelError, "console", append(attrs, slog.Any("error", err))...)
		return
	}
	s.Log.LogAttrs(ctx, slog.LevelInfo, "console", append(attrs, slog.String("kind", string(ward.KindOf(err))))...)
}

// nowhere is for paths that do not exist.
func (s *site) nowhere(http.ResponseWriter, *http.Request, *visitor) error {
	return &ward.Error{Kind: ward.NotFound, Message: "このページはありません。"}
}
