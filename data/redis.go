package data

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"madoguchi/ward"
)

// How long a Redis that does not answer may hold a caller up. go-redis by
// itself waits for 5 to 10 seconds, whatever the caller's context says.
const (
	redisTimeout    = 300 * time.Millisecond
	redisRetries    = 1
	redisDialTries  = 1
	redisRedirects  = 2
	redisRestPeriod = time.Second // after a failure, before anybody tries again
)

// RedisOptions tell OpenRedis where.
type RedisOptions struct {
	// URL is redis://user:password@host:port/db, or rediss:// with TLS. With
	// &addr=host:port for each further node it is a cluster; with
	// &master_name=… as well, the addresses are those of its Sentinels.
	// &dial_timeout=…, &read_timeout=… and &write_timeout=… replace 300 ms.
	URL    string
	CAFile string // PEM of who signed the server's certificate; "": whom the system trusts
	Prefix string // of all keys; "": "madoguchi:"
	Now    func() time.Time
}

// RedisSessions are sessions in Redis: the same contract as Sessions, shared by
// several processes. Time is that of Redis. While Redis does not answer, every
// method fails with ward.Unavailable: the first after at most about a second,
// the others at once, until one of them, once a second, finds it back.
type RedisSessions struct {
	client redis.UniversalClient
	prefix string
	now    func() time.Time
	rest   atomic.Int64 // until when nobody tries, in Unix milliseconds; 0: it works
}

// OpenRedis checks the options. It does not wait for Redis: see Ready.
func OpenRedis(o RedisOptions) (*RedisSessions, error) {
	options, err := redisOptions(o.URL)
	if err != nil {
		// The cause may repeat the address, and with it the password.
		return nil, &ward.Error{Kind: ward.Invalid, Message: "Redis のURL（MADOGUCHI_REDIS_URL）を読み取れません。redis://ホスト:ポート/番号 の形で書いてください。"}
	}
	if o.CAFile != "" && options.TLSConfig != nil {
		if options.TLSConfig.RootCAs, err = certificates(o.CAFile); err != nil {
			return nil, err
		}
	}
	if o.Prefix == "" {
		o.Prefix = "madoguchi:"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	logging.Disable() // what fails is told to the caller; standard error is not the log
	return &RedisSessions{client: redis.NewUniversalClient(options), prefix: o.Prefix, now: o.Now}, nil
}

func redisOptions(address string) (*redis.UniversalOptions, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	o := &redis.UniversalOptions{
		PoolTimeout:           redisTimeout,
		ContextTimeoutEnabled: true, MaxRetries: redisRetries, DialerRetries: redisDialTries, MaxRedirects: redisRedirects,
		DisableIdentity: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		f, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, err
		}
		o.Addrs, o.MasterName, o.DB, o.TLSConfig = f.SentinelAddrs, f.MasterName, f.DB, f.TLSConfig
		o.Username, o.Password, o.SentinelUsername, o.SentinelPassword = f.Username, f.Password, f.SentinelUsername, f.SentinelPassword
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = f.DialTimeout, f.ReadTimeout, f.WriteTimeout
	case query.Has("addr"):
		c, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, err
		}
		o.IsClusterMode, o.Addrs, o.TLSConfig, o.Username, o.Password = true, c.Addrs, c.TLSConfig, c.Username, c.Password
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = c.DialTimeout, c.ReadTimeout, c.WriteTimeout
	default:
		s, err := redis.ParseURL(address)
		if err != nil {
			return nil, err
		}
		o.Addrs, o.DB, o.TLSConfig, o.Username, o.Password = []string{s.Addr}, s.DB, s.TLSConfig, s.Username, s.Password
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = s.DialTimeout, s.ReadTimeout, s.WriteTimeout
	}
	for _, d := range []*time.Duration{&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout} {
		*d = cmp.Or(*d, redisTimeout)
	}
	return o, nil
}

func certificates(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, &ward.Error{Kind: ward.Invalid, Message: "Redis の認証局の証明書 " + file + " を読めません。", Err: err}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &ward.Error{Kind: ward.Invalid, Message: "Redis の認証局の証明書 " + file + " はPEMではありません。"}
	}
	return pool, nil
}

// Close ends the connections.
func (s *RedisSessions) Close() error { return s.client.Close() }

// Ready says in a sentence that Redis does not answer.
func (s *RedisSessions) Ready(ctx context.Context) error {
	return s.try(ctx, "ping redis", func() error { return s.client.Ping(ctx).Err() })
}

// try makes one call, unless Redis is being left alone.
func (s *RedisSessions) try(ctx context.Context, what string, call func() error) error {
	rest, now := s.rest.Load(), s.now().UnixMilli()
	// Of those who come when the rest is over, one tries and the others wait on.
	if rest != 0 && (now < rest || !s.rest.CompareAndSwap(rest, now+redisRestPeriod.Milliseconds())) {
		return fmt.Errorf("%s: %w", what, redisAway(errors.New("redis is away")))
	}
	err := call()
	switch {
	case err == nil, errors.Is(err, redis.Nil):
		s.rest.Store(0)
		return nil
	case errors.Is(ctx.Err(), context.Canceled): // says nothing about Redis
		return fmt.Errorf("%s: %w", what, err)
	}
	s.rest.Store(s.now().Add(redisRestPeriod).UnixMilli())
	return fmt.Errorf("%s: %w", what, redisAway(err))
}

func redisAway(cause error) error {
	return unavailable("会話の記録（Redis）が使えません。", cause)
}

// Get gives the value and its version. None, or an expired one, is nil, 0, nil.
func (s *RedisSessions) Get(ctx context.Context, key string) (value []byte, version int64, err error) {
	var stored struct {
		Value   *string `redis:"value"`
		Version int64   `redis:"version"`
	}
	err = s.try(ctx, "get session", func() error {
		return s.client.HMGet(ctx, s.prefix+clean(key), "value", "version").Scan(&stored)
	})
	if err != nil || stored.Value == nil {
		return nil, 0, err
	}
	return []byte(*stored.Value), stored.Version, nil
}

// swap stores a value if the version is still the caller's, in one step that
// nobody can come between. A first version is the time in microseconds, so
// that it never comes back after a deletion.
const swap = `
local version = redis.call('HGET', KEYS[1], 'version')
if (version or '0') ~= ARGV[1] then return 0 end
if version then
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('HSET', KEYS[1], 'value', ARGV[2])
else
  local now = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'value', ARGV[2], 'version', string.format('%d%06d', now[1], now[2]))
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

// CompareAndSwap stores value for ttl if the stored version is still version;
// see Sessions.CompareAndSwap.
func (s *RedisSessions) CompareAndSwap(ctx context.Context, key string, value []byte, version int64, ttl time.Duration) error {
	if err := checkSession(key, value, ttl); err != nil {
		return err
	}
	var written int
	err := s.try(ctx, "store session", func() (err error) {
		written, err = redis.NewScript(swap).Run(ctx, s.client, []string{s.prefix + clean(key)}, version, value, ttl.Milliseconds()).Int()
		return err
	})
	if err == nil && written == 0 {
		err = &ward.Error{Kind: ward.Conflict, Message: "ほかの操作が先に行われました。もう一度お試しください。"}
	}
	return err
}

// Delete forgets a conversation; one that does not exist is no error.
func (s *RedisSessions) Delete(ctx context.Context, key string) error {
	return s.try(ctx, "delete session", func() error { return s.client.Del(ctx, s.prefix+clean(key)).Err() })
}
