package bot

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"madoguchi/ward"
)

const (
	perList  = ward.MaxChoices - 3 // beside ほかを見る, one level up and the menu
	maxDepth = 12                  // of categories
	keyBytes = 4                   // of a category's key
)

// level is a category and which part of its list to show. As an argument it is
// the key of each category from the top, a dot and the part: names would not
// fit into the value of a choice.
type level struct {
	keys []string
	part int
}

func (l level) String() string { return strings.Join(l.keys, "") + "." + number(l.part) }

// categoryKey tells a category from its sisters.
func categoryKey(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return hex.EncodeToString(h.Sum(nil))
}

// parseLevel reads an argument; "" is the top.
func parseLevel(arg string) (level, bool) {
	if arg == "" {
		return level{}, true
	}
	keys, part, _ := strings.Cut(arg, ".")
	n, err := strconv.ParseUint(part, 10, 16)
	if err != nil || len(keys)%(2*keyBytes) != 0 || len(keys) > 2*keyBytes*maxDepth {
		return level{}, false
	}
	l := level{part: int(n)}
	for key := range slices.Chunk([]byte(keys), 2*keyBytes) {
		l.keys = append(l.keys, string(key))
	}
	return l, true
}

// showLevel shows a category: the categories below it, then its pages.
func showLevel(ctx context.Context, t *turn, arg string) error {
	l, ok := parseLevel(arg)
	if !ok {
		return stale()
	}
	c, err := t.descend(ctx, l.keys)
	if err != nil {
		return err
	}
	items, err := t.items(ctx, l.keys, c)
	if err != nil {
		return err
	}
	from := l.part * perList
	if from >= len(items) && l.part > 0 {
		return stale()
	}
	if len(items) == 0 {
		t.say(t.withContact(phraseNoCategory))
		return nil
	}
	choices := slices.Clone(items[from:min(from+perList, len(items))])
	if from+perList < len(items) {
		choices = append(choices, choice(labelNext, "browse.level", level{l.keys, l.part + 1}.String()))
	}
	text := phraseBrowseTop
	if n := len(c.Path); n > 0 {
		text = fmt.Sprintf(phraseBrowse, c.Path[n-1])
		choices = append(choices, choice(labelUp, "browse.level", level{above(l.keys, c.Path), 0}.String()))
	}
	choices = append(choices, choice(labelMenu, "counter.menu", ""))
	t.say(ward.Reply{Text: text, Choices: t.usable(choices)})
	t.s.visit(value("browse.level", l.String()))
	return nil
}

// descend walks down the categories that the keys name.
func (t *turn) descend(ctx context.Context, keys []string) (ward.Category, error) {
	var path []string
	for i := 0; ; i++ {
		c, err := t.Searcher.Browse(ctx, path)
		if err != nil {
			return ward.Category{}, fmt.Errorf("browse: %w", err)
		}
		if i == len(keys) {
			return c, nil
		}
		at := slices.IndexFunc(c.Children, func(name string) bool { return categoryKey(name) == keys[i] })
		if at < 0 {
			return ward.Category{}, stale()
		}
		path = append(path, c.Children[at])
	}
}

// above are the keys of the category above; the site's home counts as the top.
func above(keys, path []string) []string {
	if len(path) == 2 && isHome(path[0]) {
		return nil
	}
	return keys[:len(keys)-1]
}

// items are the choices that a category holds: categories, then pages. Many
// sites' breadcrumbs begin with their home; what stands there stands at the top.
func (t *turn) items(ctx context.Context, keys []string, c ward.Category) ([]ward.Choice, error) {
	var homes []string
	if len(keys) == 0 {
		for _, name := range c.Children {
			if isHome(name) {
				homes = append(homes, name)
			}
		}
		c.Children = slices.DeleteFunc(slices.Clone(c.Children), isHome)
	}
	below, pages := listed(keys, c)
	for _, name := range homes {
		home, err := t.Searcher.Browse(ctx, []string{name})
		if err != nil {
			return nil, fmt.Errorf("browse: %w", err)
		}
		b, p := listed([]string{categoryKey(name)}, home)
		below, pages = append(b, below...), append(p, pages...)
	}
	items := append(below, pages...)
	var names []string
	for _, item := range items {
		names = append(names, item.Label)
	}
	for i, label := range distinct(names) {
		items[i].Label = label
	}
	return items, nil
}

// listed are the choices for the categories right below c and for its pages.
func listed(keys []string, c ward.Category) (below, pages []ward.Choice) {
	for _, name := range c.Children {
		down := append(slices.Clone(keys), categoryKey(name))
		if len(down) <= maxDepth {
			below = append(below, choice(shorten(name, MaxLabel), "browse.level", level{down, 0}.String()))
		}
	}
	for i, label := range labels(c.Pages, pageTitle) {
		pages = append(pages, ward.Choice{Label: label, Value: showValue(&c.Pages[i], span{})})
	}
	return below, pages
}
