package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "madoguchi/"

// rooms says which of our own rooms a room may import. A folder below a room
// is a room of its own when it is listed, else it belongs to its parent.
// cmd/madoguchi is not listed: it wires everything, and nobody imports it.
var rooms = map[string][]string{
	"ward":              {},
	"ja":                {},
	"crawler":           {"ward", "ja"},
	"index":             {"ward", "ja"},
	"bot":               {"ward", "ja"},
	"bot/line":          {"ward"},
	"bot/line/sim":      {"ward"},
	"data":              {"ward", "ja"},
	"data/sample":       {"ward", "ja"},
	"web":               {"ward", "data"},
	"jobs":              {"ward", "data"},
	"jobs/mail":         {"ward"},
	"internal/arch":     {},
	"internal/wardtest": {"ward", "ja"},
}

// technologies says which rooms an outside technology may be seen from; a
// prefix of the import path stands for the technology.
var technologies = map[string][]string{
	"github.com/PuerkitoBio/goquery":      {"crawler"},
	"golang.org/x/net/html":               {"crawler"},
	"github.com/jimsmart/grobotstxt":      {"crawler"},
	"github.com/mmcdole/gofeed":           {"crawler"},
	"go.etcd.io/bbolt":                    {"crawler"},
	"github.com/klippa-app/go-pdfium":     {"crawler"},
	"github.com/tetratelabs/wazero":       {"crawler"},
	"github.com/blevesearch/":             {"index"},
	"github.com/ikawaha/":                 {"index"},
	"github.com/line/line-bot-sdk-go":     {"bot/line"},
	"github.com/getkin/kin-openapi":       {"internal/wardtest"},
	"database/sql":                        {"data", "jobs"},
	"modernc.org/sqlite":                  {"data"},
	"github.com/jackc/pgx":                {"data"},
	"github.com/pressly/goose":            {"data"},
	"github.com/redis/go-redis":           {"data"},
	"github.com/riverqueue/river":         {"jobs"},
	"github.com/robfig/cron":              {"jobs"},
	"github.com/wneessen/go-mail":         {"jobs/mail"},
	"github.com/prometheus/client_golang": {"web"},
	"github.com/pquerna/otp":              {"web"},
	"github.com/coreos/go-oidc":           {"web"},
	"golang.org/x/oauth2":                 {"web"},
	"golang.org/x/crypto":                 {"web"},
	"github.com/go-analyze/charts":        {"web"},
	"github.com/yuin/goldmark":            {"data/sample"},
	"github.com/vbauerster/mpb":           {"cmd/madoguchi"},
	"github.com/BurntSushi/toml":          {"cmd/madoguchi", "crawler", "bot/line"},
	"git.sr.ht/~sbinet/gg":                {"bot/line"},
	"github.com/rivo/uniseg":              {"bot/line"},
	"golang.org/x/image":                  {"bot/line"},
	"flag":                                {"cmd/madoguchi"},
	"testing":                             {"internal/wardtest"},
}

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room gives the listed room that an import path of ours belongs to.
func room(path string) string {
	name := strings.TrimPrefix(path, module)
	for r := name; r != "."; {
		if _, ok := rooms[r]; ok {
			return r
		}
		i := strings.LastIndexByte(r, '/')
		if i < 0 {
			break
		}
		r = r[:i]
	}
	return name
}

// offences says in a sentence each import of p that the picture forbids.
func offences(p pkg) []string {
	var bad []string
	from := room(p.ImportPath)
	allowed, listed := rooms[from]
	if !listed && from != "cmd/madoguchi" {
		return []string{fmt.Sprintf("%s is not a room of the architecture: add it to the picture or move it", from)}
	}
	for _, imp := range p.Imports {
		if strings.HasPrefix(imp, module) {
			to := room(imp)
			if to == "internal/wardtest" {
				bad = append(bad, fmt.Sprintf("%s uses internal/wardtest, which is for tests only", from))
			} else if listed && to != from && !slices.Contains(allowed, to) {
				bad = append(bad, fmt.Sprintf("%s opens onto %s: from there only %v may be entered", from, to, allowed))
			}
			continue
		}
		if s := outside(from, imp); s != "" {
			bad = append(bad, s)
		}
	}
	for _, imp := range append(p.TestImports, p.XTestImports...) {
		if strings.HasPrefix(imp, module) && from != "cmd/madoguchi" {
			to := room(imp)
			if to != from && to != "internal/wardtest" && !slices.Contains(allowed, to) {
				bad = append(bad, fmt.Sprintf("a test of %s opens onto %s", from, to))
			}
		}
	}
	return bad
}

// outside says what is wrong with from importing imp, which is not ours.
func outside(from, imp string) string {
	for tech, where := range technologies {
		exact := !strings.Contains(tech, "/") || tech == "database/sql"
		if (imp == tech || !exact && strings.HasPrefix(imp, tech)) && !slices.Contains(where, from) {
			return fmt.Sprintf("%s imports %s, which belongs to %v", from, imp, where)
		}
	}
	std := !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".")
	switch {
	case from == "ward" && !std:
		return fmt.Sprintf("ward imports %s: it may use the standard library only", imp)
	case from == "ja" && !std && !strings.HasPrefix(imp, "golang.org/x/text"):
		return fmt.Sprintf("ja imports %s: it may use the standard library and x/text only", imp)
	}
	return ""
}

func TestFloors(t *testing.T) {
	pkgs := list(t)
	if len(pkgs) < 5 {
		t.Fatalf("go list found %d packages only", len(pkgs))
	}
	for _, p := range pkgs {
		for _, s := range offences(p) {
			t.Error(s)
		}
	}
}

func TestOffences(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    pkg
		want string // "" for none
	}{
		{"down", pkg{ImportPath: "madoguchi/index", Imports: []string{"madoguchi/ward", "github.com/blevesearch/bleve/v2"}}, ""},
		{"up", pkg{ImportPath: "madoguchi/ward", Imports: []string{"madoguchi/data"}}, "ward opens onto data"},
		{"sideways", pkg{ImportPath: "madoguchi/bot", Imports: []string{"madoguchi/index"}}, "bot opens onto index"},
		{"sideways in a test", pkg{ImportPath: "madoguchi/bot", XTestImports: []string{"madoguchi/index"}}, "a test of bot opens onto index"},
		{"technology", pkg{ImportPath: "madoguchi/web", Imports: []string{"database/sql"}}, "web imports database/sql"},
		{"ward is std only", pkg{ImportPath: "madoguchi/ward", Imports: []string{"golang.org/x/text/width"}}, "standard library only"},
		{"unknown room", pkg{ImportPath: "madoguchi/util"}, "not a room"},
		{"fakes in production", pkg{ImportPath: "madoguchi/web", Imports: []string{"madoguchi/internal/wardtest"}}, "tests only"},
		{"cmd sees all", pkg{ImportPath: "madoguchi/cmd/madoguchi", Imports: []string{"madoguchi/web", "madoguchi/index"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(offences(tt.p), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("offences = %q, want %q in it", got, tt.want)
			}
		})
	}
}
