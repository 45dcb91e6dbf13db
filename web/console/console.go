package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-analyze/charts"

	"madoguchi/data"
	"madoguchi/ward"
)

// Desk is what the console asks of the running counter about answers.
type Desk interface {
	// Try answers as a resident would be answered now, and with draft in force as
	// well; nil is none.
	Try(ctx context.Context, question string, draft *ward.Fix) (ward.Trial, error)
	// Alike puts texts together that ask the same: places in texts, each in
	// exactly one group.
	Alike(ctx context.Context, texts []string) ([][]int, error)
	// Pages finds documents by words, best first, at most top.
	Pages(ctx context.Context, words string, top int) ([]ward.Document, error)
	// Halts tells whether a stop would keep a question from being answered, or any
	// part of a document from being shown; "" and nil are none.
	Halts(stop ward.Stop, question string, d *ward.Document) bool
}

// Works is what the console has done to the index.
type Works interface {
	// Start begins a crawl or makes the index anew, and returns at once; Conflict
	// when something is under way already.
	Start(ctx context.Context, kind ward.RunKind, by ward.Actor) error
	Progress() Progress
	// Generations are the kept indexes, the newest first.
	Generations(ctx context.Context) ([]Generation, error)
	// Use makes another one the one in use.
	Use(ctx context.Context, n int, by ward.Actor) error
	Owners(ctx context.Context) (ward.Owners, error)
	// Schedule is when a schedule comes next; Invalid when it cannot be.
	Schedule(text string) (time.Time, error)
}

// Progress is what is under way.
type Progress struct {
	UnderWay             bool
	Kind                 ward.RunKind
	Phase                string // a sentence
	Since                time.Time
	Done, Queued, Failed int // pages of a crawl
}

// Total is how many pages are known of.
func (p Progress) Total() int { return p.Done + p.Queued }

// Generation is a kept index.
type Generation struct {
	Number, Documents int
	BuiltAt           time.Time
	Live              bool
	Judged, Refused   bool // by the goldens; it was not taken into use when it was made
	Asked, Answered   int
	// Goldens, which can be residents' words.
	Lost, Unanswered, Gone []string
}

// Options are what the console needs. Store, Desk and WardName must be set.
type Options struct {
	Store    *data.Store
	Desk     Desk
	WardName string
	// Secure says that browsers reach the console by https, so that the cookie is
	// sent on nothing else. False is for a laptop.
	Secure bool
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	OIDC           *OIDC    // nil: people sign in with password and second factor only
	Samples        []string // logins that anybody at this machine may sign in with: a demo; else none
	// Font is a TrueType font with Japanese, by which the words in charts are
	// measured; browsers draw them with it where they have it. nil: only Latin is
	// measured as it is drawn.
	Font []byte

	Works Works // nil: the index is looked after elsewhere
	// ConfiguredSchedule holds until staff set one. Mail says that there is a mail
	// server.
	ConfiguredSchedule string
	Mail               bool

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
}

// site is what the handlers share.
type site struct {
	Options
	origins  *http.CrossOriginProtection
	figures  figureCache
	pages    *pages
	turns    chan struct{} // to hash a password
	provider provider
	identify func(*http.Request) (*visitor, error) // nil, nil is nobody
}

// visitor is who is signed in.
type visitor struct {
	ward.Staff
	session string // id of the session, never its secret
}

// New gives the handler of everything below /console/.
func New(o Options) (http.Handler, error) {
	s, err := newSite(o)
	if err != nil {
		return nil, err
	}
	return s.handler(), nil
}

func newSite(o Options) (*site, error) {
	if o.Store == nil || o.Desk == nil || o.WardName == "" {
		return nil, errors.New("console: Store, Desk and WardName must be set")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Font != nil {
		if err := charts.InstallFont(chartFamily, o.Font); err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
	}
	s := &site{Options: o, origins: http.NewCrossOriginProtection(), turns: make(chan struct{}, maxHashing)}
	s.identify = s.fromCookie
	var err error
	if s.pages, err = newPages(); err != nil {
		return nil, fmt.Errorf("prepare pages: %w", err)
	}
	return s, nil
}
