package web

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

func TestClientsAreBounded(t *testing.T) {
	c := newClients(60, 1)
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	loyal := netip.MustParseAddr("192.0.2.1")
	refused := 0
	for n := range uint32(5 * maxClients) {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], 10<<24+n)
		c.take(netip.AddrFrom4(b), now)
		if n%1000 == 0 && c.take(loyal, now) > 0 {
			refused++
		}
	}
	if held := len(c.now) + len(c.old); held > 2*maxClients {
		t.Errorf("%d clients are held, want at most %d", held, 2*maxClients)
	}
	if want := 5*maxClients/1000 - 1; refused != want { // only its first request passes: it is never forgotten
		t.Errorf("the busy client was refused %d times, want %d", refused, want)
	}
}
