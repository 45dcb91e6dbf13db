package sim

import (
	"net/http"
	"time"

	"madoguchi/ward"
)

// LINE's limits on narrowcasts.
const (
	minReach      = 100 // friends, for a filter
	progressKept  = 14 * 24 * time.Hour
	waitingTime   = time.Second     // until it is being sent
	narrowingTime = 2 * time.Second // until it is done
	timeFormat    = "2006-01-02T15:04:05.000Z"
)

// narrowcast is one that was accepted. Its messages arrive at once; only what
// is told of it takes time.
type narrowcast struct {
	at      time.Time
	targets int
}

func (s *Sim) narrowcast(c *call) answer {
	_, a := s.once(c, "narrowcast", func(in *sending) ([]ward.Resident, answer) {
		to := s.friends()
		if in.Filter != nil && len(to) < minReach {
			return nil, failure(http.StatusForbidden, "Target reach is too small for a demographic filter")
		}
		if l := in.Limit; l != nil {
			if l.Max != nil && *l.Max < 1 {
				return nil, faulty([]detail{{"must be greater than or equal to 1", "limit.max"}})
			}
			if l.ForbidPartialDelivery && !l.UpToRemainingQuota {
				return nil, faulty([]detail{{"upToRemainingQuota must be true", "limit.forbidPartialDelivery"}})
			}
			if l.Max != nil {
				to = to[:min(*l.Max, len(to))]
			}
			if s.turnMonth(); l.UpToRemainingQuota && s.o.Quota > 0 {
				to = to[:min(max(int(s.o.Quota-s.used), 0), len(to))]
			}
		}
		s.narrow[c.id] = &narrowcast{at: s.o.Now(), targets: len(to)}
		return to, answer{}
	})
	if a.status != 0 {
		delete(s.narrow, c.id)
		return a
	}
	return answer{status: http.StatusAccepted, value: struct{}{}}
}

func (s *Sim) narrowcastProgress(c *call) answer {
	n := s.narrow[c.URL.Query().Get("requestId")]
	if n == nil || s.o.Now().Sub(n.at) > progressKept {
		return notFound(c)
	}
	out := map[string]any{"phase": "waiting", "acceptedTime": n.at.UTC().Format(timeFormat)}
	switch age := s.o.Now().Sub(n.at); {
	case age >= narrowingTime:
		out["phase"], out["completedTime"] = "succeeded", n.at.Add(narrowingTime).UTC().Format(timeFormat)
		out["successCount"], out["failureCount"], out["targetCount"] = n.targets, 0, n.targets
	case age >= waitingTime:
		out["phase"] = "sending"
		out["successCount"], out["failureCount"], out["targetCount"] = n.targets, 0, n.targets
	}
	return ok(out)
}
