// Package bot is the conversation at the counter: a message in, replies out,
// the same for every channel.
//
//	          ┌────────────── typed words ──────────────┐
//	          ▼                                         │
//	        hear ── a command (メニュー, もどる …) ──▶ counter.*
//	          │  ── the label or number of an offered choice ──▶ its step
//	          │  ── a step waits for words ──▶ its take ──▶ the next step of its table
//	          │  ── small talk, opinion, nothing to read ──▶ a fixed phrase
//	          ▼
//	        ask ──▶ sure ───▶ answer.doc ──▶ はい  answer.yes ──▶ thanks
//	          │                 ▲  │  │ ├──▶ いいえ answer.no ──▶ other candidates, contact
//	          │                 │  │  └─┴──▶ 続きを読む answer.doc
//	          │                 │  └──▶ ほかの候補 ─┐
//	          ├──▶ unsure ──▶ answer.list ◀─────────┘
//	          │                 └──▶ どれでもない answer.none ──▶ contact, browse
//	          └──▶ nothing ──▶ contact, browse
//
//	counter.menu ──▶ browse.level ⇄ browse.level (down, up, ほかを見る) ──▶ answer.doc
//
//	see ── a photo, a place … ──▶ the take of the step that waits, else a fixed phrase
//
// Words that say that somebody is in danger get the number to call first of all,
// and then what they would have got anyway.
//
// A dialogue is a table of steps (dialogue.go); a new dialogue is a new table.
// A step that only runs says something; a step that also takes asks, waits, and
// hands over to the next row. While one waits, a question is answered and the
// step asks again; もどる goes to the row before, and from the first out of the
// dialogue; やめる and はじめから end it; what it does not take is asked again
// with the reason. One dialogue waits at a time.
//
// A choice names the step it leads to and carries what that step needs, so that
// it works without the session wherever it can and can be checked when it comes
// back: a value that is forged or has outlived its page gets a polite phrase.
// Values hold at most MaxChoiceValue bytes.
//
// What is said is either text of the ward's pages as it stands there, cut at
// sentence ends, or a phrase of phrases.go; nothing else can be said.
//
// What is kept: one session per resident and channel, JSON under the hash of
// both, for SessionTTL after the last message (session.go): the last questions,
// masked, the candidates found for them, the answers shown, the way back, what
// the steps of the dialogue under way took, and what came of the last messages,
// so that the same message again gets the same replies. A dialogue left in the
// middle stays lateTTL longer, only to say that its time is over. Of two
// messages at once one is done over on what the other has left. Without a
// session store the counter still answers, but offers only what it can honour.
// Staff get questions that found nothing and votes on answers, masked, through
// Desk, after the session is stored, each with the id of the message that the
// question came with; Forget deletes a session, but for that a dialogue was under way,
// so that its resident is told. A resident's words are never logged.
//
// The package does not search, does not know HTTP, LINE or any store, and asks
// nobody for personal data.
package bot
