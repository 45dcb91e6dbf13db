package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web"
)

// deviceFor is how long a browser keeps the cookie that tells it from strangers.
const deviceFor = 180 * 24 * time.Hour

// cookieName is the name of a cookie of ours; what names it is "" for the session.
// __Host- makes browsers refuse one that a neighbouring host set.
func (s *site) cookieName(what string) string {
	name := "madoguchi"
	if what != "" {
		name += "-" + what
	}
	if s.Secure {
		name = "__Host-" + name
	}
	return name
}

// setCookie gives the browser a cookie that scripts cannot read; an age of 0
// lasts until the browser is closed, a negative one takes it away.
func (s *site) setCookie(w http.ResponseWriter, what, value string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(what), Value: value, Path: "/", MaxAge: int(age / time.Second),
		Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// key is what the store knows a cookie by, "" where there is none.
func (s *site) key(r *http.Request, what string) string {
	c, err := r.Cookie(s.cookieName(what))
	if err != nil || c.Value == "" {
		return ""
	}
	return keyOf(c.Value)
}

func keyOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// renew makes the secret of the session from now on. The browser is given it
// only when the store has it: see give.
func (s *site) renew(r *http.Request) (keys data.Keys, give func(http.ResponseWriter)) {
	secret, device := rand.Text(), ""
	keys = data.Keys{Old: s.key(r, ""), New: keyOf(secret), Device: s.key(r, "device")}
	if keys.Device == "" {
		device = rand.Text()
		keys.Device = keyOf(device)
	}
	return keys, func(w http.ResponseWriter) {
		s.setCookie(w, "", secret, 0)
		if device != "" {
			s.setCookie(w, "device", device, deviceFor)
		}
	}
}

// fromCookie finds who is signed in.
func (s *site) fromCookie(r *http.Request) (*visitor, error) {
	v, err := s.session(r)
	if err != nil || v == nil || v.Stage != data.StageIn {
		return nil, err
	}
	return &visitor{Staff: v.Person.Staff, session: v.ID}, nil
}

// session is the session of the browser, also one that is half way in; nil for
// none.
func (s *site) session(r *http.Request) (*data.StaffSession, error) {
	key := s.key(r, "")
	if key == "" {
		return nil, nil
	}
	v, err := s.Store.StaffSession(r.Context(), key)
	if ward.KindOf(err) == ward.Expired {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// network is where a request comes from, as attempts are counted.
func (s *site) network(r *http.Request) string {
	return web.Network(web.Client(r, s.TrustedProxies)).String()
}
