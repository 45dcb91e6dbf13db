package index

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"madoguchi/ja"
	"madoguchi/ward"
)

const (
	judgeWithin  = 2 * time.Minute // questions that come later are not asked
	shownChoices = 5               // hits that an unsure answer shows
	namedLost    = 10              // lost questions that the error names

	// A generation may lose, on balance, one question or one in toleratedShare,
	// whichever is more: a ward with ten goldens must not stand still for one.
	toleratedLoss  = 1
	toleratedShare = 50
)

// Judgement is how a generation did on the goldens, beside the one that was
// live. A question is answered when a resident would be shown an acceptable
// page: alone when the index is sure, among five when it is not. The built-in
// ranking alone is judged. Personal data in the questions are masked.
type Judgement struct {
	Goldens  int `json:"goldens"`  // how many were given
	Asked    int `json:"asked"`    // in the time there was
	Answered int `json:"answered"` // by this generation
	Against  int `json:"against"`  // the generation that was live, 0 when there was none to compare with
	Before   int `json:"before"`   // answered by that one
	// Lost only the live one answers, Gained only this one, Unanswered this
	// one does not and nothing was lost. Gone are those whose pages have left
	// the site: staff correct them, and they count for nothing.
	Lost       []string `json:"lost,omitempty"`
	Gained     []string `json:"gained,omitempty"`
	Unanswered []string `json:"unanswered,omitempty"`
	Gone       []string `json:"gone,omitempty"`
	Refused    bool     `json:"refused,omitempty"` // not made live when it was built
}

// Refused is the cause in the error of a Build whose generation was judged
// worse than the live one.
type Refused struct {
	Generation int
	Judgement  Judgement
}

func (r *Refused) Error() string {
	j := r.Judgement
	return fmt.Sprintf("generation %d answers %d of %d goldens, generation %d answers %d", r.Generation, j.Answered, j.Asked-len(j.Gone), j.Against, j.Before)
}

// refusal is the error of Build, nil when the generation may go live.
func (j *Judgement) refusal(n int) error {
	if j == nil || !j.Refused {
		return nil
	}
	message := fmt.Sprintf("作った索引 %d は、お手本の質問 %d 件のうち %d 件にしか答えられないので使いません（いまの索引 %d は %d 件）。答えられなくなった質問: %s。いまの索引をそのまま使います。それでも入れ替えるには madoguchi index --use %d を実行してください。",
		n, j.Asked-len(j.Gone), j.Answered, j.Against, j.Before, quoted(j.Lost), n)
	return &ward.Error{Kind: ward.Invalid, Message: message, Err: &Refused{n, *j}}
}

// quoted names the first questions.
func quoted(questions []string) string {
	var b strings.Builder
	for _, q := range questions[:min(namedLost, len(questions))] {
		b.WriteString("「" + q + "」")
	}
	if more := len(questions) - namedLost; more > 0 {
		fmt.Fprintf(&b, "ほか %d 件", more)
	}
	return b.String()
}

// String says in a sentence how it went, for staff.
func (j Judgement) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "お手本の質問 %d 件のうち %d 件に答えられます", j.Asked-len(j.Gone), j.Answered)
	if j.Against > 0 {
		fmt.Fprintf(&b, "（前の索引 %d は %d 件）", j.Against, j.Before)
	}
	b.WriteString("。")
	for _, list := range []struct {
		title     string
		questions []string
	}{{"答えられなくなった質問", j.Lost}, {"答えられない質問", j.Unanswered}, {"ページがサイトからなくなった質問（お手本を直してください）", j.Gone}} {
		if len(list.questions) > 0 {
			fmt.Fprintf(&b, "%s: %s。", list.title, quoted(list.questions))
		}
	}
	if late := j.Goldens - j.Asked; late > 0 {
		fmt.Fprintf(&b, "%d 件は時間切れで尋ねていません。", late)
	}
	return b.String()
}

// examine opens the generation in tmp before it is sealed: it gets its vectors
// and is judged.
func (o Options) examine(ctx context.Context, tmp string, n int, goldens []Golden, m *manifest) error {
	if len(goldens) == 0 && o.Embeddings == nil {
		return nil
	}
	g, err := openFiles(tmp, m.stats(n))
	if err != nil {
		return err
	}
	if err := o.vectorize(ctx, tmp, g, m); err != nil {
		return errors.Join(err, g.close())
	}
	if len(goldens) == 0 {
		return g.close()
	}
	o.Embeddings = nil // the built-in ranking is judged, which needs no server
	fresh, err := newJudged(ctx, o, g)
	if err != nil {
		return err
	}
	defer fresh.Close()
	live := o.openLive(ctx)
	if live != nil {
		defer live.Close()
	}
	m.Judgement, err = o.judge(ctx, goldens, fresh, live)
	if err != nil {
		return fmt.Errorf("judge generation: %w", err)
	}
	j := m.Judgement
	o.Log.Info("index judged", "generation", n, "goldens", j.Goldens, "asked", j.Asked, "answered", j.Answered, "against", j.Against, "before", j.Before, "refused", j.Refused)
	if len(j.Lost)+len(j.Unanswered)+len(j.Gone) > 0 {
		o.Log.Warn("not every golden is answered", "generation", n, "lost", len(j.Lost), "gone", len(j.Gone), "unanswered", len(j.Unanswered))
	}
	return nil
}

// openLive opens the generation to compare with; nil when there is none that
// can be used, which must not keep a new one from going live.
func (o Options) openLive(ctx context.Context) *judged {
	n, err := current(o.Dir)
	if err != nil {
		return nil
	}
	g, err := openGeneration(o.Dir, n)
	if err != nil {
		o.Log.Warn("the live index cannot be compared with", "generation", n, "error", err)
		return nil
	}
	live, err := newJudged(ctx, o, g)
	if err != nil {
		o.Log.Warn("the live index cannot be compared with", "generation", n, "error", err)
		return nil
	}
	return live
}

// judge asks the goldens of both generations; live may be nil.
func (o Options) judge(ctx context.Context, goldens []Golden, fresh, live *judged) (*Judgement, error) {
	j := &Judgement{Goldens: len(goldens)}
	if live != nil {
		j.Against = live.Stats().Generation
	}
	deadline := o.Now().Add(judgeWithin)
	for _, golden := range goldens {
		if o.Now().After(deadline) {
			break
		}
		j.Asked++
		name := ja.Mask(golden.Question)
		if len(fresh.wanted(golden)) == 0 {
			j.Gone = append(j.Gone, name)
			continue
		}
		now, err := fresh.answers(ctx, golden)
		if err != nil {
			return nil, err
		}
		before := false
		if live != nil {
			before, err = live.answers(ctx, golden)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil { // what is wrong with the live one must not keep it live
			o.Log.Warn("the live index cannot be asked", "error", err)
		}
		j.count(name, now, before)
	}
	compared := j.Asked - len(j.Gone)
	j.Refused = len(j.Lost)-len(j.Gained) > max(toleratedLoss, compared/toleratedShare)
	return j, nil
}

func (j *Judgement) count(question string, now, before bool) {
	if now {
		j.Answered++
	}
	if before {
		j.Before++
	}
	switch {
	case before && !now:
		j.Lost = append(j.Lost, question)
	case now && !before && j.Against > 0:
		j.Gained = append(j.Gained, question)
	case !now:
		j.Unanswered = append(j.Unanswered, question)
	}
}

// judged is an open generation and where its documents stand on the site.
type judged struct {
	*Index
	at map[string][]string // ids of the documents of an address, and of all of a page
}

func newJudged(ctx context.Context, o Options, g *generation) (*judged, error) {
	ix, err := newIndex(o, g)
	if err != nil {
		return nil, err
	}
	ix.Follow(o.Fixes)
	j := &judged{ix, map[string][]string{}}
	for n := range g.forward.documents() {
		d, err := g.document(n)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			ix.Close()
			return nil, err
		}
		page, part := ward.PageAddress(d.URL)
		j.at[page] = append(j.at[page], d.ID)
		if part != "" {
			j.at[page+part] = append(j.at[page+part], d.ID)
		}
	}
	return j, nil
}

// wanted are the documents that answer: of the part that is meant, or of the
// page where it has no such part (any more).
func (j *judged) wanted(golden Golden) map[string]bool {
	out := map[string]bool{}
	for _, p := range golden.Pages {
		page, part := ward.PageAddress(p)
		ids := j.at[page+part]
		if len(ids) == 0 {
			ids = j.at[page]
		}
		for _, id := range ids {
			out[id] = true
		}
	}
	return out
}

// answers says whether a resident who asks is shown an acceptable page.
func (j *judged) answers(ctx context.Context, golden Golden) (bool, error) {
	answer, err := j.Search(ctx, golden.Question, shownChoices)
	if err != nil {
		return false, err
	}
	shown := map[ward.Verdict]int{ward.Sure: 1, ward.Unsure: shownChoices}[answer.Verdict]
	wanted := j.wanted(golden)
	for _, h := range answer.Hits[:min(shown, len(answer.Hits))] {
		if wanted[h.Document.ID] {
			return true, nil
		}
	}
	return false, nil
}
