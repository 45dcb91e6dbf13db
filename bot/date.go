package bot

import (
	"context"
	"fmt"
	"time"

	"madoguchi/ja"
	"madoguchi/ward"
)

// dayStep asks for one of some days. Where the channel has a calendar it opens
// there; everywhere the day may be written, with or without the year.
func dayStep(name, question string, days func(t *turn) ward.Days) step {
	run := func(_ context.Context, t *turn, _ string) error {
		pick, among := choice(labelPickDay, t.s.Form.Step, "pick"), days(t)
		pick.Days = &among
		t.say(ward.Reply{Text: question, Choices: []ward.Choice{pick}})
		return nil
	}
	take := func(t *turn, _ string) (string, error) {
		among := days(t)
		day, ok := t.day(among)
		switch {
		case !ok:
			return "", refused(phraseNoDay)
		case !among.Has(day):
			return "", refused(daysAsRead(among))
		}
		return day, nil
	}
	return step{name: name, run: run, take: take}
}

// day reads the day in the message. One without a year is the first of its
// name, from this year on, among the days.
func (t *turn) day(among ward.Days) (day string, ok bool) {
	if day, ok = ja.Date(t.msg.Text); ok {
		return day, true
	}
	year := t.msg.At.In(ward.Japan()).Year()
	for y := year; y <= year+1 && (!ok || !among.Has(day)); y++ {
		if next, found := ja.Date(fmt.Sprintf(yearBefore, y) + t.msg.Text); found {
			day, ok = next, true
		}
	}
	return day, ok
}

// daysAsRead says which days can be chosen.
func daysAsRead(d ward.Days) string {
	read := func(day string) string {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return ""
		}
		return at.Format(dayAsRead)
	}
	switch first, last := read(d.First), read(d.Last); {
	case last == "":
		return fmt.Sprintf(phraseDaysFrom, first)
	case first == "":
		return fmt.Sprintf(phraseDaysUntil, last)
	default:
		return fmt.Sprintf(phraseDaysBetween, first, last)
	}
}
