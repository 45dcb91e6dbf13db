package crawler

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of one request.
const (
	MaxBody         = 10 << 20 // bytes of a body, as sent and also when decompressed
	maxHeader       = 64 << 10
	headerTimeout   = 30 * time.Second
	DefaultDeadline = 60 * time.Second // of a whole request, so that a drip ends
)

// Why a request gave nothing. The texts are the keys of Summary.Failed.
var (
	errRefused  = errors.New("address refused")
	errTimeout  = errors.New("timeout")
	errConnect  = errors.New("no connection")
	errCut      = errors.New("body cut short")
	errTooLarge = errors.New("body too large")
	errEncoding = errors.New("unknown encoding")
)

// A fetcher makes single requests: no redirect is followed, no cookie kept, no
// proxy asked, nothing but GET is sent.
type fetcher struct {
	transport http.RoundTripper
	agent     string
	deadline  time.Duration
	now       func() time.Time
}

func newTransport(g guard) *http.Transport {
	return &http.Transport{
		DialContext:            g.dial,
		DisableCompression:     true, // so that the decompressed size can be limited here
		MaxConnsPerHost:        1,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// validators are what makes a request conditional.
type validators struct {
	ETag, LastModified string
}

// A response is what a server said. Body is decompressed; it is read only for
// status 200 and content that the crawler can use.
type response struct {
	Status      int
	ContentType string
	Location    string
	RetryAfter  time.Duration // 0 if the server did not say
	Validators  validators
	Body        []byte
	Wire        int64 // bytes of body as they were sent
}

// get makes one request.
func (f *fetcher) get(ctx context.Context, u *url.URL, v validators) (*response, error) {
	ctx, cancel := context.WithTimeout(ctx, f.deadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", f.agent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml,application/rss+xml,application/pdf;q=0.9")
	req.Header.Set("Accept-Language", "ja")
	req.Header.Set("Accept-Encoding", "gzip")
	if v.ETag != "" {
		req.Header.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		req.Header.Set("If-Modified-Since", v.LastModified)
	}
	resp, err := f.transport.RoundTrip(req)
	if err != nil {
		return nil, fetchError(err)
	}
	defer resp.Body.Close()
	return f.read(resp)
}

func (f *fetcher) read(resp *http.Response) (*response, error) {
	a := &response{
		Status:      resp.StatusCode,
		ContentType: resp.Header.Get("Content-Type"),
		Location:    resp.Header.Get("Location"),
		RetryAfter:  retryAfter(resp.Header.Get("Retry-After"), f.now()),
		Validators:  validators{resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")},
	}
	if a.Status != http.StatusOK || !usable(a.ContentType) {
		drain(resp.Body)
		return a, nil
	}
	raw, err := readLimited(resp.Body)
	a.Wire = int64(len(raw))
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))) {
	case "", "identity":
		a.Body = raw
	case "gzip", "x-gzip":
		a.Body, err = gunzip(raw)
	default:
		return nil, errEncoding
	}
	return a, err
}

// drain reads the little that stands between us and the next use of the
// connection; a larger rest costs the connection.
func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, 16<<10) }

func gunzip(raw []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, errCut
	}
	return readLimited(z)
}

func readLimited(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return body, fetchError(fmt.Errorf("%w: %w", errCut, err))
	}
	if len(body) > MaxBody {
		return nil, errTooLarge
	}
	return body, nil
}

// usable says which bodies are worth reading.
func usable(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind, _, _ = strings.Cut(strings.ToLower(contentType), ";")
	}
	switch kind = strings.TrimSpace(kind); {
	case kind == "", strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "xml"), strings.HasSuffix(kind, "+xml"):
		return true
	case kind == "application/pdf", kind == "application/octet-stream", kind == "application/gzip", kind == "application/x-gzip":
		return true
	}
	return false
}

// retryAfter reads the header in both of its forms.
func retryAfter(v string, now time.Time) time.Duration {
	if s, err := strconv.Atoi(v); err == nil && s > 0 {
		return time.Duration(min(s, int(maxBackoff/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), maxBackoff)
	}
	return 0
}

// fetchError sorts an error of net/http into one of the reasons above.
func fetchError(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, errRefused):
		return errRefused
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errTimeout
	case errors.Is(err, errCut):
		return errCut
	}
	return fmt.Errorf("%w: %w", errConnect, err)
}
