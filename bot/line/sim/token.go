package sim

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// LINE's limits on channel access tokens.
const (
	maxTokens     = 30 // of each kind; stateless ones are not counted
	shortLived    = 30 * 24 * time.Hour
	stateless     = 15 * time.Minute
	maxAssertion  = 30 * time.Minute // of a JWT
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	audience      = "https://api.line.me/"
)

// channelToken is one that was issued.
type channelToken struct {
	kind    string // "short", "v2.1", "stateless"
	expires time.Time
	issued  int // order
	key     string
}

// authorized tells whether an Authorization header holds a token that lives.
func (s *Sim) authorized(header string) bool {
	token := bearer(header)
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.o.Token)) == 1 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.valid(token) != nil
}

func (s *Sim) valid(token string) *channelToken {
	t := s.issued[token]
	if t == nil || !s.o.Now().Before(t.expires) {
		return nil
	}
	return t
}

// oauthFailure is the form of errors of the token calls.
func oauthFailure(code, description string) answer {
	return answer{status: http.StatusBadRequest, value: map[string]string{"error": code, "error_description": description}}
}

func (s *Sim) issue(kind string, life time.Duration) (token, key string) {
	token, key = randomID("")+randomID(""), randomID("")
	s.issues++
	s.issued[token] = &channelToken{kind: kind, expires: s.o.Now().Add(life), issued: s.issues, key: key}
	return token, key
}

// living are the tokens of a kind, oldest first.
func (s *Sim) living(kind string) (tokens []string) {
	for token, t := range s.issued {
		if t.kind == kind && s.valid(token) != nil {
			tokens = append(tokens, token)
		}
	}
	slices.SortFunc(tokens, func(a, b string) int { return s.issued[a].issued - s.issued[b].issued })
	return tokens
}

func (c *call) form() url.Values {
	v, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil
	}
	return v
}

func (s *Sim) knows(form url.Values) bool {
	return form.Get("client_id") != "" && form.Get("client_secret") == s.o.Secret
}

func (s *Sim) issueShortLived(c *call) answer {
	form := c.form()
	if form.Get("grant_type") != "client_credentials" {
		return oauthFailure("unsupported_grant_type", "grant type not supported")
	}
	if !s.knows(form) {
		return oauthFailure("invalid_client", "invalid client")
	}
	if old := s.living("short"); len(old) >= maxTokens {
		delete(s.issued, old[0])
	}
	token, _ := s.issue("short", shortLived)
	return ok(map[string]any{"access_token": token, "expires_in": int(shortLived.Seconds()), "token_type": "Bearer"})
}

func (s *Sim) issueStateless(c *call) answer {
	form := c.form()
	if form.Get("grant_type") != "client_credentials" {
		return oauthFailure("unsupported_grant_type", "grant type not supported")
	}
	if _, fault := s.assertion(form); fault != "" && !s.knows(form) {
		return oauthFailure("invalid_client", "invalid client")
	}
	token, _ := s.issue("stateless", stateless)
	return ok(map[string]any{"access_token": token, "expires_in": int(stateless.Seconds()), "token_type": "Bearer"})
}

func (s *Sim) issueByJWT(c *call) answer {
	form := c.form()
	if form.Get("grant_type") != "client_credentials" {
		return oauthFailure("unsupported_grant_type", "grant type not supported")
	}
	life, fault := s.assertion(form)
	if fault != "" {
		return oauthFailure("invalid_client", fault)
	}
	if len(s.living("v2.1")) >= maxTokens {
		return oauthFailure("invalid_request", "the maximum number of access tokens has been reached")
	}
	token, key := s.issue("v2.1", life)
	return ok(map[string]any{"access_token": token, "expires_in": int(life.Seconds()), "token_type": "Bearer", "key_id": key})
}

// assertion reads the JWT of a form: how long the token shall live, or what is
// wrong with it.
func (s *Sim) assertion(form url.Values) (life time.Duration, fault string) {
	if form.Get("client_assertion_type") != assertionType {
		return 0, "client_assertion_type is invalid"
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Sub string
		Aud      any
		Exp      int64
		TokenExp int64 `json:"token_exp"`
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	if len(parts) != 3 || !part(parts[0], &header) || !part(parts[1], &claims) {
		return 0, "client_assertion is no JWT"
	}
	expires, life := time.Unix(claims.Exp, 0), time.Duration(claims.TokenExp)*time.Second
	switch now := s.o.Now(); {
	case header.Alg != "RS256" || header.Kid == "":
		return 0, "alg must be RS256 and kid must be given"
	case claims.Iss == "" || claims.Iss != claims.Sub:
		return 0, "iss and sub must be the channel ID"
	case claims.Aud != audience:
		return 0, "aud must be " + audience
	case !now.Before(expires) || expires.Sub(now) > maxAssertion:
		return 0, "exp must be within 30 minutes"
	case claims.TokenExp < 0 || claims.TokenExp > int64(shortLived.Seconds()):
		return 0, "token_exp must be at most 30 days"
	}
	return life, ""
}

func part(in string, into any) bool {
	b, err := base64.RawURLEncoding.DecodeString(in)
	return err == nil && json.Unmarshal(b, into) == nil
}

func (s *Sim) verifyToken(c *call) answer {
	token := c.form().Get("access_token") + c.URL.Query().Get("access_token")
	t := s.valid(token)
	if t == nil {
		return oauthFailure("invalid_request", "access token expired")
	}
	return ok(map[string]any{"client_id": channelID, "expires_in": int(t.expires.Sub(s.o.Now()).Seconds()), "scope": "profile chat_message.write"})
}

func (s *Sim) revokeToken(c *call) answer {
	delete(s.issued, c.form().Get("access_token"))
	return answer{status: http.StatusOK}
}

func (s *Sim) tokenKeys(c *call) answer {
	if _, fault := s.assertion(c.URL.Query()); fault != "" {
		return oauthFailure("invalid_client", fault)
	}
	keys := []string{}
	for _, token := range s.living("v2.1") {
		keys = append(keys, s.issued[token].key)
	}
	return ok(map[string]any{"kids": keys})
}
