package crawler

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// MaxAddress is the longest address that is followed, in bytes.
const MaxAddress = 2000

// Normalize resolves href against base and gives the one spelling of the
// address that the crawler uses as a key: host in lower case, no default port,
// no fragment, no user, no session or tracking key, /x/index.html as /x/, the
// path's case kept, percent-encoding as net/url writes it. A link from an
// https page to the same host is https. The result normalised again is itself.
// ok is false where there is nothing to fetch (javascript:, mailto:, tel:,
// malformed, longer than MaxAddress).
func Normalize(base *url.URL, href string) (u *url.URL, ok bool) {
	u, err := base.Parse(trimHref(href))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Opaque != "" {
		return nil, false
	}
	u.User, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", false
	u.Host = normalHost(u)
	if u.Hostname() == "" {
		return nil, false
	}
	if u.Host == base.Host && base.Scheme == "https" {
		u.Scheme = "https"
	}
	u.RawQuery = normalQuery(u.RawQuery)
	setPath(u, normalPath(u.EscapedPath()))
	return u, len(u.String()) <= MaxAddress && !strings.ContainsFunc(u.Host, unicode.IsSpace)
}

// trimHref drops what browsers drop: spaces around, line ends and tabs inside.
func trimHref(href string) string {
	href = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, href)
	return strings.TrimFunc(href, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

func normalHost(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	host = strings.TrimRight(host, ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		return host
	}
	return host + ":" + port
}

// normalPath takes and gives an escaped path.
func normalPath(p string) string {
	segments := strings.Split(p, "/")
	for i, s := range segments {
		segments[i] = dropPathSession(s)
	}
	p = strings.Join(segments, "/")
	for _, index := range []string{"index.html", "index.htm"} {
		if strings.HasSuffix(p, "/"+index) {
			p = strings.TrimSuffix(p, index)
		}
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return p
}

// dropPathSession cuts ;jsessionid=… out of a path segment.
func dropPathSession(segment string) string {
	name, params, found := strings.Cut(segment, ";")
	if !found {
		return segment
	}
	kept := []string{name}
	for _, p := range strings.Split(params, ";") {
		if key, _, _ := strings.Cut(p, "="); !sessionKey(key) {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ";")
}

// normalQuery drops session and tracking keys and keeps the rest in order.
func normalQuery(query string) string {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(pair, "="); pair != "" && !sessionKey(key) {
			kept = append(kept, escapeQuery(pair))
		}
	}
	return strings.Join(kept, "&")
}

// escapeQuery encodes the bytes that may not stand in a request line.
func escapeQuery(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func sessionKey(key string) bool {
	key = strings.ToLower(key)
	switch key {
	case "jsessionid", "phpsessid", "cfid", "cftoken", "sid", "sessionid", "session_id",
		"org.apache.struts.taglib.html.token", "gclid", "fbclid", "yclid":
		return true
	}
	return strings.HasPrefix(key, "aspsessionid") || strings.HasPrefix(key, "utm_")
}

// setPath writes the path in net/url's own spelling, so that %7E and ~ are one
// address, unless that would turn an encoded slash into a real one.
func setPath(u *url.URL, escaped string) {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return
	}
	u.Path, u.RawPath = path, ""
	if strings.Contains(strings.ToLower(escaped), "%2f") {
		u.RawPath = escaped
	}
}
