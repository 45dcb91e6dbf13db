package crawler

import "net/url"

// Normalize resolves href against base and gives the one spelling of the
// address that the crawler uses as a key; ok is false where there is nothing
// to fetch (javascript:, mailto:, tel:, malformed).
func Normalize(base *url.URL, href string) (u *url.URL, ok bool) {
	u, err := base.Parse(href)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, false
	}
	u.Fragment = ""
	return u, true
}
