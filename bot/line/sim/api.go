package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"madoguchi/ward"
)

const (
	maxRequest   = 2 << 20 // of JSON
	maxMenuImage = 1 << 20
	maxHang      = 2 * time.Minute
)

// endpoint is one call of the API.
type endpoint struct {
	name, method, path string
	limit              limit
	answer             func(*call) answer
	counted            bool // sends messages of the month's quota
	retryable          bool // may carry a retry key
	open               bool // needs no token
	outside            bool // answers without s.mu, because it asks the program in turn
}

// call is one request to an endpoint.
type call struct {
	*http.Request
	body  []byte
	id    string // request id
	types []string
}

// answer is what an endpoint says: a value to marshal, or bytes.
type answer struct {
	status      int
	value       any
	bytes       []byte
	contentType string
	acceptedID  string // of the call that was accepted before
}

type errorBody struct {
	Message      string        `json:"message"`
	Details      []detail      `json:"details,omitempty"`
	SentMessages []sentMessage `json:"sentMessages,omitempty"`
}

type detail struct {
	Message  string `json:"message,omitempty"`
	Property string `json:"property,omitempty"`
}

func ok(value any) answer { return answer{status: http.StatusOK, value: value} }

func done() answer { return ok(struct{}{}) }

func failure(status int, message string, details ...detail) answer {
	return answer{status: status, value: errorBody{Message: message, Details: details}}
}

// faulty is the answer to a body with faults, in LINE's words.
func faulty(details []detail) answer {
	return failure(http.StatusBadRequest, fmt.Sprintf("The request body has %d error(s)", len(details)), details...)
}

func wrongProperty(name string) answer {
	return failure(http.StatusBadRequest, fmt.Sprintf("The property, '%s', in the request body is invalid (line: -, column: -)", name))
}

// API serves the Messaging API, its data host and the token calls.
func (s *Sim) API() http.Handler {
	mux := http.NewServeMux()
	for _, e := range s.endpoints() {
		mux.Handle(e.method+" "+e.path, s.serve(e))
	}
	// These two differ in the middle only, which a ServeMux cannot tell apart.
	image, alias := s.imageEndpoints(), s.aliasEndpoints()
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		mux.HandleFunc(method+" /v2/bot/richmenu/{id}/{part}", func(w http.ResponseWriter, r *http.Request) {
			id, part := r.PathValue("id"), r.PathValue("part")
			e := &endpoint{answer: notFound}
			switch {
			case id == "alias" && alias[method] != nil:
				r.SetPathValue("richMenuAliasId", part)
				e = alias[method]
			case part == "content" && image[method] != nil:
				r.SetPathValue("richMenuId", id)
				e = image[method]
			}
			s.serve(e).ServeHTTP(w, r)
		})
	}
	mux.Handle("/", s.serve(&endpoint{answer: notFound}))
	return mux
}

func notFound(*call) answer { return failure(http.StatusNotFound, "Not found") }

// serve makes a handler of e: limits, checks, faults, answer, log.
func (s *Sim) serve(e *endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, id: requestID()}
		a, fault := s.attend(w, e, c)
		s.note(e, c, a, fault)
		switch fault {
		case Hanging, HangingAfter:
			s.hang(r)
			hangUp(w)
		case Closing, ClosingAfter:
			hangUp(w)
		default:
			reply(w, c, a)
		}
	})
}

// attend gives the answer to c, and the fault that may keep it from arriving.
func (s *Sim) attend(w http.ResponseWriter, e *endpoint, c *call) (answer, Fault) {
	if a := s.admit(w, e, c); a.status != 0 {
		return a, ""
	}
	s.mu.Lock()
	fault := s.callFault(e)
	a := fault.answer()
	switch {
	case a.status != 0 || fault == Hanging || fault == Closing:
	case !s.allow(e):
		a = failure(http.StatusTooManyRequests, "The API rate limit has been exceeded. Try again later.")
	case !e.outside:
		a = e.answer(c)
	default:
		s.mu.Unlock()
		return e.answer(c), fault
	}
	s.mu.Unlock()
	return a, fault
}

// admit reads the body and refuses what is none of the account's; the zero
// answer admits.
func (s *Sim) admit(w http.ResponseWriter, e *endpoint, c *call) answer {
	body, err := io.ReadAll(http.MaxBytesReader(w, c.Body, maxRequest))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return failure(http.StatusRequestEntityTooLarge, "Request entity too large")
	} else if err != nil {
		return failure(http.StatusBadRequest, "The request body could not be read")
	}
	c.body = body
	if s.o.Check != nil && e.name != "" {
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		if err := s.o.Check(c.Request); err != nil {
			s.mu.Lock()
			s.ledger.Refused = append(s.ledger.Refused, fmt.Errorf("%s: %w", e.name, err))
			s.mu.Unlock()
			return failure(http.StatusBadRequest, "The request does not conform to the API", detail{Message: err.Error()})
		}
	}
	if !e.open && !s.authorized(c.Header.Get("Authorization")) {
		return unauthorized()
	}
	return answer{}
}

func unauthorized() answer {
	return failure(http.StatusUnauthorized, "Authentication failed. Confirm that the access token in the authorization header is valid.")
}

// answer is what f says instead of the endpoint; the zero answer lets it speak.
func (f Fault) answer() answer {
	switch f {
	case RateLimited:
		return failure(http.StatusTooManyRequests, "The API rate limit has been exceeded. Try again later.")
	case QuotaUsedUp:
		return failure(http.StatusTooManyRequests, "You have reached your monthly limit.")
	case Conflicting:
		a := failure(http.StatusConflict, "The retry key is already accepted")
		a.acceptedID = requestID()
		return a
	case Broken:
		return failure(http.StatusInternalServerError, "Internal server error")
	case Unauthorized:
		return unauthorized()
	}
	return answer{}
}

// hang waits until the caller gives up.
func (s *Sim) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed.Done():
	case <-time.After(maxHang):
	}
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
		return
	}
	panic(http.ErrAbortHandler) // what net/http has for this
}

func reply(w http.ResponseWriter, c *call, a answer) {
	h := w.Header()
	h.Set("X-Line-Request-Id", c.id)
	if a.acceptedID != "" {
		h.Set("X-Line-Accepted-Request-Id", a.acceptedID)
	}
	if a.value != nil {
		a.bytes, a.contentType = marshal(a.value), "application/json"
	}
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.bytes) // whoever asked is gone then
}

// note logs the call.
func (s *Sim) note(e *endpoint, c *call, a answer, fault Fault) {
	path := e.path
	if e.name == "" {
		path = "?" // may hold anything
	}
	if fault == Hanging || fault == Closing || fault == HangingAfter || fault == ClosingAfter {
		a.status = 0
	}
	s.o.Log.DebugContext(c.Context(), "api call", "name", e.name, "status", a.status, "fault", fault)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.Calls = append(s.ledger.Calls, Call{
		Name: e.name, Method: c.Method, Path: path, Status: a.status, Types: c.types, Fault: fault, RequestID: c.id, At: s.o.Now(),
		revision: s.touch(),
	})
}

// decode reads the body as JSON.
func (c *call) decode(into any) bool { return json.Unmarshal(c.body, into) == nil }

func unreadable() answer {
	return failure(http.StatusBadRequest, "The request body could not be parsed as JSON: invalid syntax")
}

// receiver is a user of the account from a path or body.
func receiver(id string) (ward.Resident, bool) {
	return ward.Resident(id), userForm.MatchString(id)
}

func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}
