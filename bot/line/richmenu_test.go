package line_test

import (
	"bytes"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"madoguchi/bot/line"
	"madoguchi/ward"
)

// menuFile is a small menu with one cell and what is put behind it.
func menuFile(more string) string {
	return "name = \"くらし\"\nchat_bar = \"メニュー\"\nsize = \"compact\"\n" + more
}

// cell is a row of one cell.
func cell(fields string) string { return "[[row]]\ncells = [{ " + fields + " }]\n" }

func ordinaryCell() string {
	return cell(`label = "ごみ", icon = "trash", message = "ごみの分け方"`)
}

func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func site(t testing.TB) *url.URL {
	u, err := url.Parse("https://www.city.example.jp/")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What is wrong with a file is said with the file and the field, all at once.
func TestRichMenuFaults(t *testing.T) {
	tabs := func(ids string) string { return "tabs = [" + ids + "]\n" }
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"no main":           {map[string]string{"kodomo.toml": menuFile(ordinaryCell())}, []string{"main.toml がありません"}},
		"not TOML":          {map[string]string{"main.toml": "name = "}, []string{"main.toml の書き方"}},
		"unknown field":     {map[string]string{"main.toml": menuFile("colour = \"red\"\n" + ordinaryCell())}, []string{"main.toml", "「colour」"}},
		"unknown cell":      {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", massage = "x"`))}, []string{"massage", "動作"}},
		"nothing":           {map[string]string{"main.toml": ""}, []string{"「name」がありません", "「chat_bar」がありません", "「size」", "「row」がありません"}},
		"long names":        {map[string]string{"main.toml": strings.Replace(menuFile(ordinaryCell()), "メニュー", strings.Repeat("あ", 15), 1)}, []string{"chat_bar", "14字", "15字"}},
		"file name":         {map[string]string{"main.toml": menuFile(ordinaryCell()), "Kodomo.toml": menuFile(ordinaryCell())}, []string{"Kodomo.toml", "ファイル名"}},
		"long label":        {map[string]string{"main.toml": menuFile(cell(`label = "` + strings.Repeat("あ", 21) + `", message = "x"`))}, []string{"row 1 の1番目", "label", "20字", "21字"}},
		"no label":          {map[string]string{"main.toml": menuFile(cell(`message = "x"`))}, []string{"label", "ありません"}},
		"no action":         {map[string]string{"main.toml": menuFile(cell(`label = "ごみ"`))}, []string{"ごみ", "動作", "0つ"}},
		"two actions":       {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", message = "x", tel = "03-0000-0001"`))}, []string{"動作", "2つ"}},
		"unknown icon":      {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", icon = "rocket", message = "x"`))}, []string{"rocket", "trash"}},
		"uri of no scheme":  {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", uri = "www.example.jp"`))}, []string{"uri"}},
		"uri of a script":   {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", uri = "javascript:alert(1)"`))}, []string{"uri"}},
		"uri not escaped":   {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", uri = "https://example.jp/ごみ"`))}, []string{"uri"}},
		"long uri":          {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", uri = "https://example.jp/` + strings.Repeat("a", 1000) + `"`))}, []string{"1,000字"}},
		"tel":               {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", tel = "区役所"`))}, []string{"tel", "電話番号"}},
		"long message":      {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", message = "` + strings.Repeat("あ", 301) + `"`))}, []string{"message", "300字", "301字"}},
		"long postback":     {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", postback = "` + strings.Repeat("a", 301) + `"`))}, []string{"postback", "300バイト"}},
		"wide cell":         {map[string]string{"main.toml": menuFile(cell(`label = "ごみ", message = "x", width = 1000000000`))}, []string{"width"}},
		"many areas":        {map[string]string{"main.toml": menuFile("[[row]]\ncells = [" + strings.Repeat(`{ label = "あ", message = "x" },`, 21) + "]")}, []string{"20まで", "21"}},
		"tab to nowhere":    {map[string]string{"main.toml": menuFile(tabs(`"main", "kodomo"`) + ordinaryCell())}, []string{"main.toml", "kodomo.toml がありません"}},
		"tabs without self": {map[string]string{"main.toml": menuFile(tabs(`"kodomo"`) + ordinaryCell()), "kodomo.toml": menuFile(tabs(`"main", "kodomo"`) + ordinaryCell())}, []string{"main.toml", "自身"}},
		"tab twice":         {map[string]string{"main.toml": menuFile(tabs(`"main", "main"`) + ordinaryCell())}, []string{"2回"}},
		"no way back":       {map[string]string{"main.toml": menuFile(tabs(`"main", "kodomo"`) + ordinaryCell()), "kodomo.toml": menuFile(ordinaryCell())}, []string{"kodomo.toml", "main へ戻る"}},
		"no way there":      {map[string]string{"main.toml": menuFile(ordinaryCell()), "kodomo.toml": menuFile(tabs(`"main", "kodomo"`) + ordinaryCell())}, []string{"kodomo.toml", "どのリッチメニュー"}},
		"tab to incident":   {map[string]string{"main.toml": menuFile(cell(`label = "災害", tab = "incident"`)), "incident.toml": menuFile(ordinaryCell())}, []string{"main.toml", "incident"}},
		"incident's tabs":   {map[string]string{"main.toml": menuFile(ordinaryCell()), "incident.toml": menuFile(tabs(`"main", "incident"`) + ordinaryCell())}, []string{"incident.toml", "tabs"}},
		"heading and tabs":  {map[string]string{"main.toml": menuFile("heading = \"あ\"\n" + tabs(`"main"`) + ordinaryCell())}, []string{"heading"}},
		"not in the font":   {map[string]string{"main.toml": menuFile(cell(`label = "ごみ🗑", message = "x"`))}, []string{"row 1 の1番目", "🗑"}},
		"does not fit":      {map[string]string{"main.toml": menuFile("[[row]]\ncells = [" + strings.Repeat(`{ label = "国民健康保険の手続きと保険料", icon = "heart", message = "x" },`, 8) + "]")}, []string{"row 1 の1番目", "大きな字"}},
		"two files":         {map[string]string{"main.toml": menuFile(cell(`label = "ごみ"`)), "kodomo.toml": menuFile(cell(`label = "手当"`))}, []string{"main.toml", "kodomo.toml"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := line.ReadRichMenus(folder(tt.files), site(t))
			if ward.KindOf(err) != ward.Invalid {
				t.Fatalf("error %v (kind %q), want an invalid one", err, ward.KindOf(err))
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not name %q:\n%v", want, err)
				}
			}
		})
	}
	files := map[string]string{"main.toml": menuFile(cell(`label = "ごみ", uri = "/gomi/"`))}
	if _, err := line.ReadRichMenus(folder(files), nil); err == nil || !strings.Contains(err.Error(), "MADOGUCHI_SITE_URL") {
		t.Errorf("a page of the site, without a site: %v", err)
	}
}

// The same files give the same pictures, within LINE's limits.
func TestRichMenuPicture(t *testing.T) {
	files := map[string]string{
		"main.toml": strings.Replace(menuFile(ordinaryCell()), "compact", "large", 1),
		// The 20 areas that LINE takes, with as much ink as fits.
		"incident.toml": menuFile("heading = \"鬱髙﨑龠①㈱ｶﾞＡa\"\n" + strings.Repeat("[[row]]\ncells = ["+strings.Repeat(`{ label = "鬱鬱", message = "x" },`, 10)+"]\n", 2)),
	}
	first, err := line.ReadRichMenus(folder(files), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := line.ReadRichMenus(folder(files), nil)
	if err != nil {
		t.Fatal(err)
	}
	for id, height := range map[string]int{"main": 1686, "incident": 843} {
		picture, _ := first.Picture(id)
		same, _ := again.Picture(id)
		c, err := png.DecodeConfig(bytes.NewReader(picture))
		if err != nil || c.Width != 2500 || c.Height != height || len(picture) > 1<<20 {
			t.Errorf("%s: %v, %d × %d, %d bytes", id, err, c.Width, c.Height, len(picture))
		}
		if !bytes.Equal(picture, same) {
			t.Errorf("%s: the same file gives another picture", id)
		}
	}
	if _, ok := first.Picture("none"); ok {
		t.Error("a picture of a menu that is not there")
	}
}
