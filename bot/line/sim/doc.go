// Package sim is a LINE platform on a laptop: what a program that speaks the
// Messaging API meets there, and a page on which one is a resident. It is the
// demo, the other side of the tests and the developer's tool in one.
//
// API serves the calls of the Messaging API, of its data host and of channel
// access tokens, with LINE's limits and the shape of LINE's errors: the texts
// of errors are no contract at LINE either. What residents do is posted to the
// webhook, signed, one request for one event, with two seconds to answer; what
// was not answered with 2xx is posted again if Redeliver says so. Page serves
// the residents' phones and the panel of faults.
//
// A test drives residents with Follow, Say, Tap and the like, waits with Next
// or Wait, and reads in the Ledger what was accepted and for whom. Script makes
// things go wrong.
//
//	s, err := sim.New(sim.Options{WebhookURL: url, Secret: secret, Token: token, Now: time.Now, Log: log})
//	user := s.AddResident("")
//	err = s.Follow(ctx, user)
//	greeting, err := s.Next(ctx, user)
//
// Where it is not LINE: everybody reaches the account at once and over http on
// loopback; a person who left it is unknown rather than silent; narrowcasts
// go to every friend; JWTs are read but their signature is not verified; a
// token bucket starts full; images are not fetched to be measured.
//
// Everything is in memory and gone with the process. It knows neither the
// program under test nor LINE's SDK, and asks no other server for anything. It
// belongs on loopback: whoever reaches the page is any resident they like.
package sim
