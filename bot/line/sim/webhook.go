package sim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"madoguchi/ward"
)

// posting is an event on its way, and the item it came from, if any.
type posting struct {
	event *event
	owner *resident
	item  *item
}

type callback struct {
	Destination string            `json:"destination"`
	Events      []json.RawMessage `json:"events"`
}

var errNoWebhook = errors.New("no webhook address is set")

// post brings p to the webhook, with what goes wrong on the way. Events of one
// resident go one after the other. The error is of the first try.
func (s *Sim) post(ctx context.Context, p *posting) error {
	select {
	case p.owner.turn <- struct{}{}:
		defer func() { <-p.owner.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	faults := s.postingFaults()
	held := s.held
	s.held = nil
	if slices.Contains(faults, Reorder) && held == nil {
		s.held = p
		s.mu.Unlock()
		return nil
	}
	s.last = p
	s.mu.Unlock()
	err := s.transmit(ctx, p, faults)
	if slices.Contains(faults, Duplicate) {
		err = errors.Join(err, s.transmit(ctx, p, faults))
	}
	if held != nil {
		err = errors.Join(err, s.transmit(ctx, held, nil))
	}
	return err
}

// transmit posts p once; what fails is posted again later, if Options say so.
func (s *Sim) transmit(ctx context.Context, p *posting, faults []Fault) error {
	err := s.try(ctx, p, faults)
	if err == nil || len(s.o.Redeliver) == 0 || errors.Is(err, errNoWebhook) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Err() == nil {
		s.posts.Go(func() { s.redeliver(p) })
	}
	return err
}

func (s *Sim) redeliver(p *posting) {
	for _, wait := range s.o.Redeliver {
		select {
		case <-time.After(wait):
		case <-s.closed.Done():
			return
		}
		if s.again(s.closed, p) == nil {
			return
		}
	}
}

// again posts p once more and says so in it.
func (s *Sim) again(ctx context.Context, p *posting) error {
	s.mu.Lock()
	e := *p.event
	e.DeliveryContext.IsRedelivery = true
	s.mu.Unlock()
	return s.try(ctx, &posting{event: &e, owner: p.owner, item: p.item}, nil)
}

// Redeliver posts the last event again, as LINE does when it was not answered
// in time: same id, same reply token.
func (s *Sim) Redeliver(ctx context.Context) error {
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	if last == nil {
		return &ward.Error{Kind: ward.NotFound, Message: "まだ何も送られていません"}
	}
	return s.again(ctx, last)
}

// try is one request to the webhook.
func (s *Sim) try(ctx context.Context, p *posting, faults []Fault) error {
	s.mu.Lock()
	url := s.endpoint
	body := s.envelope(p, faults)
	s.mu.Unlock()
	secret := s.o.Secret
	if slices.Contains(faults, BadSignature) {
		secret += "?"
	}
	start := s.o.Now()
	status, err := s.request(ctx, url, body, secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	s.ledger.Postings = append(s.ledger.Postings, Posting{
		EventID: p.event.WebhookEventID, Type: p.event.Type, Redelivery: p.event.DeliveryContext.IsRedelivery,
		Faults: faults, Status: status, At: start, Took: now.Sub(start),
		revision: s.touch(),
	})
	if p.item != nil {
		p.item.Read, p.item.Failed = p.item.Read || err == nil, !p.item.Read && err != nil
		p.item.revision = s.touch()
	}
	s.o.Log.DebugContext(ctx, "webhook posted", "type", p.event.Type, "status", status)
	return err
}

// envelope is the body, and starts the life of the reply token; s.mu is held.
func (s *Sim) envelope(p *posting, faults []Fault) []byte {
	if t := s.tokens[p.event.ReplyToken]; t != nil {
		t.delivered = s.o.Now()
		t.redelivered = p.event.DeliveryContext.IsRedelivery
		if slices.Contains(faults, ExpiredToken) {
			t.used = true
		}
	}
	c := callback{Destination: s.botID}
	if slices.Contains(faults, UnknownEvent) {
		c.Events = append(c.Events, s.unknown(p.owner))
	}
	if slices.Contains(faults, Malformed) {
		c.Events = append(c.Events, json.RawMessage(malformed))
	}
	c.Events = append(c.Events, marshal(p.event))
	return marshal(c)
}

// request posts body. status is 0 where nothing came back in time.
func (s *Sim) request(ctx context.Context, url string, body []byte, secret string) (status int, err error) {
	if url == "" {
		return 0, errNoWebhook
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("post webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "LineBotWebhook/2.0")
	req.Header.Set("X-Line-Signature", signature(secret, body))
	res, err := s.o.HTTP.Do(req)
	if err != nil {
		return 0, &ward.Error{Kind: ward.Unavailable, Message: "Webhookが時間内に応答しませんでした", Err: err}
	}
	defer res.Body.Close()
	const enough = 1 << 16
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, enough)); err != nil {
		return 0, &ward.Error{Kind: ward.Unavailable, Message: "Webhookの応答が途中で切れました", Err: err}
	}
	if res.StatusCode/100 != 2 {
		return res.StatusCode, &ward.Error{Kind: ward.Unavailable, Message: fmt.Sprintf("Webhookが %d を返しました", res.StatusCode)}
	}
	return res.StatusCode, nil
}

func signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
