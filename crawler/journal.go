package crawler

import (
	"encoding/binary"
	"net/url"
	"time"

	"go.etcd.io/bbolt"
)

// When the work since the last commit is written. A kill loses at most this
// much, and the next run asks for it again.
const (
	batchItems = 64
	batchBytes = 8 << 20
	batchAge   = time.Second
)

// verdict is what became of one address in a run.
type verdict string

const (
	wasLive    verdict = "live"
	wasGone    verdict = "gone"    // the site says that it does not exist
	wasMoved   verdict = "moved"   // it leads to another address
	wasRefused verdict = "refused" // robots.txt or our own rules forbid it now
	wasFailed  verdict = "failed"  // nothing is known; the old copy stays
)

// An outcome waits in the store until the run ends.
type outcome struct {
	Verdict verdict
	Reason  string  `json:",omitempty"`
	To      string  `json:",omitempty"` // of a moved page
	Record  *record `json:",omitempty"` // of a live one
}

// runState goes on over a restart.
type runState struct {
	Number uint64
	Ended  bool
	PDFs   int // asked for
	// Summary holds the counts so far.
	Summary Summary
}

// A batch is what happened since the last commit, the frontier's part apart.
type batch struct {
	outcomes map[string]*outcome
	bodies   map[string][]byte
	robots   map[string]*robotsCopy // nil where the host has none any more
	bytes    int
	since    time.Time
	packer   packer
}

func newBatch(now time.Time) *batch {
	return &batch{outcomes: map[string]*outcome{}, bodies: map[string][]byte{}, robots: map[string]*robotsCopy{}, since: now}
}

func (b *batch) full(now time.Time, items int) bool {
	return len(b.outcomes) >= items || b.bytes >= batchBytes || now.Sub(b.since) >= batchAge
}

// keep packs a body and gives its key.
func (b *batch) keep(raw []byte) string {
	key, packed := bodyName(raw), b.packer.pack(raw)
	b.bodies[key] = packed
	b.bytes += len(packed)
	return key
}

// commit writes a batch and the frontier's changes in one transaction.
func (p *Pages) commit(b *batch, f *frontier, state *runState) error {
	return p.update(func(tx *bbolt.Tx) error { return write(tx, b, f, state) })
}

// begin writes the first batch of a run, its seeds, in the place of what an
// earlier run left undone.
func (p *Pages) begin(b *batch, f *frontier, state *runState) error {
	return p.update(func(tx *bbolt.Tx) error {
		if err := empty(tx, bucketNext, bucketQueue, bucketSeen); err != nil {
			return err
		}
		return write(tx, b, f, state)
	})
}

func write(tx *bbolt.Tx, b *batch, f *frontier, state *runState) error {
	if err := writeFrontier(tx, f); err != nil {
		return err
	}
	for key, packed := range b.bodies {
		if err := tx.Bucket([]byte(bucketBodies)).Put(bodyKey(key), packed); err != nil {
			return err
		}
	}
	for u, o := range b.outcomes {
		if err := put(tx, bucketNext, u, o); err != nil {
			return err
		}
	}
	for origin, copied := range b.robots {
		if err := put(tx, bucketRobots, origin, copied); err != nil {
			return err
		}
	}
	return put(tx, bucketMeta, "run", state)
}

func writeFrontier(tx *bbolt.Tx, f *frontier) error {
	queue, seen := tx.Bucket([]byte(bucketQueue)), tx.Bucket([]byte(bucketSeen))
	for seq := range f.removed {
		if err := queue.Delete(binary.BigEndian.AppendUint64(nil, seq)); err != nil {
			return err
		}
	}
	for seq, it := range f.added {
		if err := put(tx, bucketQueue, string(binary.BigEndian.AppendUint64(nil, seq)), it); err != nil {
			return err
		}
	}
	for u, letIn := range f.met {
		mark := []byte{0}
		if letIn {
			mark[0] = 1
		}
		if err := seen.Put([]byte(u), mark); err != nil {
			return err
		}
	}
	return nil
}

func put(tx *bbolt.Tx, bucket, key string, v any) error {
	data, err := seal(v)
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(bucket)).Put([]byte(key), data)
}

// state reads the last run and, if it was cut off, its frontier.
func (p *Pages) state() (*runState, *frontier, error) {
	s, f := &runState{Ended: true}, newFrontier()
	err := p.view(func(tx *bbolt.Tx) error {
		data := tx.Bucket([]byte(bucketMeta)).Get([]byte("run"))
		if data == nil {
			return nil
		}
		if err := unseal(data, s); err != nil || s.Ended {
			return err
		}
		return readFrontier(tx, f)
	})
	return s, f, err
}

func readFrontier(tx *bbolt.Tx, f *frontier) error {
	err := tx.Bucket([]byte(bucketQueue)).ForEach(func(_, v []byte) error {
		var it item
		if err := unseal(v, &it); err != nil {
			return err
		}
		f.restore(it)
		return nil
	})
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(bucketSeen)).ForEach(func(k, v []byte) error {
		u, err := url.Parse(string(k))
		if err != nil {
			return err
		}
		f.remember(u, len(v) == 1 && v[0] == 1)
		return nil
	})
}

func empty(tx *bbolt.Tx, buckets ...string) error {
	for _, b := range buckets {
		if err := tx.DeleteBucket([]byte(b)); err != nil {
			return err
		}
		if _, err := tx.CreateBucket([]byte(b)); err != nil {
			return err
		}
	}
	return nil
}

// replace ends a run: final becomes the kept pages, in one transaction.
func (p *Pages) replace(final map[string]*record, state *runState) error {
	err := p.update(func(tx *bbolt.Tx) error {
		if err := empty(tx, bucketPages, bucketNext, bucketQueue, bucketSeen); err != nil {
			return err
		}
		for u, r := range final {
			if err := put(tx, bucketPages, u, r); err != nil {
				return err
			}
		}
		if err := put(tx, bucketMeta, "summary", state.Summary); err != nil {
			return err
		}
		return put(tx, bucketMeta, "run", state)
	})
	if err != nil {
		return err
	}
	return p.sweep(final)
}

// sweep deletes the bodies that no record names. What a kill leaves behind, the
// next run sweeps.
func (p *Pages) sweep(final map[string]*record) error {
	named := map[string]bool{}
	for _, r := range final {
		named[string(bodyKey(r.Body))] = true
		named[string(bodyKey(r.Text))] = true
	}
	return p.update(func(tx *bbolt.Tx) error {
		var unnamed [][]byte
		bodies := tx.Bucket([]byte(bucketBodies))
		err := bodies.ForEach(func(k, _ []byte) error {
			if !named[string(k)] {
				unnamed = append(unnamed, k)
			}
			return nil
		})
		for _, k := range unnamed {
			if err == nil {
				err = bodies.Delete(k)
			}
		}
		return err
	})
}
