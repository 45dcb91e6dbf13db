package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"madoguchi/ward"
)

// handler answers a request or says why not; wrap does the rest.
type handler func(http.ResponseWriter, *http.Request) error

// failer shows a person why there is no answer.
type failer func(w http.ResponseWriter, r *http.Request, status int, e *ward.Error)

// wrap makes a handler of net/http: it counts and logs the request, turns an
// error into its answer, and a panic into an error.
func (s *site) wrap(pattern string, h handler, fail failer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		out := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		err := catch(h, out, r)
		if err != nil && !out.wrote {
			e := Sentence(err)
			setRetryAfter(out, err, e.Kind)
			fail(out, r, Status(e.Kind), e)
		}
		s.metrics.request(pattern, out.status, s.Now().Sub(start))
		s.logRequest(r.Context(), pattern, out.status, s.Now().Sub(start), err)
	})
}

func catch(h handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(w, r)
}

// logRequest keeps the cause of a failure of ours. The cause of a refusal can
// quote what a resident wrote, so only its kind is kept.
func (s *site) logRequest(ctx context.Context, pattern string, status int, took time.Duration, err error) {
	attrs := []slog.Attr{slog.String("route", pattern), slog.Int("status", status), slog.Duration("took", took)}
	level := slog.LevelDebug
	switch {
	case err == nil || ctx.Err() != nil: // fine, or the caller went away
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	default:
		level = slog.LevelInfo
		attrs = append(attrs, slog.String("kind", string(ward.KindOf(err))))
	}
	s.Log.LogAttrs(ctx, level, "request", attrs...)
}

// Status gives each kind its status.
func Status(kind ward.ErrorKind) int {
	switch kind {
	case ward.Invalid:
		return http.StatusBadRequest
	case ward.NotFound:
		return http.StatusNotFound
	case ward.Conflict:
		return http.StatusConflict
	case ward.TooLarge:
		return http.StatusRequestEntityTooLarge
	case ward.TooMany:
		return http.StatusTooManyRequests
	case ward.Forbidden:
		return http.StatusForbidden
	case ward.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// retryLater is an error after which the same request may work.
type retryLater struct {
	error
	after time.Duration
}

func (e retryLater) Unwrap() error { return e.error }

// unavailableFor is what Retry-After says of a part that is not ready.
const unavailableFor = 5 * time.Second

func setRetryAfter(w http.ResponseWriter, err error, kind ward.ErrorKind) {
	var later retryLater
	switch {
	case errors.As(err, &later):
		w.Header().Set("Retry-After", seconds(later.after))
	case kind == ward.Unavailable:
		w.Header().Set("Retry-After", seconds(unavailableFor))
	}
}

// seconds are whole ones, rounded up, as headers want them.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// failJSON tells a program; its message is for the person before it.
func failJSON(w http.ResponseWriter, _ *http.Request, status int, e *ward.Error) {
	writeJSON(w, status, map[string]any{"error": map[string]string{"kind": string(e.Kind), "message": e.Message}})
}

// Sentence finds what a person may read in err.
func Sentence(err error) *ward.Error {
	var e *ward.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &ward.Error{Kind: ward.TooLarge, Message: "送られた内容が大きすぎます。短くしてからお送りください。"}
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &ward.Error{Kind: ward.Unavailable, Message: "時間内に回答を用意できませんでした。しばらくしてからもう一度お試しください。"}
	}
	return &ward.Error{Kind: ward.Internal, Message: "申し訳ありません。システムの不具合で回答できませんでした。"}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The only error left is a reader that went away.
	_ = json.NewEncoder(w).Encode(v)
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
