package line_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line"
	"madoguchi/internal/wardtest/lineapi"
	"madoguchi/ward"
)

const (
	secret   = "8c570fa6dd201bb328f1c1eac23a96d8" // of LINE's own test vector
	resident = "U0123456789abcdef0123456789abcdef"
)

func now() time.Time { return time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC) }

// inbox keeps events in memory, each id once, or fails.
type inbox struct {
	mu     sync.Mutex
	events []ward.Event
	err    error
}

func (b *inbox) Receive(ctx context.Context, events []ward.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || ctx.Err() != nil {
		return errors.Join(b.err, ctx.Err())
	}
	b.events = append(b.events, events...)
	return nil
}

// office is a webhook with its inbox and its log.
type office struct {
	http.Handler
	inbox inbox
	log   bytes.Buffer
}

func newOffice(t testing.TB, secrets ...string) *office {
	t.Helper()
	o := &office{}
	h, err := line.NewWebhook(line.WebhookOptions{Secrets: secrets, Inbox: &o.inbox, Now: now,
		Log: slog.New(slog.NewTextHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	o.Handler = h
	return o
}

func sign(body, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (o *office) post(t testing.TB, body, signature string) int {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/line/webhook", strings.NewReader(body))
	req.Header.Set("x-line-signature", signature)
	w := httptest.NewRecorder()
	o.ServeHTTP(w, req)
	if w.Body.Len() > 0 {
		t.Errorf("said %q", w.Body)
	}
	return w.Code
}

const textEvent = `{"type":"message","mode":"active","timestamp":1778576400123,"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR",` +
	`"deliveryContext":{"isRedelivery":false},"source":{"type":"user","userId":"` + resident + `"},"replyToken":"token",` +
	`"message":{"type":"text","id":"444573844083572737","text":"粗大ごみ","quoteToken":"q"}}`

func call(events ...string) string {
	return `{"destination":"` + resident + `","events":[` + strings.Join(events, ",") + `]}`
}

func TestSignature(t *testing.T) {
	const body, signature = `{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}`, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="
	o := newOffice(t, secret)
	if code := o.post(t, body, signature); code != http.StatusOK {
		t.Errorf("LINE's test vector: %d", code)
	}
	for i := range len(signature) * 8 {
		flipped := []byte(signature)
		flipped[i/8] ^= 1 << (i % 8)
		if code := o.post(t, body, string(flipped)); code != http.StatusUnauthorized {
			t.Errorf("bit %d flipped: %d", i, code)
		}
	}
	for _, wrong := range []string{"", "=", signature[:len(signature)-1], signature + "=", strings.ToLower(signature), sign(body, ""), sign(body+" ", secret), sign(body, "other")} {
		if code := o.post(t, body, wrong); code != http.StatusUnauthorized {
			t.Errorf("signature %q: %d", wrong, code)
		}
	}
	if code := o.post(t, call(textEvent), signature); code != http.StatusUnauthorized || len(o.inbox.events) > 0 {
		t.Errorf("another body: %d, kept %d", code, len(o.inbox.events))
	}
}

func TestTwoSecrets(t *testing.T) {
	o := newOffice(t, "old", "new")
	for secret, want := range map[string]int{"old": 200, "new": 200, "older": 401, "": 401} {
		if code := o.post(t, call(), sign(call(), secret)); code != want {
			t.Errorf("secret %q: %d, want %d", secret, code, want)
		}
	}
}

func TestOptions(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, o := range []line.WebhookOptions{
		{Inbox: &inbox{}, Log: log, Now: now}, {Secrets: []string{"s", ""}, Inbox: &inbox{}, Log: log, Now: now},
		{Secrets: []string{"s"}, Log: log, Now: now}, {Secrets: []string{"s"}, Inbox: &inbox{}, Now: now}, {Secrets: []string{"s"}, Inbox: &inbox{}, Log: log},
	} {
		if _, err := line.NewWebhook(o); err == nil {
			t.Errorf("taken: %+v", o)
		}
	}
}

func TestMethodAndSize(t *testing.T) {
	o := newOffice(t, secret)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodOptions} {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/line/webhook", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
	largest := call() + strings.Repeat(" ", line.MaxBody-len(call()))
	if code := o.post(t, largest, sign(largest, secret)); code != http.StatusOK {
		t.Errorf("%d bytes: %d", len(largest), code)
	}
	if code := o.post(t, largest+" ", sign(largest+" ", secret)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d bytes: %d", len(largest)+1, code)
	}
	broken := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/line/webhook", &brokenBody{})
	w := httptest.NewRecorder()
	if o.ServeHTTP(w, broken); w.Code != http.StatusBadRequest {
		t.Errorf("connection lost: %d", w.Code)
	}
}

type brokenBody struct{}

func (*brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

func TestEventIsKept(t *testing.T) {
	if err := lineapi.Callback(t)([]byte(call(textEvent))); err != nil {
		t.Fatalf("the fixture is not LINE's: %v", err)
	}
	o := newOffice(t, secret)
	if code := o.post(t, call(textEvent), sign(call(textEvent), secret)); code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	want := []ward.Event{{ID: "01FZ74A0TDDPYRVKNK77XKC3ZR", Resident: resident, Kind: ward.MessageEvent,
		At: time.UnixMilli(1778576400123).UTC(), ReceivedAt: now(), MessageID: "444573844083572737", ReplyToken: "token", Body: []byte(textEvent)}}
	if diff := cmp.Diff(want, o.inbox.events); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestInboxFails(t *testing.T) {
	o := newOffice(t, secret)
	o.inbox.err = errors.New("disk full")
	if code := o.post(t, call(textEvent), sign(call(textEvent), secret)); code != http.StatusInternalServerError {
		t.Errorf("not stored: %d", code)
	}
	if code := o.post(t, call(), sign(call(), secret)); code != http.StatusOK {
		t.Errorf("LINE's verify button while the disk is full: %d", code)
	}
}

// TestCallerGone: what LINE has sent is stored even when LINE has hung up.
func TestCallerGone(t *testing.T) {
	o := newOffice(t, secret)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/line/webhook", strings.NewReader(call(textEvent)))
	req.Header.Set("X-LINE-Signature", sign(call(textEvent), secret))
	if o.ServeHTTP(httptest.NewRecorder(), req); len(o.inbox.events) != 1 {
		t.Errorf("kept %d events", len(o.inbox.events))
	}
}

// with gives textEvent with one text exchanged for another.
func with(old, new string) string {
	if !strings.Contains(textEvent, old) {
		panic("not in the event: " + old)
	}
	return strings.Replace(textEvent, old, new, 1)
}

// TestHostileBodies: whatever is signed is answered 200, each event is kept on
// its own and a malformed one harms no other.
func TestHostileBodies(t *testing.T) {
	const idless = `"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR",`
	for _, tt := range []struct {
		name, event string
		want        ward.EventKind
		messageID   string
	}{
		{"good", textEvent, "message", "444573844083572737"},
		{"null", `null`, "malformed", ""},
		{"number", `7`, "malformed", ""},
		{"list", `[]`, "malformed", ""},
		{"empty", `{}`, "malformed", ""},
		{"no type", with(`"type":"message",`, ``), "malformed", "444573844083572737"},
		{"type of another type", with(`"type":"message"`, `"type":{}`), "malformed", "444573844083572737"},
		{"our own kind", with(`"type":"message"`, `"type":"malformed"`), "malformed", "444573844083572737"},
		{"no id", with(idless, ``), "malformed", "444573844083572737"},
		{"numeric id", with(`"01FZ74A0TDDPYRVKNK77XKC3ZR"`, `7`), "malformed", "444573844083572737"},
		{"id with NUL", with(`01FZ74A0TDDPYRVKNK77XKC3ZR`, `01\u0000`), "malformed", "444573844083572737"},
		{"id without end", with(`01FZ74A0TDDPYRVKNK77XKC3ZR`, strings.Repeat("0", 5000)), "malformed", "444573844083572737"},
		{"message null", with(`"message":{"type":"text","id":"444573844083572737","text":"粗大ごみ","quoteToken":"q"}`, `"message":null`), "malformed", ""},
		{"numeric message id", with(`"id":"444573844083572737"`, `"id":444573844083572737`), "malformed", ""},
		{"message id with NUL", with(`"id":"444573844083572737"`, `"id":"4\u00004"`), "malformed", ""},
		{"float timestamp", with(`1778576400123`, `1.5`), "malformed", "444573844083572737"},
		{"timestamp too far", with(`1778576400123`, `1e30`), "malformed", "444573844083572737"},
		{"source of another type", with(`{"type":"user","userId":"`+resident+`"}`, `"me"`), "malformed", "444573844083572737"},
		{"resident with newline", with(resident, `U\nlevel=INFO`), "malformed", "444573844083572737"},
		{"no source", with(`"source":{"type":"user","userId":"`+resident+`"},`, ``), "message", "444573844083572737"},
		{"null source", with(`{"type":"user","userId":"`+resident+`"}`, `null`), "message", "444573844083572737"},
		{"new kind", with(`"type":"message"`, `"type":"messageEdited"`), "messageEdited", "444573844083572737"},
		{"new message", with(`"type":"text"`, `"type":"hologram"`), "message", "444573844083572737"},
		{"new field", with(`"mode"`, `"mood":{"a":[1,2]},"mode"`), "message", "444573844083572737"},
		{"lone surrogate", with(`粗大ごみ`, `\ud83d`), "message", "444573844083572737"},
		{"NUL in text", with(`粗大ごみ`, `\u0000`), "message", "444573844083572737"},
		{"broken UTF-8", with(`粗大ごみ`, "\xff\xfe"), "message", "444573844083572737"},
		{"100,000 emoji", with(`粗大ごみ`, strings.Repeat("😀", 100_000)), "message", "444573844083572737"},
		{"deep", with(`"quoteToken":"q"`, `"quoteToken":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)), "message", "444573844083572737"},
		{"unsend", `{"type":"unsend","webhookEventId":"1","timestamp":1,"source":{"type":"user","userId":"` + resident + `"},"unsend":{"messageId":"5"}}`, "unsend", "5"},
		{"unsend of nothing", `{"type":"unsend","webhookEventId":"1","timestamp":1,"unsend":{}}`, "malformed", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, secret)
			body := call(textEvent, tt.event, textEvent)
			if code := o.post(t, body, sign(body, secret)); code != http.StatusOK {
				t.Fatalf("%d", code)
			}
			if len(o.inbox.events) != 3 || o.inbox.events[0].Kind != ward.MessageEvent || o.inbox.events[2].Kind != ward.MessageEvent {
				t.Fatalf("the others were harmed: %v", o.inbox.events)
			}
			e := o.inbox.events[1]
			if e.Kind != tt.want || e.MessageID != tt.messageID || string(e.Body) != tt.event {
				t.Errorf("kept as %q of message %q: %.100q", e.Kind, e.MessageID, e.Body)
			}
			if e.Kind == ward.MalformedEvent && (!strings.HasPrefix(e.ID, "bad-") || e.Resident != "" || e.ReplyToken != "") {
				t.Errorf("malformed event is %#v", e)
			}
			if m, ok := line.Decode(e); ok && tt.want == ward.MalformedEvent {
				t.Errorf("decoded: %v", m)
			}
			if log := o.log.String(); strings.Contains(log, "粗大") || strings.Contains(log, resident) || strings.Contains(log, "444573844083572737") {
				t.Errorf("log tells: %s", log)
			}
		})
	}
}

func TestHostileCalls(t *testing.T) {
	for body, want := range map[string]int{ // events that are kept
		`{"destination":"x","events":[]}`: 0, `{}`: 0, `{"events":null}`: 0, `null`: 0, `{"events":[],"more":1}`: 0,
		``: 1, `[]`: 1, `7`: 1, `{"events":{}}`: 1, `{"events":[`: 1, "\x00\xff": 1, `{"events":[{}]}{}`: 1,
		`{"events":[{},{},{"a":1}]}`: 3,
	} {
		o := newOffice(t, secret)
		if code := o.post(t, body, sign(body, secret)); code != http.StatusOK {
			t.Errorf("%q: %d", body, code)
		}
		if len(o.inbox.events) != want || slices.ContainsFunc(o.inbox.events, func(e ward.Event) bool { return e.Kind != ward.MalformedEvent }) {
			t.Errorf("%q: kept %v, want %d malformed", body, o.inbox.events, want)
		}
	}
	same := newOffice(t, secret)
	for range 2 {
		same.post(t, "x", sign("x", secret))
	}
	if same.inbox.events[0].ID != same.inbox.events[1].ID {
		t.Error("the same malformed body has two ids: a redelivery would be kept twice")
	}
}

// FuzzWebhook: nothing that is signed brings the webhook down or goes lost, and
// what is kept can be stored and decoded.
func FuzzWebhook(f *testing.F) {
	for _, body := range []string{call(), call(textEvent), call(textEvent, "null", "{}"), "", "[]", `{"events":[{"type":"postback","webhookEventId":"1","source":{"type":"user","userId":"u"},"postback":{"data":"a","params":{"date":"2026-01-01"}}}]}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		o := newOffice(t, secret)
		code := o.post(t, body, sign(body, secret))
		if len(body) <= line.MaxBody && code != http.StatusOK {
			t.Errorf("signed, but %d", code)
		}
		for _, e := range o.inbox.events {
			if e.ID == "" || e.Kind == "" || strings.ContainsAny(fmt.Sprint(e.ID, e.Kind, string(e.Resident), e.MessageID, e.ReplyToken), "\x00\n") || !strings.Contains(body, string(e.Body)) {
				t.Errorf("kept: %#v", e)
			}
			if m, ok := line.Decode(e); ok && (m.Resident == "" || m.ID == "" || m.Channel != ward.LINE) {
				t.Errorf("decoded: %#v", m)
			}
		}
	})
}
