// Package ja knows how Japanese text is written: width, kana, dashes, years
// of the era, phone numbers and postal codes, sentences, and what in a text is
// personal.
//
// Three rules hold throughout:
//
//   - A folded form is for matching and is never shown: Fold turns ① into 1 and
//     ㈱ into (株). What a person reads comes from the text as it stands, so
//     Clean, Mask and Sentences keep every character they do not have to drop.
//   - Every function takes any string, invalid UTF-8 included, and returns.
//     Nothing here fails, allocates without bound or keeps state.
//   - Fold, Clean and Mask are idempotent.
//
// Mask works by form, not by knowledge: it finds what is written like a phone
// number, an address or a self-introduction. A name in running text that
// nothing introduces stays; whoever keeps residents' words relies on it as the
// second net and asks for no personal data in the first place.
//
// The package does not tokenize, does not read kanji numbers as figures and
// knows neither tokens nor pages.
package ja
