package line

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"madoguchi/ward"
)

// MaxBody is the most bytes of a webhook body that are read.
const MaxBody = 1 << 20

// receiveTimeout is how long the Inbox may take. LINE itself gives up after two
// seconds, but what it has sent once is worth storing even then.
const receiveTimeout = 5 * time.Second

const signatureHeader = "X-Line-Signature"

// Inbox keeps events. When Receive returns nil they are on the disk; an event
// whose ID it already has it drops. It gets the events of one call of LINE, in
// LINE's order, and may be called by several goroutines at once.
type Inbox interface {
	Receive(ctx context.Context, events []ward.Event) error
}

// WebhookOptions are the parts of the webhook. All are required.
type WebhookOptions struct {
	// Secrets are the channel secrets that are accepted: one, or during a
	// rotation the old and the new.
	Secrets []string
	Inbox   Inbox
	Log     *slog.Logger
	Now     func() time.Time
}

type intake struct{ WebhookOptions }

// NewWebhook gives the handler of LINE's webhook. It answers 200 when every
// event is in the Inbox, 401 to a wrong signature, 405 to anything but POST,
// 413 to more than MaxBody bytes and 500 when the Inbox fails, so that LINE
// delivers again. A signed body is never refused for what it says: what cannot
// be read is kept as a ward.MalformedEvent.
func NewWebhook(o WebhookOptions) (http.Handler, error) {
	if len(o.Secrets) == 0 || slices.Contains(o.Secrets, "") {
		return nil, errors.New("new webhook: a channel secret is required")
	}
	if o.Inbox == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("new webhook: Inbox, Log and Now are required")
	}
	return &intake{o}, nil
}

func (h *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		w.WriteHeader(unreadable(err))
		return
	}
	if !h.signed(body, r.Header.Get(signatureHeader)) {
		h.Log.WarnContext(r.Context(), "webhook refused: wrong signature", "bytes", len(body))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(h.receive(r.Context(), parse(body, h.Now())))
}

func unreadable(err error) int {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// signed compares the signature as text: base64 decoders take more than one
// text for the same bytes.
func (h *intake) signed(body []byte, signature string) bool {
	ok := false
	for _, secret := range h.Secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		ok = hmac.Equal([]byte(signature), []byte(want)) || ok
	}
	return ok
}

func (h *intake) receive(ctx context.Context, events []ward.Event) (status int) {
	if len(events) == 0 {
		return http.StatusOK
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveTimeout)
	defer cancel()
	if err := h.Inbox.Receive(ctx, events); err != nil {
		h.Log.ErrorContext(ctx, "webhook events not stored", "events", len(events), "err", err)
		return http.StatusInternalServerError
	}
	if n := malformed(events); n > 0 {
		h.Log.WarnContext(ctx, "webhook events malformed: kept unread", "events", n)
	}
	return http.StatusOK
}

func malformed(events []ward.Event) (n int) {
	for _, e := range events {
		if e.Kind == ward.MalformedEvent {
			n++
		}
	}
	return n
}
