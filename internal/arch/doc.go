// Package arch holds the picture of docs/design.md as a test: which room may
// open onto which. It has no code of its own; `go test ./internal/arch`
// prints each offending import as a sentence.
package arch
