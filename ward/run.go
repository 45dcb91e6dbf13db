package ward

import "time"

// RunKind is what made, or chose, an index.
type RunKind string

// The kinds of IndexRun.
const (
	RunCrawl    RunKind = "crawl"    // the site was read, then an index made
	RunReindex  RunKind = "reindex"  // an index was made of the kept pages
	RunRollback RunKind = "rollback" // another kept generation was chosen
)

// Title is the kind in the ward's words.
func (k RunKind) Title() string {
	return map[RunKind]string{RunCrawl: "巡回", RunReindex: "索引の作り直し", RunRollback: "索引の入れ替え"}[k]
}

// RunState is how a run stands.
type RunState string

// The states of an IndexRun.
const (
	RunUnderWay  RunState = "under-way"
	RunDone      RunState = "done"
	RunRefused   RunState = "refused"    // the gate kept the index before
	RunFailed    RunState = "failed"     // with a sentence why
	RunBrokenOff RunState = "broken-off" // the process died in the middle
)

// Title is the state in the ward's words.
func (s RunState) Title() string {
	return map[RunState]string{RunUnderWay: "動いています", RunDone: "終わりました", RunRefused: "入れ替えませんでした",
		RunFailed: "できませんでした", RunBrokenOff: "途中で切れました"}[s]
}

// A run that goes on says so every RunBeat; one that was not heard of for
// RunSilence is broken off.
const (
	RunBeat    = 30 * time.Second
	RunSilence = 3 * time.Minute
)

// IndexRun is one run that made or chose an index. Its row is there from the
// start, so that one that was killed can be seen.
type IndexRun struct {
	ID       string
	Kind     RunKind
	By       Actor
	Started  time.Time
	Beat     time.Time // when it was last heard of
	Finished time.Time // zero until then

	Generation int // that was made or chosen, 0 when there was none
	Before     int // that was in use, 0 when there was none
	Documents  int // of Generation
	Changes    ChangeCounts

	Judgement JudgementCounts
	Refused   bool   // the gate kept Before
	Kept      string // why the pages of the crawl before were kept, "" when they were not
	Error     string // a sentence, "" when it went well
}

// State is how the run stands at now.
func (r IndexRun) State(now time.Time) RunState {
	switch {
	case r.Finished.IsZero() && now.Sub(r.Beat) > RunSilence:
		return RunBrokenOff
	case r.Finished.IsZero():
		return RunUnderWay
	case r.Refused:
		return RunRefused
	case r.Error != "":
		return RunFailed
	}
	return RunDone
}

// JudgementCounts are how an index did on the goldens, without their words.
type JudgementCounts struct {
	Goldens, Asked, Answered, Before    int // Before: answered by the index before
	Lost, Gained, Unanswered, PagesGone int
}

// AnswerChange is one answer that is not as it was in the index before.
type AnswerChange struct {
	Document   string // id
	What       AnswerChanged
	URL, Title string // as it is now; of one that is gone as it was
	Section    string // likewise
	SectionWas string // AnswerSection: before
}

// AnswerChanged says what happened to an answer.
type AnswerChanged string

// What can happen to an answer. One whose text and section changed has both.
const (
	AnswerNew     AnswerChanged = "new"
	AnswerText    AnswerChanged = "text"
	AnswerGone    AnswerChanged = "gone"
	AnswerSection AnswerChanged = "section"
)

// AnswerChangeds are all of them, in the order in which they are shown.
func AnswerChangeds() []AnswerChanged {
	return []AnswerChanged{AnswerText, AnswerGone, AnswerSection, AnswerNew}
}

// Title is the change in the ward's words.
func (c AnswerChanged) Title() string {
	return map[AnswerChanged]string{AnswerNew: "増えた", AnswerText: "内容が変わった", AnswerGone: "なくなった", AnswerSection: "担当が変わった"}[c]
}

// ChangeCounts count the answers by what happened to them.
type ChangeCounts struct{ New, Text, Gone, Section int }

// Of is the count of one kind.
func (c ChangeCounts) Of(what AnswerChanged) int {
	return map[AnswerChanged]int{AnswerNew: c.New, AnswerText: c.Text, AnswerGone: c.Gone, AnswerSection: c.Section}[what]
}

// Sum is how many changes there were.
func (c ChangeCounts) Sum() int { return c.New + c.Text + c.Gone + c.Section }

// Changes are how the answers of one index differ from those of another.
type Changes struct {
	Counts  ChangeCounts
	Answers []AnswerChange
}

// SourceChange is that the page a curated answer was written from is not as it
// was.
type SourceChange struct {
	Fix  string        // id
	What AnswerChanged // AnswerText or AnswerGone
	At   time.Time     // of the run that found it
}

// Sources finds the curated answers whose source page changed or went.
func (c Changes) Sources(fixes []Fix) []SourceChange {
	var out []SourceChange
	for _, f := range fixes {
		if f.Kind != FixAnswer {
			continue
		}
		what := AnswerChanged("")
		for _, a := range c.Answers {
			if (a.What == AnswerText || a.What == AnswerGone && what == "") && SamePage(a.URL, f.Page) {
				what = a.What
			}
		}
		if what != "" {
			out = append(out, SourceChange{Fix: f.ID, What: what})
		}
	}
	return out
}

// Concerns says whether the change came after the answer was written.
func (c SourceChange) Concerns(f Fix) bool {
	return c.At.After(f.PreparedAt) && c.At.After(f.PublishedAt)
}

// Owners say how many answers each section owns, and which pages none does.
type Owners struct {
	Sections []OwnedBy
	Unowned  []PageRef // in the order of their categories
}

// OwnedBy is how many answers a section is in charge of.
type OwnedBy struct {
	Section string
	Answers int
}

// PageRef is a page of the ward's.
type PageRef struct {
	URL, Title string
	Category   string // the topic, see TopicOf
}
