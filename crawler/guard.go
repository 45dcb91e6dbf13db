package crawler

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const dialTimeout = 15 * time.Second

// A guard decides at connect time, after name resolution, which addresses a
// crawl may reach: public ones on ports 80 and 443. A site that is itself
// configured by a private address (or as localhost) may be reached there, at
// exactly that host and port.
type guard struct {
	private string        // host:port of a site configured on a private address, else ""
	lookup  *net.Resolver // nil is the system's
}

func newGuard(site *url.URL) guard {
	host := site.Hostname()
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if local || (err == nil && !public(ip)) {
		return guard{private: hostPort(site)}
	}
	return guard{}
}

// dial is the DialContext of the crawl's transport.
func (g guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, Resolver: g.lookup}
	d.Control = func(_, resolved string, _ syscall.RawConn) error { return g.check(addr, resolved) }
	return d.DialContext(ctx, network, addr)
}

// check is asked for every single connect: addr is host:port as in the URL,
// resolved is ip:port.
func (g guard) check(addr, resolved string) error {
	to, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("%w: %s", errRefused, resolved)
	}
	if addr == g.private {
		if host, _, _ := net.SplitHostPort(addr); to.Addr().IsLoopback() || host == to.Addr().String() {
			return nil
		}
	}
	if !public(to.Addr()) || (to.Port() != 80 && to.Port() != 443) {
		return fmt.Errorf("%w: %s", errRefused, resolved)
	}
	return nil
}

// public says that an address belongs to the open internet and not to a
// machine, a network or a translation mechanism that leads back to one.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" {
		return false
	}
	for _, special := range [...]string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		if netip.MustParsePrefix(special).Contains(ip) {
			return false
		}
	}
	return true
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
