// Package index turns the ward's documents into ranked answers.
//
// Build writes a new generation beside the live one and swaps it in; Open
// reads the live one, in as many processes as wish to. Bleve stores the
// documents and proposes candidates, a forward file (the words of every
// document in order) gives what the ranking needs beyond that, and kagome with
// the UniDic dictionary splits Japanese into words.
//
// # Stored shape
//
//	dir/CURRENT            the name of the live generation and a newline; replaced by rename
//	dir/lock               flock of the one who builds
//	dir/gen-<n>/           a finished generation, never changed again
//	    manifest.json      format, document count, time, size and CRC-32C of every other file
//	    forward.gob        vocabulary, words of each field, sentence bounds, categories, ids
//	    bleve/             Bleve's own files: fields title, path, body, section; the document as JSON
//	dir/gen-<n>.tmp/       a generation being written; removed by the next Build if left over
//	dir/dictionary-*.bin   the UniDic dictionary laid out for mapping into memory; a cache
//
// A generation that does not match its manifest is refused with a ward.Error of
// kind Unavailable; the caller rebuilds it from the kept pages. Nothing here is
// the only copy of anything.
//
// # Ranking
//
// A question is folded, cut to ward.MaxQuestion characters and split into
// lemmas. Bleve proposes candidates; each is scored in plain Go. How sure the
// index is of a hit is a logistic function of a few features, whose weights
// stand in weights.json.
//
// The package does not fetch, extract, converse or log what residents ask.
package index
