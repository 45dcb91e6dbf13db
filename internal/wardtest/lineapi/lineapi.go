package lineapi

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"
)

//go:embed testdata/*.yml
var descriptions embed.FS

const schemas = "#/components/schemas/"

// Checker gives a function that says what LINE would have against a call of the
// Messaging API. It leaves the body to be read again and may be called by
// several goroutines at once.
func Checker(t testing.TB) func(*http.Request) error {
	t.Helper()
	router, err := gorillamux.NewRouter(load(t, "messaging-api.yml"))
	if err != nil {
		t.Fatalf("route the Messaging API: %v", err)
	}
	return func(req *http.Request) error {
		route, params, err := router.FindRoute(req)
		if err != nil {
			return fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, err)
		}
		body, err := taken(req)
		if err != nil {
			return fmt.Errorf("read body: %w", err)
		}
		input := &openapi3filter.RequestValidationInput{Request: req, Route: route, PathParams: params,
			Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
		err = openapi3filter.ValidateRequest(req.Context(), input)
		req.Body = io.NopCloser(bytes.NewReader(body))
		return errors.Join(err, headers(req), limits(body))
	}
}

// Callback gives a function that says what is wrong with the body of a webhook
// call.
func Callback(t testing.TB) func(body []byte) error {
	t.Helper()
	schema := load(t, "webhook.yml").Components.Schemas["CallbackRequest"].Value
	return func(body []byte) error {
		var call any
		if err := json.Unmarshal(body, &call); err != nil {
			return fmt.Errorf("read webhook call: %w", err)
		}
		return schema.VisitJSON(call, openapi3.MultiErrors())
	}
}

func taken(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body, err
}

// headers checks the token, and that a call that may be tried again says so.
func headers(req *http.Request) error {
	if token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); !ok || token == "" {
		return errors.New("no bearer token")
	}
	keys, given := req.Header["X-Line-Retry-Key"]
	switch req.URL.Path {
	case "/v2/bot/message/push", "/v2/bot/message/multicast", "/v2/bot/message/narrowcast", "/v2/bot/message/broadcast":
		if len(keys) != 1 || uuid.Validate(keys[0]) != nil {
			return fmt.Errorf("retry key is no UUID: %q", keys)
		}
	default:
		if given {
			return errors.New("retry key where LINE takes none")
		}
	}
	return nil
}

// load reads a description so that it describes requests to any host, and the
// subtypes too.
func load(t testing.TB, name string) *openapi3.T {
	t.Helper()
	text, err := descriptions.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatalf("load %s: %v", name, err)
	}
	doc.Servers = nil
	for _, path := range doc.Paths.Map() {
		path.Servers = nil
		for _, op := range path.Operations() {
			op.Servers = nil
		}
	}
	for name, parent := range doc.Components.Schemas {
		if parent.Value.Discriminator != nil {
			discriminate(doc, name, parent.Value)
		}
	}
	return doc
}

// discriminate makes of a parent one of its children. LINE writes the children
// as allOf of the parent, so they get a copy of it as it was.
func discriminate(doc *openapi3.T, name string, parent *openapi3.Schema) {
	base := *parent
	base.Discriminator = nil
	children := openapi3.SchemaRefs{}
	for _, to := range parent.Discriminator.Mapping {
		child := doc.Components.Schemas[strings.TrimPrefix(to.Ref, schemas)].Value
		for i, part := range child.AllOf {
			if part.Ref == schemas+name {
				child.AllOf[i] = &openapi3.SchemaRef{Value: &base}
			}
		}
		children = append(children, &openapi3.SchemaRef{Ref: to.Ref, Value: child})
	}
	*parent = openapi3.Schema{OneOf: children, Discriminator: parent.Discriminator}
}
