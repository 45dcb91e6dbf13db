package sim

import (
	"net/http"
	"strconv"

	"madoguchi/ward"
)

// spend counts n messages to the month's quota, or refuses; s.mu is held.
func (s *Sim) spend(n int) (refusal answer) {
	s.turnMonth()
	if s.o.Quota > 0 && s.used+int64(n) > s.o.Quota {
		return failure(http.StatusTooManyRequests, "You have reached your monthly limit.")
	}
	s.used += int64(n)
	return answer{}
}

func (s *Sim) turnMonth() {
	if month := s.o.Now().In(ward.Japan()).Format("2006-01"); month != s.month {
		s.month, s.used = month, 0
	}
}

func (s *Sim) getQuota(*call) answer {
	if s.o.Quota == 0 && !s.scripted(QuotaUsedUp) {
		return ok(map[string]any{"type": "none"})
	}
	return ok(map[string]any{"type": "limited", "value": s.o.Quota})
}

// getConsumption tells what was used: all of it while that is scripted.
func (s *Sim) getConsumption(*call) answer {
	s.turnMonth()
	used := s.used
	if s.scripted(QuotaUsedUp) {
		used = max(used, s.o.Quota)
	}
	return ok(map[string]any{"totalUsage": used})
}

func decimal(s string, into *int) bool {
	n, err := strconv.Atoi(s)
	*into = n
	return err == nil && n >= 0
}

func decimalOf(n int) string { return strconv.Itoa(n) }
