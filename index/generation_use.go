package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"madoguchi/ward"
)

// Generation is a finished generation that can be made the live one.
type Generation struct {
	Stats
	Live bool
}

// Generations lists those in o.Dir, the oldest first; damaged ones and those of
// another version are left out.
func Generations(o Options) ([]Generation, error) {
	found, err := generations(o.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	live, err := current(o.Dir)
	if err != nil {
		live = 0
	}
	var out []Generation
	for _, n := range found {
		if m, err := readManifest(filepath.Join(o.Dir, genName(n))); err == nil {
			out = append(out, Generation{m.stats(n), n == live})
		}
	}
	return out, nil
}

// Use makes generation n the live one, whatever was thought of it: an older
// one, or one that was refused. The next Build is compared with it. Errors:
// NotFound when there is no such generation, Unavailable when it is damaged,
// Conflict while another process is building.
func Use(ctx context.Context, o Options, n int) (Stats, error) {
	o = o.withDefaults()
	dir := filepath.Join(o.Dir, genName(n))
	if _, err := os.Stat(dir); err != nil {
		return Stats{}, &ward.Error{Kind: ward.NotFound, Message: fmt.Sprintf("索引 %d はありません。madoguchi index --list で確かめてください。", n), Err: err}
	}
	unlock, err := lock(o.Dir)
	if err != nil {
		return Stats{}, err
	}
	defer unlock()
	m, err := verify(dir)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Stats{}, err
	}
	if err := setCurrent(o.Dir, n); err != nil {
		return Stats{}, err
	}
	o.Log.Info("index chosen", "generation", n, "documents", m.Documents)
	return m.stats(n), nil
}
