package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madoguchi/ward"
)

// TestMain lets the test binary be the child that reads a PDF.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "pdf-text" {
		main()
		return
	}
	os.Exit(m.Run())
}

// fixedClock makes times that a golden may hold.
func fixedClock() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

// command runs the program in a folder of its own and gives what it printed.
func command(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	err = run(t.Context(), args, func(string) string { return "" }, &out, &errOut)
	return out.String(), errOut.String(), err
}

func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{nil, {"help"}, {"--help"}} {
		out, _, err := command(t, args...)
		if err != nil || !strings.Contains(out, "demo") || strings.Contains(out, "pdf-text") {
			t.Errorf("%v: %v, want the list of verbs without the hidden ones:\n%s", args, err, out)
		}
	}
}

// What a person gets wrong is answered with a sentence and exit code 2; what
// is not there yet with code 1.
func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"unknown verb":              {[]string{"destroy"}, 2, "destroy"},
		"ask nothing":               {[]string{"ask"}, 2, "質問を書いて"},
		"ask too many":              {[]string{"ask", "住民票", "--top", "1000"}, 2, "100"},
		"ask without an index":      {[]string{"ask", "住民票"}, 1, "巡回"},
		"index without pages":       {[]string{"index"}, 1, "madoguchi crawl"},
		"crawl without a site":      {[]string{"crawl"}, 2, "site-url"},
		"extract nothing":           {[]string{"extract"}, 2, "ファイル"},
		"extract what is not there": {[]string{"extract", "no-such.html"}, 1, "no-such.html"},
		"eval without data":         {[]string{"eval"}, 2, "--corpus"},
		"eval with one file":        {[]string{"eval", "--corpus", "x"}, 2, "--corpus"},
		"serve on a bad address":    {[]string{"serve", "--addr", "256.0.0.1:1"}, 1, "256.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			_, _, err := command(t, tt.args...)
			if err == nil || exitCode(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, code %d; want code %d and %q", err, exitCode(err), tt.code, tt.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	out, _, err := command(t, "version")
	if err != nil || !strings.HasPrefix(out, "madoguchi ") {
		t.Errorf("version prints %q, %v", out, err)
	}
	out, _, err = command(t, "version", "--licenses")
	if err != nil || !strings.Contains(out, "BIZ UDGothic Project Authors") || !strings.Contains(out, "SIL OPEN FONT LICENSE") {
		t.Errorf("version --licenses prints %q, %v", out, err)
	}
}

func TestDoctor(t *testing.T) {
	t.Chdir(t.TempDir())
	out, _, err := command(t, "doctor", "--addr", "0.0.0.0:80", "--site-url", "http://127.0.0.1:1/")
	for _, want := range []string{"索引がまだありません", "つながりません", "電話番号がありません", "公開するURL"} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor does not say %q:\n%s", want, out)
		}
	}
	if exitCode(err) != 1 {
		t.Errorf("doctor with faults ends with %v", err)
	}
}

// A second process on the same data is told so, and crawl and index hand their
// work to the service instead.
func TestHandOver(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service")
	}
	t.Chdir(t.TempDir())
	site := newVillage(t)
	ctx, cancel := context.WithCancel(t.Context())
	service := start(t, ctx, freeAddr(t), filepath.Join(t.TempDir(), "var"), "serve", "--site-url", site.URL+"/")
	defer func() { cancel(); service.wait(t) }()
	args := []string{"--data-dir", service.dataDir}
	_, _, err := command(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	if ward.KindOf(err) != ward.Conflict {
		t.Errorf("a second service on the same data: %v, want a conflict", err)
	}
	out, _, err := command(t, append([]string{"index"}, args...)...)
	if err != nil || !strings.Contains(out, "サービスに任せます") {
		t.Errorf("index beside the service: %v\n%s", err, out)
	}
	out, _, err = command(t, append([]string{"crawl"}, args...)...)
	if err != nil || !strings.Contains(out, "変化なし") || !strings.Contains(out, "新規 0、変更 0") {
		t.Errorf("crawl beside the service: %v\n%s", err, out)
	}
	out, _, err = command(t, append([]string{"ask", "図書館の利用案内"}, args...)...)
	if err != nil || !strings.Contains(out, "図書館") {
		t.Errorf("ask beside the service: %v\n%s", err, out)
	}
}
