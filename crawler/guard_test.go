package crawler

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestPublic(t *testing.T) {
	for ip, want := range map[string]bool{
		"203.104.1.1": true, "1.1.1.1": true, "2606:4700::1111": true,
		"127.0.0.1": false, "127.8.8.8": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false,
		"255.255.255.255": false, "240.0.0.1": false, "::1": false, "::": false, "fe80::1": false, "fc00::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:1.1.1.1": true, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:0:1::": false, "fec0::1": false,
	} {
		if got := public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("public(%s) = %v", ip, got)
		}
	}
}

// TestGuardStopsBeforeConnecting dials a listener under every name there is
// for it; only the configured site may get through.
func TestGuardStopsBeforeConnecting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var accepted atomic.Int32
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	resolver := rebinding(t)
	for _, c := range []struct {
		site, dial string
		allowed    bool
	}{
		{"http://127.0.0.1:" + port, "127.0.0.1:" + port, true},
		{"http://localhost:" + port, "localhost:" + port, true},
		{"http://127.0.0.1:1", "127.0.0.1:" + port, false},
		{"http://127.0.0.1:" + port, "localhost:" + port, false},
		{"https://www.city.mihon.example", "127.0.0.1:" + port, false},
		{"https://www.city.mihon.example", "[::ffff:127.0.0.1]:" + port, false},
		{"https://www.city.mihon.example", "0.0.0.0:" + port, false},
		{"https://www.city.mihon.example", "[::]:" + port, false},
		{"https://www.city.mihon.example", "localhost:" + port, false},
		{"https://www.city.mihon.example", "www.city.mihon.example:" + port, false}, // its name server says 127.0.0.1
		{"https://www.city.mihon.example", "www.city.mihon.example:443", false},
	} {
		site, err := url.Parse(c.site)
		if err != nil {
			t.Fatal(err)
		}
		g := newGuard(site)
		g.lookup = resolver
		conn, err := g.dial(t.Context(), "tcp", c.dial)
		if conn != nil {
			conn.Close()
		}
		if c.allowed != (err == nil) || (!c.allowed && !errors.Is(err, errRefused)) {
			t.Errorf("site %s, dial %s: %v", c.site, c.dial, err)
		}
	}
	if n := accepted.Load(); n > 2 {
		t.Errorf("%d connections were made", n)
	}
}

// rebinding is a resolver for which every name is 127.0.0.1.
func rebinding(t *testing.T) *net.Resolver {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
				}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = pc.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}
