package sample

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"madoguchi/ward"
)

// Page is one page of the site as its file describes it.
type Page struct {
	File   string // the file it was read from, for messages
	Path   string // from the root of the site
	Title  string
	Shape  string // the CMS whose HTML it gets: a name of templates/
	Layout Layout
	// Updated is YYYY-MM-DD.
	Updated string
	// ID is the page number, unique over the site.
	ID      int
	Section string // in charge
	Phone   string // of the section, or ""
	// Crumbs are the names above the page, the top page first.
	Crumbs      []string
	Attachments []ward.Attachment
	// MovedFrom is an older path that answers 301, RefreshFrom one that
	// answers with a meta refresh, MissingFrom one that is linked but says with
	// status 200 that it does not exist; "" for none.
	MovedFrom, RefreshFrom, MissingFrom string
	// NoIndex asks crawlers not to keep the page.
	NoIndex bool
	// Parts are the text: an opening without heading, then sections or questions.
	Parts []Part
}

// Layout is the way a page sets questions and answers.
type Layout string

// The layouts.
const (
	Article      Layout = "article"       // sections under headings
	FAQStatement Layout = "faq-statement" // the title is the question, the rest answers
	FAQNumbered  Layout = "faq-numbered"  // 「Q1　…」「A　…」 in headings, paragraphs, bold lines or dt
	FAQTable     Layout = "faq-table"     // a table 番号, 内容, 回答
	FAQList      Layout = "faq-dl"        // dt without marks
)

const (
	layouts = "article faq-statement faq-numbered faq-table faq-dl"
	shapes  = "cms8341 tsunago netcrew udface 4uweb smartcms shirasagi joruri isite wordpress handmade"
	topPage = "トップページ"
)

// Part is one section of a page or one question with its answer.
type Part struct {
	Anchor   string // id in the HTML, "" only for the opening
	Heading  string // plain text
	Question bool
	Body     template.HTML
}

// Pages reads every page of the sample ward, in order of path. The error joins
// all mistakes found, each with its file and line.
func Pages() ([]Page, error) { return readPages(content) }

func readPages(fsys fs.FS) ([]Page, error) {
	var pages []Page
	var faults []error
	err := fs.WalkDir(fsys, "pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		p, err := parsePage(name, string(text))
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		pages = append(pages, *p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read sample pages: %w", err)
	}
	slices.SortFunc(pages, func(a, b Page) int { return cmp.Compare(a.Path, b.Path) })
	return pages, errors.Join(append(faults, collisions(pages)...)...)
}

// Anchors are the ids in the page's text, in order.
func (p *Page) Anchors() []string {
	var ids []string
	for _, part := range p.Parts {
		if part.Anchor != "" {
			ids = append(ids, part.Anchor)
		}
		for _, m := range idAttribute.FindAllStringSubmatch(string(part.Body), -1) {
			ids = append(ids, m[1])
		}
	}
	return ids
}

var idAttribute = regexp.MustCompile(`\sid="([^"]*)"`)

func collisions(pages []Page) (faults []error) {
	paths, ids := map[string]string{}, map[int]string{}
	for _, p := range pages {
		if other := paths[p.Path]; other != "" {
			faults = append(faults, fmt.Errorf("%s: path %s is also that of %s", p.File, p.Path, other))
		}
		if other := ids[p.ID]; other != "" {
			faults = append(faults, fmt.Errorf("%s: id %d is also that of %s", p.File, p.ID, other))
		}
		paths[p.Path], ids[p.ID] = p.File, p.File
	}
	return faults
}

// parsePage reads front matter and text. A line that it does not understand is
// an error that names file and line.
func parsePage(file, text string) (*Page, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	end := slices.Index(lines[1:], "---") + 1
	if lines[0] != "---" || end == 0 {
		return nil, fmt.Errorf("%s:1: front matter must stand between two lines ---", file)
	}
	p := &Page{File: file}
	for i, line := range lines[1:end] {
		if err := p.set(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+2, err)
		}
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%s:1: %w", file, err)
	}
	return p, p.parseBody(lines[end+1:], end+2)
}

func (p *Page) set(line string) error {
	if item, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
		return p.attach(item)
	}
	if strings.TrimSpace(line) == "" {
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("want key: value, have %q", line)
	}
	value, _, _ = strings.Cut(value, " # ")
	value = strings.Trim(strings.TrimSpace(value), `"`)
	text := map[string]*string{
		"title": &p.Title, "path": &p.Path, "shape": &p.Shape, "layout": (*string)(&p.Layout),
		"updated": &p.Updated, "section": &p.Section, "phone": &p.Phone,
		"moved_from": &p.MovedFrom, "refresh_from": &p.RefreshFrom, "missing_from": &p.MissingFrom,
	}
	if field := text[key]; field != nil {
		*field = value
		return nil
	}
	switch key {
	case "attachments":
	case "crumbs":
		for name := range strings.SplitSeq(value, ">") {
			p.Crumbs = append(p.Crumbs, strings.TrimSpace(name))
		}
	case "robots":
		p.NoIndex = value == "noindex"
	case "id":
		id, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("id must be a number: %w", err)
		}
		p.ID = id
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

// attach reads 「label|/documents/1/a.pdf|PDF：129KB」.
func (p *Page) attach(item string) error {
	f := strings.Split(item, "|")
	if len(f) != 3 || !strings.HasPrefix(f[1], "/") {
		return fmt.Errorf("attachment must be label|/path|kind：size, have %q", item)
	}
	kind, size, _ := strings.Cut(strings.ReplaceAll(f[2], ":", "："), "：")
	p.Attachments = append(p.Attachments, ward.Attachment{Label: f[0], Href: f[1], Kind: kind, Size: size})
	return nil
}

var samplePhone = regexp.MustCompile(`^(03-0000-\d{4})?$`)

func (p *Page) check() error {
	_, badDate := time.Parse(time.DateOnly, p.Updated)
	switch {
	case p.Title == "" || p.Section == "":
		return errors.New("title and section must be given")
	case !strings.HasPrefix(p.Path, "/"):
		return fmt.Errorf("path must start at the root, have %q", p.Path)
	case badDate != nil:
		return fmt.Errorf("updated must be YYYY-MM-DD: %w", badDate)
	case p.ID <= 0:
		return errors.New("id must be given")
	case !samplePhone.MatchString(p.Phone):
		return fmt.Errorf("phone must be 03-0000-xxxx, have %q", p.Phone)
	case len(p.Crumbs) == 0 || p.Crumbs[0] != topPage:
		return fmt.Errorf("crumbs must start with %s", topPage)
	case !slices.Contains(strings.Fields(layouts), string(p.Layout)):
		return fmt.Errorf("unknown layout %q", p.Layout)
	case !slices.Contains(strings.Fields(shapes), p.Shape):
		return fmt.Errorf("unknown shape %q", p.Shape)
	}
	return nil
}
