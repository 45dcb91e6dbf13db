package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

const (
	// tokenLife is how long a reply token can be used from the arrival of its
	// event.
	tokenLife = time.Minute
	// pushLife is how long after the arrival an answer is still worth a message.
	pushLife = 5 * time.Minute

	replyBackoff    = 300 * time.Millisecond
	maxReplyBackoff = 5 * time.Second
)

// send tries once and gives the reply with what came of it: an outcome, or
// when and how to try again. A reply goes by its token as long as that lives.
// It is pushed only when it was certainly not delivered: of two replies to one
// question the second is worse than none.
func (l *LINE) send(ctx context.Context, r data.Reply) data.Reply {
	if !worthAt(r, l.Now()) {
		return l.givenUp(r)
	}
	called, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	var err error
	if r.Push {
		err = l.Send.Push(called, r.Resident, r.Messages, r.RetryKey)
	} else {
		err = l.Send.Reply(called, r.ReplyToken, r.Messages)
	}
	kind := ward.KindOf(err)
	switch {
	case err == nil, kind == ward.Conflict && r.Push:
		r.Outcome = data.Delivered
	case kind == ward.Expired && !r.Push:
		return l.givenUp(r)
	case kind == ward.TooMany, neverSent(err):
		return l.again(r, err)
	case kind == ward.Unavailable, kind == ward.Unknown, kind == ward.Internal:
		r.Uncertain = true
		return l.again(r, err)
	case r.Uncertain:
		r.Outcome = data.Unclear
	case kind == ward.Quota:
		r.Outcome = data.OverQuota
	default:
		r.Outcome = data.Refused
	}
	if err != nil && r.Outcome != data.Delivered {
		l.Log.ErrorContext(ctx, "reply not sent", "outcome", r.Outcome, "push", r.Push, "tries", r.Tries, "error", err)
	}
	return r
}

// worthAt tells whether r may still be tried at that time in the way it goes.
func worthAt(r data.Reply, at time.Time) bool {
	life := tokenLife
	if r.Push {
		life = pushLife
	}
	return at.Before(r.ReceivedAt.Add(life))
}

// givenUp says how a reply goes on that can no longer go its way: a dead token
// leaves the push, if that is allowed and cannot be a second reply.
func (l *LINE) givenUp(r data.Reply) data.Reply {
	switch {
	case r.Uncertain:
		r.Outcome = data.Unclear
	case !r.Push && l.PushAllowed && r.Resident != "":
		r.Push = true
	default:
		r.Outcome = data.Expired
	}
	return r
}

// again says when to try next: later each time, not before LINE asked for, and
// not at the same moment as everybody else.
func (l *LINE) again(r data.Reply, err error) data.Reply {
	wait := min(replyBackoff<<min(r.Tries-1, 10), maxReplyBackoff)
	wait = wait/2 + rand.N(wait)
	var e *ward.Error
	if errors.As(err, &e) {
		wait = max(wait, e.RetryAfter)
	}
	r.NextTry = l.Now().Add(wait)
	if !worthAt(r, r.NextTry) {
		return l.givenUp(r)
	}
	return r
}

// neverSent tells whether err happened before anything could be sent.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
