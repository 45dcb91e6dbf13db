package crawler

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// When a loss is not believed.
const (
	minGuarded  = 10 // pages with answers known before
	lossPercent = 20
	maxMoves    = 10 // moves that are followed to find where a page went
)

// finish makes the outcomes of the run the new state of the store.
func (c *crawl) finish() error {
	final := c.settled()
	if lost, before := c.lost(final), c.guarded(); !c.opts.AcceptRemovals && before >= minGuarded && len(lost)*100 > before*lossPercent {
		for _, u := range lost {
			final[u] = c.known[u]
		}
		c.state.Summary.Kept = c.keptSentence(lost, before)
	} else if !c.foundAny() {
		c.state.Summary.Kept = fmt.Sprintf("サイト %s から1ページも取得できませんでした%s。前回までの内容（%dページ）はそのままです。",
			c.site, reasons(c.state.Summary.Failed), len(c.known))
	}
	dropLoosePDFs(final)
	markAliases(final)
	c.count(final)
	c.state.Ended = true
	c.state.Summary.Ended = c.opts.Now()
	return c.opts.Pages.replace(final, c.state)
}

// settled is what would be kept if everything the site said were believed.
func (c *crawl) settled() map[string]*record {
	final := map[string]*record{}
	for u, o := range c.next {
		if o.Verdict == wasLive {
			final[u] = o.Record
		}
	}
	for u, r := range c.known {
		if c.ends(u) == wasFailed {
			final[u] = r
		}
	}
	return final
}

// ends is what became of an address: live, gone, refused, moved (to a live
// one), or failed where nothing is known and the old copy stays.
func (c *crawl) ends(u string) verdict {
	o := c.next[u]
	if o == nil {
		return wasFailed
	}
	if o.Verdict != wasMoved {
		return o.Verdict
	}
	switch o = c.next[c.movedTo(u)]; {
	case o == nil, o.Verdict == wasFailed, o.Verdict == wasMoved:
		return wasFailed
	case o.Verdict == wasLive:
		return wasMoved
	}
	return wasGone
}

// movedTo is the end of a chain of moves.
func (c *crawl) movedTo(u string) string {
	for range maxMoves {
		o := c.next[u]
		if o == nil || o.Verdict != wasMoved {
			break
		}
		u = o.To
	}
	return u
}

// answers says that a record is a page that residents get answers from.
func answers(r *record) bool {
	return r != nil && r.Kind == kindPage && r.Docs > 0 && r.AliasOf == ""
}

// guarded is how many pages with answers were known on the configured hosts.
func (c *crawl) guarded() (n int) {
	for u, r := range c.known {
		if answers(r) && c.configured(u) {
			n++
		}
	}
	return n
}

// configured is false for pages of a host that went out of the configuration:
// they go with it.
func (c *crawl) configured(address string) bool {
	u, err := url.Parse(address)
	return err == nil && c.rules.hosts[u.Host]
}

// lost lists the pages with answers, of those known before, that final has not
// and that have not moved either: gone, without answers now, or replaced by
// one text that stands at many addresses (a notice of maintenance).
func (c *crawl) lost(final map[string]*record) (lost []string) {
	ids, texts, notices := map[string]bool{}, map[string]bool{}, map[string]int{}
	for u, r := range final {
		if r.Kind != kindPage || r.Docs == 0 {
			continue
		}
		ids[pageKey(r)], texts[r.Hash] = true, true
		if old := c.known[u]; answers(old) && old.Hash != r.Hash {
			notices[r.Hash]++
		}
	}
	heirs := map[string]int{}
	for u, o := range c.next {
		if o.Verdict == wasMoved && answers(c.known[u]) {
			heirs[c.movedTo(u)]++
		}
	}
	for u, old := range c.known {
		if !answers(old) || !c.configured(u) {
			continue
		}
		now, to := final[u], c.movedTo(u)
		switch {
		case now != nil && now.Docs > 0 && (now.Hash == old.Hash || notices[now.Hash] < 2):
		case now == nil && (ids[pageKey(old)] || texts[old.Hash]):
		case now == nil && to != u && c.known[to] == nil && heirs[to] == 1 && final[to] != nil && final[to].Docs > 0:
		default:
			lost = append(lost, u)
		}
	}
	slices.Sort(lost)
	return lost
}

// foundAny says that the run saw at least one page.
func (c *crawl) foundAny() bool {
	for _, o := range c.next {
		if o.Verdict == wasLive && o.Record.Kind == kindPage {
			return true
		}
	}
	return false
}

func (c *crawl) keptSentence(lost []string, before int) string {
	why := map[string]int{}
	for _, u := range lost {
		o := c.next[u]
		switch {
		case o == nil:
			why["unknown"]++
		case o.Verdict == wasLive && o.Record.Docs == 0:
			why["no text found"]++
		case o.Verdict == wasLive:
			why["same text everywhere"]++
		case o.Verdict == wasMoved:
			why["moved away"]++
		default:
			why[o.Reason]++
		}
	}
	return fmt.Sprintf("前回の%dページのうち%dページ（%d%%）が今回は見つかりません%s。サイトの一時的な不具合かもしれないため、そのページの前回の内容を残しています。本当になくなったのなら、削除を認めて巡回し直してください。",
		before, len(lost), len(lost)*100/before, reasons(why))
}

// reasons lists counts in brackets, the largest first.
func reasons(counts map[string]int) string {
	if len(counts) == 0 {
		return ""
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s: %d", k, counts[k])
	}
	return "（" + strings.Join(keys, "、") + "）"
}

// dropLoosePDFs drops PDFs that no kept page offers any more.
func dropLoosePDFs(final map[string]*record) {
	offered := map[string]bool{}
	for _, r := range final {
		for _, u := range r.PDFs {
			offered[u] = true
		}
	}
	maps.DeleteFunc(final, func(u string, r *record) bool { return r.Kind == kindPDF && !offered[u] })
}

// pageKey is what a page keeps when its address changes: the site's own number
// for it, else the address that it names itself.
func pageKey(r *record) string {
	if u, err := url.Parse(r.URL); err == nil && r.PageID != "" {
		return u.Host + " " + r.PageID
	}
	return r.Declared
}

// markAliases finds pages that stand at several addresses and leaves one of
// them. The same number or og:url alone is not believed, since templates repeat
// them: title or text must agree.
func markAliases(final map[string]*record) {
	byKey := map[string][]*record{}
	for _, u := range slices.Sorted(maps.Keys(final)) {
		r := final[u]
		r.AliasOf = ""
		if r.Kind != kindPage {
			continue
		}
		shown := byKey[pageKey(r)]
		i := slices.IndexFunc(shown, func(s *record) bool { return s.Hash == r.Hash || s.Title == r.Title })
		switch {
		case i < 0:
			byKey[pageKey(r)] = append(shown, r)
		case newer(r, shown[i]):
			shown[i].AliasOf, shown[i] = r.URL, r
		default:
			r.AliasOf = shown[i].URL
		}
	}
}

// newer says that a is rather to be shown than b: found in a later run, at the
// address that the page names itself, with a later date, nearer to the start.
func newer(a, b *record) bool {
	switch {
	case a.FirstRun != b.FirstRun:
		return a.FirstRun > b.FirstRun
	case (a.URL == a.Declared) != (b.URL == b.Declared):
		return a.URL == a.Declared
	case a.Updated != b.Updated:
		return a.Updated > b.Updated
	case a.Depth != b.Depth:
		return a.Depth < b.Depth
	}
	return a.URL < b.URL
}

// count compares before and after.
func (c *crawl) count(final map[string]*record) {
	s := &c.state.Summary
	heir := map[string]bool{}
	for u, r := range c.known {
		if !counted(r) || counted(final[u]) {
			continue
		}
		if to := c.successor(u, final); to != "" {
			s.Moved++
			heir[to] = true
			s.change(MovedTo, r, to)
			continue
		}
		s.Gone++
		s.change(Vanished, r, "")
	}
	for u, r := range final {
		old := c.known[u]
		switch {
		case !counted(r) || heir[u]:
		case !counted(old):
			s.New++
			s.change(Appeared, r, "")
		case old.Hash != r.Hash:
			s.Changed++
			s.change(Altered, r, "")
		default:
			s.Unchanged++
		}
	}
	slices.SortFunc(s.Changes, func(a, b Change) int { return strings.Compare(a.URL+a.To, b.URL+b.To) })
}

// successor is the shown address of a page that was shown at u before.
func (c *crawl) successor(u string, final map[string]*record) string {
	to := c.movedTo(u)
	if r := final[to]; r != nil && r.AliasOf != "" {
		to = r.AliasOf
	}
	if to == u || counted(c.known[to]) || !counted(final[to]) {
		return ""
	}
	return to
}

func counted(r *record) bool {
	return r != nil && r.AliasOf == "" && (r.Kind == kindPage || r.Kind == kindPDF)
}

// change notes a page with answers for the staff.
func (s *Summary) change(kind ChangeKind, r *record, to string) {
	if r.Docs > 0 || r.Kind == kindPDF {
		s.Changes = append(s.Changes, Change{Kind: kind, URL: r.URL, To: to, Title: r.Title})
	}
}
