package crawler

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"madoguchi/ward"
)

// Defaults of Options.
const (
	DefaultMaxPDFs = 500
	maxTries       = 3 // requests for one address in a run
)

// Options say what a run does. Site and Pages are required; of the limits zero
// means the default.
type Options struct {
	Site  string   // address of the ward's site: its scheme, host and first page
	Hosts []string // further hosts ("faq.city.example", with :port if unusual) that belong to it
	// Seeds are where to start, relative to Site; nil is the places where a
	// ward's site usually lists its pages. Seeds may be missing.
	Seeds   []string
	Queries []string // path prefixes below which addresses with a query are asked for
	Deny    []string // regular expressions on the path of what is not asked for

	Pages *Pages // where the pages are kept; not closed by Run

	// Contact is the http(s) address that stands in the User-Agent; "" is Site.
	Contact  string
	Delay    time.Duration // between two requests to one host, at least; 0 is none
	Deadline time.Duration // of one request

	MaxPages  int // requests of one run
	MaxDepth  int // links from a seed
	MaxPrefix int // pages below one folder, three levels deep

	PDFs    bool // fetch the PDFs that pages offer, at most MaxPDFs
	MaxPDFs int
	// PDF gives the text of a PDF, "" if it has none. With nil, or on an error,
	// the PDF is kept with its title alone.
	PDF func(ctx context.Context, body []byte) (text string, err error)

	Full           bool // ask for everything anew, not only for what changed
	AcceptRemovals bool // believe a site that lost much at once

	Progress func(Progress) // called after every address; may be nil
	Log      *slog.Logger   // nil discards
	Now      func() time.Time

	// for tests
	transport   http.RoundTripper // nil is guarded
	commitEvery int               // outcomes; 0 is batchItems
	backoff     time.Duration     // 0 is firstBackoff
}

func defaultSeeds() []string {
	return []string{"/", "/sitemap.xml", "/sitemap.html", "/qa/", "/faq/", "/news/shinchaku.xml"}
}

func (o *Options) setDefaults() {
	orDefault(&o.Deadline, DefaultDeadline)
	orDefault(&o.MaxPages, DefaultMaxPages)
	orDefault(&o.MaxDepth, DefaultMaxDepth)
	orDefault(&o.MaxPrefix, DefaultMaxPrefix)
	orDefault(&o.MaxPDFs, DefaultMaxPDFs)
	orDefault(&o.commitEvery, batchItems)
	orDefault(&o.backoff, firstBackoff)
	if o.Contact == "" {
		o.Contact = o.Site
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func orDefault[T time.Duration | int](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// A crawl is one run under way.
type crawl struct {
	opts  Options
	log   *slog.Logger
	site  *url.URL
	rules *rules
	fetch *fetcher

	known map[string]*record  // kept from the last run that ended
	next  map[string]*outcome // of this run

	state    *runState
	frontier *frontier
	batch    *batch
	paces    map[string]*pace
	robots   map[string]*robotsRules
	readPDFs map[string]string // hash of a body that was read → key of its text
}

// Run crawls the site once and brings opts.Pages up to date. A run that was
// cut off, by ctx, by a kill or by a full disk, is continued by the next Run
// for the same site. Run returns an error only where it could not do its work;
// whatever the site does wrong is in the Summary.
func Run(ctx context.Context, opts Options) (Summary, error) {
	if opts.Pages == nil {
		return Summary{}, &ward.Error{Kind: ward.Internal, Message: "集めたページの保管庫がありません。"}
	}
	if !opts.Pages.running.TryLock() {
		return Summary{}, &ward.Error{Kind: ward.Conflict, Message: "巡回はすでに始まっています。終わってから実行してください。"}
	}
	defer opts.Pages.running.Unlock()
	c, err := newCrawl(opts)
	if err != nil {
		return Summary{}, err
	}
	if t, ok := c.fetch.transport.(*http.Transport); ok {
		defer t.CloseIdleConnections()
	}
	if err = c.loop(ctx); err == nil || ctx.Err() != nil {
		err = errors.Join(err, c.commit())
	}
	if err == nil {
		err = c.finish()
	}
	return c.state.Summary, err
}

func newCrawl(opts Options) (*crawl, error) {
	opts.setDefaults()
	site, err := siteAddress(opts.Site)
	if err != nil {
		return nil, err
	}
	agent, err := userAgent(opts.Contact)
	if err != nil {
		return nil, err
	}
	r, err := newRules(site, opts)
	if err != nil {
		return nil, &ward.Error{Kind: ward.Invalid, Message: "巡回しないページの指定を読み取れません。正規表現で書いてください。", Err: err}
	}
	if opts.transport == nil {
		opts.transport = newTransport(newGuard(site))
	}
	c := &crawl{
		opts: opts, log: opts.Log, site: site, rules: r,
		fetch: &fetcher{transport: opts.transport, agent: agent, deadline: opts.Deadline, now: opts.Now},
		batch: newBatch(opts.Now()), paces: map[string]*pace{}, robots: map[string]*robotsRules{},
	}
	return c, c.load()
}

func siteAddress(site string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(site))
	if err == nil {
		if n, ok := Normalize(u, u.String()); ok {
			return n, nil
		}
	}
	return nil, &ward.Error{Kind: ward.Invalid, Message: "サイトの URL が正しくありません。https://www.city.example.jp/ のように書いてください。", Err: err}
}

// userAgent is ASCII: servers were seen to fail on anything else.
func userAgent(contact string) (string, error) {
	u, err := url.Parse(contact)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" ||
		strings.ContainsFunc(contact, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' }) {
		return "", &ward.Error{Kind: ward.Invalid, Message: "連絡先の URL が正しくありません。巡回先のサーバーの記録に残るため、http(s) の半角の URL で書いてください。", Err: err}
	}
	return robotsToken + "/1.0 (+" + contact + ")", nil
}

// load takes up the run that was cut off, or begins a new one.
func (c *crawl) load() (err error) {
	if c.known, err = c.opts.Pages.records(); err != nil {
		return err
	}
	if c.state, c.frontier, err = c.opts.Pages.state(); err != nil {
		return err
	}
	if !c.state.Ended && c.state.Summary.Site == c.site.String() {
		c.state.Summary.Resumed = true
		c.next, err = c.opts.Pages.outcomes()
		return err
	}
	return c.begin()
}

func (c *crawl) begin() error {
	c.state = &runState{Number: c.state.Number + 1, Summary: Summary{
		Site: c.site.String(), Started: c.opts.Now(), Failed: map[string]int{}, Skipped: map[string]int{},
	}}
	c.frontier, c.next = newFrontier(), map[string]*outcome{}
	seeds := c.opts.Seeds
	if seeds == nil {
		seeds = defaultSeeds()
	}
	c.seed(c.site, c.site.String(), true)
	for _, s := range seeds {
		c.seed(c.site, s, true)
	}
	c.seedKnown()
	return c.written(c.opts.Pages.begin(c.batch, c.frontier, c.state))
}

// seed lets an address in by name, a query included; traps and depth are for links.
func (c *crawl) seed(base *url.URL, href string, mayMiss bool) {
	u, ok := Normalize(base, href)
	if ok && c.rules.hosts[u.Host] && c.frontier.meet(u, true) {
		c.frontier.push(item{URL: u.String(), Seed: mayMiss})
	}
}

// seedKnown asks again for every kept page, so that one that is gone is seen
// to be gone. PDFs are asked for when their page offers them.
func (c *crawl) seedKnown() {
	addresses := make([]string, 0, len(c.known))
	for u, r := range c.known {
		if r.Kind != kindPDF {
			addresses = append(addresses, u)
		}
	}
	slices.Sort(addresses)
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil || c.frontier.seen[a] {
			continue
		}
		if reason := c.rules.refuse(u); reason != "" {
			c.frontier.meet(u, false)
			c.note(a, &outcome{Verdict: wasRefused, Reason: reason})
			continue
		}
		c.frontier.meet(u, true)
		c.frontier.push(item{URL: a, Depth: c.known[a].Depth})
	}
}

// loop asks for one address after the other until none is left.
func (c *crawl) loop(ctx context.Context) error {
	for {
		it, ok := c.frontier.pop(func(host string) time.Time { return c.paceOf(host).next })
		if !ok {
			return nil
		}
		if err := c.visit(ctx, it); err != nil {
			return err
		}
		if c.opts.Progress != nil {
			c.opts.Progress(c.progress(it.URL))
		}
		if c.batch.full(c.opts.Now(), c.opts.commitEvery) {
			if err := c.commit(); err != nil {
				return err
			}
		}
	}
}

func (c *crawl) progress(last string) Progress {
	failures := 0
	for _, n := range c.state.Summary.Failed {
		failures += n
	}
	return Progress{Done: len(c.next), Queued: c.frontier.size, Failed: failures, Bytes: c.state.Summary.Bytes, URL: last}
}

func (c *crawl) commit() error {
	return c.written(c.opts.Pages.commit(c.batch, c.frontier, c.state))
}

// written begins a new batch if the last one reached the disk.
func (c *crawl) written(err error) error {
	if err == nil {
		c.frontier.committed()
		c.batch = newBatch(c.opts.Now())
	}
	return err
}

func (c *crawl) paceOf(host string) *pace {
	p := c.paces[host]
	if p == nil {
		p = &pace{delay: c.opts.Delay, backoff: c.opts.backoff}
		c.paces[host] = p
	}
	return p
}

// get makes one request when its host's turn has come. Every request of a run
// goes through here. What was found is written before a wait.
func (c *crawl) get(ctx context.Context, u *url.URL, v validators) (*response, error) {
	p := c.paceOf(u.Host)
	if now := c.opts.Now(); p.next.Sub(now) >= batchAge/2 && len(c.batch.outcomes) > 0 {
		if err := c.commit(); err != nil {
			return nil, &stop{err}
		}
	}
	if err := p.wait(ctx, c.opts.Now()); err != nil {
		return nil, &stop{err}
	}
	a, err := c.fetch.get(ctx, u, v)
	if ctx.Err() != nil {
		return nil, &stop{ctx.Err()}
	}
	p.answered(a, err, c.opts.Now())
	c.state.Summary.Requests++
	if a != nil {
		c.state.Summary.Bytes += a.Wire
	}
	return a, err
}

// A stop is an error that ends the run, not the request.
type stop struct{ err error }

func (s *stop) Error() string { return s.err.Error() }
func (s *stop) Unwrap() error { return s.err }
