//go:build !race

package crawler

// pdfShadow is how many bytes of address space a byte of the child's heap
// takes.
const pdfShadow = 1
