package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"madoguchi/data"
	"madoguchi/data/sample"
	"madoguchi/internal/wardtest"
)

// Figures of the counter in LINE, through its front door: the built program on
// the sample ward, one signed webhook per event, LINE's side in this process,
// everything on loopback. Time counts from when a webhook should have been
// sent, whether or not this process got to it, so a service that keeps the
// sender waiting is not flattered. What it shares with the service are the
// machine's cores.

const (
	burstRate      = 500 // webhooks a second
	questionRate   = 50
	benchPeople    = 5000
	benchSecret    = "bench-secret"
	drainTimeout   = 2 * time.Minute
	redeliverAfter = 5 * time.Second // LINE takes longer
)

// BenchmarkWebhook is a burst at burstRate; -benchtime 30000x is a minute of
// it. The mix is what a ward would see after a broadcast to its friends: of
// 100 events 45 are questions in words, half of them a rich menu's, 35 taps, 8
// greetings and short words, 5 stickers, 4 follows, 3 of blocks; 2 in 100 come
// again.
func BenchmarkWebhook(b *testing.B) {
	benchmarkLINE(b, func(b *testing.B, s *service, r *rand.Rand) {
		s.flood(b, burstRate, func(int) bool { return r.IntN(50) == 0 }, mixed(b, r))
		s.report(b, s.accepted, "accepted")
		b.ReportMetric(s.drained.Seconds(), "drained-s")
	})
}

// BenchmarkQuestion is a question of another resident at each turn: how long
// until its reply is with LINE.
func BenchmarkQuestion(b *testing.B) {
	benchmarkLINE(b, func(b *testing.B, s *service, r *rand.Rand) {
		questions := questionTexts(b)
		s.flood(b, questionRate, func(int) bool { return false }, func(i int) map[string]any {
			return said(resident(i%benchPeople), questions[r.IntN(len(questions))])
		})
	})
}

func benchmarkLINE(b *testing.B, run func(*testing.B, *service, *rand.Rand)) {
	program := binary(b)
	ward := b.TempDir()
	crawlFigures(b, program, ward, serveSample(b))
	each := func(name string, backends func(b *testing.B) (database, redis string)) {
		b.Run(name, func(b *testing.B) {
			s := startService(b, program, ward, backends)
			run(b, s, rand.New(rand.NewPCG(1, 2)))
			s.report(b, s.answered, "replied")
			s.account(b)
		})
	}
	each("sqlite", func(*testing.B) (string, string) { return "", "" })
	each("postgres+redis", func(b *testing.B) (string, string) {
		return wardtest.StartPostgres(b, "fsync=on").Database(b), startRedis(b)
	})
}

// startRedis gives the address of a Redis that ends with b and keeps an append
// only file, as operators are told to.
func startRedis(b *testing.B) string {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		b.Skip("redis-server is not installed")
	}
	addr := benchAddr(b)
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(b.Context(), path, "--port", port, "--bind", "127.0.0.1", "--dir", b.TempDir(), "--appendonly", "yes", "--save", "")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Wait() })
	waitFor(b, "redis", func() bool {
		c, err := net.Dial("tcp", addr)
		return err == nil && c.Close() == nil
	})
	return "redis://" + addr + "/0"
}

// waitFor asks again and again until it is so.
func waitFor(b *testing.B, what string, so func() bool) {
	b.Helper()
	tick, end := time.NewTicker(10*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-end:
			b.Fatalf("no %s within a minute", what)
		}
	}
}

// service is the program at work, and LINE around it.
type service struct {
	*exec.Cmd
	dir, database, address string
	log                    bytes.Buffer

	mu                 sync.Mutex
	due                map[string]time.Time // when the event with that token should have come
	replies            map[string]int
	accepted, answered []time.Duration
	refused            int
	want               int // replies
	all                chan struct{}
	drained            time.Duration // after the last webhook, until the last reply
	sent               int           // events, each counted once
}

func startService(b *testing.B, program, ward string, backends func(*testing.B) (database, redis string)) *service {
	database, redis := backends(b)
	s := &service{dir: b.TempDir(), database: database, address: benchAddr(b), all: make(chan struct{}),
		due: map[string]time.Time{}, replies: map[string]int{}}
	if err := os.CopyFS(filepath.Join(s.dir, "index"), os.DirFS(filepath.Join(ward, "index"))); err != nil {
		b.Fatal(err)
	}
	platform := httptest.NewServer(s)
	b.Cleanup(platform.Close)
	s.Cmd = exec.CommandContext(b.Context(), program, "serve", "--addr", s.address, "--data-dir", s.dir)
	s.Env = append(os.Environ(), "MADOGUCHI_LINE_CHANNEL_SECRET="+benchSecret, "MADOGUCHI_LINE_CHANNEL_TOKEN=bench",
		"MADOGUCHI_LINE_API_URL="+platform.URL, "MADOGUCHI_LINE_DATA_API_URL="+platform.URL,
		"MADOGUCHI_DATABASE_URL="+database, "MADOGUCHI_REDIS_URL="+redis)
	s.Stderr = &s.log
	if err := s.Start(); err != nil {
		b.Fatal(err)
	}
	waitFor(b, "readiness", func() bool { return status("http://"+s.address+"/readyz") == http.StatusOK })
	return s
}

// ServeHTTP is LINE: it takes every reply and remembers when.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/v2/bot/message/reply" {
		var call struct {
			ReplyToken string `json:"replyToken"`
		}
		_ = json.NewDecoder(r.Body).Decode(&call)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.replies[call.ReplyToken]++; s.replies[call.ReplyToken] == 1 {
			s.answered = append(s.answered, now.Sub(s.due[call.ReplyToken]))
		}
		if len(s.replies) == s.want {
			s.want = 0
			close(s.all)
		}
		_, _ = io.WriteString(w, `{"sentMessages":[{"id":"1"}]}`)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, `{}`)
}

// posted is a webhook, signed and ready to go.
type posted struct {
	body      []byte
	signature string
	token     string
}

// flood posts b.N webhooks at a rate, and waits until every event that asks
// for a reply has got one.
func (s *service) flood(b *testing.B, rate int, again func(int) bool, make func(int) map[string]any) {
	all := s.prepare(b, again, make)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}, Timeout: 30 * time.Second}
	var calls sync.WaitGroup
	b.ResetTimer()
	began, tick := time.Now(), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i, p := range all {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		for time.Now().Before(due) {
			<-tick.C
		}
		calls.Go(func() { s.post(client, p, due) })
	}
	calls.Wait()
	last := time.Now()
	select {
	case <-s.all:
	case <-time.After(drainTimeout):
		b.Errorf("%d replies are missing", s.want-len(s.replies))
	}
	b.StopTimer()
	s.drained = time.Since(last)
}

// prepare makes the webhooks beforehand, so that making them costs the service
// nothing. The same event again has the same token, and is not awaited twice.
func (s *service) prepare(b *testing.B, again func(int) bool, make func(int) map[string]any) (all []posted) {
	now := time.Now()
	for i := range b.N {
		if i > 0 && again(i) {
			all = append(all, all[len(all)-1])
			continue
		}
		e := make(i)
		token := fmt.Sprintf("%032x", i)
		e["webhookEventId"], e["timestamp"], e["mode"] = fmt.Sprintf("01BENCH%019d", i), now.UnixMilli()+int64(i), "active"
		e["deliveryContext"] = map[string]any{"isRedelivery": false}
		if e["type"] != "unfollow" {
			e["replyToken"] = token
			s.want++
		}
		if m, ok := e["message"].(map[string]any); ok {
			m["id"] = fmt.Sprintf("%018d", i)
		}
		s.sent++
		body, err := json.Marshal(map[string]any{"destination": resident(0), "events": []any{e}})
		if err != nil {
			b.Fatal(err)
		}
		mac := hmac.New(sha256.New, []byte(benchSecret))
		mac.Write(body)
		all = append(all, posted{body, base64.StdEncoding.EncodeToString(mac.Sum(nil)), token})
	}
	return all
}

// post delivers until it is taken, as LINE's redelivery does; the time is that
// of the first try.
func (s *service) post(client *http.Client, p posted, due time.Time) {
	s.mu.Lock()
	if _, known := s.due[p.token]; !known {
		s.due[p.token] = due
	}
	s.mu.Unlock()
	err := s.try(client, p)
	took := time.Since(due)
	s.mu.Lock()
	s.accepted = append(s.accepted, took)
	s.mu.Unlock()
	for ; err != nil; err = s.try(client, p) {
		s.mu.Lock()
		s.refused++
		s.mu.Unlock()
		<-time.After(redeliverAfter)
	}
}

func (s *service) try(client *http.Client, p posted) error {
	req, err := http.NewRequest(http.MethodPost, "http://"+s.address+"/line/webhook", bytes.NewReader(p.body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Line-Signature", p.signature)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func (s *service) report(b *testing.B, all []time.Duration, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(all)
	ms := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000 }
	b.ReportMetric(ms(0.5), what+"-p50-ms")
	b.ReportMetric(ms(0.99), what+"-p99-ms")
	b.ReportMetric(ms(1), what+"-max-ms")
}

// account ends the service and reads in its records what became of the events:
// each is in exactly one row.
func (s *service) account(b *testing.B) {
	b.ReportMetric(residentMB(b, s.Process.Pid), "MB-resident")
	if err := s.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	_ = s.Wait()
	store, err := data.Open(b.Context(), data.Options{Dir: s.dir, DatabaseURL: s.database})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	counts, err := store.EventCounts(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	twice, done := 0, counts["delivered"]+counts["silent"]
	for _, n := range s.replies {
		twice += n - 1
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(done), "events-done")
	b.ReportMetric(float64(twice), "replied-twice")
	if s.refused > 0 || twice > 0 || done != s.sent {
		b.Errorf("%d webhooks refused, %d replies doubled, %d events sent, in the records %v\n%s", s.refused, twice, s.sent, counts, tail(s.log.String()))
	}
}

// tail is the end of a log.
func tail(log string) string { return log[max(0, len(log)-2000):] }

func resident(n int) string { return fmt.Sprintf("U%032x", n) }

// happened is an event of who, without what prepare adds.
func happened(who, kind string, more map[string]any) map[string]any {
	e := map[string]any{"type": kind, "source": map[string]any{"type": "user", "userId": who}}
	for k, v := range more {
		e[k] = v
	}
	return e
}

func said(who, text string) map[string]any {
	return happened(who, "message", map[string]any{"message": map[string]any{"type": "text", "text": text}})
}

func questionTexts(b *testing.B) (texts []string) {
	questions, err := sample.Questions()
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range questions {
		texts = append(texts, q.Text)
	}
	return texts
}

// mixed gives the events of the burst.
func mixed(b *testing.B, r *rand.Rand) func(int) map[string]any {
	questions := questionTexts(b)
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	return func(int) map[string]any {
		who := resident(r.IntN(benchPeople))
		switch d := r.IntN(100); {
		case d < 22:
			return said(who, questions[r.IntN(len(questions))])
		case d < 45:
			return said(who, pick("ごみの出し方", "引っ越しの手続きまとめ", "住民票の写しの請求", "保育園の申込み", "児童手当", "分類から探す", "使い方"))
		case d < 80:
			return happened(who, "postback", map[string]any{"postback": map[string]any{"data": pick("1:counter.menu:", "1:browse.level:.0", "1:counter.help:", "1:counter.contact:")}})
		case d < 88:
			return said(who, pick("こんにちは", "ありがとう", "メニュー", "もどる"))
		case d < 93:
			return happened(who, "message", map[string]any{"message": map[string]any{"type": "sticker", "packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"}})
		case d < 97:
			return happened(who, "follow", map[string]any{"follow": map[string]any{"isUnblocked": false}})
		}
		return happened(who, "unfollow", nil)
	}
}
