package console

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"madoguchi/data"
	"madoguchi/ward"
)

// OIDC is the provider where staff sign in instead, such as the municipality's
// own. It answers for the second factor.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// RedirectURL is where the provider sends people back:
	// https://…/console/sign-in/oidc/back.
	RedirectURL string
	// Claim names the claim that holds the login, "" for preferred_username. It
	// finds a person once: from then on the subject has to be the same.
	Claim string
}

const (
	defaultClaim    = "preferred_username"
	providerTimeout = 10 * time.Second
)

// provider is the OIDC provider once it has been asked about itself. It is asked
// when somebody first comes, so that it may be away when the console starts.
type provider struct {
	mu       sync.Mutex
	client   *http.Client
	config   *oauth2.Config
	verifier *oidc.IDTokenVerifier
}

func (s *site) discover(ctx context.Context) (*provider, error) {
	p := &s.provider
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.config != nil {
		return p, nil
	}
	client := &http.Client{Timeout: providerTimeout}
	// The keys are fetched later with this context, which must not end.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), s.OIDC.Issuer)
	if err != nil {
		return nil, &ward.Error{Kind: ward.Unavailable, Message: "認証のサーバーにつながりません。しばらくしてからお試しください。", Err: err}
	}
	p.client = client
	p.verifier = found.Verifier(&oidc.Config{ClientID: s.OIDC.ClientID, Now: s.Now})
	p.config = &oauth2.Config{
		ClientID: s.OIDC.ClientID, ClientSecret: s.OIDC.ClientSecret, RedirectURL: s.OIDC.RedirectURL,
		Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
	return p, nil
}

// trip is what the browser keeps while it is away at the provider.
type trip struct{ state, nonce, verifier, next string }

func (t trip) String() string {
	return strings.Join([]string{t.state, t.nonce, t.verifier, base64.RawURLEncoding.EncodeToString([]byte(t.next))}, ".")
}

// tripOf reads the cookie of a trip. Whoever has none began elsewhere.
func (s *site) tripOf(r *http.Request) (t trip, ok bool) {
	c, err := r.Cookie(s.cookieName("oidc"))
	if err != nil {
		return t, false
	}
	parts := strings.Split(c.Value, ".")
	if len(parts) != 4 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return t, false
	}
	next, err := base64.RawURLEncoding.DecodeString(parts[3])
	return trip{parts[0], parts[1], parts[2], within(string(next))}, err == nil
}

// toProvider sends the browser to the provider.
func (s *site) toProvider(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	if s.OIDC == nil {
		return s.nowhere(w, r, nil)
	}
	p, err := s.discover(r.Context())
	if err != nil {
		return err
	}
	next := nextOf(r)
	if len(next) > maxNext {
		next = "/console/"
	}
	t := trip{oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), next}
	s.setCookie(w, "oidc", t.String(), data.SignInTime)
	http.Redirect(w, r, p.config.AuthCodeURL(t.state, oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)), http.StatusSeeOther)
	return nil
}

// errProvider is what people read whatever the provider did wrong.
func errProvider(cause error) error {
	return &ward.Error{Kind: ward.Forbidden, Message: "認証のサーバーから入れませんでした。最初からやり直してください。続くときは情報セキュリティ管理者に相談してください。", Err: cause}
}

// fromProvider is where the browser comes back to.
func (s *site) fromProvider(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	if s.OIDC == nil {
		return s.nowhere(w, r, nil)
	}
	t, ok := s.tripOf(r)
	s.setCookie(w, "oidc", "", -time.Second)
	if !ok || subtle.ConstantTimeCompare([]byte(t.state), []byte(r.URL.Query().Get("state"))) != 1 {
		return errProvider(errors.New("another state"))
	}
	if r.URL.Query().Get("code") == "" {
		return errProvider(errors.New("no code"))
	}
	subject, login, err := s.whoIsBack(r, t)
	if err != nil {
		return err
	}
	return s.letIn(w, r, t, subject, login)
}

// whoIsBack exchanges the code for who the provider says this is.
func (s *site) whoIsBack(r *http.Request, t trip) (subject, login string, err error) {
	p, err := s.discover(r.Context())
	if err != nil {
		return "", "", err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(r.Context(), p.client), providerTimeout)
	defer cancel()
	token, err := p.config.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(t.verifier))
	if err != nil {
		return "", "", errProvider(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", "", errProvider(errors.New("no id_token"))
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return "", "", errProvider(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(t.nonce)) != 1 {
		return "", "", errProvider(errors.New("another nonce"))
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return "", "", errProvider(fmt.Errorf("read claims: %w", err))
	}
	claim := s.OIDC.Claim
	if claim == "" {
		claim = defaultClaim
	}
	login, _ = claims[claim].(string)
	if id.Subject == "" || login == "" {
		return "", "", errProvider(errors.New("a claim is missing"))
	}
	return id.Issuer + " " + id.Subject, login, nil
}

// letIn signs in the person with this login, if they are the one they were the
// first time.
func (s *site) letIn(w http.ResponseWriter, r *http.Request, t trip, subject, login string) error {
	ctx := r.Context()
	c, err := s.Store.Credentials(ctx, login)
	if err != nil && ward.KindOf(err) != ward.NotFound {
		return err
	}
	if err == nil && c.Dismissed.IsZero() {
		err = s.Store.PinSubject(ctx, c.ID, subject)
	} else {
		err = &ward.Error{Kind: ward.Forbidden}
	}
	if ward.KindOf(err) == ward.Forbidden {
		if err := s.Store.RefuseAttempt(ctx, c.ID, "認証のサーバーから来た人を、入れませんでした。"); err != nil {
			return err
		}
		return errProvider(errors.New("nobody of ours"))
	}
	if err != nil {
		return err
	}
	keys, give := s.renew(r)
	if _, err := s.Store.OpenStaffSession(ctx, c.ID, keys, s.network(r), "認証のサーバーから入りました。"); err != nil {
		return err
	}
	give(w)
	return s.goOn(w, r, data.StageIn, t.next)
}
