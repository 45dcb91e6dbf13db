package sample

import (
	"testing"
	"time"

	"madoguchi/ward"
)

func TestHistory(t *testing.T) {
	visits, err := History()
	if err != nil {
		t.Fatal(err)
	}
	again, err := History()
	if err != nil || len(again) != len(visits) || again[7] != visits[7] {
		t.Fatalf("not the same again: %v", err)
	}
	now := time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)
	channels, texts := map[ward.Channel]int{}, map[string]int{}
	for _, v := range visits {
		channels[v.Channel]++
		texts[v.Text]++
		if ago := now.Sub(v.At(now)); ago < 0 || ago > (HistoryDays+1)*24*time.Hour {
			t.Errorf("%v ago", ago)
		}
	}
	if channels[ward.Web] == 0 || channels[ward.LINE] < channels[ward.Web] || len(texts) < 100 {
		t.Errorf("channels %v, %d questions", channels, len(texts))
	}
}
