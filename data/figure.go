package data

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"madoguchi/ward"
)

// How figures keep people from being found in them, beside MinPeople.
const (
	// FigureStep is what counts are rounded to, so that the difference between
	// two tables, two periods or two days is not one person's question.
	FigureStep = 5
	// maxGroups is how many topics and sections are shown, the largest first.
	maxGroups = 10
)

// Cell is one number of a table. Hidden says that somebody stands in it but
// that it is not shown, and Count is 0.
type Cell struct {
	Count  int // rounded to FigureStep
	Hidden bool
}

// Group is a line of a table.
type Group struct {
	Name string
	Cell
}

// DayFigures are the questions of one day by channel.
type DayFigures struct {
	Day       string // YYYY-MM-DD
	LINE, Web Cell
}

// Times are how long answers took to be ready on a channel: half, 95 and 99 in
// a hundred were not slower.
type Times struct {
	Channel       ward.Channel
	P50, P95, P99 time.Duration
}

// The outcomes of a question, as Figures.Outcomes name them.
const (
	OutcomeAnswered = "answered" // by what was shown first
	OutcomeChosen   = "chosen"   // a candidate was chosen
	OutcomeOpen     = "open"     // there were candidates, and none was chosen
	OutcomeNothing  = "nothing"  // nothing was found
	OutcomeStopped  = "stopped"  // a stop kept the answer back
)

// The votes, as Figures.Votes name them.
const (
	VoteHelpful   = "helpful"   // はい
	VoteUnhelpful = "unhelpful" // いいえ
)

// Figures are what may be shown of the questions of some whole days.
//
// A group in which fewer than MinPeople stand is hidden. Where all that is
// hidden of a table is such groups, the smallest of the others is hidden with
// them, so that the table's total less what is shown is never about fewer people
// either. Counts are rounded, and today is not in, so that nobody can watch a
// number grow by one. What this does not keep from: somebody who knows of all
// others in a group what they asked; and on the web a person is a session, so
// that five may be one.
type Figures struct {
	First, Last string // days, YYYY-MM-DD
	Questions   Cell
	People      Cell // of the largest month, because over months nobody is the same

	Days       []DayFigures // every day of the period
	Hours      []Group      // "0" to "23"
	Outcomes   []Group      // every outcome, in the order above
	Votes      []Group      // likewise
	Topics     []Group      // of the pages shown; "" where there was none
	Unanswered []Group      // by the section of the nearest page: nothing, or open
	Times      []Times      // of the channels in which enough people stand
}

// counted is a group as it is, which only this file sees.
type counted struct {
	name   string
	count  int
	enough bool // MinPeople stand in it, in one month
	seen   map[int64][]string
}

// add counts one more, of somebody. Who it was is kept only until there are
// enough.
func (c *counted) add(p person) {
	c.count++
	if c.enough || slices.Contains(c.seen[p.month], p.hash) {
		return
	}
	if c.seen == nil {
		c.seen = map[int64][]string{}
	}
	c.seen[p.month] = append(c.seen[p.month], p.hash)
	if len(c.seen[p.month]) >= MinPeople {
		c.enough, c.seen = true, nil
	}
}

// table is a table while it is being counted, by name.
type table map[string]*counted

func (t table) add(name string, p person) {
	if t[name] == nil {
		t[name] = &counted{name: name}
	}
	t[name].add(p)
}

// One pass over the rows: counting distinct people table by table takes SQLite
// four times as long.
const (
	selectAsked recordSQL = `
SELECT day, hour, month, person, channel, verdict, stopped, chosen, topic, section, took FROM asked WHERE day >= $1 AND day < $2`

	selectVotes recordSQL = `SELECT helpful, month, person FROM feedback WHERE at >= $1 AND at < $2`
)

// tables are all that is counted of a period.
type tables struct {
	all                                                    counted
	people                                                 map[int64]map[string]bool // by month
	days, hours, outcomes, votes, topics, unanswered, ways table
	spent                                                  map[string]map[int]int // ms by channel, with how often
}

func newTables() *tables {
	return &tables{people: map[int64]map[string]bool{}, days: table{}, hours: table{}, outcomes: table{}, votes: table{},
		topics: table{}, unanswered: table{}, ways: table{}, spent: map[string]map[int]int{}}
}

// read counts every row.
func (t *tables) read(ctx context.Context, tx *sql.Tx, from, until int64) error {
	_, err := list(ctx, tx, selectAsked, t.asked, from, until)
	if err != nil {
		return err
	}
	start := func(day int64) int64 { return day*dayMillis - japanMillis }
	_, err = list(ctx, tx, selectVotes, func(scan scanner) (none struct{}, err error) {
		var helpful int
		var p person
		err = scan(&helpful, &p.month, &p.hash)
		t.votes.add([]string{VoteUnhelpful, VoteHelpful}[helpful], p)
		return none, err
	}, start(from), start(until))
	return err
}

// asked counts a question in every table.
func (t *tables) asked(scan scanner) (none struct{}, err error) {
	var day, hour int64
	var stopped, chosen, took int
	var channel, verdict, topic, section string
	var p person
	if err := scan(&day, &hour, &p.month, &p.hash, &channel, &verdict, &stopped, &chosen, &topic, &section, &took); err != nil {
		return none, err
	}
	t.all.add(p)
	if t.people[p.month] == nil {
		t.people[p.month] = map[string]bool{}
	}
	t.people[p.month][p.hash] = true
	t.days.add(strconv.FormatInt(day, 10)+" "+channel, p)
	t.hours.add(strconv.FormatInt(hour, 10), p)
	t.topics.add(topic, p)
	t.ways.add(channel, p)
	if t.spent[channel] == nil {
		t.spent[channel] = map[int]int{}
	}
	t.spent[channel][took]++
	outcome := outcomeOf(ward.Verdict(verdict), stopped == 1, chosen == 1)
	t.outcomes.add(outcome, p)
	if outcome == OutcomeNothing || outcome == OutcomeOpen {
		t.unanswered.add(section, p)
	}
	return none, nil
}

func outcomeOf(v ward.Verdict, stopped, chosen bool) string {
	switch {
	case stopped:
		return OutcomeStopped
	case v == ward.Sure:
		return OutcomeAnswered
	case v == ward.Nothing:
		return OutcomeNothing
	case chosen:
		return OutcomeChosen
	}
	return OutcomeOpen
}

// Figures gives what may be shown of the given number of days before today, in
// Japan.
func (s *Store) Figures(ctx context.Context, days int) (f Figures, err error) {
	until := dayOf(millis(s.now()))
	from := until - int64(days)
	t := newTables()
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error { return t.read(ctx, tx, from, until) })
	if err != nil {
		return Figures{}, fmt.Errorf("make figures: %w", err)
	}
	hours := make([]string, 24)
	for i := range hours {
		hours[i] = strconv.Itoa(i)
	}
	most := 0
	for _, month := range t.people {
		most = max(most, len(month))
	}
	people := counted{count: most, enough: most >= MinPeople}
	return Figures{
		First: dayName(from), Last: dayName(until - 1), Questions: t.all.cell(), People: people.cell(),
		Days: t.dayFigures(from, until), Hours: t.hours.named(hours),
		Outcomes: t.outcomes.named([]string{OutcomeAnswered, OutcomeChosen, OutcomeOpen, OutcomeNothing, OutcomeStopped}),
		Votes:    t.votes.named([]string{VoteHelpful, VoteUnhelpful}),
		Topics:   t.topics.largest(), Unanswered: t.unanswered.largest(), Times: t.times(),
	}, nil
}

// dayName writes a day as YYYY-MM-DD.
func dayName(day int64) string { return time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly) }

func (t *tables) dayFigures(from, until int64) (days []DayFigures) {
	shown := t.days.cells(len(t.days))
	for day := from; day < until; day++ {
		of := func(c ward.Channel) Cell { return shown[strconv.FormatInt(day, 10)+" "+string(c)] }
		days = append(days, DayFigures{dayName(day), of(ward.LINE), of(ward.Web)})
	}
	return days
}

// cell is the group as it may be shown by itself.
func (c *counted) cell() Cell {
	if !c.enough {
		return Cell{Hidden: c.count > 0}
	}
	return Cell{Count: (c.count + FigureStep/2) / FigureStep * FigureStep}
}

// cells are a table's groups as they may be shown together, at most so many of
// them, the largest.
func (t table) cells(atMost int) map[string]Cell {
	groups := slices.SortedFunc(maps.Values(t), func(a, b *counted) int {
		return cmp.Or(cmp.Compare(bit(b.enough), bit(a.enough)), cmp.Compare(b.count, a.count), strings.Compare(a.name, b.name))
	})
	n := 0 // shown: those with enough people, which come first
	for n < min(len(groups), atMost) && groups[n].enough {
		n++
	}
	// What is not shown is the total less what is: it must not be small either.
	if n > 0 && n < len(groups) && !groups[n].enough {
		n--
	}
	shown := map[string]Cell{}
	for i, c := range groups {
		shown[c.name] = Cell{Hidden: true}
		if i < n {
			shown[c.name] = c.cell()
		}
	}
	return shown
}

// named is a table with a line for each name.
func (t table) named(names []string) []Group {
	shown := t.cells(len(t))
	all := make([]Group, len(names))
	for i, name := range names {
		all[i] = Group{name, shown[name]}
	}
	return all
}

// largest is a table of the largest groups that may be shown.
func (t table) largest() (all []Group) {
	for name, cell := range t.cells(maxGroups) {
		if !cell.Hidden {
			all = append(all, Group{name, cell})
		}
	}
	slices.SortFunc(all, func(a, b Group) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name)) })
	return all
}

// times finds the percentiles of each channel in which enough people stand.
func (t *tables) times() (all []Times) {
	for _, channel := range slices.Sorted(maps.Keys(t.ways)) {
		if !t.ways[channel].enough {
			continue
		}
		spent, total := t.spent[channel], t.ways[channel].count
		order := slices.Sorted(maps.Keys(spent))
		share := func(percent int) time.Duration {
			seen := 0
			for _, took := range order {
				if seen += spent[took]; seen*100 >= total*percent {
					return time.Duration(took) * time.Millisecond
				}
			}
			return 0
		}
		all = append(all, Times{ward.Channel(channel), share(50), share(95), share(99)})
	}
	return all
}
