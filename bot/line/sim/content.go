package sim

import (
	"net/http"
	"slices"
	"time"

	"madoguchi/ward"
)

const (
	maxContents   = 200         // pictures and the like that are kept
	preparingTime = time.Second // of a recording
)

// content is what a resident sent besides words.
type content struct {
	user        ward.Resident
	data        []byte
	contentType string
	slow        bool // is prepared before it can be fetched
	ready       time.Time
	withdrawn   bool
}

type contents struct {
	byID  map[string]*content
	order []string
}

// keep drops the oldest where there are too many.
func (c *contents) keep(id string, one *content) {
	c.byID[id] = one
	c.order = append(c.order, id)
	if len(c.order) > maxContents {
		delete(c.byID, c.order[0])
		c.order = slices.Delete(c.order, 0, 1)
	}
}

func (c *contents) withdraw(id string) {
	if one := c.byID[id]; one != nil {
		one.withdrawn, one.data = true, nil
	}
}

// getContent answers with the bytes themselves.
func (s *Sim) getContent(c *call) answer {
	one := s.contents.byID[c.PathValue("messageId")]
	switch {
	case one == nil:
		return failure(http.StatusNotFound, "Not found")
	case one.withdrawn:
		return failure(http.StatusGone, "Gone")
	case one.slow && s.o.Now().Sub(one.ready) < preparingTime:
		return answer{status: http.StatusAccepted}
	}
	return answer{status: http.StatusOK, bytes: one.data, contentType: one.contentType}
}

func (s *Sim) getTranscoding(c *call) answer {
	one := s.contents.byID[c.PathValue("messageId")]
	switch {
	case one == nil:
		return failure(http.StatusNotFound, "Not found")
	case one.withdrawn:
		return failure(http.StatusGone, "Gone")
	case !one.slow:
		return failure(http.StatusBadRequest, "This message type is not supported.")
	case s.o.Now().Sub(one.ready) < preparingTime:
		return ok(map[string]string{"status": "processing"})
	}
	return ok(map[string]string{"status": "succeeded"})
}
