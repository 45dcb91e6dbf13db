package web_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/web"
)

func TestRateLimit(t *testing.T) {
	now := start()
	o := options(&counter{})
	o.PerMinute, o.Burst = 60, 3
	o.TrustedProxies = prefixes("10.0.0.0/8", "fd00::/8")
	o.Now = func() time.Time { return now }
	h := serve(t, o)
	ask := func(remote, forwarded string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/api/chat", strings.NewReader(`{"session":"s1"}`))
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	// Each pair is one client: what the first spends, the second lacks.
	for name, c := range map[string]struct{ first, firstFor, second, secondFor string }{
		"one address":          {"192.0.2.1:1", "", "192.0.2.1:2", ""},
		"one /64":              {"[2001:db8::1]:1", "", "[2001:db8::ffff:2]:1", ""},
		"mapped":               {"192.0.2.2:1", "", "[::ffff:192.0.2.2]:1", ""},
		"spoofed header":       {"192.0.2.3:1", "198.51.100.1", "192.0.2.3:1", "198.51.100.2"},
		"behind our proxy":     {"10.0.0.1:1", "198.51.100.3", "10.0.0.2:1", "198.51.100.3"},
		"spoofed before it":    {"10.0.0.1:1", "1.1.1.1, 198.51.100.4", "10.0.0.1:1", "2.2.2.2, 198.51.100.4"},
		"two proxies":          {"10.0.0.1:1", "198.51.100.5, 10.0.0.9", "[fd00::1]:1", "198.51.100.5"},
		"garbage in the list":  {"10.0.0.7:1", "198.51.100.6, <script>", "10.0.0.7:1", ""},
		"a socket without one": {"@", "", "@", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				if w := ask(c.first, c.firstFor); w.Code != http.StatusOK {
					t.Fatalf("within the burst: %d %s", w.Code, w.Body)
				}
			}
			w := ask(c.second, c.secondFor)
			if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"too_many"`) {
				t.Errorf("past the burst: %d, Retry-After %q, %s", w.Code, w.Header().Get("Retry-After"), w.Body)
			}
			now = now.Add(time.Second)
			if w := ask(c.second, c.secondFor); w.Code != http.StatusOK {
				t.Errorf("a second later: %d", w.Code)
			}
		})
	}
	for _, other := range []string{"192.0.2.100:1", "[2001:db8:0:1::1]:1"} {
		if w := ask(other, ""); w.Code != http.StatusOK {
			t.Errorf("%s pays for others: %d", other, w.Code)
		}
	}
}

// pipes is a listener whose connections stay in the process, so that a test
// owns their clock.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func TestSlowCallersLoseTheConnection(t *testing.T) {
	for name, first := range map[string]string{
		"header":   "POST /api/chat HTTP/1.1\r\nHost: a\r\n",
		"body":     "POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{",
		"idleness": "",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := options(&counter{})
				o.Now = time.Now
				l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
				srv := web.Server("", serve(t, o), slog.New(slog.DiscardHandler))
				go srv.Serve(l)
				var slow []net.Conn
				for range 50 {
					c := l.dial()
					if first != "" {
						fmt.Fprint(c, first)
					}
					slow = append(slow, c)
				}

				quick := l.dial()
				began := time.Now()
				fmt.Fprint(quick, "POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\n"+`{"session":"s1"}`)
				res, err := http.ReadResponse(bufio.NewReader(quick), nil)
				if err != nil || res.StatusCode != http.StatusOK || time.Since(began) > 0 {
					t.Fatalf("beside slow callers: %v, %v after %v", res, err, time.Since(began))
				}
				quick.Close()

				for _, c := range slow {
					go func() { // dribble a byte a second until the other side hangs up
						for {
							if _, err := c.Write([]byte("a")); err != nil {
								return
							}
							time.Sleep(time.Second)
						}
					}()
					go func() {
						for b := make([]byte, 512); ; {
							if _, err := c.Read(b); err != nil {
								c.Close()
								return
							}
						}
					}()
				}
				time.Sleep(20 * time.Second)
				synctest.Wait()
				for i, c := range slow {
					if _, err := c.Write([]byte("a")); err == nil {
						t.Fatalf("slow caller %d is still served after 20 s", i)
					}
				}
				srv.Close()
			})
		})
	}
}
