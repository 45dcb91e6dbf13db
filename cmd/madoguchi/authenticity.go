package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"madoguchi/bot/line"
	"madoguchi/crawler"
	"madoguchi/ja"
	"madoguchi/ward"
)

// Residents can tell the ward's account from a false one when the ward's own
// site names it and it leads back there. The doctor looks at both.

// accountID is the id of a LINE Official Account: a basic one (@123abcde) or a
// premium one that the ward chose.
var accountID = regexp.MustCompile(`^@[0-9a-z][0-9a-z._-]{0,28}$`)

// maxShortLinks is how many short links of a page are asked where they lead.
const maxShortLinks = 3

// examineLINE says what is wrong with the LINE settings and with the links
// between the account and the ward's site. It sends nothing to anybody.
func (cfg *config) examineLINE(ctx context.Context, env environment) []finding {
	if cfg.lineSecrets == "" && cfg.lineToken == "" && cfg.lineAccount == "" && cfg.linePageURL == "" {
		return nil // no LINE here
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	var out []finding
	if cfg.lineSecrets == "" {
		out = append(out, finding{true, "LINEのチャネルシークレットがないため、LINEからの質問を受け取れません。MADOGUCHI_LINE_CHANNEL_SECRET を設定してください。"})
	}
	ids := []string{}
	if cfg.lineAccount != "" {
		ids = append(ids, cfg.lineAccount)
	}
	client, err := cfg.lineClient(cfg.logger(env.stderr))
	if err != nil {
		out = append(out, finding{true, sentence(err)})
	} else {
		account, findings := cfg.examineAccount(ctx, client)
		out = append(append(out, findings...), cfg.examineMenu(ctx, client)...)
		if cfg.lineAccount == "" {
			ids = account
		}
	}
	return append(out, cfg.examinePage(ctx, ids)...)
}

// examineAccount gives the ids of the account that the token belongs to.
func (cfg *config) examineAccount(ctx context.Context, client *line.Client) (ids []string, out []finding) {
	account, err := client.BotInfo(ctx)
	if err != nil {
		return nil, []finding{{true, "LINEの公式アカウントの情報を読めません: " + sentence(err)}}
	}
	for _, id := range []string{account.BasicID, account.PremiumID} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	if cfg.lineAccount != "" && !slices.Contains(ids, cfg.lineAccount) {
		out = append(out, finding{true, fmt.Sprintf("設定のLINE公式アカウント %s と、トークンのアカウント %s が違います。", cfg.lineAccount, strings.Join(ids, "、"))})
	}
	return ids, out
}

// examineMenu checks that the account's default menu leads to the ward.
func (cfg *config) examineMenu(ctx context.Context, client *line.Client) []finding {
	links, err := client.DefaultMenuLinks(ctx)
	if err != nil {
		return []finding{{ward.KindOf(err) != ward.NotFound, sentence(err)}}
	}
	site, err := url.Parse(cfg.siteURL)
	if err != nil || site.Host == "" {
		return nil // said elsewhere
	}
	for _, l := range links {
		if to, err := url.Parse(l); err == nil && (to.Host == site.Host || slices.Contains(split(cfg.siteHosts), to.Host)) {
			return nil
		}
	}
	return []finding{{true, fmt.Sprintf("はじめに見えるリッチメニューに、区のサイト %s へのリンクがありません。住民が公式のアカウントだと確かめられるように、リンクを置いてください。", site.Host)}}
}

// examinePage checks that the ward's page carries one of the account's ids.
func (cfg *config) examinePage(ctx context.Context, ids []string) []finding {
	switch {
	case cfg.linePageURL == "":
		return []finding{{false, "LINE公式アカウントを案内している区のページが設定されていません。MADOGUCHI_LINE_PAGE_URL を設定すると、アカウントのIDが載っているかを調べます。"}}
	case len(ids) == 0:
		return []finding{{false, "LINE公式アカウントのIDがわからないため、区のページを調べられません。MADOGUCHI_LINE_ACCOUNT_ID を設定してください。"}}
	}
	out := []finding{}
	if site, err := url.Parse(cfg.siteURL); err == nil && site.Host != "" {
		if page, err := url.Parse(cfg.linePageURL); err == nil && page.Host != site.Host && !slices.Contains(split(cfg.siteHosts), page.Host) {
			out = append(out, finding{true, fmt.Sprintf("LINE公式アカウントを案内しているページ %s は、区のサイト %s のページではありません。", cfg.linePageURL, site.Host)})
		}
	}
	body, contentType, at, err := read(ctx, cfg.linePageURL)
	if err != nil {
		return append(out, finding{true, "LINE公式アカウントを案内している区のページ " + cfg.linePageURL + " を読めません: " + sentence(err)})
	}
	page, err := crawler.Extract(body, contentType, at)
	if err != nil || !carries(page, ids, func(short string) string { return leadsTo(ctx, short) }) {
		out = append(out, finding{true, fmt.Sprintf("区のページ %s に、LINE公式アカウントのID %s がありません。住民が本物のアカウントだと確かめられるように、IDか友だち追加のリンクを載せてください。", cfg.linePageURL, strings.Join(ids, " か "))})
	}
	return out
}

// carries tells whether page names one of ids: in its text, in a link to LINE,
// or behind one of LINE's short links, which resolve knows where they lead.
func carries(page *crawler.Page, ids []string, resolve func(string) string) bool {
	texts := []string{}
	for _, d := range page.Documents {
		texts = append(texts, d.Title, strings.Join(d.HeadingPath, "\n"), d.Text)
	}
	short := 0
	for _, l := range page.Links {
		u, err := url.Parse(l)
		if err != nil {
			continue
		}
		switch host := u.Hostname(); {
		case host == "lin.ee" && short < maxShortLinks:
			short++
			texts = append(texts, decoded(resolve(l)))
		case host == "line.me" || strings.HasSuffix(host, ".line.me"):
			texts = append(texts, decoded(l))
		}
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return names(text, id) })
	})
}

// names tells whether id stands in text as a whole: @mihon is neither in
// @mihon-ward nor in info@mihon.example.jp.
func names(text, id string) bool {
	found, err := regexp.MatchString(`(^|[^0-9a-z._+-])`+regexp.QuoteMeta(id)+`($|[^0-9a-z._-]|\.($|\s))`, ja.Fold(text))
	return err == nil && found
}

func decoded(address string) string {
	if plain, err := url.PathUnescape(address); err == nil {
		return plain
	}
	return address
}

// leadsTo asks a short link once where it leads, "" if it does not say.
func leadsTo(ctx context.Context, short string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, short, nil)
	if err != nil {
		return ""
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	return resp.Header.Get("Location")
}

// sentence is what a person is told of err.
func sentence(err error) string {
	var e *ward.Error
	if errors.As(err, &e) {
		return strings.TrimSuffix(e.Message, "。") + "。"
	}
	return err.Error()
}
