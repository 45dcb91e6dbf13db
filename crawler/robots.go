package crawler

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jimsmart/grobotstxt"
)

// RFC 9309 on robots.txt.
const (
	robotsToken  = "madoguchi" // the name that site owners address us by
	maxRobots    = 500 << 10   // bytes that are read
	maxRedirects = 5
)

// robotsRules are one host's robots.txt as it stands for us.
type robotsRules struct {
	body     string
	denyAll  bool // it could not be read and there is no earlier copy
	delay    time.Duration
	sitemaps []string
}

// robotsCopy is the last copy that a host gave.
type robotsCopy struct {
	Body       string
	Validators validators
}

func parseRobots(body string) *robotsRules {
	r := &robotsRules{body: body[:min(len(body), maxRobots)]}
	r.sitemaps = grobotstxt.Sitemaps(r.body)
	d := &delayReader{}
	grobotstxt.Parse(r.body, d)
	r.delay = min(d.delay(), maxCrawlDelay)
	return r
}

func (r *robotsRules) allow(u *url.URL) bool {
	return !r.denyAll && (r.body == "" || grobotstxt.AgentAllowed(r.body, robotsToken, u.String()))
}

// readRobots reads the answer of a host: 4xx allows all, anything else that is
// no file leaves the earlier copy in force, or forbids all if there is none.
func readRobots(a *response, err error, kept *robotsCopy) (*robotsRules, *robotsCopy) {
	switch {
	case err == nil && a.Status == http.StatusOK:
		c := &robotsCopy{Body: string(a.Body[:min(len(a.Body), maxRobots)]), Validators: a.Validators}
		return parseRobots(c.Body), c
	case err == nil && a.Status >= 400 && a.Status < 500 && a.Status != http.StatusTooManyRequests:
		return &robotsRules{}, nil
	case kept != nil:
		return parseRobots(kept.Body), kept
	}
	return &robotsRules{denyAll: true}, nil
}

// robotsFor gives the rules of u's host, fetching them at the first question.
func (c *crawl) robotsFor(ctx context.Context, u *url.URL) (*robotsRules, error) {
	origin := u.Scheme + "://" + u.Host
	if r := c.robots[origin]; r != nil {
		return r, nil
	}
	kept, err := c.opts.Pages.robots(origin)
	if err != nil {
		return nil, err
	}
	a, fetchErr := c.fetchRobots(ctx, origin, kept)
	var end *stop
	if errors.As(fetchErr, &end) {
		return nil, end.err
	}
	r, copied := readRobots(a, fetchErr, kept)
	if r.denyAll {
		c.log.Warn("robots.txt unreadable, nothing is fetched", "host", u.Host, "err", fetchErr)
	}
	if copied != kept {
		c.batch.robots[origin] = copied
	}
	c.robots[origin] = r
	c.paceOf(u.Host).slowTo(r.delay)
	for _, s := range r.sitemaps {
		c.seed(u, s, true)
	}
	return r, nil
}

func (c *crawl) fetchRobots(ctx context.Context, origin string, kept *robotsCopy) (*response, error) {
	u, err := url.Parse(origin + "/robots.txt")
	if err != nil {
		return nil, err
	}
	var v validators
	if kept != nil {
		v = kept.Validators
	}
	for range maxRedirects + 1 {
		a, err := c.get(ctx, u, v)
		if err != nil || a.Status < 301 || a.Status > 308 || a.Status == http.StatusNotModified {
			return a, err
		}
		to, ok := Normalize(u, a.Location)
		if !ok || !c.rules.hosts[to.Host] {
			return nil, errRefused
		}
		u = to
	}
	return nil, errRedirects
}

// delayReader picks Crawl-delay, which the reference parser leaves alone, out
// of our group, else out of that for everybody.
type delayReader struct {
	ours, all          bool // the current group is for us, for everybody
	inRules            bool // the group's first rule was read
	foundOurs          bool
	ourDelay, allDelay time.Duration
}

func (d *delayReader) delay() time.Duration {
	if d.foundOurs {
		return d.ourDelay
	}
	return d.allDelay
}

// HandleUserAgent opens a group, or widens the one just opened.
func (d *delayReader) HandleUserAgent(_ int, value string) {
	if d.inRules {
		d.ours, d.all, d.inRules = false, false, false
	}
	value = strings.ToLower(value)
	d.all = d.all || value == "*"
	if strings.HasPrefix(value, robotsToken) {
		d.ours, d.foundOurs = true, true
	}
}

// HandleUnknownAction reads Crawl-delay.
func (d *delayReader) HandleUnknownAction(_ int, action, value string) {
	if !strings.EqualFold(action, "crawl-delay") {
		return
	}
	d.inRules = true
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || seconds < 0 || seconds > 1e6 {
		return
	}
	delay := time.Duration(seconds * float64(time.Second))
	if d.ours {
		d.ourDelay = max(d.ourDelay, delay)
	}
	if d.all {
		d.allDelay = max(d.allDelay, delay)
	}
}

// HandleAllow ends the list of names of a group.
func (d *delayReader) HandleAllow(int, string) { d.inRules = true }

// HandleDisallow ends the list of names of a group.
func (d *delayReader) HandleDisallow(int, string) { d.inRules = true }

// HandleSitemap is outside of groups.
func (*delayReader) HandleSitemap(int, string) {}

// HandleRobotsStart has nothing to prepare.
func (*delayReader) HandleRobotsStart() {}

// HandleRobotsEnd has nothing to close.
func (*delayReader) HandleRobotsEnd() {}
