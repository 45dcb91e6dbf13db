// Package jobs is the work that outlives a request.
//
// Crawl runs the crawl on its schedule; one that fails is logged and tried
// again at its next time, never at once, so that a broken site is not hammered.
//
// LINE works on LINE's webhook events: keep them, answer them, send the
// replies. It keeps nothing itself. What there is to do stands in the rows of
// package data, and a job of the queue (River, on the same database, its tables
// beside ours) is only the wake-up for a resident's turn, made in the
// transaction that has the resident wait for it. A fault of the queue, or a kill
// between keeping an event and that, so loses nothing: once a second, what is due
// and has no job gets one.
//
// LINE comes before residents: what comes in waits for no row that a turn has
// locked, and answers pause while many calls are at the door.
//
// What holds at every moment, whenever the process is killed:
//
//   - an event is answered in its turn: those of one resident one by one in
//     order of time and id, those of different residents side by side;
//   - an event whose answer fails or panics is tried three times and then set
//     aside, and the next one follows;
//   - a reply goes out by its reply token, which works once, within a minute of
//     the event. A try whose outcome nobody knows is repeated with the same
//     token only, which cannot deliver twice. Only a reply that was certainly
//     not delivered is pushed, where that is allowed, under one retry key;
//   - until a reply has its outcome, nothing else is said to that resident.
//
// Residents' words and ids reach neither the log nor a reason for failure.
package jobs
