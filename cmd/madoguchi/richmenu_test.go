package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/bot"
	"madoguchi/bot/line"
	"madoguchi/data"
	"madoguchi/data/sample"
	"madoguchi/ward"
)

// The sample ward's menus can be drawn, and lead to pages that its site has.
func TestSampleMenus(t *testing.T) {
	handler, err := sample.Handler("")
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(handler)
	defer site.Close()
	home, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	menus, err := line.ReadRichMenus(sample.RichMenus(), home)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(menus.IDs(), " "); got != "incident kodomo main" {
		t.Errorf("the menus are %s", got)
	}
	for _, path := range sampleFields(t, "uri") {
		if got := status(site.URL + path); got != http.StatusOK {
			t.Errorf("%s, where a menu leads, is %d", path, got)
		}
	}
}

// What a tap says for a resident is answered.
func TestSampleMenusAreUnderstood(t *testing.T) {
	store, err := data.Open(t.Context(), data.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	counter, err := bot.New(bot.Options{Searcher: sampleWard(t).index, Sessions: store.Sessions(), Desk: store, Now: fixedClock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for i, said := range sampleFields(t, "message") {
		replies, err := counter.Reply(t.Context(), ward.Message{Channel: ward.LINE, Resident: ward.Resident(fmt.Sprintf("tap-%d", i)), Text: said, At: fixedClock()})
		if err != nil || len(replies) == 0 || strings.Contains(replies[0].Text, "見つかりませんでした") {
			t.Errorf("「%s」 is not understood: %+v, %v", said, replies, err)
		}
	}
}

// sampleFields gives what the cells of the sample menus have in a field.
func sampleFields(t *testing.T, field string) (values []string) {
	t.Helper()
	files, err := fs.Glob(sample.RichMenus(), "*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(sample.RichMenus(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, rest := range strings.Split(string(text), field+` = "`)[1:] {
			value, _, _ := strings.Cut(rest, `"`)
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		t.Fatalf("no cell has a %s", field)
	}
	return values
}

// onePage is a LINE that knows of no menu, and counts what it is asked to change.
func onePage(t *testing.T, changes *[]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			*changes = append(*changes, r.URL.Path)
		}
		switch {
		case r.URL.Path == "/v2/bot/richmenu/list":
			fmt.Fprint(w, `{"richmenus":[]}`)
		case r.URL.Path == "/v2/bot/richmenu/alias/list":
			fmt.Fprint(w, `{"aliases":[]}`)
		case r.URL.Path == "/v2/bot/richmenu":
			fmt.Fprint(w, `{"richMenuId":"richmenu-1"}`)
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "/alias"):
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			fmt.Fprint(w, `{}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// smallMenu is soon drawn: the verb does it anew each time.
const smallMenu = `name = "くらし"
chat_bar = "メニュー"
size = "compact"
selected = true

[[row]]
cells = [{ label = "区", uri = "/" }]
`

func TestRichMenuVerb(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	var changes []string
	vars := map[string]string{"MADOGUCHI_LINE_CHANNEL_TOKEN": "hidden-token", "MADOGUCHI_LINE_API_URL": onePage(t, &changes)}
	richmenu := func(args ...string) (string, error) {
		var out, errOut bytes.Buffer
		err := run(t.Context(), append([]string{"richmenu"}, args...), func(k string) string { return vars[k] }, &out, &errOut)
		return out.String() + errOut.String(), err
	}
	if out, err := richmenu("plan"); err == nil || !strings.Contains(err.Error(), "richmenu-dir") {
		t.Errorf("without a folder: %v\n%s", err, out)
	}
	write(t, "richmenu", "main.toml", smallMenu)
	if _, err := richmenu("plan"); exitCode(err) != 2 || !strings.Contains(err.Error(), "main.toml") || !strings.Contains(err.Error(), "MADOGUCHI_SITE_URL") {
		t.Errorf("pages of a site that is not set: %v", err)
	}
	vars["MADOGUCHI_SITE_URL"] = "https://www.city.example.jp/"
	out, err := richmenu("plan", "--pictures", "drawn")
	if err != nil || strings.Count(out, "予定: ") != 4 || len(changes) != 0 {
		t.Errorf("plan: %v, %d changes\n%s", err, len(changes), out)
	}
	if drawn, err := filepath.Glob("drawn/*.png"); err != nil || len(drawn) != 1 {
		t.Errorf("pictures: %v, %v", drawn, err)
	}
	out, err = richmenu("apply")
	if err == nil || exitCode(err) != 1 || !strings.Contains(err.Error(), "もう一度 apply") || strings.Count(out, "済み: ") != 2 {
		t.Errorf("apply that is stopped at the first alias: %v\n%s", err, out)
	}
	if out, err = richmenu("status"); err != nil || !strings.Contains(out, "はじめに見えるもの: ありません") || !strings.Contains(out, "main: LINEにないか、古い") {
		t.Errorf("status: %v\n%s", err, out)
	}
	if _, err = richmenu("incident", "on"); err == nil || !strings.Contains(err.Error(), "先に madoguchi richmenu apply") {
		t.Errorf("incident before apply: %v", err)
	}
	for _, args := range [][]string{nil, {"incident"}, {"delete"}, {"plan", "apply"}} {
		if _, err := richmenu(args...); exitCode(err) != 2 {
			t.Errorf("richmenu %v: %v", args, err)
		}
	}
	delete(vars, "MADOGUCHI_LINE_CHANNEL_TOKEN")
	if _, err := richmenu("plan"); exitCode(err) != 2 || !strings.Contains(err.Error(), "MADOGUCHI_LINE_CHANNEL_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
}
