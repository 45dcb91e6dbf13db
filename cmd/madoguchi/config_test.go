package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madoguchi/ward"
)

// loadConfig loads a configuration as a verb would, from a folder that holds
// madoguchi.toml when file is not empty.
func loadConfig(t *testing.T, file string, vars map[string]string, args ...string) (*config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if file != "" {
		if err := os.WriteFile(configFile, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &config{}
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.Bool("json", false, "")
	err := c.load(fs, environment{getenv: func(k string) string { return vars[k] }, stderr: &bytes.Buffer{}}, args)
	return c, err
}

func TestConfigPrecedence(t *testing.T) {
	file := "addr = \"127.0.0.1:1\"\ndata_dir = \"from-file\"\ncontact_phone = \"03-0000-0001\"\n"
	vars := map[string]string{"MADOGUCHI_ADDR": "127.0.0.1:2", "MADOGUCHI_DATA_DIR": "from-env"}
	c, err := loadConfig(t, file, vars, "--addr", "127.0.0.1:3")
	if err != nil {
		t.Fatal(err)
	}
	if c.addr != "127.0.0.1:3" || c.dataDir != "from-env" || c.contactPhone != "03-0000-0001" {
		t.Errorf("addr %q (want the flag), data dir %q (want the environment), phone %q (want the file)", c.addr, c.dataDir, c.contactPhone)
	}
	var out bytes.Buffer
	c.dump(&out)
	if !strings.Contains(out.String(), "addr                = 127.0.0.1:3") || strings.Contains(out.String(), "json") {
		t.Errorf("dump does not show the effective settings and nothing else:\n%s", out.String())
	}
}

func TestConfigFromSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "phone")
	if err := os.WriteFile(path, []byte("03-0000-0002\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(t, "", map[string]string{"MADOGUCHI_CONTACT_PHONE_FILE": path})
	if err != nil || c.contactPhone != "03-0000-0002" {
		t.Errorf("contact phone %q, %v; want the content of the file", c.contactPhone, err)
	}
}

// What is secret is read, and shown nowhere.
func TestConfigHidesSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("hidden-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(t, "line_channel_secret = \"hidden-new, hidden-old\"", map[string]string{"MADOGUCHI_LINE_CHANNEL_TOKEN_FILE": path})
	if err != nil || c.lineToken != "hidden-token" || len(split(string(c.lineSecrets))) != 2 {
		t.Fatalf("%v, or the secrets were not read", err)
	}
	var out bytes.Buffer
	c.dump(&out)
	c.flags.SetOutput(&out)
	c.flags.PrintDefaults()
	fmt.Fprintf(&out, "%v %s %q", c.lineToken, c.lineToken, c.lineSecrets)
	if strings.Contains(out.String(), "hidden") || !strings.Contains(out.String(), "line-channel-token  = （あり") {
		t.Errorf("a secret is shown, or is not said to be set:\n%s", out.String())
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		file string
		vars map[string]string
		args []string
		want string
	}{
		"unknown key":         {file: "adress = \"x\"", want: "adress"},
		"a verb's own flag":   {file: "json = true", want: "json"},
		"broken file":         {file: "addr = ", want: "設定ファイル"},
		"wrong type":          {vars: map[string]string{"MADOGUCHI_CRAWL_DELAY": "soon"}, want: "MADOGUCHI_CRAWL_DELAY"},
		"missing secret file": {vars: map[string]string{"MADOGUCHI_CONTACT_PHONE_FILE": "no/such"}, want: "MADOGUCHI_CONTACT_PHONE_FILE"},
		"missing config file": {args: []string{"--config", "no-such.toml"}, want: "no-such.toml"},
		"schedule":            {args: []string{"--crawl-schedule", "nightly"}, want: "cron"},
		"site without scheme": {args: []string{"--site-url", "www.example.jp"}, want: "site-url"},
		"server, no model":    {args: []string{"--embeddings-url", "http://127.0.0.1:8082/v1/embeddings"}, want: "embeddings-model"},
		"impatient":           {args: []string{"--embeddings-timeout", "0s"}, want: "embeddings-timeout"},
		"negative delay":      {args: []string{"--crawl-delay=-1s"}, want: "crawl-delay"},
		"proxies":             {args: []string{"--trusted-proxies", "gateway"}, want: "trusted-proxies"},
		"unknown flag":        {args: []string{"--no-such"}, want: "no-such"},
		"issuer alone":        {args: []string{"--oidc-issuer", "https://id.example.jp/"}, want: "oidc-client-id"},
		"three secrets":       {vars: map[string]string{"MADOGUCHI_LINE_CHANNEL_SECRET": "a,b,c"}, want: "line-channel-secret"},
		"account without @":   {args: []string{"--line-account-id", "mihon-ward"}, want: "line-account-id"},
		"page without scheme": {args: []string{"--line-page-url", "www.example.jp/line"}, want: "line-page-url"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadConfig(t, tt.file, tt.vars, tt.args...)
			if ward.KindOf(err) != ward.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v (kind %q), want an invalid one that names %q", err, ward.KindOf(err), tt.want)
			}
		})
	}
}

func TestConfigHelp(t *testing.T) {
	if _, err := loadConfig(t, "", nil, "--help"); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help gives %v, want flag.ErrHelp", err)
	}
}

func TestCrawlDelay(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want time.Duration
	}{
		{[]string{"--site-url", "https://www.city.example.jp/"}, 2 * time.Second},
		{[]string{"--site-url", "http://127.0.0.1:9000/"}, 0},
		{[]string{"--site-url", "http://127.0.0.1:9000/", "--crawl-delay", "2s"}, 2 * time.Second},
	} {
		c, err := loadConfig(t, "", nil, tt.args...)
		if err != nil || c.crawlDelay != tt.want {
			t.Errorf("%v: delay %v, %v; want %v", tt.args, c.crawlDelay, err, tt.want)
		}
	}
}

// The token goes to LINE only where LINE is meant.
func TestPicturesGoWhereTheCallsGo(t *testing.T) {
	for _, tt := range []struct {
		vars map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"MADOGUCHI_LINE_API_URL": "http://127.0.0.1:9000/line"}, "http://127.0.0.1:9000/line"},
		{map[string]string{"MADOGUCHI_LINE_API_URL": "https://api.line.me/"}, ""},
		{map[string]string{"MADOGUCHI_LINE_API_URL": "http://127.0.0.1:1", "MADOGUCHI_LINE_DATA_API_URL": "http://127.0.0.1:2"}, "http://127.0.0.1:2"},
	} {
		c, err := loadConfig(t, "", tt.vars)
		if err != nil || c.lineDataURL != tt.want {
			t.Errorf("%v: pictures go to %q, %v; want %q", tt.vars, c.lineDataURL, err, tt.want)
		}
	}
}
