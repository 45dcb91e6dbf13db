package line_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/bot/line"
	"madoguchi/ward"
)

// Staff are shown what a phone will show.
func TestOutline(t *testing.T) {
	got, err := line.Outline(line.Render([]ward.Reply{
		{Text: "1通300円です。", Source: &ward.Source{Title: "住民票の写し", URL: "https://www.city.example.jp/a.html", Updated: "2026-04-01", Section: "住民課", Phone: "03-0000-1001"}},
		{Text: "この答えは、役に立ちましたか。", Choices: []ward.Choice{{Label: "はい", Value: "y"}, {Label: "いいえ", Value: "n"}}},
		{Text: "ほかに", Choices: []ward.Choice{{Label: "メニュー", Value: "m"}}},
	}))
	want := []ward.Bubble{
		{Lines: []string{"住民票の写し", "1通300円です。", "更新日　2026年4月1日", "担当　住民課", "電話　03-0000-1001", "この答えは、役に立ちましたか。"}, Buttons: []string{"ページを開く", "電話する", "はい", "いいえ"}},
		{Lines: []string{"ほかに\n\n1. メニュー\n\n番号を書いても選べます。"}, Buttons: []string{"メニュー"}},
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if none, err := line.Outline(nil); none != nil || err != nil {
		t.Errorf("of nothing: %v, %v", none, err)
	}
}
