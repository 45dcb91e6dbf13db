// Package console is where the ward's staff look after the counter: what was
// not answered and what is done about it, what changed on the site, trying,
// stopping, the index, figures, people and the audit. routes.go lists every
// path with the action of ward's table of roles that it takes.
//
// Pages are made on the server and work without a script; console.js makes them
// better. Every change is a POST that answers with a redirect. A form of
// something that others may change too carries its version: the second writer
// is shown what the first one wrote, and loses nothing.
//
// No page holds inline script or style: the content security policy allows none.
// Requests that come from another site are refused before anything is read
// (http.CrossOriginProtection; the cookie is SameSite=Lax besides).
//
// Handlers return errors; error.go alone makes them a page. What residents and
// staff wrote, ids of sessions and passwords reach neither a log nor an error.
//
// The package keeps nothing: records are in package data, what needs the index
// or the crawler is behind the interfaces of Options.
package console
