package crawler

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Manners towards one host.
const (
	maxCrawlDelay = 60 * time.Second // of a Crawl-delay in robots.txt; more is not obeyed
	firstBackoff  = 5 * time.Second  // after a refusal; doubled with each further one
	maxBackoff    = 5 * time.Minute  // also of Retry-After
	maxRefusals   = 10               // in a row, then the host is left alone for this run
)

// A pace keeps requests to one host apart: by delay after every answer, and by
// more while the host refuses or does not answer.
type pace struct {
	delay    time.Duration
	backoff  time.Duration // the first one
	next     time.Time     // no request before
	refusals int           // in a row
}

// wait sleeps until the next request is due.
func (p *pace) wait(ctx context.Context, now time.Time) error {
	if !p.next.After(now) {
		return ctx.Err()
	}
	t := time.NewTimer(p.next.Sub(now))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// answered notes how a request ended and sets when the next one is due. A
// single 403 is no block (folders answer so while their pages answer 200), so
// the first of a row costs nothing.
func (p *pace) answered(a *response, err error, now time.Time) {
	p.next = now.Add(p.delay)
	if !turnedAway(a, err) {
		p.refusals = 0
		return
	}
	p.refusals++
	steps := p.refusals - 1
	if a != nil && a.Status == http.StatusForbidden {
		steps--
	}
	if steps >= 0 {
		p.notBefore(now.Add(min(p.backoff<<steps, maxBackoff)))
	}
	if a != nil {
		p.notBefore(now.Add(a.RetryAfter))
	}
}

// slowTo keeps the longer of two delays, from the last request on.
func (p *pace) slowTo(delay time.Duration) {
	if more := delay - p.delay; more > 0 {
		p.delay, p.next = delay, p.next.Add(more)
	}
}

func (p *pace) notBefore(t time.Time) {
	if t.After(p.next) {
		p.next = t
	}
}

func (p *pace) givenUp() bool { return p.refusals >= maxRefusals }

// turnedAway says that the host, not the page, is the trouble.
func turnedAway(a *response, err error) bool {
	if err != nil {
		return errors.Is(err, errTimeout) || errors.Is(err, errConnect)
	}
	return a.Status == http.StatusForbidden || a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable
}
