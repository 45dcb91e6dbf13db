// Package web is the counter in a browser: the chat API and the widget that
// speaks to it, health and metrics. routes.go lists every path.
//
// POST /api/chat is a contract (chat.go has its JSON). A caller names its
// conversation with an id of its own making, up to 128 characters of
// [A-Za-z0-9_-]; an id never seen before starts a conversation. What is said
// comes from Options.Reply alone; this package only carries it.
//
// The widget is one script, /widget.js, for any page of the ward. It lives in
// a Shadow DOM, sets no cookie, asks no other server, and runs under a content
// security policy that allows this origin in script-src and connect-src and
// nothing else. On its script tag:
//
//	data-position="left"   where the button stands; right unless told
//	data-title="…"         the name on the panel
//	data-mount="id"        no button: the panel stands open in that element
//
// It speaks to the server it was loaded from. /widget is the same on a page of
// its own, and a plain form where scripts do not run.
//
// Handlers return errors; error.go alone makes them a status and a sentence.
// Neither the words nor the id of a resident reach a log, a metric or an
// error. The package keeps nothing but the counters of its rate limit.
package web
