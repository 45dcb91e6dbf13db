package crawler

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSaysGone(t *testing.T) {
	for s, want := range map[string]bool{
		"ご指定のページは見つかりませんでした":             true,
		"千葉見本市：ご指定のページは見つかりませんでした":       true,
		"ご指定のページまたはファイルが見つかりませんでした":      true,
		"お探しのページは見つかりません。 404 Not Found": true,
		"404 Not Found": true,
		"エラー404":        true,
		"ページが見当たりません":   true,
		"指定されたページまたはファイルは存在しません": true,
		"このページの公開は終了しました":        true,
		"Page Not Found": true,
		"":               false,
		"迷子のペットが見つかりません": false,
		"落とし物が見つからないときは": false,
		"情報が見つからないときは":   false,
		"国道404号の工事":      false,
		"現在、情報はありません":    false,
		"募集は終了しました":      false,
		"ホームページの見かた":     false,
		"図書館にない本を探す（お探しの本が見つからないときのご案内）": false,
	} {
		if got := saysGone(s); got != want {
			t.Errorf("saysGone(%q) = %v", s, got)
		}
	}
}

func TestHeadSigns(t *testing.T) {
	base := "https://www.city.mihon.example/kurashi/a.html"
	for _, c := range []struct {
		what, html string
		want       Page
	}{
		{"noindex", `<meta name="ROBOTS" content="NOINDEX, follow"><p>本文が続きます。</p>`, Page{NoIndex: true}},
		{"none", `<meta name="robots" content="none"><p>本文が続きます。</p>`, Page{NoIndex: true, NoFollow: true}},
		{"refresh", `<meta http-equiv="Refresh" content="0; URL='../new/b.html#x'">`, Page{Refresh: "https://www.city.mihon.example/new/b.html"}},
		{"reload", `<meta http-equiv="refresh" content="300">`, Page{}},
		{"script refresh", `<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`, Page{}},
		{"frames", `<frameset cols="1,2"><frame src="menu.html"><frame src="/honbun.html"></frameset>`,
			Page{Frames: []string{"https://www.city.mihon.example/kurashi/menu.html", "https://www.city.mihon.example/honbun.html"}}},
		{"base", `<base href="https://www.city.mihon.example/other/"><a href="c.html">c</a><p>本文が続きます。</p>`, Page{Links: []string{"https://www.city.mihon.example/other/c.html"}}},
		{"links", `<a href="b.html">b</a><a href="./b.html#x">b</a><a href="#y">y</a><a href="mailto:a@b.example">m</a><a href="c.html" rel="nofollow">c</a><map><area href="d.html"></map><iframe src="e.html"></iframe><iframe src="https://maps.example/"></iframe>`,
			Page{Links: []string{"https://www.city.mihon.example/kurashi/b.html", "https://www.city.mihon.example/kurashi/d.html", "https://www.city.mihon.example/kurashi/e.html"}}},
	} {
		page, err := Extract([]byte("<title>見出し</title>"+c.html), "text/html; charset=utf-8", mustURL(t, base))
		if err != nil {
			t.Fatal(err)
		}
		got := Page{NoIndex: page.NoIndex, NoFollow: page.NoFollow, Refresh: page.Refresh, Frames: page.Frames, Links: page.Links}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
		if (page.NoIndex || page.Frames != nil) && len(page.Documents) != 0 {
			t.Errorf("%s: %d documents", c.what, len(page.Documents))
		}
	}
}

func TestOwnAddress(t *testing.T) {
	at := "https://www.city.mihon.example/faq/docs/12.html?sp=1"
	for _, c := range []struct{ what, head, want string }{
		{"og:url", `<meta property="og:url" content="https://www.city.mihon.example/new/12.html">`, "https://www.city.mihon.example/new/12.html"},
		{"canonical", `<link rel="canonical" href="/faq/docs/12.html">`, "https://www.city.mihon.example/faq/docs/12.html"},
		{"another host", `<meta property="og:url" content="https://www.other.example/12.html">`, at},
		{"the root", `<meta property="og:url" content="https://www.city.mihon.example/">`, at},
		{"a folder above", `<meta property="og:url" content="https://www.city.mihon.example/faq/">`, at},
		{"empty", `<meta property="og:url" content="">`, at},
		{"malformed", `<meta property="og:url" content="https://%zz/">`, at},
	} {
		page, err := Extract([]byte(c.head), "", mustURL(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if page.URL != c.want {
			t.Errorf("%s: %s, want %s", c.what, page.URL, c.want)
		}
	}
	page, err := Extract([]byte(`<meta property="og:url" content="https://www.city.mihon.example/a.html"><a href="b.html">b</a>`), "", nil)
	if err != nil || page.URL != "https://www.city.mihon.example/a.html" || len(page.Links) != 1 {
		t.Errorf("from a file: %+v, %v", page, err)
	}
}
