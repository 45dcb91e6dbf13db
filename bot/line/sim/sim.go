package sim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"madoguchi/ward"
)

// Options are the parts of a Sim. Secret, Token, Now and Log are required.
type Options struct {
	// WebhookURL is where events are posted, "" until the API sets one.
	WebhookURL string
	// Secret signs what is posted there.
	Secret string
	// Token is a channel access token that never expires. The API issues more.
	Token string
	Now   func() time.Time
	Log   *slog.Logger

	// Name is the account's, "窓口" if "".
	Name string
	// BasicID is the account's id with the @, "@000madog" if "".
	BasicID string
	// Quota is how many messages may be sent a month, 0 for any number.
	Quota int64
	// Redeliver are the waits before an event that was not answered with 2xx is
	// posted again. Without any, it is posted once.
	Redeliver []time.Duration
	// Timeout is how long the webhook has to answer, 2 s if 0.
	Timeout time.Duration
	// HTTP posts to the webhook, nil for a client of its own.
	HTTP *http.Client
	// Check looks at every call of the API before it is answered. What it
	// objects to is answered 400 and kept in the Ledger.
	Check func(*http.Request) error
}

const (
	webhookTimeout  = 2 * time.Second
	standardName    = "窓口"
	channelID       = "1600000000" // what tokens are issued to
	standardBasicID = "@000madog"
)

// Sim is the platform with one account on it. It is safe for concurrent use.
type Sim struct {
	o      Options
	botID  string
	stop   context.CancelFunc
	closed context.Context
	posts  sync.WaitGroup // redeliveries under way

	mu        sync.Mutex
	changed   chan struct{} // closed at every change
	revision  int64         // counts changes
	endpoint  string        // of the webhook
	residents []*resident   // in the order they came
	byID      map[ward.Resident]*resident
	numbered  int // residents so far
	left      map[ward.Resident]bool
	contents  contents
	tokens    map[string]*replyToken
	retried   map[string]*accepted
	issued    map[string]*channelToken
	issues    int // tokens so far
	narrow    map[string]*narrowcast
	month     string // that used counts
	used      int64
	limiters  map[string]*limiter
	menus     menus
	troubles  []Trouble
	troubled  int64 // revision
	held      *posting
	last      *posting
	ledger    Ledger
	ids       ids
}

// New gives a platform without residents.
func New(o Options) (*Sim, error) {
	if o.Secret == "" || o.Token == "" || o.Now == nil || o.Log == nil {
		return nil, errors.New("new simulator: Secret, Token, Now and Log are required")
	}
	if o.WebhookURL != "" && !isWebhookURL(o.WebhookURL) {
		return nil, errors.New("new simulator: WebhookURL is neither https nor http on this machine")
	}
	if o.Name == "" {
		o.Name = standardName
	}
	if o.BasicID == "" {
		o.BasicID = standardBasicID
	}
	if o.Timeout == 0 {
		o.Timeout = webhookTimeout
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	s := &Sim{
		o: o, botID: randomID("U"), endpoint: o.WebhookURL, changed: make(chan struct{}),
		byID: map[ward.Resident]*resident{}, left: map[ward.Resident]bool{}, tokens: map[string]*replyToken{}, retried: map[string]*accepted{},
		issued: map[string]*channelToken{}, narrow: map[string]*narrowcast{}, limiters: map[string]*limiter{},
		contents: contents{byID: map[string]*content{}}, menus: menus{byID: map[string]*menu{}, aliases: map[string]string{}},
	}
	s.closed, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Close ends redeliveries and hanging calls, and waits for the former.
func (s *Sim) Close() {
	s.stop()
	s.posts.Wait()
}

// Destination is the account's own user id, as webhooks carry it.
func (s *Sim) Destination() string { return s.botID }

// touch says that something changed; s.mu is held.
func (s *Sim) touch() int64 {
	s.revision++
	close(s.changed)
	s.changed = make(chan struct{})
	return s.revision
}

// Wait returns when cond holds, or with ctx's error. cond must not keep the
// Ledger, nor call s: it is asked after every change, one at a time.
func (s *Sim) Wait(ctx context.Context, cond func(*Ledger) bool) error {
	for {
		s.mu.Lock()
		ok, changed := cond(&s.ledger), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func isWebhookURL(s string) bool {
	const limit = 500
	u, err := url.Parse(s)
	return err == nil && len(s) <= limit && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// randomID is prefix and 32 hexadecimal digits.
func randomID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + hex.EncodeToString(b[:])
}
