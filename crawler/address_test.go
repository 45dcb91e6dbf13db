package crawler

import (
	"net/url"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	const base = "https://www.city.mihon.example/e004/kurashi/gomi.html"
	for href, want := range map[string]string{
		"":                                     base,
		"#top":                                 base,
		"  /kurashi/index.html ":               "https://www.city.mihon.example/kurashi/",
		"\u3000/kurashi/\u3000":                "https://www.city.mihon.example/kurashi/",
		"/kura\n\tshi/":                        "https://www.city.mihon.example/kurashi/",
		"index.html#q3":                        "https://www.city.mihon.example/e004/kurashi/",
		"../qa/./a.html":                       "https://www.city.mihon.example/e004/qa/a.html",
		"/../../a.html":                        "https://www.city.mihon.example/a.html",
		"http://www.city.mihon.example/a.html": "https://www.city.mihon.example/a.html",
		"https://WWW.City.Mihon.Example:443/A.html":                                      "https://www.city.mihon.example/A.html",
		"http://bosai.mihon.example:80":                                                  "http://bosai.mihon.example/",
		"https://bosai.mihon.example./":                                                  "https://bosai.mihon.example/",
		"http://127.0.0.1:8080/index.htm":                                                "http://127.0.0.1:8080/",
		"https://user:pw@www.city.mihon.example/":                                        "https://www.city.mihon.example/",
		"/top.do;jsessionid=0A1B?x=1&PHPSESSID=9":                                        "https://www.city.mihon.example/top.do?x=1",
		"/1_2.html?org.apache.struts.taglib.html.TOKEN=0123456789abcdef0123456789abcdef": "https://www.city.mihon.example/1_2.html",
		"/a.html?utm_source=x&b=2":                                                       "https://www.city.mihon.example/a.html?b=2",
		"/a.html?":                                                                       "https://www.city.mihon.example/a.html",
		"/index.cfm/41,125034,310,1987,html":                                             "https://www.city.mihon.example/index.cfm/41,125034,310,1987,html",
		"/%7Etaro/%e7%aa%93.html":                                                        "https://www.city.mihon.example/~taro/%E7%AA%93.html",
		"/窓口.html?q=窓 口":                                                                 "https://www.city.mihon.example/%E7%AA%93%E5%8F%A3.html?q=%E7%AA%93%20%E5%8F%A3",
		"/a%2Fb.html":                                                                    "https://www.city.mihon.example/a%2Fb.html",
		"javascript:void(0)":                                                             "",
		"mailto:info@mihon.example":                                                      "",
		"tel:03-0000-0000":                                                               "",
		"data:text/html,x":                                                               "",
		"http:///nohost":                                                                 "",
		"https:opaque":                                                                   "",
		"http://[::1":                                                                    "",
		"/%zz":                                                                           "",
		"/" + strings.Repeat("a", MaxAddress):                                            "",
	} {
		from, _ := url.Parse(base)
		u, ok := Normalize(from, href)
		if got := ""; ok {
			got = u.String()
			if got != want {
				t.Errorf("Normalize(%q) = %s, want %s", href, got, want)
			}
		} else if got != want {
			t.Errorf("Normalize(%q) refused, want %s", href, want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, href := range []string{"/a;jsessionid=1;b?c=1&sid=2#d", "//h/%2f/../index.html", "http://[::1]:80/", "?%", "HTTP://A.:80//..//"} {
		f.Add("https://www.city.mihon.example/x/", href)
	}
	f.Fuzz(func(t *testing.T, base, href string) {
		from, err := url.Parse(base)
		if err != nil {
			return
		}
		u, ok := Normalize(from, href)
		if !ok {
			return
		}
		again, ok := Normalize(u, u.String())
		if !ok || again.String() != u.String() {
			t.Fatalf("%q from %q: %q, again %v %v", href, base, u, again, ok)
		}
		if u.Fragment != "" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q from %q: %#v", href, base, u)
		}
	})
}
