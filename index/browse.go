package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"madoguchi/ward"
)

// Browse gives one level of the site's own categories: nil is the top.
// Error: NotFound when no page stands at or below path.
func (ix *Index) Browse(ctx context.Context, path []string) (ward.Category, error) {
	g, release, err := ix.acquire()
	if err != nil {
		return ward.Category{}, err
	}
	defer release()
	level := g.forward.level(path)
	if len(path) > 0 && len(level.sizes)+len(level.here) == 0 {
		return ward.Category{}, &ward.Error{Kind: ward.NotFound, Message: "その分類は見つかりませんでした。"}
	}
	c := ward.Category{Path: path, Children: level.children()}
	for _, n := range level.here {
		if err := ctx.Err(); err != nil {
			return ward.Category{}, err
		}
		d, err := g.document(n)
		if err != nil {
			return ward.Category{}, err
		}
		c.Pages = append(c.Pages, d)
	}
	return c, nil
}

// level is what stands at and right below a category.
type level struct {
	sizes map[string]int // pages below each child
	here  []int          // first document of each page that stands here
}

func (f *forward) level(path []string) level {
	l := level{sizes: map[string]int{}}
	seen := map[uint64]bool{}
	for n, c := range f.Categories {
		at := f.Paths[c]
		if len(at) < len(path) || !slices.Equal(at[:len(path)], path) || seen[f.Pages[n]] || strings.HasPrefix(f.IDs[n], fixPrefix) {
			continue
		}
		seen[f.Pages[n]] = true
		if len(at) == len(path) {
			l.here = append(l.here, n)
		} else {
			l.sizes[at[len(path)]]++
		}
	}
	return l
}

// children are the names of the next level, the largest first.
func (l level) children() []string {
	names := make([]string, 0, len(l.sizes))
	for name := range l.sizes {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(l.sizes[b], l.sizes[a]), cmp.Compare(a, b))
	})
	return names
}
