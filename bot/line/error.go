package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"madoguchi/ward"
)

// What staff read of a call that failed.
const (
	messageExpired     = "返信の期限が切れているか、もう返信してあります"
	messageQuota       = "今月のLINEの配信数を使い切りました"
	messageTooMany     = "LINEへの呼び出しが多すぎます。しばらく待ってください"
	messageUnknown     = "LINEに届いたかどうか、わかりません"
	messageConflict    = "同じものが、すでにLINEに届いています"
	messageForbidden   = "LINEのチャネルアクセストークンが正しくないか、この操作を許されていません"
	messageNotFound    = "その相手や内容は、LINEにありません"
	messageTooLarge    = "LINEに送るものが大きすぎます"
	messageInvalid     = "LINEに送れない内容です"
	messageUnavailable = "LINEが応答しません。しばらく待ってください"
	messageUnreadable  = "LINEの返事を読み取れません"
	messageNotReady    = "LINEがまだ準備をしています。しばらく待ってください"
	messageToken       = "LINEのチャネルアクセストークンを用意できません"
)

const (
	requestIDHeader = "X-Line-Request-Id"
	maxRetryAfter   = time.Hour
	maxFaults       = 5 // properties named in an error
)

// unansweredError is of a call that was sent and got no answer.
type unansweredError struct{ err error }

func (e *unansweredError) Error() string { return e.err.Error() }
func (e *unansweredError) Unwrap() error { return e.err }

// outcome is the error of the call name that failed with err, by LINE's answer
// res or, when that is nil, without one. err itself is passed on only in the
// latter case, without the address: it may hold what was sent.
func outcome(name string, res *http.Response, err error) *ward.Error {
	if res == nil {
		return unreached(name, err)
	}
	faults := faultsIn(res)
	kind, message := meaning(res.StatusCode)
	if name == "reply" && res.StatusCode == http.StatusBadRequest && (len(faults) == 0 || slices.Equal(faults, []string{"replyToken"})) {
		kind, message = ward.Expired, messageExpired // of messages LINE names what is wrong with them
	}
	cause := fmt.Errorf("line %s: status %d, request %q, faults %q", name, res.StatusCode, res.Header.Get(requestIDHeader), faults)
	return &ward.Error{Kind: kind, Message: message, Err: cause, RetryAfter: retryAfter(res.Header)}
}

func unreached(name string, err error) *ward.Error {
	e := &ward.Error{Kind: ward.Unavailable, Message: messageUnavailable}
	if unanswered := (*unansweredError)(nil); errors.As(err, &unanswered) {
		e.Kind, e.Message = ward.Unknown, messageUnknown
	}
	if addressed := (*url.Error)(nil); errors.As(err, &addressed) {
		err = addressed.Err
	}
	e.Err = fmt.Errorf("line %s: %w", name, err)
	return e
}

// meaning says what a status means, reply tokens and quotas apart.
func meaning(status int) (ward.ErrorKind, string) {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ward.Forbidden, messageForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return ward.NotFound, messageNotFound
	case status == http.StatusConflict:
		return ward.Conflict, messageConflict
	case status == http.StatusRequestEntityTooLarge:
		return ward.TooLarge, messageTooLarge
	case status == http.StatusTooManyRequests:
		return ward.TooMany, messageTooMany
	case status >= 500:
		return ward.Unavailable, messageUnavailable
	}
	return ward.Invalid, messageInvalid
}

// faultsIn names the properties that LINE found fault with: "messages[0].text".
func faultsIn(res *http.Response) (names []string) {
	var answer messaging_api.ErrorResponse
	if json.NewDecoder(res.Body).Decode(&answer) != nil {
		return nil
	}
	for _, d := range answer.Details {
		if plain(d.Property) && len(names) < maxFaults {
			names = append(names, d.Property)
		}
	}
	return names
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

func invalid(why string) *ward.Error {
	return &ward.Error{Kind: ward.Invalid, Message: messageInvalid, Err: errors.New(why)}
}

func unreadableAnswer(name string) *ward.Error {
	return &ward.Error{Kind: ward.Unavailable, Message: messageUnreadable, Err: fmt.Errorf("line %s: answer not readable", name)}
}
