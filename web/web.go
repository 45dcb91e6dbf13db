package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"madoguchi/ward"
)

// Options are what the counter on the web needs. Reply and WardName must be set.
type Options struct {
	// Reply answers a message. Its context ends after ReplyTimeout.
	Reply func(context.Context, ward.Message) ([]ward.Reply, error)
	// Ready are the checks of /readyz by name. A ward.Error tells in its
	// sentence what is missing; each has two seconds.
	Ready map[string]func(context.Context) error
	// Origins are the foreign origins that may use the API and frame
	// /widget, each as scheme://host or scheme://host:port.
	Origins []string

	WardName     string // as residents call it: 見本区
	SiteURL      string // the ward's own site, "" if unknown
	ContactURL   string // where to ask a person, "" if unknown
	ContactPhone string // the same by phone, "" if unknown
	// Greeting is what the counter says before the first question.
	Greeting ward.Reply

	// LINE is the webhook, nil without a channel; Simulator is the laptop's
	// LINE, of the demo only.
	LINE, Simulator http.Handler
	// Console is everything below /console/, nil without.
	Console http.Handler

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
	// Verdicts are counted elsewhere and shown by /metrics; nil: none.
	Verdicts *Verdicts

	// PerMinute and Burst limit the messages of one client; an IPv6 client is
	// a /64. 0: 120 and 60, because many phones share one IPv4 address.
	PerMinute, Burst int
	ReplyTimeout     time.Duration // 0: 10 s
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// MetricsFrom are the networks, beside loopback, that may read /metrics.
	MetricsFrom []netip.Prefix
}

const (
	defaultPerMinute    = 120
	defaultBurst        = 60
	defaultReplyTimeout = 10 * time.Second
)

// site is what the handlers share.
type site struct {
	Options
	origins *http.CrossOriginProtection
	clients *clients
	metrics *metrics
	widget  *widget
}

// New gives the handler of all paths. It fails with a sentence on options
// that cannot work.
func New(o Options) (http.Handler, error) {
	if o.Reply == nil || o.WardName == "" {
		return nil, errors.New("web: Reply and WardName must be set")
	}
	s := &site{Options: withDefaults(o), origins: http.NewCrossOriginProtection()}
	for _, origin := range o.Origins {
		if err := s.origins.AddTrustedOrigin(origin); err != nil {
			return nil, &ward.Error{
				Kind:    ward.Invalid,
				Message: fmt.Sprintf("許可するオリジン「%s」は https://www.example.lg.jp の形で指定してください。", origin),
				Err:     err,
			}
		}
	}
	for _, address := range []string{o.SiteURL, o.ContactURL} {
		if address != "" && webURL(address) == "" {
			return nil, &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("「%s」は http または https の URL ではありません。", address)}
		}
	}
	s.clients = newClients(s.PerMinute, s.Burst)
	var err error
	if s.metrics, err = newMetrics(s.Verdicts); err != nil {
		return nil, err
	}
	if s.widget, err = newWidget(s.Options); err != nil {
		return nil, fmt.Errorf("prepare widget: %w", err)
	}
	return s.protect(s.routes()), nil
}

func withDefaults(o Options) Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Verdicts == nil {
		o.Verdicts = NewVerdicts()
	}
	if o.PerMinute <= 0 {
		o.PerMinute = defaultPerMinute
	}
	if o.Burst <= 0 {
		o.Burst = defaultBurst
	}
	if o.ReplyTimeout <= 0 {
		o.ReplyTimeout = defaultReplyTimeout
	}
	return o
}

// webURL gives the address if a browser may follow it: absolute, http or
// https. Anything else, javascript: above all, is "".
func webURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}
