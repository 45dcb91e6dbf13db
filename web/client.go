package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Client is the address a request comes from: the peer, or what a trusted
// proxy says of it. The list of X-Forwarded-For is read from its end, where
// our own proxies write; what stands before the first stranger is hearsay.
func Client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr := peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !within(trusted, addr) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = next.Unmap().WithZone("")
	}
	return addr
}

func (s *site) client(r *http.Request) netip.Addr { return Client(r, s.TrustedProxies) }

// Hearsay tells whether some proxy that is not trusted passed the request on: it
// looks like the proxy's own.
func Hearsay(r *http.Request, trusted []netip.Prefix) bool {
	relayed := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Real-Ip") != ""
	return relayed && !within(trusted, peer(r))
}

// peer is who holds the other end of the connection.
func peer(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // a socket without addresses: one client
	}
	return ap.Addr().Unmap().WithZone("")
}

func within(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// maxClients is how many clients one generation of the limit remembers.
const maxClients = 10_000

// clients limits the rate of each. What it holds is bounded: when a
// generation is full it becomes the old one, and who was not seen since is
// forgotten with the one before.
type clients struct {
	mu       sync.Mutex
	limit    rate.Limit
	burst    int
	now, old map[netip.Prefix]*rate.Limiter
}

func newClients(perMinute, burst int) *clients {
	return &clients{limit: rate.Limit(float64(perMinute) / 60), burst: burst, now: map[netip.Prefix]*rate.Limiter{}}
}

// take takes one request of the client's allowance. When there is none left,
// it takes nothing and says how long to wait.
func (c *clients) take(addr netip.Addr, at time.Time) (wait time.Duration) {
	r := c.limiter(Network(addr)).ReserveN(at, 1)
	if wait = r.DelayFrom(at); wait > 0 {
		r.CancelAt(at)
	}
	return wait
}

func (c *clients) limiter(key netip.Prefix) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.now[key]; l != nil {
		return l
	}
	l := c.old[key]
	if l == nil {
		l = rate.NewLimiter(c.limit, c.burst)
	}
	if len(c.now) >= maxClients {
		c.old, c.now = c.now, map[netip.Prefix]*rate.Limiter{}
	}
	c.now[key] = l
	return l
}

// Network is what counts as one client: an IPv4 address, or the /64 that a
// household gets of IPv6.
func Network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // the zero Addr gives the zero Prefix
	return p
}
