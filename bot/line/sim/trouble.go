package sim

import "slices"

// Fault is something that goes wrong.
type Fault string

// Faults of what is posted to the webhook.
const (
	Duplicate    Fault = "duplicate"     // the event is posted twice
	Reorder      Fault = "reorder"       // the event waits for the next one and is posted after it
	ExpiredToken Fault = "expired_token" // the reply token is dead on arrival
	BadSignature Fault = "bad_signature" // somebody else signed
	UnknownEvent Fault = "unknown_event" // an event of a new type comes first in the same request
	Malformed    Fault = "malformed"     // an event that is none comes first in the same request
)

// Faults of calls of the API.
const (
	RateLimited  Fault = "rate"         // 429, too many calls
	QuotaUsedUp  Fault = "quota"        // 429, this month's messages are used up; replies go on
	Conflicting  Fault = "conflict"     // 409, the retry key was accepted before; of calls that can have one
	Broken       Fault = "broken"       // 500
	Hanging      Fault = "hang"         // no answer until the caller gives up
	Closing      Fault = "close"        // the connection is closed instead of an answer
	ClosingAfter Fault = "close_after"  // the same, after the call took effect
	HangingAfter Fault = "hang_after"   // no answer, after the call took effect
	Unauthorized Fault = "unauthorized" // 401
)

// Trouble is a Fault that is to come.
type Trouble struct {
	Fault Fault `json:"fault"`
	// Call names the call of the API that it comes to ("push"), "" for any.
	Call string `json:"call"`
	// Times is how often: 0 is once, Always until Calm.
	Times int `json:"times"`
}

// Always is the Times of a Trouble that does not pass.
const Always = -1

// webhookFaults can come together; of an API call's, one comes at a time.
func (f Fault) ofWebhook() bool {
	return slices.Contains([]Fault{Duplicate, Reorder, ExpiredToken, BadSignature, UnknownEvent, Malformed}, f)
}

// Script adds troubles. Those of a call come in the order they were added.
func (s *Sim) Script(troubles ...Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range troubles {
		if t.Times == 0 {
			t.Times = 1
		}
		if t.Fault == QuotaUsedUp {
			t.Times = Always
		}
		s.troubles = append(s.troubles, t)
	}
	s.troubled = s.touch()
}

// Calm takes all troubles of these faults away; without any, all there are.
func (s *Sim) Calm(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = slices.DeleteFunc(s.troubles, func(t Trouble) bool {
		return len(faults) == 0 || slices.Contains(faults, t.Fault)
	})
	s.troubled = s.touch()
}

// scripted tells whether f is to come; s.mu is held.
func (s *Sim) scripted(f Fault) bool {
	return slices.ContainsFunc(s.troubles, func(t Trouble) bool { return t.Fault == f })
}

// strikes tells whether a trouble that matches comes now, and counts it; s.mu is
// held.
func (s *Sim) strikes(match func(Trouble) bool) (Fault, bool) {
	i := slices.IndexFunc(s.troubles, match)
	if i < 0 {
		return "", false
	}
	f := s.troubles[i].Fault
	if s.troubles[i].Times > 0 {
		if s.troubles[i].Times--; s.troubles[i].Times == 0 {
			s.troubles = slices.Delete(s.troubles, i, i+1)
		}
		s.troubled = s.touch()
	}
	return f, true
}

// postingFaults are those that come to what is posted now.
func (s *Sim) postingFaults() (faults []Fault) {
	for _, f := range []Fault{Duplicate, Reorder, ExpiredToken, BadSignature, UnknownEvent, Malformed} {
		if _, ok := s.strikes(func(t Trouble) bool { return t.Fault == f }); ok {
			faults = append(faults, f)
		}
	}
	return faults
}

// callFault is the one that comes to a call of e.
func (s *Sim) callFault(e *endpoint) Fault {
	f, _ := s.strikes(func(t Trouble) bool {
		switch {
		case t.Fault.ofWebhook(), t.Call != "" && t.Call != e.name:
			return false
		case t.Fault == QuotaUsedUp:
			return e.counted
		case t.Fault == Conflicting:
			return e.retryable
		}
		return true
	})
	return f
}
