package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"madoguchi/data/sample"
	"madoguchi/web"
)

// The sample ward's own numbers and places.
const (
	sampleContactPath  = "/e004/kuseijoho/iken/index.html"
	sampleContactPhone = "03-0000-0001"
)

// demo is the sample ward, whole: its website on one port, the counter on
// another, the site crawled and the chat window on every page.
func demo(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("demo", flag.ContinueOnError)
	siteAddr := fs.String("site-addr", "127.0.0.1:8081", "見本区のサイトのアドレス")
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	siteListener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *siteAddr)
	if err != nil {
		return fmt.Errorf("見本区のサイトを %s に出せません（--site-addr で変えられます）: %w", *siteAddr, err)
	}
	defer siteListener.Close()
	site := "http://" + siteListener.Addr().String()
	cfg.presetSample(site)
	handler, err := sample.Handler("http://" + cfg.addr + "/widget.js")
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return serveUntil(ctx, web.Server(*siteAddr, handler, cfg.logger(env.stderr)), siteListener)
	})
	g.Go(func() error {
		return cfg.serve(ctx, env, func(addr net.Addr) { greet(env, site, addr) })
	})
	return g.Wait()
}

// presetSample sets what the person did not: the demo keeps its data apart
// and knows its ward.
func (c *config) presetSample(site string) {
	if !c.given("data-dir") {
		c.dataDir = filepath.Join("var", "demo")
	}
	c.siteURL, c.crawlDelay = site+"/", 0
	c.origins = strings.Join(append(split(c.origins), site), ",")
	if c.wardName == "" {
		c.wardName = "見本区"
	}
	if c.contactURL == "" {
		c.contactURL = site + sampleContactPath
	}
	if c.contactPhone == "" {
		c.contactPhone = sampleContactPhone
	}
}

func greet(env environment, site string, addr net.Addr) {
	fmt.Fprintf(env.stdout, `
窓口が開きました。ブラウザーで開いてください（止めるには Ctrl+C）:

  http://%s/widget   質問する画面
  %s/   見本区のサイト（右下のボタンから質問できます）

はじめの1回は、サイトを読んで索引を作るのに数秒かかります。

`, addr, site)
}
