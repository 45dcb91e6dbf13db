package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"madoguchi/ward"
)

// LINE's limits on sending.
const (
	maxMessages  = 5
	maxReceivers = 500
	retryKeyLife = 24 * time.Hour
)

const retryKeyHeader = "X-Line-Retry-Key"

type raw = json.RawMessage

// sending is the body of a call that sends.
type sending struct {
	ReplyToken             string
	To                     json.RawMessage
	Messages               []raw
	NotificationDisabled   bool
	CustomAggregationUnits json.RawMessage
	Recipient, Filter      json.RawMessage
	Limit                  *struct {
		Max                                       *int
		UpToRemainingQuota, ForbidPartialDelivery bool
	}
}

type sentMessage struct {
	ID         string `json:"id"`
	QuoteToken string `json:"quoteToken,omitempty"`
}

type sentBody struct {
	SentMessages []sentMessage `json:"sentMessages"`
}

// accepted is what was taken under a retry key.
type accepted struct {
	id   string // of the request
	at   time.Time
	sent []sentMessage
}

// open reads the body and checks its messages; the zero answer is well.
func (c *call) open(in *sending) answer {
	if !c.decode(in) {
		return unreadable()
	}
	c.types = kinds(in.Messages)
	return checkMessages(in.Messages)
}

func (s *Sim) reply(c *call) answer {
	var in sending
	if _, has := c.Header[retryKeyHeader]; has {
		return failure(http.StatusBadRequest, "The retry key is not supported by this API")
	}
	if a := c.open(&in); a.status != 0 {
		return a
	}
	token := s.tokens[in.ReplyToken]
	if !token.alive(s.o.Now()) {
		return failure(http.StatusBadRequest, "Invalid reply token")
	}
	token.used = true
	sent := s.deliver(c, Delivery{Call: "reply", ReplyToken: in.ReplyToken, Messages: in.Messages}, []ward.Resident{token.user})
	return ok(sentBody{sent})
}

func (s *Sim) push(c *call) answer {
	sent, a := s.once(c, "push", func(in *sending) ([]ward.Resident, answer) {
		var to string
		if json.Unmarshal(in.To, &to) != nil || !receiverForm.MatchString(to) {
			return nil, wrongProperty("to")
		}
		user := ward.Resident(to)
		if s.find(user) == nil && !s.left[user] {
			return nil, failure(http.StatusBadRequest, "Failed to send messages")
		}
		return []ward.Resident{user}, answer{}
	})
	if a.status != 0 {
		return a
	}
	return ok(sentBody{sent})
}

func (s *Sim) multicast(c *call) answer {
	_, a := s.once(c, "multicast", func(in *sending) ([]ward.Resident, answer) {
		var to []ward.Resident
		if json.Unmarshal(in.To, &to) != nil {
			return nil, wrongProperty("to")
		}
		if len(to) == 0 || len(to) > maxReceivers {
			return nil, faulty([]detail{{"Size must be between 1 and 500", "to"}})
		}
		for i, user := range to {
			if !userForm.MatchString(string(user)) {
				return nil, wrongProperty("to[" + decimalOf(i) + "]")
			}
		}
		slices.Sort(to)
		return slices.Compact(to), answer{}
	})
	if a.status != 0 {
		return a
	}
	return done()
}

func (s *Sim) broadcast(c *call) answer {
	_, a := s.once(c, "broadcast", func(*sending) ([]ward.Resident, answer) { return s.friends(), answer{} })
	if a.status != 0 {
		return a
	}
	return done()
}

func (s *Sim) friends() (users []ward.Resident) {
	for _, r := range s.residents {
		if r.is == Friend {
			users = append(users, r.id)
		}
	}
	return users
}

// once does a call that may carry a retry key: it finds the receivers, counts
// them and delivers. The zero answer is well.
func (s *Sim) once(c *call, name string, receivers func(*sending) ([]ward.Resident, answer)) ([]sentMessage, answer) {
	key, a := s.retry(c, name)
	if a.status != 0 {
		return nil, a
	}
	var in sending
	if a = c.open(&in); a.status != 0 {
		return nil, a
	}
	if a = checkUnits(in.CustomAggregationUnits); a.status != 0 {
		return nil, a
	}
	to, a := receivers(&in)
	if a.status != 0 {
		return nil, a
	}
	if a = s.spend(s.arrivals(to)); a.status != 0 {
		return nil, a
	}
	sent := s.deliver(c, Delivery{Call: name, RetryKey: key, Messages: in.Messages}, to)
	if key != "" {
		s.retried[key] = &accepted{id: c.id, at: s.o.Now(), sent: sent}
	}
	return sent, answer{}
}

// retry gives the retry key of c, and 409 where it was accepted before.
func (s *Sim) retry(c *call, name string) (key string, refusal answer) {
	values, has := c.Header[retryKeyHeader]
	if !has {
		return "", answer{}
	}
	if key = values[0]; !isRetryKey(key) {
		return "", failure(http.StatusBadRequest, "The value for the 'X-Line-Retry-Key' header is invalid")
	}
	before := s.retried[key]
	if before == nil || s.o.Now().Sub(before.at) >= retryKeyLife {
		return key, answer{}
	}
	body := errorBody{Message: "The retry key is already accepted"}
	if name == "push" {
		body.SentMessages = before.sent
	}
	return key, answer{status: http.StatusConflict, value: body, acceptedID: before.id}
}

// arrivals counts whom a message would reach: others cost nothing.
func (s *Sim) arrivals(to []ward.Resident) (n int) {
	for _, user := range to {
		if r := s.find(user); r != nil && s.reached(r) {
			n++
		}
	}
	return n
}

// deliver puts the messages of d on the phones of all, and into the Ledger.
func (s *Sim) deliver(c *call, d Delivery, to []ward.Resident) (sent []sentMessage) {
	now := s.o.Now()
	for range d.Messages {
		sent = append(sent, sentMessage{ID: s.ids.nextMessage(now), QuoteToken: randomID("")})
	}
	d.RequestID, d.At = c.id, now
	for _, user := range to {
		r := s.find(user)
		d.To, d.Arrived = user, r != nil && s.reached(r)
		s.ledger.deliver(d)
		if !d.Arrived {
			continue
		}
		for i, m := range d.Messages {
			s.add(r, &item{ID: sent[i].ID, Who: byAccount, Message: m})
		}
		r.loading = time.Time{}
		if last := len(d.Messages) - 1; fields(d.Messages[last])["quickReply"] != nil {
			r.quick = sent[last].ID
		}
		s.touchResident(r)
	}
	s.touch()
	return sent
}

func (s *Sim) validate(c *call) answer {
	var in sending
	if !slices.Contains([]string{"reply", "push", "multicast", "narrowcast", "broadcast"}, c.PathValue("kind")) {
		return notFound(c)
	}
	if a := c.open(&in); a.status != 0 {
		return a
	}
	return done()
}

// checkUnits checks the aggregation units of push and multicast: one at most.
func checkUnits(in json.RawMessage) answer {
	var units []string
	if in == nil {
		return answer{}
	}
	if string(in) == "null" || json.Unmarshal(in, &units) != nil || len(units) > 1 {
		return faulty([]detail{{"Size must be between 0 and 1", "customAggregationUnits"}})
	}
	if len(units) == 1 && !unitForm.MatchString(units[0]) {
		return faulty([]detail{{"must match ^[a-zA-Z0-9_]{1,30}$", "customAggregationUnits[0]"}})
	}
	return answer{}
}
