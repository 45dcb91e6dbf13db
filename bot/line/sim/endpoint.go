package sim

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"madoguchi/ward"
)

// limit is how many calls an endpoint takes: LINE's are token buckets.
type limit struct {
	calls int
	per   time.Duration
}

func perSecond(calls int) limit { return limit{calls, time.Second} }

func perMinute(calls int) limit { return limit{calls, time.Minute} }

func perHour(calls int) limit { return limit{calls, time.Hour} }

type limiter = rate.Limiter

// allow takes a token from e's bucket, which starts full; s.mu is held.
func (s *Sim) allow(e *endpoint) bool {
	if e.limit.calls == 0 {
		return true
	}
	l := s.limiters[e.name]
	if l == nil {
		l = rate.NewLimiter(rate.Every(e.limit.per/time.Duration(e.limit.calls)), e.limit.calls)
		s.limiters[e.name] = l
	}
	return l.AllowN(s.o.Now(), 1)
}

// endpoints are the calls there are, but for those of imageEndpoints and
// aliasEndpoints. The names are LINE's operations, shortened.
func (s *Sim) endpoints() []*endpoint {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []*endpoint{
		{name: "reply", method: post, path: "/v2/bot/message/reply", limit: perSecond(2000), answer: s.reply},
		{name: "push", method: post, path: "/v2/bot/message/push", limit: perSecond(2000), answer: s.push, counted: true, retryable: true},
		{name: "multicast", method: post, path: "/v2/bot/message/multicast", limit: perSecond(200), answer: s.multicast, counted: true, retryable: true},
		{name: "broadcast", method: post, path: "/v2/bot/message/broadcast", limit: perHour(60), answer: s.broadcast, counted: true, retryable: true},
		{name: "narrowcast", method: post, path: "/v2/bot/message/narrowcast", limit: perHour(60), answer: s.narrowcast, counted: true, retryable: true},
		{name: "narrowcast progress", method: get, path: "/v2/bot/message/progress/narrowcast", limit: perSecond(2000), answer: s.narrowcastProgress},
		{name: "validate", method: post, path: "/v2/bot/message/validate/{kind}", limit: perSecond(2000), answer: s.validate},
		{name: "quota", method: get, path: "/v2/bot/message/quota", limit: perSecond(2000), answer: s.getQuota},
		{name: "consumption", method: get, path: "/v2/bot/message/quota/consumption", limit: perSecond(2000), answer: s.getConsumption},
		{name: "content", method: get, path: "/v2/bot/message/{messageId}/content", limit: perSecond(2000), answer: s.getContent},
		{name: "content preview", method: get, path: "/v2/bot/message/{messageId}/content/preview", limit: perSecond(2000), answer: s.getContent},
		{name: "transcoding", method: get, path: "/v2/bot/message/{messageId}/content/transcoding", limit: perSecond(2000), answer: s.getTranscoding},

		{name: "profile", method: get, path: "/v2/bot/profile/{userId}", limit: perSecond(2000), answer: s.profile},
		{name: "followers", method: get, path: "/v2/bot/followers/ids", limit: perSecond(2000), answer: s.followers},
		{name: "bot info", method: get, path: "/v2/bot/info", limit: perSecond(2000), answer: s.botInfo},
		{name: "loading", method: post, path: "/v2/bot/chat/loading/start", limit: perSecond(100), answer: s.startLoading},
		{name: "mark as read", method: post, path: "/v2/bot/chat/markAsRead", limit: perSecond(2000), answer: s.markAsRead},

		{name: "create rich menu", method: post, path: "/v2/bot/richmenu", limit: perHour(100), answer: s.createMenu},
		{name: "validate rich menu", method: post, path: "/v2/bot/richmenu/validate", limit: perSecond(2000), answer: s.validateMenu},
		{name: "list rich menus", method: get, path: "/v2/bot/richmenu/list", limit: perSecond(10), answer: s.listMenus},
		{name: "get rich menu", method: get, path: "/v2/bot/richmenu/{richMenuId}", limit: perSecond(2000), answer: s.getMenu},
		{name: "delete rich menu", method: del, path: "/v2/bot/richmenu/{richMenuId}", limit: perHour(100), answer: s.deleteMenu},
		{name: "create alias", method: post, path: "/v2/bot/richmenu/alias", limit: perSecond(2000), answer: s.createAlias},
		{name: "list aliases", method: get, path: "/v2/bot/richmenu/alias/list", limit: perSecond(2000), answer: s.listAliases},
		{name: "set default rich menu", method: post, path: "/v2/bot/user/all/richmenu/{richMenuId}", limit: perSecond(2000), answer: s.setDefaultMenu},
		{name: "get default rich menu", method: get, path: "/v2/bot/user/all/richmenu", limit: perSecond(2000), answer: s.getDefaultMenu},
		{name: "cancel default rich menu", method: del, path: "/v2/bot/user/all/richmenu", limit: perSecond(2000), answer: s.cancelDefaultMenu},
		{name: "link rich menu", method: post, path: "/v2/bot/user/{userId}/richmenu/{richMenuId}", limit: perSecond(2000), answer: s.linkMenu},
		{name: "get rich menu of user", method: get, path: "/v2/bot/user/{userId}/richmenu", limit: perSecond(2000), answer: s.getUserMenu},
		{name: "unlink rich menu", method: del, path: "/v2/bot/user/{userId}/richmenu", limit: perSecond(2000), answer: s.unlinkMenu},
		{name: "link rich menu in bulk", method: post, path: "/v2/bot/richmenu/bulk/link", limit: perSecond(2000), answer: s.bulkLink},
		{name: "unlink rich menu in bulk", method: post, path: "/v2/bot/richmenu/bulk/unlink", limit: perSecond(2000), answer: s.bulkUnlink},
		{name: "replace rich menus in batch", method: post, path: "/v2/bot/richmenu/batch", limit: perHour(3), answer: s.batchMenus},

		{name: "get webhook endpoint", method: get, path: "/v2/bot/channel/webhook/endpoint", limit: perMinute(1000), answer: s.getEndpoint},
		{name: "set webhook endpoint", method: put, path: "/v2/bot/channel/webhook/endpoint", limit: perMinute(1000), answer: s.setEndpoint},
		{name: "test webhook endpoint", method: post, path: "/v2/bot/channel/webhook/test", limit: perHour(60), answer: s.testEndpoint, outside: true},

		{name: "issue token", method: post, path: "/v2/oauth/accessToken", limit: perSecond(370), answer: s.issueShortLived, open: true},
		{name: "verify token", method: post, path: "/v2/oauth/verify", limit: perSecond(2000), answer: s.verifyToken, open: true},
		{name: "revoke token", method: post, path: "/v2/oauth/revoke", limit: perSecond(2000), answer: s.revokeToken, open: true},
		{name: "issue token v2.1", method: post, path: "/oauth2/v2.1/token", limit: perSecond(2000), answer: s.issueByJWT, open: true},
		{name: "verify token v2.1", method: get, path: "/oauth2/v2.1/verify", limit: perSecond(2000), answer: s.verifyToken, open: true},
		{name: "revoke token v2.1", method: post, path: "/oauth2/v2.1/revoke", limit: perSecond(2000), answer: s.revokeToken, open: true},
		{name: "token key ids", method: get, path: "/oauth2/v2.1/tokens/kid", limit: perSecond(2000), answer: s.tokenKeys, open: true},
		{name: "issue stateless token", method: post, path: "/oauth2/v3/token", limit: perSecond(2000), answer: s.issueStateless, open: true},
	}
}

// imageEndpoints are those of /v2/bot/richmenu/{richMenuId}/content.
func (s *Sim) imageEndpoints() map[string]*endpoint {
	const path = "/v2/bot/richmenu/{richMenuId}/content"
	return map[string]*endpoint{
		http.MethodGet:  {name: "get rich menu image", path: path, limit: perSecond(2000), answer: s.getMenuImage},
		http.MethodPost: {name: "upload rich menu image", path: path, limit: perSecond(2000), answer: s.uploadMenuImage},
	}
}

// aliasEndpoints are those of /v2/bot/richmenu/alias/{richMenuAliasId}.
func (s *Sim) aliasEndpoints() map[string]*endpoint {
	const path = "/v2/bot/richmenu/alias/{richMenuAliasId}"
	return map[string]*endpoint{
		http.MethodGet:    {name: "get alias", path: path, limit: perSecond(2000), answer: s.getAlias},
		http.MethodPost:   {name: "update alias", path: path, limit: perSecond(2000), answer: s.updateAlias},
		http.MethodDelete: {name: "delete alias", path: path, limit: perHour(100), answer: s.deleteAlias},
	}
}

func (s *Sim) getEndpoint(*call) answer {
	if s.endpoint == "" {
		return notFound(nil)
	}
	return ok(map[string]any{"endpoint": s.endpoint, "active": true})
}

func (s *Sim) setEndpoint(c *call) answer {
	var in struct{ Endpoint string }
	if !c.decode(&in) {
		return unreadable()
	}
	if !isWebhookURL(in.Endpoint) {
		return failure(http.StatusBadRequest, "Invalid webhook endpoint URL")
	}
	s.endpoint = in.Endpoint
	s.touch()
	return done()
}

// testEndpoint posts no events to the webhook and tells what came of it.
func (s *Sim) testEndpoint(c *call) answer {
	var in struct{ Endpoint string }
	if len(c.body) > 0 && !c.decode(&in) {
		return unreadable()
	}
	if in.Endpoint == "" {
		s.mu.Lock()
		in.Endpoint = s.endpoint
		s.mu.Unlock()
	}
	if !isWebhookURL(in.Endpoint) {
		return failure(http.StatusBadRequest, "Invalid webhook endpoint URL")
	}
	at := s.o.Now()
	status, err := s.request(context.WithoutCancel(c.Context()), in.Endpoint, marshal(callback{Destination: s.botID, Events: []raw{}}), s.o.Secret)
	reason := map[bool]string{true: "OK", false: "ERROR_STATUS_CODE"}[err == nil]
	if status == 0 {
		reason = "COULD_NOT_CONNECT"
	}
	return ok(map[string]any{
		"success": err == nil, "timestamp": at.UTC().Format(time.RFC3339), "statusCode": status, "reason": reason, "detail": http.StatusText(status),
	})
}

func (s *Sim) profile(c *call) answer {
	user, valid := receiver(c.PathValue("userId"))
	if !valid {
		return failure(http.StatusBadRequest, "The value for the 'userId' parameter is invalid")
	}
	r := s.find(user)
	if r == nil || r.is != Friend {
		return notFound(c)
	}
	return ok(map[string]any{"userId": r.id, "displayName": r.name, "language": "ja"})
}

// followers lists the friends, as for an account that may ask.
func (s *Sim) followers(c *call) answer {
	const standard, most = 300, 1000
	limit, start := standard, 0
	for at, name := range map[*int]string{&limit: "limit", &start: "start"} {
		if v := c.URL.Query().Get(name); v != "" && !decimal(v, at) || limit < 1 || limit > most {
			return failure(http.StatusBadRequest, "The value for the '"+name+"' parameter is invalid")
		}
	}
	friends := []ward.Resident{}
	for _, r := range s.residents {
		if r.is == Friend {
			friends = append(friends, r.id)
		}
	}
	friends = friends[min(start, len(friends)):]
	out := map[string]any{"userIds": friends[:min(limit, len(friends))]}
	if len(friends) > limit {
		out["next"] = decimalOf(start + limit)
	}
	return ok(out)
}

func (s *Sim) botInfo(*call) answer {
	return ok(map[string]any{"userId": s.botID, "basicId": s.o.BasicID, "displayName": s.o.Name, "chatMode": "bot", "markAsReadMode": "auto"})
}

// startLoading shows the three dots, where the chat is open: it always is.
func (s *Sim) startLoading(c *call) answer {
	const standard, least, most, step = 20, 5, 60, 5
	in := struct {
		ChatID         string
		LoadingSeconds int
	}{LoadingSeconds: standard}
	if !c.decode(&in) {
		return unreadable()
	}
	user, valid := receiver(in.ChatID)
	if !valid {
		return faulty([]detail{{"invalid chatId", "chatId"}})
	}
	if n := in.LoadingSeconds; n < least || n > most || n%step != 0 {
		return faulty([]detail{{"loadingSeconds must be a multiple of 5 between 5 and 60", "loadingSeconds"}})
	}
	if r := s.find(user); r != nil && s.reached(r) {
		r.loading = s.o.Now().Add(time.Duration(in.LoadingSeconds) * time.Second)
		s.touchResident(r)
	}
	return answer{status: http.StatusAccepted, value: struct{}{}}
}

func (s *Sim) markAsRead(c *call) answer {
	var in struct{ MarkAsReadToken string }
	if !c.decode(&in) || in.MarkAsReadToken == "" {
		return faulty([]detail{{"May not be empty", "markAsReadToken"}})
	}
	return done() // all of it is read already: the account does not chat by hand
}
