// Package ja knows how Japanese text is written: width, kana, dashes, years
// of the era, phone numbers and postal codes, and what in it is personal.
package ja
