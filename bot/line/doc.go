// Package line joins the counter to a LINE Official Account: webhook events in,
// replies out, by the Messaging API.
//
// In: NewWebhook is the handler of the webhook. It verifies the signature over
// the raw body, takes the events apart one by one and hands them to an Inbox;
// LINE gets its 200 when the Inbox has them for good, and a malformed event
// harms no other. Decode, later and elsewhere, makes of a kept event what a
// resident said. In groups and rooms, and while another module of the channel
// has the chat (standby), the counter stays silent.
//
// Out: Render makes of replies the message objects LINE takes, within LINE's
// limits, and a Client sends them. The same replies give the same bytes, so
// that they can be kept before the first try and sent again as they were. What
// came of a try is the Kind of the returned ward.Error:
//
//	nil          LINE took it
//	Conflict     LINE had taken it before, by the same retry key: as good as nil
//	Expired      the reply token is used up or too old
//	Quota        this month's messages are used up
//	TooMany      too many calls at once: try again, after RetryAfter if given
//	Unavailable  LINE did not take it: try again
//	Unknown      nobody said: try again with the same retry key, but never by
//	             another way
//	others       trying again changes nothing
//
// The Client never tries again by itself.
//
// Rich menus: ReadRichMenus reads and draws the menus that staff wrote as files,
// Plan says what LINE lacks of them, and SwitchIncident shows the one that is
// kept ready for an incident. What is known of them is known from LINE.
//
// What a resident reads is what the replies say, and the labels of phrases.go.
// Residents' words and ids are in no log and no error: not even LINE's own
// error texts are passed on, because they may repeat what was sent.
//
// The package keeps nothing, runs nothing in the background and knows neither
// the dialogues nor any store.
package line
