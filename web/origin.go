package web

import (
	"net/http"
	"slices"
	"time"

	"madoguchi/ward"
)

// preflightFor is how long a browser may remember what preflight said.
const preflightFor = 2 * time.Hour

// allowOrigin tells the browser that a foreign page on the list may read the
// answer. Whether the request is admitted at all is decided in admit.
func (s *site) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(s.Origins, origin) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	return true
}

// preflight answers the question a browser asks before a foreign page may
// send JSON.
func (s *site) preflight(w http.ResponseWriter, r *http.Request) error {
	if !s.allowOrigin(w, r) {
		return &ward.Error{Kind: ward.Forbidden, Message: "このページからは利用できません。"}
	}
	w.Header().Set("Access-Control-Allow-Methods", "POST")
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
	w.Header().Set("Access-Control-Max-Age", seconds(preflightFor))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// protect sets what every answer carries; a handler may say otherwise.
func (s *site) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // no-referrer would make the origin of our own form null
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		next.ServeHTTP(w, r)
	})
}
