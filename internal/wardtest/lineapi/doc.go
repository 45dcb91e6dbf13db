// Package lineapi checks calls of the Messaging API, and webhook calls, against
// LINE's own OpenAPI description, for tests only.
//
// testdata/ holds that description as LINE published it in July 2026
// (github.com/line/line-openapi, Apache-2.0, see testdata/LICENSE). It says
// less than LINE enforces. What it leaves open is closed here in two ways: the
// discriminators are rewritten to oneOf, without which a validator never looks
// into a message, and limit.go has the lengths that it does not state.
package lineapi
