package data

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
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
	name          string
	count, people int
}

const (
	countAll recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT '' AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 GROUP BY month) AS m
GROUP BY name`

	countDays recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT CAST(day AS TEXT) || ' ' || channel AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 GROUP BY 1, month) AS m
GROUP BY name`

	countHours recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT CAST(hour AS TEXT) AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 GROUP BY 1, month) AS m
GROUP BY name`

	countOutcomes recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT CASE WHEN stopped = 1 THEN 'stopped' WHEN verdict = 'answer' THEN 'answered' WHEN verdict = 'none' THEN 'nothing'
      WHEN chosen = 1 THEN 'chosen' ELSE 'open' END AS name,
    month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 GROUP BY 1, month) AS m
GROUP BY name`

	countVotes recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT CASE WHEN helpful = 1 THEN 'helpful' ELSE 'unhelpful' END AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM feedback WHERE at >= $1 AND at < $2 GROUP BY 1, month) AS m
GROUP BY name`

	countTopics recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT topic AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 GROUP BY 1, month) AS m
GROUP BY name`

	countUnanswered recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT section AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 AND stopped = 0 AND (verdict = 'none' OR verdict = 'choices' AND chosen = 0)
  GROUP BY 1, month) AS m
GROUP BY name`

	countChannels recordSQL = `
SELECT name, CAST(sum(n) AS BIGINT), max(people) FROM (
  SELECT channel AS name, month, count(*) AS n, count(DISTINCT person) AS people
  FROM asked WHERE day >= $1 AND day < $2 GROUP BY 1, month) AS m
GROUP BY name`

	countTimes recordSQL = `
SELECT took, count(*) FROM asked WHERE day >= $1 AND day < $2 AND channel = $3 GROUP BY took ORDER BY took`
)

// Figures gives what may be shown of the given number of days before today, in
// Japan.
func (s *Store) Figures(ctx context.Context, days int) (f Figures, err error) {
	until := dayOf(millis(s.now()))
	from := until - int64(days)
	err = s.records.read(ctx, func(ctx context.Context, tx *sql.Tx) error {
		f = Figures{First: dayName(from), Last: dayName(until - 1)}
		return f.fill(ctx, tx, from, until)
	})
	if err != nil {
		return Figures{}, fmt.Errorf("make figures: %w", err)
	}
	return f, nil
}

// dayName writes a day as YYYY-MM-DD.
func dayName(day int64) string { return time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly) }

// fill makes every table.
func (f *Figures) fill(ctx context.Context, tx *sql.Tx, from, until int64) error {
	all, err := groups(ctx, tx, countAll, from, until)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		people := counted{count: all[0].people, people: all[0].people}
		f.Questions, f.People = all[0].cell(), people.cell()
	}
	if f.Days, err = dayFigures(ctx, tx, from, until); err != nil {
		return err
	}
	hours := make([]string, 24)
	for i := range hours {
		hours[i] = strconv.Itoa(i)
	}
	start := func(day int64) int64 { return day*dayMillis - japanMillis }
	for _, table := range []struct {
		into        *[]Group
		query       recordSQL
		from, until int64
		names       []string // in this order; nil: the largest
	}{
		{&f.Hours, countHours, from, until, hours},
		{&f.Outcomes, countOutcomes, from, until, []string{OutcomeAnswered, OutcomeChosen, OutcomeOpen, OutcomeNothing, OutcomeStopped}},
		{&f.Votes, countVotes, start(from), start(until), []string{VoteHelpful, VoteUnhelpful}},
		{&f.Topics, countTopics, from, until, nil},
		{&f.Unanswered, countUnanswered, from, until, nil},
	} {
		found, err := groups(ctx, tx, table.query, table.from, table.until)
		if err != nil {
			return err
		}
		if table.names == nil {
			*table.into = largest(found)
		} else {
			*table.into = named(found, table.names)
		}
	}
	f.Times, err = times(ctx, tx, from, until)
	return err
}

func groups(ctx context.Context, tx *sql.Tx, q recordSQL, from, until int64) ([]counted, error) {
	return list(ctx, tx, q, func(scan scanner) (c counted, err error) {
		err = scan(&c.name, &c.count, &c.people)
		return c, err
	}, from, until)
}

func dayFigures(ctx context.Context, tx *sql.Tx, from, until int64) ([]DayFigures, error) {
	found, err := groups(ctx, tx, countDays, from, until)
	if err != nil {
		return nil, err
	}
	shown := cells(found, len(found))
	var days []DayFigures
	for day := from; day < until; day++ {
		of := func(c ward.Channel) Cell { return shown[strconv.FormatInt(day, 10)+" "+string(c)] }
		days = append(days, DayFigures{dayName(day), of(ward.LINE), of(ward.Web)})
	}
	return days, nil
}

// cell is the group as it may be shown by itself.
func (c counted) cell() Cell {
	if c.people < MinPeople {
		return Cell{Hidden: c.count > 0}
	}
	return Cell{Count: (c.count + FigureStep/2) / FigureStep * FigureStep}
}

// cells are a table's groups as they may be shown together, at most so many of
// them, the largest.
func cells(found []counted, atMost int) map[string]Cell {
	found = slices.SortedFunc(slices.Values(found), func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.people, a.people), cmp.Compare(b.count, a.count), strings.Compare(a.name, b.name))
	})
	n := 0 // shown: those with the most people
	for n < min(len(found), atMost) && found[n].people >= MinPeople {
		n++
	}
	// What is not shown is the total less what is: it must not be small either.
	if n > 0 && n < len(found) && found[n].people < MinPeople {
		n--
	}
	shown := map[string]Cell{}
	for i, c := range found {
		shown[c.name] = Cell{Hidden: true}
		if i < n {
			shown[c.name] = c.cell()
		}
	}
	return shown
}

// named is a table with a line for each name.
func named(found []counted, names []string) []Group {
	shown := cells(found, len(found))
	all := make([]Group, len(names))
	for i, name := range names {
		all[i] = Group{name, shown[name]}
	}
	return all
}

// largest is a table of the largest groups that may be shown.
func largest(found []counted) (all []Group) {
	for name, cell := range cells(found, maxGroups) {
		if !cell.Hidden {
			all = append(all, Group{name, cell})
		}
	}
	slices.SortFunc(all, func(a, b Group) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name)) })
	return all
}

// times finds the percentiles of each channel.
func times(ctx context.Context, tx *sql.Tx, from, until int64) (all []Times, err error) {
	channels, err := groups(ctx, tx, countChannels, from, until)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(channels, func(a, b counted) int { return strings.Compare(a.name, b.name) })
	for _, c := range channels {
		if c.people < MinPeople {
			continue
		}
		type spent struct{ took, count int }
		spans, err := list(ctx, tx, countTimes, func(scan scanner) (s spent, err error) {
			err = scan(&s.took, &s.count)
			return s, err
		}, from, until, c.name)
		if err != nil {
			return nil, err
		}
		share := func(percent int) time.Duration {
			seen := 0
			for _, s := range spans {
				if seen += s.count; seen*100 >= c.count*percent {
					return time.Duration(s.took) * time.Millisecond
				}
			}
			return 0
		}
		all = append(all, Times{ward.Channel(c.name), share(50), share(95), share(99)})
	}
	return all, nil
}
