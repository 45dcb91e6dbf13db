package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madoguchi/bot/line/sim"
	"madoguchi/internal/wardtest/lineapi"
	"madoguchi/ward"
)

// phone is a counter in LINE with a platform on this machine; every call of
// the counter is held against LINE's OpenAPI.
type phone struct {
	*sim.Sim
	counter *counter
	address string // of the counter: http://host:port
}

// openPhone runs a counter on a copy of the sample ward's index.
func openPhone(t *testing.T) phone {
	t.Helper()
	cfg := &config{dataDir: t.TempDir(), wardName: "見本区", contactPhone: sampleContactPhone}
	if err := os.CopyFS(cfg.indexDir(), os.DirFS(filepath.Join(sampleWard(t).dir, "index"))); err != nil {
		t.Fatal(err)
	}
	return openPhoneOn(t, cfg, func(c *counter) error { return c.shelf.refresh(t.Context()) })
}

// openPhoneOn runs a counter that prepare has made ready.
func openPhoneOn(t *testing.T, cfg *config, prepare func(*counter) error) phone {
	t.Helper()
	log := cfg.logger(io.Discard)
	const channelSecret, channelToken = "test-secret", "test-token"
	// The platform must know the counter's address and the counter the
	// platform's; so the counter's handler comes later than its address.
	var handler http.Handler
	face := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	platform, err := sim.New(sim.Options{WebhookURL: face.URL + "/line/webhook", Secret: channelSecret, Token: channelToken, Name: cfg.wardName, Now: time.Now, Log: log, Check: lineapi.Checker(t)})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(platform.API())
	cfg.lineSecrets, cfg.lineToken, cfg.lineAPIURL, cfg.lineDataURL = channelSecret, channelToken, api.URL, api.URL
	ctx, cancel := context.WithCancel(context.Background())
	c, err := openCounter(ctx, cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := prepare(c); err != nil {
		t.Fatal(err)
	}
	channel, err := c.openLINE(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if handler, err = c.handler(channel, platform.Page()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- channel.jobs.Run(ctx) }()
	t.Cleanup(func() {
		platform.Close()
		face.Close()
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) { // before it had begun
			t.Errorf("queue: %v", err)
		}
		api.Close()
		if err := c.close(); err != nil {
			t.Error(err)
		}
		for _, refused := range platform.Ledger().Refused {
			t.Errorf("LINE's OpenAPI objects: %v", refused)
		}
	})
	return phone{platform, c, face.URL}
}

// next waits for what user gets next and gives it as one text.
func (p phone) next(t *testing.T, user ward.Resident) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d, err := p.Next(ctx, user)
	if err != nil {
		t.Fatalf("nothing came: %v", err)
	}
	var all strings.Builder
	for _, m := range d.Messages {
		all.Write(m)
		all.WriteByte('\n')
	}
	return all.String()
}

// TestLINE is a whole conversation in LINE over the real counter: greeting, a
// question, はい, browsing, a photo, a place, a sticker, a message taken back.
func TestLINE(t *testing.T) {
	p := openPhone(t)
	user := p.AddResident("")
	expect := func(what string, wants ...string) {
		t.Helper()
		got := p.next(t, user)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", what, want, got)
			}
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(p.Follow(t.Context(), user))
	expect("greeting", "見本区", "責任")
	_, err := p.Say(t.Context(), user, "住民票の写しの手数料はいくらですか")
	do(err)
	expect("answer", `"flex"`, "300円", "更新日", "はい")
	do(p.Tap(t.Context(), user, "はい"))
	expect("thanks", "ありがとう")
	_, err = p.Say(t.Context(), user, "メニュー")
	do(err)
	expect("menu", "分類から探す")
	do(p.Tap(t.Context(), user, "分類から探す"))
	expect("categories", "くらし・手続き")
	_, err = p.SendPhoto(t.Context(), user, pixel(), "image/png")
	do(err)
	expect("photo", "写真")
	_, err = p.SendPlace(t.Context(), user, ward.Place{Latitude: 35.7, Longitude: 139.87}, "", "見本町")
	do(err)
	expect("place", "場所")
	_, err = p.SendSticker(t.Context(), user, "446", "1988")
	do(err)
	expect("sticker", "text")
}

// TestUnsend: within the minute after a message was taken back, its words are
// nowhere in the data directory.
func TestUnsend(t *testing.T) {
	p := openPhone(t)
	user := p.AddResident("")
	const words = "ぷりんあらもーどの秘密の作り方"
	id, err := p.Say(t.Context(), user, words)
	if err != nil {
		t.Fatal(err)
	}
	p.next(t, user)
	if err := p.Unsend(t.Context(), user, id); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		where := holding(t, p.counter.cfg.dataDir, words)
		if where == "" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("after a minute the words are still in %s", where)
		case <-tick.C:
		}
	}
}

// holding names a file below dir that has the words, "" if none.
func holding(t *testing.T, dir, words string) (where string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files come and go while the service runs
		}
		if content, err := os.ReadFile(path); err == nil && bytes.Contains(content, []byte(words)) {
			where = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// pixel is a picture of one dot.
func pixel() []byte {
	return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82")
}
