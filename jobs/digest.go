package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
)

// Times and sizes of the weekly digest.
const (
	digestEvery   = time.Minute         // how often it is looked whether one is due
	digestGrace   = 3 * 24 * time.Hour  // one that could not be sent for longer is left to the next week
	digestWeek    = 7 * 24 * time.Hour  // what one tells of
	digestTries   = 6                   // then it is given up
	digestRetry   = 10 * time.Minute    // after the first try, twice as long after each
	digestSend    = 2 * time.Minute     // for one mail with everything around it
	digestChanges = 30                  // answers that are named
	digestFixes   = 20                  // curated answers that are named
	digestAhead   = 14 * 24 * time.Hour // a review that is due within is named
	digestTitle   = 80                  // characters of a title
	digestSources = 1000                // changed sources that are looked at
	digestRows    = 2 * ward.MaxDigestAddresses
)

// DigestOptions are the parts of the weekly digest; all but Log are required.
type DigestOptions struct {
	Store *data.Store
	// Fixes are the curated answers that are in force.
	Fixes func(context.Context) ([]ward.Fix, error)
	// Send sends a mail unless begin, which it asks right before, says no; see
	// jobs/mail.
	Send func(ctx context.Context, l ward.Letter, begin func(context.Context) (bool, error)) (ward.DigestState, error)
	// PublicURL is where staff open the console, "" for mails without links.
	PublicURL string
	WardName  string
	Now       func() time.Time
	Log       *slog.Logger
}

// Digest sends each section, once a week, what changed of its answers. The row
// of the week and section is the truth: of all processes one sends a mail, and
// one that was perhaps sent is not sent again. An error in the log names no
// address.
type Digest struct{ DigestOptions }

// NewDigest makes one.
func NewDigest(o DigestOptions) *Digest {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Digest{o}
}

// Run looks every minute until ctx ends.
func (d *Digest) Run(ctx context.Context) {
	for sleep(ctx, digestEvery) {
		if err := d.Once(ctx); err != nil && ctx.Err() == nil {
			d.Log.Warn("digest not sent", "err", err)
		}
	}
}

// Once sends what is due.
func (d *Digest) Once(ctx context.Context) error {
	plan, err := d.Store.DigestPlan(ctx)
	if err != nil || !plan.On {
		return err
	}
	due := plan.Due(d.Now())
	if d.Now().Sub(due) > digestGrace {
		return nil
	}
	week := due.Format(time.DateOnly)
	rows, err := d.Store.Digests(ctx, week, digestRows)
	if err != nil {
		return err
	}
	done := map[string]ward.Digest{}
	for _, r := range rows {
		if r.Week == week {
			done[r.Section] = r
		}
	}
	addresses, err := d.Store.DigestAddresses(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, a := range addresses {
		row, known := done[a.Section]
		if ctx.Err() != nil || known && (row.State != ward.DigestWaiting || row.Next.After(d.Now())) {
			continue
		}
		if err := d.one(ctx, a, due, row.Tries+1); err != nil { // one section must not keep the others waiting
			failed = err
			d.Log.Warn("digest not sent", "week", week, "section", a.Section, "err", err)
		}
	}
	return failed
}

// one sends the digest of one section.
func (d *Digest) one(ctx context.Context, a ward.DigestAddress, due time.Time, try int) error {
	ctx, cancel := context.WithTimeout(ctx, digestSend)
	defer cancel()
	row := ward.Digest{Week: due.Format(time.DateOnly), Section: a.Section}
	text, err := d.compose(ctx, a.Section, due)
	if err != nil {
		return err
	}
	if text == "" {
		row.State = ward.DigestNothing
		return d.Store.DelayDigest(ctx, row)
	}
	begun := false
	state, failure := d.Send(ctx, d.letter(a, due, text), func(ctx context.Context) (bool, error) {
		n, err := d.Store.BeginDigest(ctx, row.Week, row.Section)
		begun, try = n > 0, max(n, try)
		return begun, err
	})
	if state == "" {
		return failure
	}
	row.State = state
	if failure != nil {
		row.Reason = sentenceOf(failure)
	}
	if state == ward.DigestWaiting {
		row.Next = d.Now().Add(digestRetry << (try - 1))
		if try >= digestTries {
			row.State = ward.DigestGivenUp
		}
	}
	// The outcome is kept even when the service ends in the middle.
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if !begun {
		err = d.Store.DelayDigest(ctx, row)
	} else {
		err = d.Store.EndDigest(ctx, row)
	}
	if err != nil {
		return err
	}
	return failure
}

// letter has the same id whenever it is made anew, so that a mail program shows
// one that came twice once.
func (d *Digest) letter(a ward.DigestAddress, due time.Time, text string) ward.Letter {
	sum := sha256.Sum256([]byte(a.Section))
	return ward.Letter{
		ID: "digest." + due.Format(time.DateOnly) + "." + hex.EncodeToString(sum[:8]), To: a.Mails,
		Subject: fmt.Sprintf("【%s 窓口】%sのお知らせ（%s）", d.WardName, a.Section, due.Format("1月2日")), Text: text,
	}
}

// sentenceOf is what an error tells a person.
func sentenceOf(err error) string {
	if e, ok := err.(*ward.Error); ok {
		return e.Message
	}
	return "メールを送れませんでした。"
}

// compose is the text of a section's digest, "" when there is nothing to say.
func (d *Digest) compose(ctx context.Context, section string, due time.Time) (string, error) {
	from := due.Add(-digestWeek)
	changes, err := d.Store.SectionChanges(ctx, section, from, due, digestChanges+1)
	if err != nil {
		return "", err
	}
	fixes, err := d.fixesOf(ctx, section, due)
	if err != nil {
		return "", err
	}
	unanswered, told, err := d.Store.SectionUnanswered(ctx, section, from, due)
	if err != nil || len(changes)+len(fixes) == 0 && !told {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%sのみなさま\n\n%sの窓口（LINEとチャット）から、この1週間のお知らせです。\n（%sから%sまで）\n", section, d.WardName,
		from.Format("2006年1月2日 15時"), due.Format("1月2日 15時"))
	d.tellChanges(&b, changes)
	d.tellFixes(&b, fixes)
	b.WriteString("\n■ 答えられなかった質問\n")
	if told {
		fmt.Fprintf(&b, "この課のページに近い質問で、そのままでは答えられなかったものが%d件ありました。\n", unanswered)
		d.link(&b, "/console/unanswered")
	} else {
		fmt.Fprintf(&b, "ないか、尋ねた方が%d人未満のため、件数は出しません。\n", data.MinPeople)
	}
	b.WriteString("\n--\nこのメールは自動で送っています。あて先と曜日は、管理画面の「設定」で変えられます。\n")
	d.link(&b, "/console/settings")
	return b.String(), nil
}

func (d *Digest) tellChanges(b *strings.Builder, changes []ward.AnswerChange) {
	b.WriteString("\n■ 区のサイトで変わった回答\n")
	if len(changes) == 0 {
		b.WriteString("ありませんでした。\n")
		return
	}
	for _, c := range changes[:min(digestChanges, len(changes))] {
		fmt.Fprintf(b, "・%s: %s\n  %s\n", c.What.Title(), oneLine(c.Title), oneLine(c.URL))
	}
	if len(changes) > digestChanges {
		b.WriteString("ほかにもあります。管理画面の「サイトの変化」で見られます。\n")
	}
	d.link(b, "/console/changes")
}

// curated is a curated answer that is to be looked at, and why.
type curated struct {
	ward.Fix
	why string
}

func (d *Digest) tellFixes(b *strings.Builder, fixes []curated) {
	b.WriteString("\n■ 職員が書いた回答で、見直しが必要なもの\n")
	if len(fixes) == 0 {
		b.WriteString("ありません。\n")
		return
	}
	for _, f := range fixes[:min(digestFixes, len(fixes))] {
		name := f.PageTitle
		if name == "" {
			name = f.Page
		}
		fmt.Fprintf(b, "・%s: 「%s」から書いた回答\n", f.why, oneLine(name))
		d.link(b, "/console/fixes/"+f.ID)
	}
	if more := len(fixes) - digestFixes; more > 0 {
		fmt.Fprintf(b, "ほか%d件は、管理画面の「対応と回答」で見られます。\n", more)
	}
}

// fixesOf are the section's curated answers that are to be looked at.
func (d *Digest) fixesOf(ctx context.Context, section string, due time.Time) ([]curated, error) {
	fixes, err := d.Fixes(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := d.Store.SourceChanges(ctx, digestSources)
	if err != nil {
		return nil, err
	}
	changed := map[string]ward.SourceChange{}
	for _, s := range sources {
		changed[s.Fix] = s
	}
	ahead := due.Add(digestAhead).In(ward.Japan()).Format(time.DateOnly)
	var out []curated
	for _, f := range fixes {
		if f.Kind != ward.FixAnswer || f.State != ward.FixLive || f.Owner != section {
			continue
		}
		if s, ok := changed[f.ID]; ok && s.Concerns(f) {
			out = append(out, curated{f, "もとのページの" + s.What.Title()})
		} else if f.Review <= ahead {
			out = append(out, curated{f, "見直す日 " + f.Review})
		}
	}
	return out, nil
}

func (d *Digest) link(b *strings.Builder, path string) {
	if d.PublicURL != "" {
		b.WriteString("  " + strings.TrimSuffix(d.PublicURL, "/") + path + "\n")
	}
}

// oneLine makes what a page wrote fit into a line of ours.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)), " ")
	if r := []rune(s); len(r) > digestTitle && !strings.HasPrefix(s, "http") {
		return string(r[:digestTitle-1]) + "…"
	}
	return s
}
