package crawler

import (
	"net/url"
	"time"
)

// An item is one address that is still to be asked for.
type item struct {
	Seq   uint64 // order of discovery; the key in the store
	URL   string // normalised
	As    string `json:",omitempty"` // asked for under this spelling: /x/ as /x/index.html
	PDF   bool   `json:",omitempty"`
	Label string `json:",omitempty"` // of the link to a PDF
	Depth int    // links from a seed
	Hops  int    `json:",omitempty"` // redirects that led here
	Tries int    `json:",omitempty"` // requests that failed so far
	Seed  bool   `json:",omitempty"` // a default seed: may be missing
}

// address is what is written in the request.
func (it item) address() (*url.URL, error) {
	if it.As != "" {
		return url.Parse(it.As)
	}
	return url.Parse(it.URL)
}

// A frontier holds what is to be asked for, first come first served per host,
// and every address it ever met in this run. It lives in memory; what changed
// since the last commit is written with the pages that changed it, so that a
// killed crawl goes on where it was.
type frontier struct {
	seq     uint64
	hosts   map[string][]item
	size    int
	seen    map[string]bool // true if it was let in, false if refused
	folders map[string]int  // pages let in, by folder

	// since the last commit
	added, removed map[uint64]item
	met            map[string]bool
}

func newFrontier() *frontier {
	f := &frontier{hosts: map[string][]item{}, seen: map[string]bool{}, folders: map[string]int{}}
	f.committed()
	return f
}

func (f *frontier) committed() {
	f.added, f.removed, f.met = map[uint64]item{}, map[uint64]item{}, map[string]bool{}
}

// meet marks an address as seen; false if it was before.
func (f *frontier) meet(u *url.URL, letIn bool) bool {
	key := u.String()
	if _, ok := f.seen[key]; ok {
		return false
	}
	f.met[key] = letIn
	f.remember(u, letIn)
	return true
}

func (f *frontier) remember(u *url.URL, letIn bool) {
	f.seen[u.String()] = letIn
	if letIn {
		f.folders[folder(u)]++
	}
}

// push puts an item at the end of its host's queue.
func (f *frontier) push(it item) {
	f.seq++
	it.Seq = f.seq
	f.added[it.Seq] = it
	f.restore(it)
}

// restore puts back an item that is in the store already.
func (f *frontier) restore(it item) {
	u, err := url.Parse(it.URL)
	if err != nil {
		return
	}
	f.hosts[u.Host] = append(f.hosts[u.Host], it)
	f.size++
	f.seq = max(f.seq, it.Seq)
}

// pop takes the item that may be asked for first: of the host that is ready
// first, and among those the one found first. The item stays in the store
// until done.
func (f *frontier) pop(ready func(host string) time.Time) (it item, ok bool) {
	var from string
	var at time.Time
	for host, queue := range f.hosts {
		t := ready(host)
		if !ok || t.Before(at) || (t.Equal(at) && queue[0].Seq < it.Seq) {
			from, at, it, ok = host, t, queue[0], true
		}
	}
	if !ok {
		return item{}, false
	}
	if f.hosts[from] = f.hosts[from][1:]; len(f.hosts[from]) == 0 {
		delete(f.hosts, from)
	}
	f.size--
	return it, true
}

// done takes an item out of the store.
func (f *frontier) done(it item) {
	if _, unwritten := f.added[it.Seq]; unwritten {
		delete(f.added, it.Seq)
		return
	}
	f.removed[it.Seq] = it
}
