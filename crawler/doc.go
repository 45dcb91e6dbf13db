// Package crawler turns a ward's website into documents.
package crawler
