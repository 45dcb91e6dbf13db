package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"madoguchi/index"
	"madoguchi/jobs"
	"madoguchi/ward"
)

// config is the effective configuration. Each field is a flag, an environment
// variable and a key of madoguchi.toml: --contact-url, MADOGUCHI_CONTACT_URL,
// contact_url. Flags win over the environment, the environment over the file.
type config struct {
	addr          string
	dataDir       string
	wardName      string
	siteURL       string
	siteHosts     string
	crawlSchedule string
	crawlDelay    time.Duration
	crawlPDFs     bool
	databaseURL   secret // it may hold a password
	redisURL      secret // likewise
	redisCA       string
	publicURL     string
	origins       string
	proxies       string
	contactURL    string
	contactPhone  string
	termsURL      string
	logLevel      slog.Level

	smtpURL  secret // it holds a password
	mailFrom string

	lineSecrets secret // of the channel, two while one replaces the other
	lineToken   secret
	lineAPIURL  string // "" is LINE itself
	lineDataURL string
	lineAccount string // with the @
	linePageURL string // where the ward's site shows the account
	linePush    bool
	richMenuDir string

	oidcIssuer   string // "" is password and second factor only
	oidcClientID string
	oidcSecret   secret
	oidcClaim    string

	embeddings    index.Embeddings // none without a URL
	embeddingsKey secret

	// No settings: goldens beside those that the ward's staff write, and what
	// an evaluation or the demo changes.
	goldens     []index.Golden
	past        bool         // give the demo one
	people      []ward.Staff // the demo's, whom anybody at this machine may sign in as
	changeIndex func(*index.Options)

	flags *flag.FlagSet
	own   map[string]bool // flags of the verb, which neither file nor environment can set
}

// configFile is read from the working directory when --config does not name another.
const configFile = "madoguchi.toml"

// register makes the settings flags of fs; their defaults are the product's.
func (c *config) register(fs *flag.FlagSet) {
	fs.StringVar(&c.addr, "addr", "127.0.0.1:8080", "待ち受けるアドレス")
	fs.StringVar(&c.dataDir, "data-dir", "var", "データを置くフォルダー")
	fs.StringVar(&c.wardName, "ward-name", "", "区市町村の名前（画面の見出しに使う）")
	fs.StringVar(&c.siteURL, "site-url", "", "区の公式サイトのURL")
	fs.StringVar(&c.siteHosts, "site-hosts", "", "ほかに巡回してよいホスト（コンマ区切り）")
	fs.StringVar(&c.crawlSchedule, "crawl-schedule", "30 2 * * *", "巡回の予定（cron の5項目、日本時間）")
	fs.DurationVar(&c.crawlDelay, "crawl-delay", 2*time.Second, "取得の間隔（サイトがこの機械にあるときの既定は 0s）")
	fs.BoolVar(&c.crawlPDFs, "crawl-pdfs", true, "リンクされたPDFの本文も読む")
	fs.Var(&c.databaseURL, "database-url", "記録を置く PostgreSQL（postgres://…）。既定はデータのフォルダーの中")
	fs.Var(&c.redisURL, "redis-url", "会話を置く Redis（redis://… か rediss://…）。既定は記録と同じところ")
	fs.StringVar(&c.redisCA, "redis-ca", "", "Redis の証明書を確かめるCAのファイル（PEM）")
	fs.StringVar(&c.publicURL, "public-url", "", "外から見たこのサービスのURL")
	fs.StringVar(&c.origins, "allowed-origins", "", "チャットを置いてよいサイト（コンマ区切り、例 https://www.city.example.jp）")
	fs.StringVar(&c.proxies, "trusted-proxies", "", "X-Forwarded-For を信じる中継の範囲（コンマ区切り、例 10.0.0.0/8）")
	fs.StringVar(&c.contactURL, "contact-url", "", "「区へのご意見・お問い合わせ」ページのURL")
	fs.StringVar(&c.contactPhone, "contact-phone", "", "問い合わせの電話番号")
	fs.StringVar(&c.termsURL, "terms-url", "", "LINEを使うときの決まりを載せた区のページのURL（友だち追加のあいさつで案内する）")
	fs.Var(&c.smtpURL, "smtp-url", "週ごとのお知らせを送るメールサーバー（smtp://利用者:パスワード@サーバー:587 か smtps://…）。既定は送らない")
	fs.StringVar(&c.mailFrom, "mail-from", "", "お知らせの差出人のアドレス（例 madoguchi@city.example.jp）")
	fs.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "記録の細かさ（debug, info, warn, error）")
	c.registerLINE(fs)
	c.registerOIDC(fs)
	c.registerEmbeddings(fs)
}

func (c *config) registerOIDC(fs *flag.FlagSet) {
	fs.StringVar(&c.oidcIssuer, "oidc-issuer", "", "職員が庁内のアカウントで入るときの、OpenID Connect の発行者のURL。既定は使わない")
	fs.StringVar(&c.oidcClientID, "oidc-client-id", "", "そこに登録したクライアントID")
	fs.Var(&c.oidcSecret, "oidc-client-secret", "そのシークレット")
	fs.StringVar(&c.oidcClaim, "oidc-claim", "preferred_username", "ログイン名と合わせるクレーム。はじめの1回だけ使い、あとは sub で確かめる")
}

func (c *config) registerLINE(fs *flag.FlagSet) {
	fs.Var(&c.lineSecrets, "line-channel-secret", "LINEのチャネルシークレット（入れ替えの間は新旧2つをコンマで区切る）")
	fs.Var(&c.lineToken, "line-channel-token", "LINEのチャネルアクセストークン")
	fs.StringVar(&c.lineAPIURL, "line-api-url", "", "Messaging API のURL（既定はLINEのもの）")
	fs.StringVar(&c.lineDataURL, "line-data-api-url", "", "Messaging API の画像などのURL（既定は line-api-url と同じ。それもなければLINEのもの）")
	fs.StringVar(&c.lineAccount, "line-account-id", "", "LINE公式アカウントのID（例 @mihon-ward）")
	fs.StringVar(&c.linePageURL, "line-page-url", "", "LINE公式アカウントを案内している区のページのURL")
	fs.BoolVar(&c.linePush, "line-push", false, "返信できる時間を過ぎた答えをプッシュで送る（月の通数を使う）")
	fs.StringVar(&c.richMenuDir, "richmenu-dir", "richmenu", "リッチメニューのファイルを置くフォルダー")
}

func (c *config) registerEmbeddings(fs *flag.FlagSet) {
	e := &c.embeddings
	fs.StringVar(&e.URL, "embeddings-url", "", "文の意味を数値にするサーバー（例 http://127.0.0.1:8082/v1/embeddings）。質問がそこへ送られる。既定は使わない")
	fs.StringVar(&e.Model, "embeddings-model", "", "そのモデルの名前")
	fs.Var(&c.embeddingsKey, "embeddings-key", "そのサーバーの鍵")
	fs.StringVar(&e.Query, "embeddings-query-prefix", "", "質問の前に付けることば（モデルの説明にあるもの）")
	fs.StringVar(&e.Passage, "embeddings-passage-prefix", "", "文書の前に付けることば（モデルの説明にあるもの）")
	fs.DurationVar(&e.Timeout, "embeddings-timeout", index.EmbeddingsTimeout, "質問1つについてサーバーを待つ時間")
}

// secret is a setting that is never shown.
type secret string

// String hides the secret; it says only whether there is one.
func (s secret) String() string {
	if s == "" {
		return ""
	}
	return "（あり。表示しません）"
}

// Set takes any value.
func (s *secret) Set(value string) error {
	*s = secret(value)
	return nil
}

// load fills c for one verb: file, then environment, then args. fs may hold
// flags of the verb's own, which neither file nor environment can set.
func (c *config) load(fs *flag.FlagSet, env environment, args []string) error {
	c.flags, c.own = fs, map[string]bool{"config": true}
	fs.VisitAll(func(f *flag.Flag) { c.own[f.Name] = true })
	file := fs.String("config", configFile, "設定ファイル")
	c.register(fs)
	fs.SetOutput(env.stderr)
	// The file and the environment stand below the flags, so they must be set
	// first; but the flags say which file. Hence the look ahead.
	path, named := lookAhead(args, "config")
	if !named {
		path = *file
	}
	if err := c.fromFile(path, named); err != nil {
		return err
	}
	if err := c.fromEnvironment(env.getenv); err != nil {
		return err
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return invalidf("%v", err)
	}
	return c.check()
}

// lookAhead finds the value of --name in args without parsing the rest.
func lookAhead(args []string, name string) (value string, ok bool) {
	for i, a := range args {
		if a == "--" {
			break
		}
		flagName := strings.TrimLeft(a, "-")
		if flagName == a {
			continue
		}
		if flagName == name && i+1 < len(args) {
			return args[i+1], true
		}
		if v, found := strings.CutPrefix(flagName, name+"="); found {
			return v, true
		}
	}
	return "", false
}

func (c *config) fromFile(path string, mustExist bool) error {
	var file map[string]any
	_, err := toml.DecodeFile(path, &file)
	if errors.Is(err, fs.ErrNotExist) && !mustExist {
		return nil
	}
	if err != nil {
		return &ward.Error{Kind: ward.Invalid, Message: "設定ファイル " + path + " を読めません", Err: err}
	}
	for key, value := range file {
		name := strings.ReplaceAll(key, "_", "-")
		if c.flags.Lookup(name) == nil || c.own[name] {
			return invalidf("設定ファイル %s の「%s」という設定はありません", path, key)
		}
		if err := c.flags.Set(name, fmt.Sprint(value)); err != nil {
			return invalidf("設定ファイル %s の「%s」が正しくありません: %v", path, key, err)
		}
	}
	return nil
}

// fromEnvironment reads MADOGUCHI_NAME, or the file that MADOGUCHI_NAME_FILE names.
func (c *config) fromEnvironment(getenv func(string) string) error {
	var failed error
	c.flags.VisitAll(func(f *flag.Flag) {
		if c.own[f.Name] || failed != nil {
			return
		}
		name := "MADOGUCHI_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := getenv(name)
		if path := getenv(name + "_FILE"); path != "" {
			b, err := os.ReadFile(path)
			if err != nil {
				failed = &ward.Error{Kind: ward.Invalid, Message: name + "_FILE の指すファイルを読めません", Err: err}
				return
			}
			value = strings.TrimSpace(string(b))
		}
		if value == "" {
			return
		}
		if err := c.flags.Set(f.Name, value); err != nil {
			failed = invalidf("%s が正しくありません: %v", name, err)
		}
	})
	return failed
}

// check refuses what cannot work, and gives the crawl of a site on this very
// machine no delay unless one was asked for.
func (c *config) check() error {
	if _, err := jobs.ParseSchedule(c.crawlSchedule); err != nil {
		return err
	}
	for name, u := range map[string]string{
		"site-url": c.siteURL, "public-url": c.publicURL, "contact-url": c.contactURL, "terms-url": c.termsURL,
		"line-api-url": c.lineAPIURL, "line-data-api-url": c.lineDataURL, "line-page-url": c.linePageURL,
		"embeddings-url": c.embeddings.URL, "oidc-issuer": c.oidcIssuer,
	} {
		if u == "" {
			continue
		}
		if parsed, err := url.Parse(u); err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
			return invalidf("%s「%s」は http か https のURLではありません", name, u)
		}
	}
	if c.crawlDelay < 0 {
		return invalidf("crawl-delay は 0 以上にしてください")
	}
	for _, p := range split(c.proxies) {
		if _, err := netip.ParsePrefix(p); err != nil {
			return invalidf("trusted-proxies の「%s」は 10.0.0.0/8 のような範囲ではありません", p)
		}
	}
	if !c.given("crawl-delay") && onLoopback(c.siteURL) {
		c.crawlDelay = 0
	}
	if c.embeddings.URL != "" && c.embeddings.Model == "" {
		return invalidf("embeddings-url を使うには embeddings-model も指定してください")
	}
	if c.embeddings.Timeout <= 0 {
		return invalidf("embeddings-timeout は 0 より長くしてください")
	}
	if _, err := c.mailer(); err != nil {
		return err
	}
	if c.oidcIssuer != "" && (c.oidcClientID == "" || c.oidcSecret == "" || c.publicURL == "") {
		return invalidf("oidc-issuer を使うには oidc-client-id、oidc-client-secret、public-url も指定してください")
	}
	return c.checkLINE()
}

// maxSecrets is how many channel secrets hold at once: the new and the old one.
const maxSecrets = 2

// checkLINE refuses LINE settings that cannot work. A Messaging API that is not
// LINE's own has its pictures at the same address unless another is given.
func (c *config) checkLINE() error {
	if n := len(split(string(c.lineSecrets))); n > maxSecrets {
		return invalidf("line-channel-secret は新旧の%dつまでです（%dつあります）", maxSecrets, n)
	}
	if api, err := url.Parse(c.lineAPIURL); err == nil && c.lineDataURL == "" && api.Host != "api.line.me" {
		c.lineDataURL = c.lineAPIURL // else pictures, and the token with them, would go to LINE
	}
	if c.lineAccount != "" && !accountID.MatchString(c.lineAccount) {
		return invalidf("line-account-id「%s」は @mihon-ward のような形ではありません", c.lineAccount)
	}
	return nil
}

func onLoopback(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// split reads a comma-separated setting; empty parts are left out.
func split(list string) []string {
	var parts []string
	for p := range strings.SplitSeq(list, ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// dump prints the effective configuration; a secret hides itself.
func (c *config) dump(w io.Writer) {
	c.flags.VisitAll(func(f *flag.Flag) {
		if !c.own[f.Name] {
			fmt.Fprintf(w, "  %-19s = %s\n", f.Name, f.Value)
		}
	})
}

// given says whether a setting was set at all, by whatever means.
func (c *config) given(name string) bool {
	found := false
	c.flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// The folders and files below the data directory.
func (c *config) pagesDir() string { return filepath.Join(c.dataDir, "pages") }
func (c *config) indexDir() string { return filepath.Join(c.dataDir, "index") }
func (c *config) pdfCache() string { return filepath.Join(c.dataDir, "cache", "pdf") }

// indexOptions are those of every Build and Open of the service's index. In
// the data directory stands what the ward's staff edit.
func (c *config) indexOptions(log *slog.Logger) index.Options {
	o := index.Options{Dir: c.indexDir(), Log: log, Own: os.DirFS(c.dataDir), Goldens: c.goldens}
	if c.embeddings.URL != "" {
		e := c.embeddings
		e.Key = string(c.embeddingsKey)
		o.Embeddings = &e
	}
	if c.changeIndex != nil {
		c.changeIndex(&o)
	}
	return o
}

func (c *config) logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: c.logLevel}))
}
