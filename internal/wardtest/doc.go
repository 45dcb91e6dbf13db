// Package wardtest holds what tests of several rooms share: a small ward in
// memory that finds documents by plain words, a session store and a staff desk
// that remember, faults on demand, and conversations to be played through any
// channel: what LINE shows is read back as the replies that it came of. It is for tests only.
//
// Nothing here is clever on purpose: a test's author must see at a glance what
// a question will find.
package wardtest
