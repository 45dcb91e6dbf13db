package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Why an answer gave no page; keys of Summary.Failed.
var (
	errRedirects  = errors.New("too many redirects")
	errRedirect   = errors.New("redirect leads nowhere")
	errUnreadable = errors.New("unreadable")
	errGivenUp    = errors.New("host given up")
)

// visit deals with one address. An error ends the run.
func (c *crawl) visit(ctx context.Context, it item) error {
	u, err := it.address()
	if err != nil {
		c.fail(it, errUnreadable)
		return nil
	}
	if c.state.Summary.Requests >= c.opts.MaxPages {
		c.skip(it, "page limit")
		return nil
	}
	if c.paceOf(u.Host).givenUp() {
		c.fail(it, errGivenUp)
		return nil
	}
	switch r, err := c.robotsFor(ctx, u); {
	case err != nil:
		return err
	case r.denyAll:
		c.fail(it, errors.New("robots.txt unreadable"))
		return nil
	case !r.allow(u):
		c.settle(it, &outcome{Verdict: wasRefused, Reason: "robots.txt"})
		c.state.Summary.Skipped["robots.txt"]++
		return nil
	}
	a, err := c.get(ctx, u, c.validatorsFor(it))
	var end *stop
	if errors.As(err, &end) {
		return end.err
	}
	if err != nil {
		c.retry(it, err)
		return nil
	}
	return c.judge(ctx, it, a)
}

func (c *crawl) validatorsFor(it item) validators {
	if known := c.known[it.URL]; known != nil && !c.opts.Full {
		return known.Validators
	}
	return validators{}
}

// judge turns a status into an outcome.
func (c *crawl) judge(ctx context.Context, it item, a *response) error {
	switch a.Status {
	case http.StatusOK:
		return c.accept(ctx, it, a)
	case http.StatusNotModified:
		return c.unmodified(ctx, it, a)
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
		c.redirect(it, a.Location, true)
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		c.redirect(it, a.Location, false)
	case http.StatusNotFound, http.StatusGone:
		c.missing(it)
	case http.StatusForbidden:
		if !c.askIndex(it) {
			c.fail(it, statusError(a.Status))
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		c.retry(it, statusError(a.Status))
	default:
		c.fail(it, statusError(a.Status))
	}
	return nil
}

func statusError(status int) error { return fmt.Errorf("http %d", status) }

// missing settles an address that does not exist.
func (c *crawl) missing(it item) {
	if c.askIndex(it) {
		return
	}
	if c.known[it.URL] == nil && !it.Seed {
		c.state.Summary.Missing++
	}
	c.settle(it, &outcome{Verdict: wasGone, Reason: "not found"})
}

// askIndex asks for /x/index.html where the server has no /x/: both are one
// address here, but not on every server.
func (c *crawl) askIndex(it item) bool {
	if it.As != "" || !strings.HasSuffix(it.URL, "/") {
		return false
	}
	c.again(it, func(it *item) { it.As = it.URL + "index.html" })
	return true
}

// again puts an item back at the end of the queue.
func (c *crawl) again(it item, change func(*item)) {
	c.frontier.done(it)
	change(&it)
	c.frontier.push(it)
}

// retry asks once more, later, for what may be there the next time.
func (c *crawl) retry(it item, reason error) {
	if it.Tries+1 >= maxTries || errors.Is(reason, errRefused) || errors.Is(reason, errTooLarge) || errors.Is(reason, errEncoding) {
		c.fail(it, reason)
		return
	}
	c.again(it, func(it *item) { it.Tries++ })
}

// redirect follows by hand: the target is a link like any other, with a hop
// counted, so that every rule is asked again. A page that is sent for good to
// where we do not go is gone; sent there for now (a login, a notice) it stays.
func (c *crawl) redirect(it item, location string, forGood bool) {
	from, err := it.address()
	if err != nil {
		c.fail(it, errUnreadable)
		return
	}
	to, ok := Normalize(from, location)
	switch {
	case !ok:
		c.fail(it, errRedirect)
		return
	case to.String() == it.URL:
		c.redirectToSelf(it, from, location)
		return
	case it.Hops >= maxRedirects:
		c.fail(it, errRedirects)
		return
	}
	switch reason := c.rules.refuse(to); {
	case reason == "" && c.frontier.meet(to, true):
		c.frontier.push(item{URL: to.String(), PDF: it.PDF, Label: it.Label, Depth: it.Depth, Hops: it.Hops + 1, Seed: it.Seed})
		fallthrough
	case reason == "":
		c.settle(it, &outcome{Verdict: wasMoved, To: to.String()})
	case forGood:
		c.state.Summary.Skipped["redirect: "+reason]++
		c.settle(it, &outcome{Verdict: wasGone, Reason: "redirect: " + reason})
	default:
		c.fail(it, errors.New("redirect: "+reason))
	}
}

// redirectToSelf meets servers that send /x/ to /x/index.html.
func (c *crawl) redirectToSelf(it item, from *url.URL, location string) {
	to, err := from.Parse(location)
	if err != nil || it.As != "" || to.Fragment != "" {
		c.fail(it, errRedirects)
		return
	}
	c.again(it, func(it *item) { it.As = to.String() })
}

// unmodified treats the kept body as if it had been sent, so that a better
// extraction, and links that failed the last time, come to their right.
func (c *crawl) unmodified(ctx context.Context, it item, a *response) error {
	known := c.known[it.URL]
	if known == nil {
		c.fail(it, statusError(a.Status))
		return nil
	}
	body, err := c.opts.Pages.body(known.Body)
	if err != nil {
		return err
	}
	c.state.Summary.NotModified++
	a.Body, a.ContentType, a.Validators = body, known.ContentType, known.Validators
	return c.accept(ctx, it, a)
}

// accept keeps a body and follows what it points at.
func (c *crawl) accept(ctx context.Context, it item, a *response) error {
	body, err := unpackFile(a.Body)
	if err != nil {
		c.fail(it, err)
		return nil
	}
	r := &record{URL: it.URL, Kind: sniff(body, a.ContentType), ContentType: a.ContentType, Validators: a.Validators,
		Fetched: c.opts.Now().UTC(), FirstRun: c.state.Number, Depth: it.Depth}
	if known := c.known[it.URL]; known != nil {
		r.FirstRun = known.FirstRun
	}
	switch {
	case it.PDF != (r.Kind == kindPDF), r.Kind == "":
		c.skip(it, "not a page")
		return nil
	case r.Kind == kindPDF:
		return c.acceptPDF(ctx, it, r, body)
	case r.Kind == kindPage:
		return c.acceptPage(it, r, body)
	}
	links := sitemapAddresses(body)
	if r.Kind == kindFeed {
		if links, err = feedAddresses(body); err != nil {
			c.fail(it, errUnreadable)
			return nil
		}
	}
	c.follow(it, links)
	c.keep(it, r, body)
	return nil
}

// unpackFile opens sitemap.xml.gz and the like.
func unpackFile(body []byte) ([]byte, error) {
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return gunzip(body)
	}
	return body, nil
}

func (c *crawl) acceptPage(it item, r *record, body []byte) error {
	u, err := it.address()
	if err != nil {
		return err
	}
	page, err := readPage(body, r.ContentType, u)
	switch {
	case err != nil:
		c.log.Warn("page unreadable", "url", it.URL, "err", err)
		c.fail(it, errUnreadable)
		return nil
	case page.Gone:
		c.missing(it)
		return nil
	case len(page.Documents) == 0 && leadsAway(u, page.Refresh, it.URL):
		c.redirect(it, page.Refresh, false)
		return nil
	}
	r.PageID, r.Declared, r.Title, r.Updated = page.PageID, page.URL, page.Title, page.Updated
	r.Hash, r.Docs = page.Hash, len(page.Documents)
	c.follow(it, page.Frames)
	if !page.NoFollow {
		c.follow(it, append([]string{page.URL}, page.Links...))
		c.followPDFs(it, r, page)
	}
	c.keep(it, r, body)
	return nil
}

// leadsAway tells a moved page from one that reloads itself.
func leadsAway(from *url.URL, refresh, own string) bool {
	to, ok := Normalize(from, refresh)
	return refresh != "" && ok && to.String() != own
}

func (c *crawl) acceptPDF(ctx context.Context, it item, r *record, body []byte) error {
	r.Hash, r.Title = bodyName(body), it.Label
	if c.opts.PDF != nil {
		r.Text, r.Read = c.pdfText(ctx, it, r.Hash, body)
	}
	c.keep(it, r, body)
	return ctx.Err()
}

// pdfText gives the key of the text of a PDF, "" if it has none, and whether
// it was read to the end. A body is read once: many addresses offer the same
// form, and most nights nothing has changed.
func (c *crawl) pdfText(ctx context.Context, it item, hash string, body []byte) (key string, read bool) {
	if c.readPDFs == nil {
		c.readPDFs = c.pdfsReadBefore()
	}
	if key, read = c.readPDFs[hash]; read {
		return key, true
	}
	text, err := c.opts.PDF(ctx, body)
	if err != nil {
		c.log.Warn("PDF text", "url", it.URL, "err", err)
	}
	if text != "" {
		key = c.batch.keep([]byte(text))
	}
	var reason PDFReason
	read = err == nil || errors.As(err, &reason) && reason != PDFTimedOut
	if read {
		c.readPDFs[hash] = key
	}
	return key, read
}

// pdfsReadBefore gives, by the hash of the body, what the PDFs came to that
// this run or, unless everything is to be done anew, the last one has read.
func (c *crawl) pdfsReadBefore() map[string]string {
	texts := map[string]string{}
	if !c.opts.Full {
		for _, r := range c.known {
			if r.Kind == kindPDF && r.Read {
				texts[r.Hash] = r.Text
			}
		}
	}
	for _, o := range c.next {
		if o.Record != nil && o.Record.Kind == kindPDF && o.Record.Read {
			texts[o.Record.Hash] = o.Record.Text
		}
	}
	return texts
}

// keep settles a live address and stores its body, if that is not the one kept
// already.
func (c *crawl) keep(it item, r *record, body []byte) {
	if known := c.known[it.URL]; known != nil && known.Body == bodyName(body) {
		r.Body = known.Body
	} else {
		r.Body = c.batch.keep(body)
	}
	c.settle(it, &outcome{Verdict: wasLive, Record: r})
}

// follow lets in the links of a page that are not met yet and not refused.
func (c *crawl) follow(it item, links []string) {
	base, err := it.address()
	if err != nil {
		return
	}
	for _, href := range links {
		u, ok := Normalize(base, href)
		if !ok || !c.rules.hosts[u.Host] || isPDF(u) {
			continue
		}
		reason := c.rules.refuse(u)
		switch {
		case reason != "":
		case it.Depth >= c.opts.MaxDepth:
			reason = "depth"
		case c.frontier.folders[folder(u)] >= c.opts.MaxPrefix:
			reason = "folder limit"
		}
		if !c.frontier.meet(u, reason == "") {
			continue
		}
		if reason != "" {
			c.state.Summary.Skipped[reason]++
			continue
		}
		c.frontier.push(item{URL: u.String(), Depth: it.Depth + 1})
	}
}

// followPDFs notes which PDFs a page offers and asks for them.
func (c *crawl) followPDFs(it item, r *record, page *Page) {
	base, err := it.address()
	if err != nil || !c.opts.PDFs {
		return
	}
	for _, d := range page.Documents {
		for _, a := range d.Attachments {
			u, ok := Normalize(base, a.Href)
			if !ok || !isPDF(u) || c.rules.refuse(u) != "" {
				continue
			}
			if c.frontier.meet(u, true) {
				if c.state.PDFs >= c.opts.MaxPDFs {
					c.state.Summary.Skipped["PDF limit"]++
					continue
				}
				c.state.PDFs++
				c.frontier.push(item{URL: u.String(), PDF: true, Label: a.Label, Depth: it.Depth + 1})
			}
			r.PDFs = append(r.PDFs, u.String())
		}
	}
}

func (c *crawl) fail(it item, reason error) {
	key := reason
	for _, known := range []error{errConnect, errCut} {
		if errors.Is(reason, known) {
			key = known
		}
	}
	c.log.Info("not fetched", "url", it.URL, "err", reason)
	c.state.Summary.Failed[key.Error()]++
	c.settle(it, &outcome{Verdict: wasFailed, Reason: key.Error()})
}

// skip leaves an address alone; what is known of it stays.
func (c *crawl) skip(it item, reason string) {
	c.state.Summary.Skipped[reason]++
	c.settle(it, &outcome{Verdict: wasFailed, Reason: reason})
}

func (c *crawl) settle(it item, o *outcome) {
	c.frontier.done(it)
	c.note(it.URL, o)
}

func (c *crawl) note(address string, o *outcome) {
	c.next[address], c.batch.outcomes[address] = o, o
}
