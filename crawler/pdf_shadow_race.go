//go:build race

package crawler

// pdfShadow counts the race detector's shadow of the heap, four bytes for each
// byte and as much again for what it keeps of allocations.
const pdfShadow = 6
