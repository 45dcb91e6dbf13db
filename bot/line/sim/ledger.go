package sim

import (
	"encoding/json"
	"slices"
	"time"

	"madoguchi/ward"
)

// Ledger is what happened, in order. Nothing is ever taken out of it.
type Ledger struct {
	Deliveries []Delivery // what was accepted, one for each recipient
	Calls      []Call     // of the API, refused ones too
	Postings   []Posting  // to the webhook
	Refused    []error    // what Options.Check objected to

	byUser  map[ward.Resident][]int
	byKey   map[string][]int
	byToken map[string][]int
}

// Delivery is the messages of one accepted call for one resident.
type Delivery struct {
	To         ward.Resident
	Call       string // "reply", "push", "multicast", "broadcast", "narrowcast"
	RequestID  string // of the call
	RetryKey   string
	ReplyToken string
	Messages   []json.RawMessage
	Arrived    bool // false for those who blocked the account, left it or never knew it
	At         time.Time
}

// Call is one call of the API.
type Call struct {
	Name      string // "push"; "" for what is no call
	Method    string
	Path      string // without ids
	Status    int    // 0 where nobody was told
	Types     []string
	Fault     Fault // that was scripted
	RequestID string
	At        time.Time
	revision  int64
}

// Posting is one request to the webhook.
type Posting struct {
	EventID    string
	Type       string // of the event
	Redelivery bool
	Faults     []Fault
	Status     int // 0 where there was no answer in time
	At         time.Time
	Took       time.Duration
	revision   int64
}

// To are the deliveries to a resident.
func (l *Ledger) To(user ward.Resident) []Delivery { return l.pick(l.byUser[user]) }

// ByRetryKey are the deliveries under a retry key.
func (l *Ledger) ByRetryKey(key string) []Delivery { return l.pick(l.byKey[key]) }

// ByReplyToken are the deliveries by a reply token: one, or none.
func (l *Ledger) ByReplyToken(token string) []Delivery { return l.pick(l.byToken[token]) }

func (l *Ledger) pick(at []int) (deliveries []Delivery) {
	for _, i := range at {
		deliveries = append(deliveries, l.Deliveries[i])
	}
	return deliveries
}

func (l *Ledger) deliver(d Delivery) {
	if l.byUser == nil {
		l.byUser, l.byKey, l.byToken = map[ward.Resident][]int{}, map[string][]int{}, map[string][]int{}
	}
	i := len(l.Deliveries)
	l.Deliveries = append(l.Deliveries, d)
	l.byUser[d.To] = append(l.byUser[d.To], i)
	if d.RetryKey != "" {
		l.byKey[d.RetryKey] = append(l.byKey[d.RetryKey], i)
	}
	if d.ReplyToken != "" {
		l.byToken[d.ReplyToken] = append(l.byToken[d.ReplyToken], i)
	}
}

// Ledger gives what happened so far.
func (s *Sim) Ledger() *Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &Ledger{Calls: slices.Clone(s.ledger.Calls), Postings: slices.Clone(s.ledger.Postings), Refused: slices.Clone(s.ledger.Refused)}
	for _, d := range s.ledger.Deliveries {
		l.deliver(d)
	}
	return l
}
