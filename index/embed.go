package index

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"time"
)

// EmbeddingsTimeout is how long a question waits for its vector, unless said
// otherwise.
const EmbeddingsTimeout = 300 * time.Millisecond

const (
	maxEmbedResponse = 16 << 20 // bytes
	maxDimension     = 8192
)

// Embeddings is a server that turns texts into vectors, in the form of
// OpenAI's POST /v1/embeddings, which many programs for open models speak too.
// With it a second ranking is fused with the built-in one; without it, and
// whenever it is slow, gone or wrong, the built-in ranking stands alone. The
// questions of residents leave the process, with personal data masked.
type Embeddings struct {
	URL     string // the whole address, …/v1/embeddings
	Model   string
	Key     string        // sent as a bearer token; "" sends none
	Query   string        // what the model wants before a question
	Passage string        // and before a document
	Timeout time.Duration // for the vector of a question; 0 is EmbeddingsTimeout
	Pause   time.Duration // before documents are sent again, doubled each time; 0 is 1 s
}

// embedder is a client of the server. Its errors hold no text that was sent.
type embedder struct {
	Embeddings
	http *http.Client
}

func newEmbedder(e Embeddings) *embedder {
	if e.Timeout == 0 {
		e.Timeout = EmbeddingsTimeout
	}
	if e.Pause == 0 {
		e.Pause = time.Second
	}
	// A redirect would carry questions and key to where nobody sent them.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &embedder{e, &http.Client{CheckRedirect: stay}}
}

// Check asks the server for one vector and gives its dimension.
func (e Embeddings) Check(ctx context.Context) (dimension int, err error) {
	vectors, err := newEmbedder(e).embed(ctx, []string{e.Passage + "窓口"})
	if err != nil {
		return 0, err
	}
	return len(vectors[0]), nil
}

// statusError is an answer other than 200.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("the embeddings server answers %d", int(s)) }

// transient says whether the same request may succeed later.
func transient(err error) bool {
	var s statusError
	return !errors.As(err, &s) || s >= 500 || s == http.StatusTooManyRequests || s == http.StatusRequestTimeout
}

// embed gives a vector of length one for each text, all of one dimension.
func (e *embedder) embed(ctx context.Context, texts []string) ([][]float32, error) {
	body, err := json.Marshal(map[string]any{"model": e.Model, "input": texts, "encoding_format": "float"})
	if err != nil {
		return nil, fmt.Errorf("encode texts: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the embeddings server's address is no address")
	}
	req.Header.Set("Content-Type", "application/json")
	if e.Key != "" {
		req.Header.Set("Authorization", "Bearer "+e.Key)
	}
	resp, err := e.http.Do(req)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp.StatusCode)
	}
	var answer embedAnswer
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxEmbedResponse)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the embeddings server's answer: %w", err)
	}
	return answer.vectors(len(texts))
}

// withoutAddress takes the address off an error: it may hold a key.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("ask the embeddings server: %w", err)
}

type embedAnswer struct {
	Data []struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	} `json:"data"`
}

// vectors puts n vectors in the order of their texts.
func (a embedAnswer) vectors(n int) ([][]float32, error) {
	out := make([][]float32, n)
	if len(a.Data) != n {
		return nil, fmt.Errorf("the embeddings server gives %d vectors for %d texts", len(a.Data), n)
	}
	dimension := len(a.Data[0].Embedding)
	for _, d := range a.Data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil {
			return nil, fmt.Errorf("the embeddings server numbers its vectors wrongly")
		}
		if len(d.Embedding) != dimension || dimension > maxDimension || !unit(d.Embedding) {
			return nil, fmt.Errorf("the embeddings server gives a vector of %d numbers that is none", len(d.Embedding))
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

// unit makes v as long as one; false when it has no direction.
func unit(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsInf(sum, 0) || math.IsNaN(sum) {
		return false
	}
	by := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= by
	}
	return true
}
