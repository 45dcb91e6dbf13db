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
	items := itemsOf(l, c)
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
		choices = append(choices, choice(labelUp, "browse.level", level{l.keys[:n-1], 0}.String()))
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

// itemsOf are the choices that a category holds.
func itemsOf(l level, c ward.Category) []ward.Choice {
	names := make([]string, 0, len(c.Children)+len(c.Pages))
	var items []ward.Choice
	if len(l.keys) < maxDepth {
		for _, name := range c.Children {
			below := level{append(slices.Clone(l.keys), categoryKey(name)), 0}
			names = append(names, shorten(name, MaxLabel))
			items = append(items, choice("", "browse.level", below.String()))
		}
	}
	names = append(names, labels(c.Pages, pageTitle)...)
	for i := range c.Pages {
		items = append(items, ward.Choice{Value: showValue(&c.Pages[i], span{})})
	}
	for i, label := range distinct(names) {
		items[i].Label = label
	}
	return items
}
