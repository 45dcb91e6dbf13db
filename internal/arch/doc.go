// Package arch holds the picture of docs/design.md as a test: which room may
// open onto which. It also refuses names of the city that measures the ranking
// in the words of the index. It has no code of its own; `go test
// ./internal/arch` prints each offence as a sentence.
package arch
