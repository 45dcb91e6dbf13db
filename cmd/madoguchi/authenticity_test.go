package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"madoguchi/crawler"
	"madoguchi/data/sample"
)

func TestCarries(t *testing.T) {
	resolve := func(short string) string {
		return map[string]string{"https://lin.ee/abc": "https://line.me/R/ti/p/%40mihon-ward"}[short]
	}
	for body, want := range map[string]bool{
		"友だち追加は @mihon-ward から。": true,
		"友だち追加は ＠ｍｉｈｏｎ－ｗａｒｄ から。": true,
		"ID:@mihon-ward.": true,
		`<a href="https://line.me/R/ti/p/@mihon-ward">友だち追加</a>`:      true,
		`<a href="https://page.line.me/%40mihon-ward">友だち追加</a>`:      true,
		`<a href="https://lin.ee/abc">友だち追加</a>`:                      true,
		`<a href="https://lin.ee/other">友だち追加</a>`:                    false,
		`<a href="https://line.me.example.jp/@mihon-ward">友だち追加</a>`:  false,
		`<a href="https://evil.example/lin.ee/@mihon-ward">友だち追加</a>`: false,
		"友だち追加は @mihon-ward2 から。":                                     false,
		"友だち追加は @mihon から。":                                           false,
		"メールは info@mihon-ward.example.jp まで。":                         false,
		"メールは info@mihon-ward まで。":                                    false,
		"<!-- @mihon-ward -->LINEがあります。":                              false,
	} {
		at, err := url.Parse("https://www.city.example.jp/line.html")
		if err != nil {
			t.Fatal(err)
		}
		page, err := crawler.Extract([]byte("<html><body><main><h1>公式LINE</h1><p>区の公式アカウントの案内です。"+body+"</p></main></body></html>"), "text/html; charset=utf-8", at)
		if err != nil {
			t.Fatal(err)
		}
		if got := carries(page, []string{"@mihon-ward"}, resolve); got != want {
			t.Errorf("%s: carries is %v, want %v", body, got, want)
		}
	}
}

// account is a LINE that answers what the doctor asks.
func account(t *testing.T, basicID string, menuLinks ...string) string {
	t.Helper()
	areas := []map[string]any{}
	for _, l := range menuLinks {
		areas = append(areas, map[string]any{"bounds": map[string]int{"x": 0, "y": 0, "width": 1, "height": 1}, "action": map[string]string{"type": "uri", "uri": l}})
	}
	answers := map[string]any{
		"/v2/bot/info":              map[string]string{"userId": "U" + strings.Repeat("0", 32), "basicId": basicID, "displayName": "見本区"},
		"/v2/bot/richmenu/list":     map[string]any{"richmenus": []any{}},
		"/v2/bot/user/all/richmenu": map[string]string{"richMenuId": "richmenu-1"},
		"/v2/bot/richmenu/richmenu-1": map[string]any{
			"richMenuId": "richmenu-1", "size": map[string]int{"width": 2500, "height": 843}, "selected": true, "name": "a", "chatBarText": "a", "areas": areas},
	}
	if len(menuLinks) == 0 {
		delete(answers, "/v2/bot/user/all/richmenu")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if r.Method != http.MethodGet || !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = map[string]string{"message": "not found"}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// The sample ward's page names the account, and its menu leads back: nothing to
// say. Each link that is missing is a sentence.
func TestDoctorOnLINE(t *testing.T) {
	handler, err := sample.Handler("")
	if err != nil {
		t.Fatal(err)
	}
	ward := httptest.NewServer(handler)
	defer ward.Close()
	page, other := ward.URL+"/e004/kuseijoho/kohokocho/line.html", ward.URL+"/toiawase.html"
	menu := ward.URL + "/"
	for name, tt := range map[string]struct {
		line string // where LINE is
		vars map[string]string
		want []string
		none string
	}{
		"all well":       {account(t, "@mihon-ward", "tel:0300000001", menu), map[string]string{"LINE_PAGE_URL": page}, nil, "LINE"},
		"no links back":  {account(t, "@mihon-ward", "https://www.example.com/"), map[string]string{"LINE_PAGE_URL": page}, []string{"要修正: はじめに見えるリッチメニューに"}, "ID"},
		"no menu":        {account(t, "@mihon-ward"), map[string]string{"LINE_PAGE_URL": page}, []string{"注意: はじめに見えるリッチメニューが"}, "要修正: はじめ"},
		"page without":   {account(t, "@mihon-ward", menu), map[string]string{"LINE_PAGE_URL": other}, []string{"要修正: 区のページ", "@mihon-ward"}, "リッチメニュー"},
		"another's page": {account(t, "@mihon-ward", menu), map[string]string{"LINE_PAGE_URL": "http://127.0.0.1:1/line"}, []string{"区のサイト", "読めません"}, ""},
		"another id":     {account(t, "@000aaaaa", menu), map[string]string{"LINE_PAGE_URL": page, "LINE_ACCOUNT_ID": "@mihon-ward"}, []string{"要修正: 設定のLINE公式アカウント", "@000aaaaa"}, "がありません。住民"},
		"no page":        {account(t, "@mihon-ward", menu), nil, []string{"MADOGUCHI_LINE_PAGE_URL"}, "要修正: LINE"},
		"LINE is away":   {"http://127.0.0.1:1", map[string]string{"LINE_PAGE_URL": page}, []string{"要修正: LINEの公式アカウントの情報"}, ""},
		"no token":       {"", map[string]string{"LINE_CHANNEL_TOKEN": "", "LINE_PAGE_URL": page}, []string{"トークンがありません", "IDがわからない"}, ""},
		"no secret":      {account(t, "@mihon-ward", menu), map[string]string{"LINE_CHANNEL_SECRET": "", "LINE_PAGE_URL": page}, []string{"シークレットがない"}, ""},
		"not set up":     {"", map[string]string{"LINE_CHANNEL_SECRET": "", "LINE_CHANNEL_TOKEN": ""}, nil, "LINE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			vars := map[string]string{"LINE_CHANNEL_SECRET": "hidden-secret", "LINE_CHANNEL_TOKEN": "hidden-token", "LINE_API_URL": tt.line, "SITE_URL": ward.URL + "/"}
			for k, v := range tt.vars {
				vars[k] = v
			}
			var out, errOut bytes.Buffer
			_ = run(t.Context(), []string{"doctor"}, func(k string) string { return vars[strings.TrimPrefix(k, "MADOGUCHI_")] }, &out, &errOut)
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the doctor does not say %q:\n%s", want, out.String())
				}
			}
			if tt.none != "" && strings.Contains(out.String(), tt.none) {
				t.Errorf("the doctor says %q:\n%s", tt.none, out.String())
			}
			if all := fmt.Sprint(out.String(), errOut.String()); strings.Contains(all, "hidden") {
				t.Errorf("a secret is shown:\n%s", all)
			}
		})
	}
}
