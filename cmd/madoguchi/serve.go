package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/bot/line"
	"madoguchi/jobs"
	"madoguchi/ward"
	"madoguchi/web"
	"madoguchi/web/console"
)

// Limits of the service's own life.
const (
	shutdownTimeout      = 10 * time.Second // for requests under way at the end
	refreshEvery         = 2 * time.Second  // to notice a generation another process built
	sweepEvery           = 10 * time.Minute // to forget conversations that have ended
	controlHeaderTimeout = 5 * time.Second
)

func serve(ctx context.Context, env environment, args []string) error {
	var cfg config
	if err := cfg.load(flag.NewFlagSet("serve", flag.ContinueOnError), env, args); err != nil {
		return err
	}
	fmt.Fprintln(env.stderr, "設定:")
	cfg.dump(env.stderr)
	return cfg.serve(ctx, env, nil, nil)
}

// serve runs the service until ctx ends. started, if not nil, is told the
// address when requests are answered; simulator, if not nil, is LINE on a laptop.
func (cfg *config) serve(ctx context.Context, env environment, simulator http.Handler, started func(net.Addr)) (err error) {
	log := cfg.logger(env.stderr)
	c, err := openCounter(ctx, cfg, log)
	if err != nil {
		return err
	}
	background, wait := inBackground(ctx)
	c.works = &works{counter: c, background: background}
	defer func() {
		wait()
		err = errors.Join(err, c.close())
	}()
	channel, err := c.openLINE(ctx)
	if err != nil {
		return err
	}
	if c.samples, err = meetStaff(ctx, c.store, cfg.people); err != nil {
		return err
	}
	handler, err := c.handler(channel, simulator)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.addr)
	if err != nil {
		return &ward.Error{Kind: ward.Unavailable, Message: cfg.addr + " で待ち受けられません。ほかのサービスが使っていないか確かめてください", Err: err}
	}
	schedule, err := jobs.ParseSchedule(cfg.crawlSchedule)
	if err != nil {
		return err
	}
	server := web.Server(cfg.addr, handler, log)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveUntil(ctx, server, listener) })
	g.Go(func() error {
		err := c.awaken(ctx)
		if err == nil && cfg.past {
			if err := c.remember(ctx); err != nil && ctx.Err() == nil {
				log.Warn("the demo has no past", "err", err)
			}
			log.Info("the demo has its past")
		}
		return err
	})
	g.Go(func() error { c.keepFresh(ctx); return nil })
	g.Go(func() error { c.sweep(ctx); return nil })
	g.Go(func() error {
		if err := c.control(ctx); err != nil {
			log.Warn("crawl and index cannot be handed to this service", "err", err)
		}
		return nil
	})
	if channel != nil {
		g.Go(func() error { return channel.jobs.Run(ctx) })
	}
	g.Go(func() error { return c.digest(ctx) })
	if cfg.siteURL != "" {
		g.Go(func() error {
			jobs.Crawl(ctx, c.follow(schedule), time.Now, log, func(ctx context.Context) error {
				_, err := c.crawl(ctx, crawlOptions{})
				return withoutGoldens(err)
			})
			return nil
		})
	}
	log.Info("listening", "addr", listener.Addr().String())
	if started != nil {
		started(listener.Addr())
	}
	return g.Wait()
}

// serveUntil serves until ctx ends and then lets requests under way finish.
func serveUntil(ctx context.Context, server *http.Server, l net.Listener) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		stopped <- server.Shutdown(end)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// handler is the public face of the counter.
func (c *counter) handler(channel *lineChannel, simulator http.Handler) (http.Handler, error) {
	var proxies []netip.Prefix
	for _, p := range split(c.cfg.proxies) {
		proxies = append(proxies, netip.MustParsePrefix(p)) // checked on load
	}
	name := c.cfg.wardName
	if name == "" {
		name = "区役所"
	}
	var webhook http.Handler
	if channel != nil {
		webhook = channel.webhook
	}
	o := console.Options{
		Store: c.store, Desk: desk{c}, WardName: name, Secure: strings.HasPrefix(c.cfg.publicURL, "https://"), Font: line.Font(),
		TrustedProxies: proxies, OIDC: c.cfg.oidc(), Samples: c.samples,
		Log: c.log, Now: time.Now,
	}
	o.ConfiguredSchedule, o.Mail = c.cfg.crawlSchedule, c.cfg.smtpURL != ""
	if c.works != nil {
		o.Works = c.works
	}
	staff, err := console.New(o)
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{
		LINE: webhook, Simulator: simulator, Console: staff,
		Reply:        c.bot.Reply,
		Ready:        c.ready(),
		Origins:      split(c.cfg.origins),
		WardName:     name,
		SiteURL:      c.cfg.siteURL,
		ContactURL:   c.cfg.contactURL,
		ContactPhone: c.cfg.contactPhone,
		Greeting:     c.bot.Greeting(),
		Verdicts:     c.shelf.verdicts,
		Log:          c.log, TrustedProxies: proxies,
	})
}

// oidc is the provider where staff sign in, nil for none.
func (c *config) oidc() *console.OIDC {
	if c.oidcIssuer == "" {
		return nil
	}
	return &console.OIDC{
		Issuer: c.oidcIssuer, ClientID: c.oidcClientID, ClientSecret: string(c.oidcSecret), Claim: c.oidcClaim,
		RedirectURL: strings.TrimSuffix(c.publicURL, "/") + "/console/sign-in/oidc/back",
	}
}

// awaken opens the index while the service already listens, and makes one
// where there is none: from the kept pages when it is damaged or missing, else
// by a first crawl.
func (c *counter) awaken(ctx context.Context) error {
	err := c.shelf.refresh(ctx)
	if err == nil {
		return nil
	}
	c.log.Warn("no usable index, making one from the kept pages", "err", err)
	_, err = c.reindex(ctx)
	if ward.KindOf(err) == ward.NotFound && c.cfg.siteURL != "" {
		c.log.Info("no kept pages yet, crawling", "site", c.cfg.siteURL)
		_, err = c.crawl(ctx, crawlOptions{})
	}
	if err != nil && ctx.Err() == nil {
		c.log.Error("still without an index", "err", withoutGoldens(err))
	}
	return nil
}

// keepFresh picks up what another process built.
func (c *counter) keepFresh(ctx context.Context) {
	every(ctx, refreshEvery, func() {
		if err := c.shelf.refresh(ctx); err != nil && ward.KindOf(err) != ward.NotFound {
			c.log.Debug("index not refreshed", "err", err)
		}
	})
}

func (c *counter) sweep(ctx context.Context) {
	every(ctx, sweepEvery, func() {
		if n, err := c.store.Sessions().Sweep(ctx); err != nil {
			c.log.Warn("sessions not swept", "err", err)
		} else if n > 0 {
			c.log.Debug("sessions swept", "removed", n)
		}
		if _, err := c.store.SweepRuns(ctx); err != nil {
			c.log.Warn("runs not swept", "err", err)
		}
		if n, err := c.store.SweepAsked(ctx); err != nil {
			c.log.Warn("counted questions not swept", "err", err)
		} else if n > 0 {
			c.log.Debug("counted questions swept", "removed", n)
		}
	})
}

// every calls work at each tick until ctx ends.
func every(ctx context.Context, d time.Duration, work func()) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			work()
		}
	}
}
