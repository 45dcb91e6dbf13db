package bot

import (
	"context"
	"errors"
	"maps"
	"slices"

	"madoguchi/ja"
	"madoguchi/ward"
)

// A dialogue is a table of steps. Typed words reach a step through its name
// (words.go) or through the label of an offered choice.
type dialogue struct {
	name  string
	steps []step
}

// A step is one thing that happens in a dialogue. It speaks through the turn;
// its error means that nothing it said counts. arg comes from a choice, which
// is to say from a stranger.
type step struct {
	name string
	run  func(ctx context.Context, t *turn, arg string) error

	// take makes it a step that waits: run asks, in one reply, and take gets what
	// the resident answers, which is t.msg or, with an arg, a choice of the
	// question (t.msg.Text is then what was picked with it). What take gives is
	// kept in the form under the step's name, masked where it may be personal; a
	// refused says why not, and the step asks again. Then comes the next step of
	// the table. A step that does not wait ends the form and is reached only so.
	take func(t *turn, arg string) (kept string, err error)

	dialogue, path, next string // path is dialogue.name, next the path after it
	opens, closes        bool
}

// refused is why a step did not take what it got: a phrase for the resident.
type refused string

func (r refused) Error() string { return string(r) }

// form is a dialogue under way.
type form struct {
	ID      string            `json:"id"`   // the same however often a turn is done over
	Step    string            `json:"step"` // the one that waits
	Answers map[string]string `json:"answers,omitempty"`
	Until   int64             `json:"until"` // Unix seconds; what is kept is void from then on

	// Unsent is all that is left of a dialogue of which something was taken back.
	Unsent bool `json:"unsent,omitempty"`
}

// dialogues are all there are. The argument of each step stands beside it.
func dialogues() []dialogue {
	return []dialogue{
		{"counter", []step{
			{name: "menu", run: showMenu}, // -
			{name: "help", run: showHelp}, // -
			{name: "contact", run: showContact},
			{name: "back", run: goBack},     // - : the place before this one, else the menu
			{name: "stop", run: stopTalk},   // - : forgets the conversation
			{name: "start", run: startOver}, // - : forgets it and shows the menu
			{name: "resume", run: resume},   // - : back to the step that waits
		}},
		{"answer", []step{
			{name: "doc", run: showDocument},    // which part of which document, see span
			{name: "list", run: showCandidates}, // id of the question
			{name: "none", run: refuseAll},      // id of the question: どれでもない
			{name: "yes", run: voteHelpful},     // id of the answer
			{name: "no", run: voteUnhelpful},    // id of the answer
		}},
		{"browse", []step{
			{name: "level", run: showLevel}, // a category and a page of its list, see level
		}},
	}
}

func stepsByPath(all []dialogue) map[string]step {
	steps := map[string]step{}
	for _, d := range all {
		for i, s := range d.steps {
			s.dialogue, s.path, s.opens = d.name, d.name+"."+s.name, i == 0
			s.closes = s.take == nil && i > 0 && d.steps[i-1].take != nil
			if s.take != nil && i+1 < len(d.steps) {
				s.next = d.name + "." + d.steps[i+1].name
			}
			steps[s.path] = s
		}
	}
	return steps
}

// follow goes where a choice leads.
func (t *turn) follow(ctx context.Context, v string) error {
	path, arg, ok := parseValue(v)
	s, known := t.steps[path]
	w, _ := t.waiting()
	switch {
	case !ok || !known || s.closes:
		return stale()
	case s.take == nil:
		return s.run(ctx, t, arg)
	case arg == "":
		return t.ask(ctx, s)
	case s.path == w.path:
		return t.take(ctx, s, arg)
	}
	return stale()
}

// waiting gives the step that waits for the resident, if one does.
func (t *turn) waiting() (s step, waits bool) {
	if t.s.Form == nil {
		return step{}, false
	}
	s = t.steps[t.s.Form.Step]
	return s, s.take != nil
}

// ask lets a step ask, and wait. Beside the choices it offers stand the ways
// out; where it offers none a number may be an answer, so they are only named.
func (t *turn) ask(ctx context.Context, s step) error {
	w, waits := t.waiting()
	switch {
	case t.forgetful:
		return t.forgotten()
	case waits && w.dialogue == s.dialogue:
	case s.opens:
		t.s.Form = &form{ID: t.NewID()}
	default:
		return stale()
	}
	t.s.Form.Step = s.path
	if err := s.run(ctx, t, ""); err != nil {
		return err
	}
	r := &t.replies[len(t.replies)-1]
	if len(r.Choices) > 0 {
		r.Choices = append(slices.Clip(r.Choices), choice(labelBack, "counter.back", ""), choice(labelStop, "counter.stop", ""))
	} else {
		r.Text += phraseWaysOut
	}
	t.s.returnTo(value(s.path, ""))
	t.asked = true
	return nil
}

// take gives the message to a step that waits, and goes on.
func (t *turn) take(ctx context.Context, s step, arg string) error {
	if t.forgetful {
		return t.forgotten()
	}
	kept, err := s.take(t, arg)
	if err != nil {
		return err
	}
	if t.s.Form.Answers == nil {
		t.s.Form.Answers = map[string]string{}
	}
	t.s.Form.Answers[s.name] = kept
	next := t.steps[s.next]
	if next.take != nil {
		return t.ask(ctx, next)
	}
	if err := next.run(ctx, t, ""); err != nil {
		return err
	}
	t.s.Form, t.s.Places = nil, nil
	return nil
}

// listen gives words to a step that waits. A question is answered, not taken,
// if there is an answer; goOn then lets the step ask again.
func (t *turn) listen(ctx context.Context, s step, text string) error {
	asks := isQuestion(text)
	var no error
	if !asks {
		if no = t.take(ctx, s, ""); !isRefused(no) {
			return no
		}
	}
	question, found, err := t.find(ctx, text)
	if err == nil && (found.Verdict == ward.Sure || asks && found.Verdict == ward.Unsure) {
		t.warn(text)
		return t.answer(ctx, ja.Mask(question), found)
	}
	if asks {
		no = t.take(ctx, s, "")
	}
	return no
}

func isRefused(err error) bool {
	var no refused
	return errors.As(err, &no)
}

// goOn comes back to the step that waits after something else was said: it asks
// again, or where the resident has to choose first, that can be chosen too.
func (t *turn) goOn(ctx context.Context) {
	s, waits := t.waiting()
	if !waits || t.asked || t.forgetful {
		return
	}
	r := &t.replies[len(t.replies)-1]
	if n := len(r.Choices); n > 0 {
		r.Choices = append(slices.Clone(r.Choices[:min(n, ward.MaxChoices-1)]), choice(labelResume, "counter.resume", ""))
		return
	}
	said := r.Text
	t.attempt(ctx, func() error { return t.ask(ctx, s) })
	if n := len(t.replies); t.replies[n-1].Text == said {
		t.replies = t.replies[:n-1] // one apology is enough
	}
}

// resume goes back to the step that waits.
func resume(ctx context.Context, t *turn, _ string) error {
	s, waits := t.waiting()
	if !waits {
		return t.forgotten()
	}
	return t.ask(ctx, s)
}

// leaves tells whether the way from one place to another leads from the step
// that waits out of its dialogue.
func (t *turn) leaves(from, to string) bool {
	s, waits := t.waiting()
	path, _, _ := parseValue(to)
	return waits && from == value(s.path, "") && t.steps[path].dialogue != s.dialogue
}

func (f *form) clone() *form {
	if f == nil {
		return nil
	}
	c := *f
	c.Answers = maps.Clone(f.Answers)
	return &c
}
