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
//	dir/CURRENT            the name of the live generation and a newline; replaced by rename;
//	                       not always the newest: one that answers the goldens worse waits
//	dir/lock               flock of the one who builds
//	dir/gen-<n>/           a finished generation, never changed again
//	    manifest.json      format, document count, time, size and CRC-32C of every other file,
//	                       how it did on the goldens, the model of its vectors
//	    forward.gob        vocabulary, words of each field, sentence bounds, categories, ids,
//	                       the thesaurus as far as this vocabulary goes, how titles and
//	                       thesaurus sound, the latent space
//	    bleve/             Bleve's own files: fields title, path, body, section; the document as JSON
//	    vectors.bin        with Options.Embeddings: key, scale and one byte a number of each
//	                       document's vector, in the order of the documents; mapped into memory
//	dir/vectors.part       the same, of a build that did not get all; a cache
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
// lemmas. A stretch that sounds, or all but sounds, like one expression of the
// titles or the thesaurus and that nothing knows as it is written is read as
// that expression (reading_question.go): じゅみんひょう, 住民表, juminhyo.
// Phrases of asking (words/question.txt) are set aside; the thesaurus adds what
// wards write for what was said. Bleve proposes 150 candidates. Each is scored
// in plain Go by a weighted sum of features (feature.go): BM25, coverage of the
// question by words and by nearness in a latent semantic space learned from the
// generation's own documents and the thesaurus, what the title is about beyond
// the question, whether it tells what is asked. How sure the index is of a hit
// is a logistic regression on a few signs (confidence.go). The weights stand in
// weights.json; Train learns them.
//
// The package does not fetch, extract, converse or log what residents ask. It
// speaks to nobody but the server of Options.Embeddings, where there is one.
package index
