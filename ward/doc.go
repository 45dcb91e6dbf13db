// Package ward is the vocabulary of a Japanese ward office and the rules that
// go with it. Every other package speaks in these types; this one imports
// nothing of ours and nothing outside the standard library.
//
// The ward's own words, translated once:
//
//	窓口 madoguchi      counter          所管課・担当課    section (in charge)
//	区民・住民          resident         ページ            page
//	質問                question         回答              answer
//	更新日              updated          パンくず          category (path of the site)
//	よくある質問        faq              添付              attachment
//	お問い合わせ先      contact          職員              staff
//	任命・指名          appointment      操作の記録        audit
//	対応                fix              停止              stop
//	お手本の質問        golden           試す              trial
//
// A Document is the smallest thing that can be shown as an answer: one
// question-and-answer pair, one section of a long page, or a PDF. A Hit is a
// Document found for a Question; an Answer is what the index makes of a
// Question as a whole: sure, a choice of hits, or nothing. A Message is what a
// resident sends over any channel and a Reply is what they get back.
//
// The package keeps nothing, reads no clock and knows neither HTTP nor SQL.
// Errors that a person may read are of type Error: the kind is for the
// program, the message for the person, the cause for the log.
package ward
