// Package bot is the conversation at the counter: a message in, replies out,
// the same for every channel.
//
//	          ┌────────────── typed words ──────────────┐
//	          ▼                                         │
//	        hear ── a command (メニュー, もどる …) ──▶ counter.*
//	          │  ── the label or number of an offered choice ──▶ its step
//	          │  ── greeting, opinion, nothing to read ──▶ a fixed phrase
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
// A dialogue is a table of steps (dialogue.go); a new dialogue is a new table.
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
// masked, the candidates found for them, the answers shown and the way back. Of
// two messages at once one is done over on what the other has left. Without a
// session store the counter still answers, but offers only what it can honour.
// Staff get questions that found nothing and votes on answers, masked, through
// Desk, after the session is stored. A resident's words are never logged.
//
// The package does not search, does not know HTTP, LINE or any store, and asks
// nobody for personal data.
package bot
