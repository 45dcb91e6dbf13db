package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/index"
	"madoguchi/ward"
)

// doctorTimeout bounds each look at something outside.
const doctorTimeout = 10 * time.Second

// staleAfter is how old the last crawl may be before it is worth a word.
const staleAfter = 48 * time.Hour

// errUnwell makes the command fail when a finding is a fault.
var errUnwell = errors.New("直すところがあります")

// finding is one sentence of the doctor: a fault keeps residents from being
// answered, the others are worth knowing.
type finding struct {
	fault bool
	text  string
}

// doctor says in sentences what is misconfigured or unreachable. It changes
// nothing but for the data directory, which it makes as the service would.
func doctor(ctx context.Context, env environment, args []string) error {
	var cfg config
	if err := cfg.load(flag.NewFlagSet("doctor", flag.ContinueOnError), env, args); err != nil {
		return err
	}
	var findings []finding
	findings = append(findings, cfg.examineSettings()...)
	findings = append(findings, cfg.examineData(ctx)...)
	findings = append(findings, cfg.examineOwn()...)
	findings = append(findings, cfg.examineIndex(ctx)...)
	findings = append(findings, cfg.examineEmbeddings(ctx)...)
	findings = append(findings, cfg.examineSite(ctx)...)
	findings = append(findings, cfg.examineLINE(ctx, env)...)
	faults := 0
	for _, f := range findings {
		mark := "注意"
		if f.fault {
			mark = "要修正"
			faults++
		}
		fmt.Fprintf(env.stdout, "%s: %s\n", mark, f.text)
	}
	if faults > 0 {
		return fmt.Errorf("%w（%d 件）", errUnwell, faults)
	}
	if len(findings) == 0 {
		fmt.Fprintln(env.stdout, "問題は見つかりませんでした。")
	}
	return nil
}

func (cfg *config) examineSettings() []finding {
	var out []finding
	if cfg.siteURL == "" {
		out = append(out, finding{true, "区のサイトのURLがありません。MADOGUCHI_SITE_URL を設定してください。"})
	}
	if cfg.contactURL == "" {
		out = append(out, finding{false, "答えが見つからないときに案内するページがありません。MADOGUCHI_CONTACT_URL を設定してください。"})
	}
	if cfg.contactPhone == "" {
		out = append(out, finding{false, "答えが見つからないときに案内する電話番号がありません。MADOGUCHI_CONTACT_PHONE を設定してください。"})
	}
	if cfg.wardName == "" {
		out = append(out, finding{false, "区市町村の名前がありません。MADOGUCHI_WARD_NAME を設定すると画面の見出しになります。"})
	}
	if host, _, err := net.SplitHostPort(cfg.addr); err != nil {
		out = append(out, finding{true, fmt.Sprintf("待ち受けるアドレス「%s」が 127.0.0.1:8080 のような形ではありません。", cfg.addr)})
	} else if host != "127.0.0.1" && host != "localhost" && cfg.publicURL == "" {
		out = append(out, finding{false, "外からの接続を待ち受けますが、公開するURL（MADOGUCHI_PUBLIC_URL）がありません。"})
	}
	if strings.HasPrefix(cfg.publicURL, "http://") && !onLoopback(cfg.publicURL) {
		out = append(out, finding{false, "公開するURLが https ではありません。"})
	}
	if cfg.crawlDelay < time.Second && cfg.siteURL != "" && !onLoopback(cfg.siteURL) {
		out = append(out, finding{true, fmt.Sprintf("巡回の間隔 %v は短すぎます。相手のサーバーのために 2s 以上にしてください。", cfg.crawlDelay)})
	}
	return out
}

// examineData opens the records; when the service has them, it asks the
// service instead.
func (cfg *config) examineData(ctx context.Context) []finding {
	store, err := data.Open(ctx, data.Options{Dir: cfg.dataDir, DatabaseURL: string(cfg.databaseURL)})
	if ward.KindOf(err) == ward.Conflict {
		return cfg.examineService(ctx)
	}
	if err != nil {
		return []finding{{true, err.Error()}}
	}
	defer store.Close()
	out := cfg.examineRedis(ctx)
	if err := store.Ready(ctx); err != nil {
		out = append(out, finding{true, err.Error()})
	}
	out = append(out, cfg.examineMail(ctx, store)...)
	if people, err := store.ListStaff(ctx, "", 1); err == nil && len(people) == 0 {
		out = append(out, finding{false, "職員の画面に入れる人がまだいません。madoguchi user add で最初の人を任命してください。"})
	}
	runs, err := store.Crawls(ctx, 1)
	switch {
	case err != nil:
		out = append(out, finding{true, "巡回の記録を読めません: " + err.Error()})
	case len(runs) == 0:
		out = append(out, finding{false, "まだ一度も巡回していません。madoguchi crawl を実行してください。"})
	case time.Since(runs[0].Finished) > staleAfter:
		out = append(out, finding{false, "最後の巡回から2日以上たっています（" + runs[0].Finished.Format(time.DateOnly) + "）。"})
	}
	if len(runs) > 0 && runs[0].Kept != "" {
		out = append(out, finding{false, "最後の巡回は前回のページを残しました: " + runs[0].Kept})
	}
	return out
}

func (cfg *config) examineRedis(ctx context.Context) []finding {
	if cfg.redisURL == "" {
		return nil
	}
	sessions, err := data.OpenRedis(data.RedisOptions{URL: string(cfg.redisURL), CAFile: cfg.redisCA})
	if err != nil {
		return []finding{{true, err.Error()}}
	}
	defer sessions.Close()
	if err := sessions.Ready(ctx); err != nil {
		return []finding{{true, "Redis が使えません: " + err.Error()}}
	}
	return nil
}

func (cfg *config) examineService(ctx context.Context) []finding {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.addr+"/readyz", nil)
	if err != nil {
		return []finding{{true, "動いているサービスのアドレスが正しくありません: " + cfg.addr}}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return []finding{{true, "データを使っているサービスがありますが、" + cfg.addr + " で応答しません。"}}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return []finding{{true, "動いているサービスは、まだ答えられる状態ではありません（/readyz が " + resp.Status + "）。"}}
	}
	return nil
}

// examineOwn reads what the ward's staff edit, as the next index will.
func (cfg *config) examineOwn() []finding {
	var out []finding
	for _, err := range index.CheckOwn(cfg.indexOptions(nil).Own) {
		out = append(out, finding{false, sentence(err) + "直すまで、その行（類語の一覧ではそのファイル）を除いて索引を作ります。"})
	}
	return out
}

func (cfg *config) examineIndex(ctx context.Context) []finding {
	ix, err := index.Open(ctx, cfg.indexOptions(nil))
	if ward.KindOf(err) == ward.NotFound {
		return []finding{{true, "索引がまだありません。madoguchi crawl を実行してください。"}}
	}
	if err != nil {
		return []finding{{true, "索引が使えません。madoguchi index で作り直せます: " + err.Error()}}
	}
	defer ix.Close()
	out := cfg.examineGenerations()
	if n := ix.Stats().Documents; n < 10 {
		out = append(out, finding{false, fmt.Sprintf("索引の文書が %d 件しかありません。", n)})
	}
	return out
}

// examineGenerations says what the live index does not answer, and whether a
// newer one waits because it answered less.
func (cfg *config) examineGenerations() []finding {
	all, err := index.Generations(cfg.indexOptions(nil))
	if err != nil {
		return []finding{{true, "索引の一覧を読めません: " + err.Error()}}
	}
	var out []finding
	seen := false // the live one; what comes later is newer
	for _, g := range all {
		j := g.Judgement
		switch {
		case g.Live && j != nil && len(j.Lost)+len(j.Unanswered)+len(j.Gone) > 0:
			out = append(out, finding{false, fmt.Sprintf("いまの索引 %d: %s", g.Generation, j)})
		case seen && j != nil && j.Refused:
			out = append(out, finding{false, fmt.Sprintf("新しい索引 %d は前より答えられないので使っていません。%s 使うには madoguchi index --use %d を実行してください。", g.Generation, j, g.Generation)})
		}
		seen = seen || g.Live
	}
	return out
}

// examineEmbeddings asks the optional server for one vector. Without it the
// counter answers all the same, so that nothing here is a fault.
func (cfg *config) examineEmbeddings(ctx context.Context) []finding {
	o := cfg.indexOptions(nil)
	if o.Embeddings == nil {
		return nil
	}
	var out []finding
	if strings.HasPrefix(o.Embeddings.URL, "http://") && !onLoopback(o.Embeddings.URL) {
		out = append(out, finding{false, "embeddings-url が https ではないので、質問が暗号化されずに送られます。"})
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	if _, err := o.Embeddings.Check(ctx); err != nil {
		return append(out, finding{false, "embeddings-url のサーバーが使えません（なくても答えられます）: " + err.Error()})
	}
	all, err := index.Generations(o)
	if err != nil {
		return out // said of the index
	}
	for _, g := range all {
		if g.Live && g.Vectors != o.Embeddings.Model {
			out = append(out, finding{false, fmt.Sprintf("いまの索引 %d には %s のベクトルがありません。madoguchi index で作れます。", g.Generation, o.Embeddings.Model)})
		}
	}
	return out
}

// examineSite asks the ward's site for robots.txt: once, with the crawler's name.
func (cfg *config) examineSite(ctx context.Context) []finding {
	site, err := url.Parse(cfg.siteURL)
	if cfg.siteURL == "" || err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	robots := site.ResolveReference(&url.URL{Path: "/robots.txt"})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, robots.String(), nil)
	if err != nil {
		return []finding{{true, "区のサイトのURLが正しくありません: " + cfg.siteURL}}
	}
	req.Header.Set("User-Agent", "madoguchi-doctor/"+releaseName())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return []finding{{true, "区のサイト " + cfg.siteURL + " につながりません。"}}
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError {
		return []finding{{true, "区のサイトの robots.txt が " + resp.Status + " を返すため、巡回できません。"}}
	}
	return nil
}
