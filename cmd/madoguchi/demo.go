package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/bot/line"
	"madoguchi/bot/line/sim"
	"madoguchi/data/sample"
	"madoguchi/index"
	"madoguchi/web"
)

// The sample ward's own numbers and places.
const (
	sampleContactPath  = "/e004/kuseijoho/iken/index.html"
	sampleContactPhone = "03-0000-0001"
	sampleAccount      = "@mihon-ward"
	sampleLINEPath     = "/e004/kuseijoho/kohokocho/line.html"
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
	cfg.past, cfg.people = true, sample.Staff()
	if cfg.goldens, err = sampleGoldens(site); err != nil {
		return err
	}
	handler, err := sample.Handler("http://" + cfg.addr + "/widget.js")
	if err != nil {
		return err
	}
	phone, err := newSimulator(ctx, &cfg, env)
	if err != nil {
		return err
	}
	defer phone.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return phone.serve(ctx) })
	g.Go(func() error {
		return serveUntil(ctx, web.Server(*siteAddr, handler, cfg.logger(env.stderr)), siteListener)
	})
	g.Go(func() error {
		return cfg.serve(ctx, env, phone.Page(), func(addr net.Addr) {
			if err := phone.meet(ctx, &cfg, env); err != nil {
				cfg.logger(env.stderr).Error("no rich menu in the simulator", "err", err)
			}
			greet(env, site, addr)
		})
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

// oneGoldenIn is the share of the sample's questions that judge a new index:
// all of them would make the first start seconds longer.
const oneGoldenIn = 10

// sampleGoldens are questions of the sample ward with the pages that answer
// them exactly.
func sampleGoldens(site string) ([]index.Golden, error) {
	questions, err := sample.Questions()
	if err != nil {
		return nil, err
	}
	var goldens []index.Golden
	for i := 0; i < len(questions); i += oneGoldenIn {
		golden := index.Golden{Question: questions[i].Text}
		for path, grade := range questions[i].Relevant {
			if grade == 2 {
				golden.Pages = append(golden.Pages, site+path)
			}
		}
		goldens = append(goldens, golden)
	}
	return goldens, nil
}

func greet(env environment, site string, addr net.Addr) {
	fmt.Fprintf(env.stdout, `
窓口が開きました。ブラウザーで開いてください（止めるには Ctrl+C）:

  http://%[1]s/sim/     手元のLINE（電話の画面で試せます）
  http://%[1]s/widget   質問する画面
  http://%[1]s/console/  職員の画面（見本の職員として入れます）
  %[2]s/   見本区のサイト（右下のボタンから質問できます）

はじめの1回は、サイトを読んで索引を作るのに数秒かかります。

`, addr, site)
}

// simulator is LINE on a laptop, with a channel of its own.
type simulator struct {
	*sim.Sim
	api    net.Listener
	server *http.Server
}

// newSimulator makes the platform and points the counter's LINE settings at it.
func newSimulator(ctx context.Context, cfg *config, env environment) (*simulator, error) {
	api, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	log := cfg.logger(env.stderr)
	channelSecret, channelToken := rand.Text(), rand.Text()
	platform, err := sim.New(sim.Options{
		WebhookURL: "http://" + cfg.addr + "/line/webhook", Secret: channelSecret, Token: channelToken,
		Name: cfg.wardName, BasicID: sampleAccount, Redeliver: simRedeliver(), Now: time.Now, Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, api.Close())
	}
	cfg.lineSecrets, cfg.lineToken = secret(channelSecret), secret(channelToken)
	cfg.lineAPIURL = "http://" + api.Addr().String()
	cfg.lineDataURL = cfg.lineAPIURL
	cfg.lineAccount, cfg.linePageURL = sampleAccount, strings.TrimSuffix(cfg.siteURL, "/")+sampleLINEPath
	return &simulator{platform, api, web.Server("", platform.API(), log)}, nil
}

// simRedeliver is when an event is posted again that was not answered.
func simRedeliver() []time.Duration { return []time.Duration{5 * time.Second, 30 * time.Second} }

func (s *simulator) serve(ctx context.Context) error { return serveUntil(ctx, s.server, s.api) }

// meet gives the phone its first residents, who have not met the counter yet,
// and the account its rich menus.
func (s *simulator) meet(ctx context.Context, cfg *config, env environment) error {
	s.AddResident("")
	s.AddResident("")
	site, err := url.Parse(cfg.siteURL)
	if err != nil {
		return err
	}
	menus, err := line.ReadRichMenus(sample.RichMenus(), site)
	if err != nil {
		return err
	}
	client, err := cfg.lineClient(cfg.logger(env.stderr))
	if err != nil {
		return err
	}
	plan, err := menus.Plan(ctx, client)
	if err != nil {
		return err
	}
	return plan.Apply(ctx, func(string) {})
}
