package wardtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"madoguchi/ward"
)

// Sessions keep conversations in memory, with compare-and-swap and expiry by
// Now. It is safe for concurrent use.
type Sessions struct {
	Now func() time.Time

	mu       sync.Mutex
	all      map[string]entry
	get, put error
}

type entry struct {
	value   []byte
	version int64
	expires time.Time
}

// Fail makes reading fail with get and writing with put, until they are nil.
func (s *Sessions) Fail(get, put error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.get, s.put = get, put
}

// Get gives a value and its version; none or an expired one is nil, 0, nil.
func (s *Sessions) Get(ctx context.Context, key string) ([]byte, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.get != nil {
		return nil, 0, s.get
	}
	e := s.all[key]
	if e.value == nil || !e.expires.After(s.Now()) {
		return nil, 0, ctx.Err()
	}
	return slices.Clone(e.value), e.version, ctx.Err()
}

// CompareAndSwap stores value if the stored version is version.
func (s *Sessions) CompareAndSwap(ctx context.Context, key string, value []byte, version int64, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.put != nil {
		return s.put
	}
	e := s.all[key]
	if e.value == nil || !e.expires.After(s.Now()) {
		e.version = 0
	}
	if e.version != version {
		return &ward.Error{Kind: ward.Conflict, Message: "ほかの操作が先に行われました。"}
	}
	if s.all == nil {
		s.all = map[string]entry{}
	}
	s.all[key] = entry{slices.Clone(value), version + 1, s.Now().Add(ttl)}
	return ctx.Err()
}

// Delete forgets a conversation.
func (s *Sessions) Delete(ctx context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, key)
	return ctx.Err()
}

// Stored gives every value that is stored, in no order.
func (s *Sessions) Stored() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out [][]byte
	for _, e := range s.all {
		out = append(out, slices.Clone(e.value))
	}
	return out
}

// Replace overwrites every stored value, as a fault of the store would.
func (s *Sessions) Replace(value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.all {
		e.value = value
		s.all[key] = e
	}
}

// Desk remembers what was recorded; the same question at the same time is one,
// and so are the votes on one answer, of which the last counts. It is safe for
// concurrent use.
type Desk struct {
	mu         sync.Mutex
	unanswered []ward.Unanswered
	feedback   []ward.Feedback
	asked      []ward.Asked
	err        error
}

// Fail makes recording fail with err until Fail(nil).
func (d *Desk) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// RecordUnanswered remembers a question that found nothing.
func (d *Desk) RecordUnanswered(_ context.Context, u ward.Unanswered) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	again := slices.ContainsFunc(d.unanswered, func(x ward.Unanswered) bool {
		return x.Text == u.Text && x.Channel == u.Channel && x.At.Equal(u.At)
	})
	if d.err == nil && !again {
		d.unanswered = append(d.unanswered, u)
	}
	return d.err
}

// RecordFeedback remembers a vote.
func (d *Desk) RecordFeedback(_ context.Context, f ward.Feedback) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.feedback = slices.DeleteFunc(d.feedback, func(x ward.Feedback) bool { return x.AnswerID == f.AnswerID })
		d.feedback = append(d.feedback, f)
	}
	return d.err
}

// RecordQuestion remembers that a question was asked, or that a candidate of
// one was chosen.
func (d *Desk) RecordQuestion(_ context.Context, a ward.Asked) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.asked, func(x ward.Asked) bool { return x.Key == a.Key })
	switch {
	case d.err != nil:
	case i < 0 && !a.Chosen:
		d.asked = append(d.asked, a)
	case i >= 0 && a.Chosen && !d.asked[i].Chosen:
		q := &d.asked[i]
		q.Chosen, q.DocumentID, q.Topic, q.Section = true, a.DocumentID, a.Topic, a.Section
	}
	return d.err
}

// Asked gives the questions counted so far.
func (d *Desk) Asked() []ward.Asked {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// Unanswered gives the questions recorded so far.
func (d *Desk) Unanswered() []ward.Unanswered {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.unanswered)
}

// Feedback gives the votes recorded so far.
func (d *Desk) Feedback() []ward.Feedback {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.feedback)
}
