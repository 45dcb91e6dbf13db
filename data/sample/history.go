package sample

import (
	"math/rand/v2"
	"strconv"
	"time"

	"madoguchi/ward"
)

// HistoryDays is how far back the sample ward remembers.
const HistoryDays = 30

const (
	historyVisits    = 1500
	historyResidents = 420
	historyRefused   = 5 // of so many visits one asks what the site cannot answer
)

// Visit is that somebody once asked the sample ward something.
type Visit struct {
	Day      int // days before today, 1 to HistoryDays
	Minute   int // of that day
	Channel  ward.Channel
	Resident ward.Resident
	Text     string
	Helpful  bool // what they would say to an answer,
	Votes    bool // if they say anything
}

// At is when the visit was, seen from now.
func (v Visit) At(now time.Time) time.Time {
	day := now.In(ward.Japan()).AddDate(0, 0, -v.Day)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, v.Minute, 0, 0, day.Location())
}

// History is a month of visits, for a console that is not empty: most by day,
// most by few questions, as everywhere. It is always the same.
func History() ([]Visit, error) {
	questions, err := Questions()
	if err != nil {
		return nil, err
	}
	refusals, err := Unanswerable()
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(12, 3)) // the numbers mean nothing
	popular := rand.NewZipf(r, 1.2, 8, uint64(len(questions)-1))
	rare := rand.NewZipf(r, 1.5, 4, uint64(len(refusals)-1))
	visits := make([]Visit, historyVisits)
	for i := range visits {
		v := Visit{
			Day: 1 + r.IntN(HistoryDays), Minute: min(max(int(r.NormFloat64()*210)+14*60, 0), 24*60-1), Channel: ward.LINE,
			Resident: ward.Resident("sample-" + strconv.Itoa(r.IntN(historyResidents))), Votes: r.IntN(3) == 0, Helpful: r.IntN(5) > 0,
		}
		if r.IntN(3) == 0 {
			v.Channel = ward.Web
		}
		if r.IntN(historyRefused) == 0 {
			v.Text = refusals[rare.Uint64()].Text
		} else {
			v.Text = questions[spread(popular.Uint64(), len(questions))].Text
		}
		visits[i] = v
	}
	return visits, nil
}

// spread takes the popular questions from all areas: they stand in the files
// area by area.
func spread(rank uint64, n int) int { return int(rank) * 211 % n }
