package web

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"madoguchi/ward"
)

// checkTimeout is how long one check of /readyz may take.
const checkTimeout = 2 * time.Second

// healthz says that the process lives.
func (s *site) healthz(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := io.WriteString(w, "ok\n")
	return err
}

// readyz says whether questions can be answered, and if not, what is missing.
func (s *site) readyz(w http.ResponseWriter, r *http.Request) error {
	missing := s.missing(r.Context())
	status := http.StatusOK
	if len(missing) > 0 {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", seconds(unavailableFor))
	}
	writeJSON(w, status, map[string]any{"ready": len(missing) == 0, "missing": missing})
	return nil
}

// missing runs all checks side by side and gives the sentences of those that
// fail, by name.
func (s *site) missing(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	names := slices.Sorted(maps.Keys(s.Ready))
	failed := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { failed[i] = s.Ready[name](ctx) })
	}
	wg.Wait()
	missing := map[string]string{}
	for i, err := range failed {
		if err != nil {
			missing[names[i]] = notReady(err)
			s.Log.WarnContext(ctx, "not ready", "check", names[i], "error", err)
		}
	}
	return missing
}

func notReady(err error) string {
	var e *ward.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "確かめられませんでした。"
}
