package crawler

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

//go:embed profiles/*.toml
var profileFiles embed.FS

// profile says where a CMS puts what. Each list is tried in order; what a
// profile leaves open, or does not find, the profile "generic" answers.
type profile struct {
	Name  string `toml:"name"`
	Order int    `toml:"order"` // the lowest is asked first

	// Fingerprint are groups of strings: a page whose source holds all strings
	// of one group comes from this CMS.
	Fingerprint [][]string `toml:"fingerprint"`

	Content    []selector `toml:"content"`    // the first that holds text; all its matches together
	Drop       []selector `toml:"drop"`       // cut out of the content
	Title      []selector `toml:"title"`      // the page's own headline
	Updated    []selector `toml:"updated"`    // where the date stands, labelled or bare
	PageID     []selector `toml:"page_id"`    // text, value or content attribute
	Contact    []selector `toml:"contact"`    // the block with the section in charge
	Section    []selector `toml:"section"`    // inside the contact block
	Breadcrumb []selector `toml:"breadcrumb"` //
	Question   []selector `toml:"question"`   // pages of one question:
	Answer     []selector `toml:"answer"`     // both must be there
}

// furniture are the sentences that sites put into every page.
type furniture struct {
	Lines   []string `toml:"lines"`   // whole lines, compared after ja.Fold
	Begin   []string `toml:"begin"`   // regular expressions on the begin of a folded line
	Word    []string `toml:"word"`    // in a folded line
	End     []string `toml:"end"`     // of a folded line
	Inline  []string `toml:"inline"`  // cut out of any line
	Bracket string   `toml:"bracket"` // regular expression on brackets that speak of windows
	Suffix  []string `toml:"suffix"`  // cut off the end of a line
	Alt     []string `toml:"alt"`     // words in the alt text of icons and banners

	line    map[string]bool
	begin   *regexp.Regexp
	bracket *regexp.Regexp
	inline  *strings.Replacer
	alt     *regexp.Regexp
}

// profiles are all that is known about CMSs, read-only after loading.
type profiles struct {
	known   []*profile
	generic *profile
	furniture
}

// selector is a CSS selector, compiled when its file is read.
type selector struct{ cascadia.Matcher }

// UnmarshalText compiles.
func (s *selector) UnmarshalText(text []byte) error {
	group, err := cascadia.ParseGroup(string(text))
	if err != nil {
		return fmt.Errorf("selector %q: %w", text, err)
	}
	s.Matcher = group
	return nil
}

// all gives the matches below n in document order.
func (s selector) all(n *html.Node) []*html.Node { return cascadia.QueryAll(n, s.Matcher) }

// loadProfiles reads the embedded files once.
var loadProfiles = sync.OnceValues(func() (*profiles, error) { return readProfiles(profileFiles) })

func readProfiles(files fs.FS) (*profiles, error) {
	names, err := fs.Glob(files, "profiles/*.toml")
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	set := &profiles{}
	for _, name := range names {
		if err := set.add(files, name); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	if set.generic == nil || set.line == nil {
		return nil, fmt.Errorf("read profiles: generic.toml or furniture.toml is missing")
	}
	slices.SortFunc(set.known, func(a, b *profile) int { return a.Order - b.Order })
	return set, nil
}

func (set *profiles) add(files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, "/furniture.toml") {
		return set.furniture.read(text)
	}
	p := &profile{}
	if err := decodeStrict(text, p); err != nil {
		return err
	}
	if p.Name == "generic" {
		set.generic = p
	} else {
		set.known = append(set.known, p)
	}
	return nil
}

// decodeStrict refuses keys that nothing reads: a misspelled one would
// otherwise be a rule that is silently not there.
func decodeStrict(text []byte, into any) error {
	meta, err := toml.Decode(string(text), into)
	if err != nil {
		return err
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return fmt.Errorf("unknown key %s", extra[0])
	}
	return nil
}

// detect picks the profile whose fingerprint the source shows.
func (set *profiles) detect(source []byte) *profile {
	for _, p := range set.known {
		for _, group := range p.Fingerprint {
			if !slices.ContainsFunc(group, func(s string) bool { return !bytes.Contains(source, []byte(s)) }) {
				return p
			}
		}
	}
	return set.generic
}
