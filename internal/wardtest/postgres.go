package wardtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Postgres is a PostgreSQL server of the test's own, in a folder of its own.
type Postgres struct {
	bin, dir, port string
	as             *syscall.Credential
	databases      int
	settings       []string
	*exec.Cmd
}

// StartPostgres starts one, and ends it with the test. Where PostgreSQL is not
// installed the test is skipped, in CI it fails. It syncs nothing to the disk
// unless a setting ("fsync=on") says so.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	if len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("postgresql is not installed")
		}
		t.Skip("postgresql is not installed")
	}
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &Postgres{bin: filepath.Dir(found[len(found)-1]), dir: dir, as: notRoot(t), settings: settings}
	if p.as != nil {
		if err := os.Chown(dir, int(p.as.Uid), int(p.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "initdb", "--pgdata", filepath.Join(dir, "data"), "--username", "ward", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	p.Start(t)
	return p
}

// notRoot is who the server runs as: PostgreSQL refuses root.
func notRoot(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (p *Postgres) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = p.dir, &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

func (p *Postgres) run(t testing.TB, program string, args ...string) {
	t.Helper()
	if out, err := p.command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// Start starts the server, again after Kill, and waits until it is ready.
func (p *Postgres) Start(t testing.TB) {
	t.Helper()
	if p.port == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p.port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	t.Cleanup(p.Kill)
	// Processes of a killed server take a moment to let go of its memory.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	said := p.boot(t)
	for end := time.Now().Add(bootTimeout); said != "" && strings.Contains(said, "is still in use") && time.Now().Before(end); {
		<-tick.C
		said = p.boot(t)
	}
	if said != "" {
		t.Fatalf("postgres ended:\n%s", said)
	}
}

// bootTimeout is how long Start waits for a killed server to be gone.
const bootTimeout = 20 * time.Second

// boot starts the server once and waits until it is ready: "", or what it said
// before it ended.
func (p *Postgres) boot(t testing.TB) string {
	t.Helper()
	args := []string{"-D", filepath.Join(p.dir, "data"), "-p", p.port, "-k", p.dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"}
	for _, s := range p.settings { // of one that comes twice the last counts
		args = append(args, "-c", s)
	}
	cmd := p.command("postgres", args...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Cmd = cmd
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go io.Copy(io.Discard, out)
			return ""
		}
	}
	cmd.Wait()
	return strings.Join(said, "\n")
}

// signal goes to the server and all its processes, each of which leads a group
// of its own. Any may be gone already.
func (p *Postgres) signal(s syscall.Signal) {
	if p.Cmd == nil {
		return
	}
	pid := p.Process.Pid
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	syscall.Kill(pid, s)
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			syscall.Kill(n, s)
		}
	}
}

// Kill ends the server and all its processes at once, as a machine that dies.
func (p *Postgres) Kill() {
	p.signal(syscall.SIGSTOP) // a stopped server makes no more processes
	p.signal(syscall.SIGKILL)
	if p.Cmd != nil {
		p.Wait()
	}
}

// Freeze has the server answer nothing, until Thaw.
func (p *Postgres) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (p *Postgres) Thaw() { p.signal(syscall.SIGCONT) }

// Database makes an empty database and gives its URL.
func (p *Postgres) Database(t testing.TB) string {
	t.Helper()
	p.databases++
	name := fmt.Sprintf("test%d", p.databases)
	p.run(t, "createdb", "--host", "127.0.0.1", "--port", p.port, "--username", "ward", name)
	return fmt.Sprintf("postgres://ward@127.0.0.1:%s/%s", p.port, name)
}
