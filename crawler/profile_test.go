package crawler

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestDetect(t *testing.T) {
	set, err := loadProfiles()
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		`<script src="/shared/js/a.js"></script><div id="tmp_wrapper">`: "CMS-8341",
		`<div id="tmp_contents"><div class="wysiwyg_wp">`:               "CMS-8341", // a site in its likeness
		`<link href="/_template_/_site_/a.css">`:                        "TsuNaGo",
		`<script src="/ssi/js/a.js"></script>`:                          "NetCrew",
		`<!-- ▼▼フリーHTML▼▼ -->`:                                          "UD Face",
		`<noscript><p class="jsmessage">a</p></noscript>`:               "4Uweb",
		`<script src="/theme/smart-lgov.js"></script>`:                  "SmartCMS",
		`<script>SS.config = {}</script>`:                               "SHIRASAGI",
		`<link href="/_common/themes/joruri/a.css">`:                    "Joruri",
		`<meta name="generator" content="i-SITE PORTAL">`:               "i-SITE PORTAL",
		`<link href="/wp-content/themes/a.css">`:                        "WordPress",
		`<p>見本市</p>`:                                                    "generic",
		``:                                                              "generic",
	} {
		if got := set.detect([]byte(source)).Name; got != want {
			t.Errorf("%s is taken for %s, want %s", source, got, want)
		}
	}
}

func TestReadProfilesRefuses(t *testing.T) {
	good := func() fstest.MapFS {
		return fstest.MapFS{
			"profiles/generic.toml":   {Data: []byte("name = \"generic\"\ncontent = [\"main\"]")},
			"profiles/furniture.toml": {Data: []byte(`lines = ["本文へ"]`)},
			"profiles/a.toml":         {Data: []byte("name = \"A\"\nfingerprint = [[\"a\"]]")},
		}
	}
	if set, err := readProfiles(good()); err != nil || len(set.known) != 1 || set.generic == nil {
		t.Fatalf("good profiles: %v", err)
	}
	for what, c := range map[string]struct{ file, text, says string }{
		"a misspelled key":      {"profiles/a.toml", `titel = ["h1"]`, "unknown key titel"},
		"a bad selector":        {"profiles/a.toml", `title = ["h1["]`, "selector"},
		"no TOML":               {"profiles/a.toml", `title =`, "a.toml"},
		"a bad pattern":         {"profiles/furniture.toml", `begin = ["("]`, "begin"},
		"furniture missing":     {"profiles/furniture.toml", "", "missing"},
		"generic is no profile": {"profiles/generic.toml", `name = "other"`, "missing"},
	} {
		files := good()
		files[c.file] = &fstest.MapFile{Data: []byte(c.text)}
		if c.text == "" {
			delete(files, c.file)
		}
		if _, err := readProfiles(files); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", what, err, c.says)
		}
	}
}
