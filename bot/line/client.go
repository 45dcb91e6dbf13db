package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"madoguchi/ward"
)

// What the Client waits for and reads at most.
const (
	// MaxMessages is the most message objects of one call.
	MaxMessages = 5
	// MaxContent is the most bytes of a picture, video, audio or file that a
	// resident sent; LINE itself takes videos of up to 200 MB.
	MaxContent = 200 << 20

	callTimeout    = 10 * time.Second // a reply token lives a minute
	contentTimeout = 60 * time.Second
	maxAnswer      = 16 << 20 // of LINE to a call
	maxIdle        = 100      // connections kept open
)

// ClientOptions are the parts of a Client. Token, Log and Now are required.
type ClientOptions struct {
	// Token gives the channel access token, before every call.
	Token func(ctx context.Context) (string, error)
	// APIURL and DataURL are where the Messaging API is; "" is LINE itself.
	APIURL, DataURL string
	// HTTP makes all calls; nil is a client with timeouts of its own.
	HTTP *http.Client
	Log  *slog.Logger
	Now  func() time.Time
}

// Client calls the Messaging API. Every error is a *ward.Error; see the package
// comment for the kinds. It is safe for concurrent use.
type Client struct {
	ClientOptions
	calls, contents *http.Client
}

// NewClient checks the options.
func NewClient(o ClientOptions) (*Client, error) {
	if o.Token == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("new client: Token, Log and Now are required")
	}
	for at, standard := range map[*string]string{&o.APIURL: "https://api.line.me", &o.DataURL: "https://api-data.line.me"} {
		if *at == "" {
			*at = standard
		}
		if u, err := url.Parse(*at); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("new client: %q is no http address", *at)
		}
	}
	c := &Client{ClientOptions: o}
	c.calls, c.contents = httpClient(o.HTTP, callTimeout, maxAnswer), httpClient(o.HTTP, contentTimeout, MaxContent)
	return c, nil
}

// httpClient is given, or one with a timeout, with limited answers.
func httpClient(given *http.Client, timeout time.Duration, limit int64) *http.Client {
	h := http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if given != nil {
		h = *given
	}
	if h.Transport == nil {
		h.Transport = http.DefaultTransport
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			t = t.Clone()
			t.MaxIdleConnsPerHost = maxIdle
			h.Transport = t
		}
	}
	h.Transport = &transport{next: h.Transport, limit: limit}
	return &h
}

// transport limits what is read of an answer, and marks the errors of calls
// that LINE may have acted on.
type transport struct {
	next  http.RoundTripper
	limit int64
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	res, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if sent.Load() && req.Method != http.MethodGet {
			err = &unansweredError{err}
		}
		return nil, err
	}
	res.Body = http.MaxBytesReader(nil, res.Body, t.limit)
	return res, nil
}

// Reply answers the event that brought replyToken: once, within a minute of the
// event's arrival, free of charge. messages is what Render gave.
func (c *Client) Reply(ctx context.Context, replyToken string, messages []byte) error {
	objects, err := unpack(messages)
	if err != nil {
		return err
	}
	if replyToken == "" || !plain(replyToken) {
		return invalid("reply token is none")
	}
	return c.call(ctx, "reply", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.ReplyMessageWithHttpInfo(&messaging_api.ReplyMessageRequest{ReplyToken: replyToken, Messages: objects})
		return res, err
	})
}

// Push sends to one friend, which counts as one of the month's messages. The
// same retryKey, a UUID, is sent once however often it is tried within 24
// hours; it must have been stored before the first try.
func (c *Client) Push(ctx context.Context, to ward.Resident, messages []byte, retryKey string) error {
	objects, err := unpack(messages)
	if err != nil {
		return err
	}
	if !isUserID(string(to)) {
		return invalid("receiver is no user id")
	}
	if !isRetryKey(retryKey) {
		return invalid("retry key is no UUID")
	}
	err = c.call(ctx, "push", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.PushMessageWithHttpInfo(&messaging_api.PushMessageRequest{
			To: string(to), Messages: objects, CustomAggregationUnits: []string{}, // null would be refused
		}, retryKey)
		return res, err
	})
	return c.toldApart(ctx, err)
}

// toldApart finds out which of its limits LINE means by "too many": the
// month's, when that is used up.
func (c *Client) toldApart(ctx context.Context, err error) error {
	if ward.KindOf(err) != ward.TooMany {
		return err
	}
	limit, used, askErr := c.Quota(ctx)
	if askErr != nil || limit == Unlimited || used < limit {
		return err
	}
	return &ward.Error{Kind: ward.Quota, Message: messageQuota, Err: err}
}

// Loading shows to that the counter is at work, for 5 to 60 seconds in steps of
// 5 or until the next message. It does not prolong a reply token.
func (c *Client) Loading(ctx context.Context, to ward.Resident, seconds int) error {
	if !isUserID(string(to)) {
		return invalid("receiver is no user id")
	}
	if seconds < 5 || seconds > 60 || seconds%5 != 0 {
		return invalid("loading seconds are not 5, 10 … 60")
	}
	return c.call(ctx, "loading", func(api *messaging_api.MessagingApiAPI) (*http.Response, error) {
		res, _, err := api.ShowLoadingAnimationWithHttpInfo(&messaging_api.ShowLoadingAnimationRequest{ChatId: string(to), LoadingSeconds: int32(seconds)})
		return res, err
	})
}

// Unlimited is the limit of an account without one.
const Unlimited = -1

// Quota gives how many messages may be sent this month, Unlimited where LINE
// sets no limit, and about how many have been.
func (c *Client) Quota(ctx context.Context) (limit, used int64, err error) {
	var quota *messaging_api.MessageQuotaResponse
	var consumed *messaging_api.QuotaConsumptionResponse
	err = c.call(ctx, "quota", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, quota, err = api.GetMessageQuotaWithHttpInfo()
		return res, err
	})
	if err == nil {
		err = c.call(ctx, "consumption", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
			res, consumed, err = api.GetMessageQuotaConsumptionWithHttpInfo()
			return res, err
		})
	}
	switch {
	case err != nil:
		return 0, 0, err
	case quota == nil || consumed == nil:
		return 0, 0, unreadableAnswer("quota")
	case quota.Type != messaging_api.QuotaType_LIMITED:
		return Unlimited, consumed.TotalUsage, nil
	}
	return quota.Value, consumed.TotalUsage, nil
}

// Account is the Official Account that the token belongs to.
type Account struct {
	UserID  string // the destination of its webhook calls
	BasicID string // with the @
	// PremiumID is "" where none was bought.
	PremiumID string
	Name      string
}

// BotInfo gives the account.
func (c *Client) BotInfo(ctx context.Context) (Account, error) {
	var info *messaging_api.BotInfoResponse
	err := c.call(ctx, "bot info", func(api *messaging_api.MessagingApiAPI) (res *http.Response, err error) {
		res, info, err = api.GetBotInfoWithHttpInfo()
		return res, err
	})
	switch {
	case err != nil:
		return Account{}, err
	case info == nil:
		return Account{}, unreadableAnswer("bot info")
	}
	return Account{UserID: info.UserId, BasicID: info.BasicId, PremiumID: info.PremiumId, Name: info.DisplayName}, nil
}

// Content gives what a resident sent as a picture, video, audio or file. LINE
// keeps it for a short time only. Unavailable also means that LINE is still
// preparing it, NotFound that it is gone or was taken back. The caller closes
// content; reading past MaxContent bytes fails.
func (c *Client) Content(ctx context.Context, messageID string) (content io.ReadCloser, contentType string, err error) {
	if !isMessageID(messageID) {
		return nil, "", invalid("message id is no number")
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, "", err
	}
	blob, err := messaging_api.NewMessagingApiBlobAPI(token, messaging_api.WithBlobHTTPClient(c.contents), messaging_api.WithBlobEndpoint(c.DataURL))
	if err != nil {
		return nil, "", outcome("content", nil, err)
	}
	start := c.Now()
	res, _, err := blob.WithContext(ctx).GetMessageContentWithHttpInfo(messageID)
	c.note(ctx, "content", res, start)
	if err != nil {
		return nil, "", outcome("content", res, err)
	}
	if res.StatusCode != http.StatusOK {
		err := res.Body.Close()
		return nil, "", &ward.Error{Kind: ward.Unavailable, Message: messageNotReady, Err: err, RetryAfter: retryAfter(res.Header)}
	}
	return res.Body, res.Header.Get("Content-Type"), nil
}

// call makes one call with a client of its own, because the SDK's keeps the
// context in itself. An answer of 2xx is success, whatever the body is.
func (c *Client) call(ctx context.Context, name string, do func(*messaging_api.MessagingApiAPI) (*http.Response, error)) error {
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	api, err := messaging_api.NewMessagingApiAPI(token, messaging_api.WithHTTPClient(c.calls), messaging_api.WithEndpoint(c.APIURL))
	if err != nil {
		return outcome(name, nil, err)
	}
	start := c.Now()
	res, err := do(api.WithContext(ctx))
	c.note(ctx, name, res, start)
	if err == nil || res != nil && res.StatusCode/100 == 2 {
		return nil
	}
	return outcome(name, res, err)
}

func (c *Client) token(ctx context.Context) (string, error) {
	token, err := c.Token(ctx)
	if err != nil {
		return "", &ward.Error{Kind: ward.Unavailable, Message: messageToken, Err: err}
	}
	return token, nil
}

// note logs a call by its name, because a path may hold a resident's id. LINE
// asks for the request ids in case of trouble and keeps no log itself.
func (c *Client) note(ctx context.Context, name string, res *http.Response, start time.Time) {
	status, id := 0, ""
	if res != nil {
		status, id = res.StatusCode, res.Header.Get(requestIDHeader)
	}
	c.Log.DebugContext(ctx, "line call", "name", name, "status", status, "request_id", id, "took", c.Now().Sub(start))
}

// object is a message object as it was rendered.
type object struct{ json.RawMessage }

// GetType makes object a message to the SDK, which never calls it.
func (object) GetType() string { return "" }

func unpack(messages []byte) ([]messaging_api.MessageInterface, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(messages, &raw); err != nil || len(raw) == 0 || len(raw) > MaxMessages {
		return nil, invalid(fmt.Sprintf("messages are not an array of 1 to %d", MaxMessages))
	}
	var objects []messaging_api.MessageInterface
	for _, r := range raw {
		objects = append(objects, object{r})
	}
	return objects, nil
}
