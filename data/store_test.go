package data_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("DATA_TEST_OPEN"); dir != "" { // the second process
		_, err := data.Open(context.Background(), data.Options{Dir: dir})
		fmt.Print(err)
		os.Exit(0)
	}
	if dir := os.Getenv("DATA_TEST_WRITE"); dir != "" { // the process that is killed
		writeForEver(dir)
	}
	os.Exit(m.Run())
}

// writeForEver prints each crawl's number once it is acknowledged.
func writeForEver(dir string) {
	s, err := data.Open(context.Background(), data.Options{Dir: dir})
	for n := 0; err == nil; n++ {
		run := ward.CrawlRun{Started: time.UnixMilli(int64(n)), Changes: []ward.PageChange{{URL: "a"}, {URL: "b"}}}
		if err = s.RecordCrawl(context.Background(), run); err == nil {
			fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestKilledProcessLosesNothing(t *testing.T) {
	for _, lines := range []int{1, 17, 60} {
		dir := t.TempDir()
		writer := exec.Command(os.Args[0])
		writer.Env = append(os.Environ(), "DATA_TEST_WRITE="+dir)
		out, err := writer.StdoutPipe()
		must(t, err)
		must(t, writer.Start())
		acked := 0
		for read := bufio.NewScanner(out); read.Scan(); { // to the end: acknowledged while it was being killed
			if acked++; acked == lines {
				must(t, writer.Process.Kill())
			}
		}
		writer.Wait()
		if acked < lines {
			t.Fatalf("the writer ended after %d lines", acked)
		}
		s := openSQLite(t, dir, newClock())
		runs, err := s.Crawls(t.Context(), 1<<20)
		must(t, err)
		if len(runs) < acked || len(runs) > acked+1 {
			t.Errorf("%d runs acknowledged, %d kept", acked, len(runs))
		}
		for _, r := range runs {
			changes, err := s.Changes(t.Context(), r.Started)
			same(t, len(changes), 2, err)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := openSQLite(t, dir, newClock())
	for range 2 { // the attempt itself must not free the lock
		second := exec.Command(os.Args[0])
		second.Env = append(os.Environ(), "DATA_TEST_OPEN="+dir)
		out, err := second.CombinedOutput()
		must(t, err)
		if !strings.Contains(string(out), "別の madoguchi が使っています") {
			t.Fatalf("second process said %q", out)
		}
	}
	if _, err := data.Open(t.Context(), data.Options{Dir: dir}); ward.KindOf(err) != ward.Conflict {
		t.Errorf("opened twice in one process: %v", err)
	}
	must(t, first.Close())
	openSQLite(t, dir, newClock())
}

func TestSurvivesRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "窓口 ?&#%20", "var") // a name that a DSN would trip over
	c := newClock()
	first := openSQLite(t, dir, c)
	run := ward.CrawlRun{Started: c.at, Finished: c.at, Unchanged: 5, Failed: map[string]int{}}
	must(t, first.RecordCrawl(t.Context(), run))
	must(t, first.Sessions().CompareAndSwap(t.Context(), "k", []byte("step 2"), 0, time.Hour))
	_, version, err := first.Sessions().Get(t.Context(), "k")
	must(t, err)
	must(t, first.Close())

	second := openSQLite(t, dir, c)
	runs, err := second.Crawls(t.Context(), 10)
	same(t, runs, []ward.CrawlRun{run}, err)
	value, again, err := second.Sessions().Get(t.Context(), "k")
	same(t, string(value), "step 2", err)
	same(t, again, version, nil)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v %v, want readable by its owner only", info.Mode(), err)
	}
}

func TestSweep(t *testing.T) {
	c := newClock()
	s := openSQLite(t, t.TempDir(), c).Sessions()
	must(t, s.CompareAndSwap(t.Context(), "short", []byte("a"), 0, time.Minute))
	must(t, s.CompareAndSwap(t.Context(), "long", []byte("b"), 0, time.Hour))
	c.pass(time.Minute)
	removed, err := s.Sweep(t.Context())
	same(t, removed, 1, err)
	removed, err = s.Sweep(t.Context())
	same(t, removed, 0, err)
	value, _, err := s.Get(t.Context(), "long")
	same(t, string(value), "b", err)
}

// smallDisk is a directory on a disk of a few megabytes, "" where such a disk
// may not be made.
func smallDisk(t *testing.T, size string) string {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		return ""
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill writes a file until the disk takes no more, and gives its name.
func fill(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	must(t, err)
	defer f.Close()
	for _, size := range []int{1 << 16, 1 << 8, 1} { // to the last byte
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill: %v", err)
	}
	return name
}

func TestFullDisk(t *testing.T) {
	disk, c := smallDisk(t, "4m"), newClock()
	var store *data.Store
	makeFull, makeFree := func() {}, func() {}
	if disk != "" {
		store = openSQLite(t, disk, c)
		makeFull = func() { fill(t, disk) }
		makeFree = func() { must(t, os.Remove(filepath.Join(disk, "ballast"))) }
	} else {
		t.Log("no tmpfs here: the database itself is kept from growing")
		store = openSQLite(t, t.TempDir(), c)
		makeFull = func() { must(t, data.LimitPages(store, 1)) }
		makeFree = func() { must(t, data.LimitPages(store, 1<<20)) }
	}
	run := func(n int) ward.CrawlRun {
		r := ward.CrawlRun{Started: c.at.Add(time.Duration(n) * time.Hour)}
		for i := range 100 {
			r.Changes = append(r.Changes, ward.PageChange{URL: fmt.Sprintf("https://example.jp/%03d", i), Title: strings.Repeat("窓", 200), What: ward.PageNew})
		}
		return r
	}
	must(t, store.RecordCrawl(t.Context(), run(0)))
	makeFull()
	kept := 1
	var err error
	for ; err == nil; kept++ {
		err = store.RecordCrawl(t.Context(), run(kept))
	}
	kept--
	var e *ward.Error
	if !errors.As(err, &e) || e.Kind != ward.Unavailable || !strings.Contains(e.Message, "ディスク") {
		t.Fatalf("full disk: %v, want unavailable with a sentence", err)
	}
	whole := func() {
		t.Helper()
		runs, err := store.Crawls(t.Context(), 1000)
		same(t, len(runs), kept, err)
		for _, r := range runs {
			changes, err := store.Changes(t.Context(), r.Started)
			same(t, changes, run(0).Changes, err)
		}
	}
	whole()
	makeFree()
	must(t, store.RecordCrawl(t.Context(), run(kept)))
	kept++
	whole()
}

func TestReady(t *testing.T) {
	s := openSQLite(t, t.TempDir(), newClock())
	must(t, s.Ready(t.Context()))
	if disk := smallDisk(t, "4m"); disk != "" {
		err := openSQLite(t, disk, newClock()).Ready(t.Context())
		if ward.KindOf(err) != ward.Unavailable || !strings.Contains(err.Error(), "空き") {
			t.Errorf("on a nearly full disk: %v", err)
		}
	}
	must(t, s.Close())
	if err := s.Ready(t.Context()); err == nil {
		t.Error("a closed store says that it is ready")
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	garbage := func(name string) string {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("これはデータベースではない", 1000)), 0o600))
		return dir
	}
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for name, c := range map[string]struct {
		dir  string
		kind ward.ErrorKind
		want string
	}{
		"no directory named": {"", ward.Invalid, "MADOGUCHI_DATA_DIR"},
		"a file instead":     {file, ward.Unavailable, "作れません"},
		"records garbled":    {garbage("records.db"), ward.Unavailable, "壊れています"},
		"sessions garbled":   {garbage("sessions.db"), ward.Unavailable, "壊れています"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // a failed Open leaves the directory free
				_, err := data.Open(t.Context(), data.Options{Dir: c.dir})
				if ward.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("got %v, want %s with %q", err, c.kind, c.want)
				}
			}
		})
	}
}

func TestCallerGivesUp(t *testing.T) {
	s := openSQLite(t, t.TempDir(), newClock())
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if err := s.RecordUnanswered(ctx, ward.Unanswered{}); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("write: %v", err)
	}
	if _, _, err := s.Sessions().Get(ctx, "k"); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("read: %v", err)
	}
}
