package data_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"madoguchi/data"
	"madoguchi/ward"
)

// installed skips the test where a program is missing, by name; in CI that is
// a failure.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
	return ""
}

// freePort is a port of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

// server is a process of the test's own.
type server struct {
	*exec.Cmd
	args []string
	port string
}

// redisServer starts a Redis and waits until it says that it is ready.
func redisServer(t *testing.T, ready string, args ...string) *server {
	t.Helper()
	s := &server{port: freePort(t)}
	s.args = append([]string{installed(t, "redis-server")}, args...)
	s.args = append(s.args, "--dir", t.TempDir(), "--save", "", "--bind", "127.0.0.1")
	if !strings.Contains(strings.Join(args, " "), "--tls-port") {
		s.args = append(s.args, "--port", s.port)
	}
	s.start(t, ready)
	return s
}

func (s *server) start(t *testing.T, ready string) {
	t.Helper()
	cmd := exec.Command(s.args[0], s.args[1:]...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	s.Cmd = cmd
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), ready) {
			go io.Copy(io.Discard, out)
			return
		}
	}
	t.Fatalf("redis-server ended:\n%s", strings.Join(said, "\n"))
}

// patient is for tests in which Redis is only slow because the machine is.
const patient = "dial_timeout=9s&read_timeout=9s&write_timeout=9s"

const listening = "Ready to accept connections"

func openRedis(t *testing.T, o data.RedisOptions) *data.RedisSessions {
	t.Helper()
	s, err := data.OpenRedis(o)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// admin is a client of the test's own.
func admin(t *testing.T, s *server) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + s.port})
	t.Cleanup(func() { c.Close() })
	return c
}

// aged makes time pass in Redis when it passes on the clock: every key has so
// much less to live.
func aged(t *testing.T, c *redis.Client) func(time.Duration) {
	return func(d time.Duration) {
		keys, err := c.Keys(context.Background(), "*").Result()
		must(t, err)
		for _, k := range keys {
			left, err := c.PTTL(context.Background(), k).Result()
			must(t, err)
			must(t, c.PExpire(context.Background(), k, left-d).Err())
		}
	}
}

func TestRedis(t *testing.T) {
	s := redisServer(t, listening)
	c := admin(t, s)
	testSessions(t, func(t *testing.T, clock *clock) sessionStore {
		must(t, c.FlushAll(t.Context()).Err())
		clock.onPass = aged(t, c)
		return openRedis(t, data.RedisOptions{URL: "redis://127.0.0.1:" + s.port + "?" + patient})
	})
	t.Run("keys", func(t *testing.T) {
		must(t, c.FlushAll(t.Context()).Err())
		for _, prefix := range []string{"", "ward:"} {
			s := openRedis(t, data.RedisOptions{URL: "redis://127.0.0.1:" + s.port + "?" + patient, Prefix: prefix})
			must(t, s.CompareAndSwap(t.Context(), "k", []byte("a\x00\xff"), 0, time.Hour))
			value, _, err := s.Get(t.Context(), "k")
			same(t, string(value), "a\x00\xff", err)
		}
		for _, key := range []string{"madoguchi:k", "ward:k"} {
			left, err := c.PTTL(t.Context(), key).Result()
			if err != nil || left <= 59*time.Minute || left > time.Hour {
				t.Errorf("%s lives for %v (%v)", key, left, err)
			}
		}
	})
}

// TestRedisKinds runs the contract of swaps on the other ways to run a Redis.
func TestRedisKinds(t *testing.T) {
	try := func(t *testing.T, o data.RedisOptions) {
		t.Helper()
		o.URL += map[bool]string{true: "&", false: "?"}[strings.Contains(o.URL, "?")] + patient
		testSwap(t, openRedis(t, o), newClock())
	}
	t.Run("password and number", func(t *testing.T) {
		s := redisServer(t, listening, "--requirepass", "ひみつ")
		try(t, data.RedisOptions{URL: "redis://:%E3%81%B2%E3%81%BF%E3%81%A4@127.0.0.1:" + s.port + "/3"})
		err := openRedis(t, data.RedisOptions{URL: "redis://:wrong@127.0.0.1:" + s.port}).Ready(t.Context())
		if ward.KindOf(err) != ward.Unavailable || strings.Contains(err.Error(), "wrong@") {
			t.Errorf("with a wrong password: %v", err)
		}
	})
	t.Run("TLS", func(t *testing.T) {
		cert, key := certificate(t)
		port := freePort(t)
		redisServer(t, listening, "--port", "0", "--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no")
		try(t, data.RedisOptions{URL: "rediss://127.0.0.1:" + port, CAFile: cert})
		if err := openRedis(t, data.RedisOptions{URL: "rediss://127.0.0.1:" + port}).Ready(t.Context()); ward.KindOf(err) != ward.Unavailable {
			t.Errorf("a certificate that nobody vouches for: %v", err)
		}
		if err := openRedis(t, data.RedisOptions{URL: "redis://127.0.0.1:" + port}).Ready(t.Context()); err == nil {
			t.Error("spoke without TLS")
		}
	})
	t.Run("cluster", func(t *testing.T) {
		s := redisServer(t, listening, "--cluster-enabled", "yes", "--cluster-port", freePort(t))
		c := admin(t, s)
		must(t, c.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
		for up := false; !up; {
			info, err := c.ClusterInfo(t.Context()).Result()
			must(t, err)
			up = strings.Contains(info, "cluster_state:ok")
		}
		try(t, data.RedisOptions{URL: "redis://127.0.0.1:" + s.port + "?addr=127.0.0.1:" + s.port})
	})
	t.Run("Sentinel", func(t *testing.T) {
		s := redisServer(t, listening)
		config := filepath.Join(t.TempDir(), "sentinel.conf")
		must(t, os.WriteFile(config, []byte("sentinel monitor madoguchi 127.0.0.1 "+s.port+" 1\n"), 0o600))
		sentinel := redisServer(t, "+monitor master", config, "--sentinel")
		try(t, data.RedisOptions{URL: "redis://127.0.0.1:" + sentinel.port + "?master_name=madoguchi"})
	})
}

// certificate makes one for loopback that vouches for itself.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("cert.pem", "CERTIFICATE", signed), write("key.pem", "PRIVATE KEY", pkcs8)
}

func TestRedisOptions(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:6379", "http://x", "redis://u:himitsu@h:port", "redis://u:himitsu@h/0?nonsense=1",
		"redis://u:himitsu@h?addr=x", "redis://u:himitsu@h?master_name=m&addr=x", "redis://u:himitsu@h/\x7f"} {
		if _, err := data.OpenRedis(data.RedisOptions{URL: address}); ward.KindOf(err) != ward.Invalid || strings.Contains(err.Error(), "himitsu") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, file := range []string{"nowhere.pem", os.Args[0]} {
		if _, err := data.OpenRedis(data.RedisOptions{URL: "rediss://h", CAFile: file}); ward.KindOf(err) != ward.Invalid {
			t.Errorf("certificates in %s: %v", file, err)
		}
	}
}

// TestRedisAway goes through the ways in which Redis can be away, each time in
// the middle of a conversation.
func TestRedisAway(t *testing.T) {
	s := redisServer(t, listening)
	other := admin(t, s)
	clock := newClock()
	sessions := openRedis(t, data.RedisOptions{URL: "redis://127.0.0.1:" + s.port, Now: clock.Now})
	// back tries until Redis is found back, or for the first time.
	back := func(call func() error) error {
		err := call()
		for tries := 0; ward.KindOf(err) == ward.Unavailable && tries < 50; tries++ {
			clock.pass(2 * time.Second)
			err = call()
		}
		return err
	}
	var value []byte
	version := func() (v int64) {
		t.Helper()
		must(t, back(func() (err error) {
			value, v, err = sessions.Get(t.Context(), "k")
			return err
		}))
		return v
	}
	away := func(what string) {
		t.Helper()
		for name, call := range map[string]func() error{
			"get":    func() error { _, _, err := sessions.Get(t.Context(), "k"); return err },
			"swap":   func() error { return sessions.CompareAndSwap(t.Context(), "k", []byte("x"), 1, time.Hour) },
			"delete": func() error { return sessions.Delete(t.Context(), "other") },
			"ready":  func() error { return sessions.Ready(t.Context()) },
		} {
			clock.pass(2 * time.Second) // so that this one tries
			began := time.Now()
			if err := call(); ward.KindOf(err) != ward.Unavailable || !strings.Contains(err.Error(), "Redis") {
				t.Errorf("%s: %s: %v", what, name, err)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("%s: %s took %v", what, name, took)
			}
		}
		// For a second nobody else waits.
		began := time.Now()
		for range 1000 {
			if _, _, err := sessions.Get(t.Context(), "k"); ward.KindOf(err) != ward.Unavailable {
				t.Fatalf("%s: %v", what, err)
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: 1000 calls took %v", what, took)
		}
		clock.pass(2 * time.Second)
	}
	must(t, back(func() error { return sessions.CompareAndSwap(t.Context(), "k", []byte("step 1"), 0, time.Hour) }))
	v := version()

	must(t, s.Process.Signal(syscall.SIGSTOP))
	away("frozen")
	must(t, s.Process.Signal(syscall.SIGCONT))
	same(t, version(), v, nil)
	same(t, string(value), "step 1", nil)

	must(t, other.ConfigSet(t.Context(), "maxmemory", "1").Err())
	clock.pass(2 * time.Second)
	if err := sessions.CompareAndSwap(t.Context(), "full", []byte("x"), 0, time.Hour); ward.KindOf(err) != ward.Unavailable {
		t.Errorf("out of memory: %v", err)
	}
	must(t, other.ConfigSet(t.Context(), "maxmemory", "0").Err())
	clock.pass(2 * time.Second)
	same(t, version(), v, nil)

	must(t, other.FlushAll(t.Context()).Err())
	conflict(t, back(func() error { return sessions.CompareAndSwap(t.Context(), "k", []byte("step 2"), v, time.Hour) }))
	must(t, back(func() error { return sessions.CompareAndSwap(t.Context(), "k", []byte("step 1 again"), 0, time.Hour) }))

	must(t, s.Process.Kill())
	s.Wait()
	away("killed")
	s.start(t, listening)
	same(t, version(), 0, nil)
	must(t, back(func() error { return sessions.Ready(t.Context()) }))

	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a caller who gives up says nothing about Redis
	if _, _, err := sessions.Get(ctx, "k"); err == nil || ward.KindOf(err) == ward.Unavailable {
		t.Errorf("caller gave up: %v", err)
	}
	must(t, back(func() error { return sessions.Ready(t.Context()) }))
}

// TestRedisSaysNo speaks to a server that answers everything with an error.
func TestRedisSaysNo(t *testing.T) {
	for _, answer := range []string{"-LOADING Redis is loading the dataset in memory", "-READONLY You can't write against a read only replica.",
		"-MISCONF Redis is configured to save RDB snapshots", "-NOAUTH Authentication required.", "what"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					for lines := bufio.NewScanner(c); lines.Scan(); {
						if strings.HasPrefix(lines.Text(), "*") {
							fmt.Fprintf(c, "%s\r\n", answer)
						}
					}
				}()
			}
		}()
		s := openRedis(t, data.RedisOptions{URL: "redis://" + l.Addr().String()})
		began := time.Now()
		if _, _, err := s.Get(t.Context(), "k"); ward.KindOf(err) != ward.Unavailable {
			t.Errorf("%s: %v", answer, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: took %v", answer, took)
		}
		l.Close()
	}
}
