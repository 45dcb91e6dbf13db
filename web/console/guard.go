package console

import (
	"net/http"
	"net/url"
	"strings"

	"madoguchi/ward"
)

// policy is the content security policy of every page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protect sets what every answer carries and refuses what comes from elsewhere.
func (s *site) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// admit lets in who may do what the route takes. Nobody signed in is nil where
// anyone may come.
func (s *site) admit(r *http.Request, action ward.Action) (*visitor, error) {
	if err := s.origins.Check(r); err != nil {
		return nil, &ward.Error{Kind: ward.Forbidden, Message: "ほかのサイトから送られた操作は受け付けません。", Err: err}
	}
	v, err := s.identify(r)
	switch {
	case err != nil:
		return nil, err
	case action == anyone:
		return v, nil
	case v == nil:
		return nil, errSignedOut
	case !v.May(action):
		return v, &ward.Error{Kind: ward.Forbidden, Message: "「" + action.Title() + "」は、あなたの役割（" + v.Role.Title() + "）ではできません。"}
	}
	return v, nil
}

// errSignedOut makes wrap send the person to the sign-in page.
var errSignedOut = &ward.Error{Kind: ward.Forbidden, Message: "入り直してください。"}

// signInURL leads to the sign-in page and from there back to where r was going.
func signInURL(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/console/sign-in?ended=1"
	}
	return "/console/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
}

// within gives path if it is one of the console's, else its first page: what
// comes with a request must not send people elsewhere.
func within(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/console/") || strings.ContainsAny(path, "\\\r\n") {
		return "/console/"
	}
	return path
}
