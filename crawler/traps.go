package crawler

import (
	_ "embed"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Limits that end what would go on for ever.
const (
	DefaultMaxPages  = 50_000 // requests of one run
	DefaultMaxDepth  = 20     // links from a seed
	DefaultMaxPrefix = 3_000  // pages under one folder, three levels deep
	maxSegments      = 15     // of a path
	maxRepeats       = 2      // of one segment in a path
)

//go:embed traps.txt
var trapsFile string

// rules say which addresses a crawl may ask for.
type rules struct {
	hosts   map[string]bool
	queries []string
	traps   []trap
}

type trap struct {
	name    string
	pattern *regexp.Regexp
}

func newRules(site *url.URL, opts Options) (*rules, error) {
	r := &rules{hosts: map[string]bool{site.Host: true}, queries: opts.Queries}
	for _, h := range opts.Hosts {
		r.hosts[strings.ToLower(h)] = true
	}
	for line := range strings.Lines(trapsFile) {
		if f := strings.Fields(line); len(f) == 2 && f[0] != "#" {
			r.traps = append(r.traps, trap{f[0], regexp.MustCompile(f[1])})
		}
	}
	for _, d := range opts.Deny {
		re, err := regexp.Compile(d)
		if err != nil {
			return nil, fmt.Errorf("deny pattern: %w", err)
		}
		r.traps = append(r.traps, trap{"denied", re})
	}
	return r, nil
}

// refuse names the reason why u is not asked for: "host" where it is outside
// the configured site, else a key of Summary.Skipped; "" lets it pass.
func (r *rules) refuse(u *url.URL) string {
	path := strings.ToLower(u.EscapedPath())
	switch {
	case !r.hosts[u.Host]:
		return "host"
	case u.RawQuery != "" && !r.queryAllowed(u.Path):
		return "query"
	case endless(path):
		return "endless"
	}
	for _, t := range r.traps {
		if t.pattern.MatchString(path) {
			return t.name
		}
	}
	return ""
}

func (r *rules) queryAllowed(path string) bool {
	for _, prefix := range r.queries {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// endless sees paths that grow with every link: /a/b/a/b/a/b.
func endless(path string) bool {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > maxSegments {
		return true
	}
	seen := map[string]int{}
	for _, s := range segments {
		if seen[s]++; seen[s] > maxRepeats {
			return true
		}
	}
	return false
}

// folder is what the page budget of a prefix is counted on.
func folder(u *url.URL) string {
	parts := strings.SplitN(u.EscapedPath(), "/", 5)
	return u.Host + strings.Join(parts[:min(len(parts)-1, 4)], "/")
}

func isPDF(u *url.URL) bool { return strings.HasSuffix(strings.ToLower(u.Path), ".pdf") }
