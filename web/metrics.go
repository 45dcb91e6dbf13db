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

// Verdicts counts what questions came to, for /metrics. It is given to
// whoever searches, because a reply no longer tells.
type Verdicts struct{ count *prometheus.CounterVec }

// NewVerdicts counts from zero.
func NewVerdicts() *Verdicts {
	return &Verdicts{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "madoguchi_questions_total", Help: "Questions by what was found: an answer, choices, none.",
	}, []string{"verdict"})}
}

// Count takes one question.
func (v *Verdicts) Count(verdict ward.Verdict) { v.count.WithLabelValues(string(verdict)).Inc() }

// metrics are what /metrics shows of this package.
type metrics struct {
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	show     http.Handler
}

func newMetrics(verdicts *Verdicts) (*metrics, error) {
	reg := prometheus.NewRegistry()
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "madoguchi_http_requests_total", Help: "Requests by route and status.",
		}, []string{"route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "madoguchi_http_request_seconds", Help: "Time to answer by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
		show: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.latency, verdicts.count,
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

// showMetrics is for the machine itself and for the networks named. A request
// that some unknown proxy passed on looks like the proxy's own: refused.
func (s *site) showMetrics(w http.ResponseWriter, r *http.Request) error {
	client := s.client(r)
	if Hearsay(r, s.TrustedProxies) || !client.IsLoopback() && !within(s.MetricsFrom, client) {
		return &ward.Error{Kind: ward.Forbidden, Message: "この情報は管理用のネットワークからだけ見られます。"}
	}
	s.metrics.show.ServeHTTP(w, r)
	return nil
}
