package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"madoguchi/ward"
)

// metrics are what /metrics shows of this package.
type metrics struct {
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	replies  *prometheus.CounterVec
	show     http.Handler
}

func newMetrics(reg *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "madoguchi_http_requests_total", Help: "Requests by route and status.",
		}, []string{"route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "madoguchi_http_request_seconds", Help: "Time to answer by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
		replies: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "madoguchi_replies_total", Help: "What residents got: an answer with its source, choices, or words only.",
		}, []string{"verdict"}),
		show: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.latency, m.replies,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) request(pattern string, status int, took time.Duration) {
	m.requests.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(pattern).Observe(took.Seconds())
}

// replied counts one exchange by the best thing the resident got.
func (m *metrics) replied(replies []ward.Reply) {
	verdict := ward.Nothing
	for _, r := range replies {
		switch {
		case r.Source != nil:
			verdict = ward.Sure
		case len(r.Choices) > 0 && verdict == ward.Nothing:
			verdict = ward.Unsure
		}
	}
	m.replies.WithLabelValues(string(verdict)).Inc()
}

// showMetrics is for the machine itself and for the networks named. A request
// that some unknown proxy passed on looks like the proxy's own: refused.
func (s *site) showMetrics(w http.ResponseWriter, r *http.Request) error {
	client := s.client(r)
	relayed := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Real-Ip") != ""
	hearsay := relayed && !within(s.TrustedProxies, peer(r))
	if hearsay || !client.IsLoopback() && !within(s.MetricsFrom, client) {
		return &ward.Error{Kind: ward.Forbidden, Message: "この情報は管理用のネットワークからだけ見られます。"}
	}
	s.metrics.show.ServeHTTP(w, r)
	return nil
}
