package line

import (
	"fmt"
	"image"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"madoguchi/ward"
)

// LINE's limits on a rich menu. Characters are what a reader counts.
const (
	maxAreas      = 20
	maxChatBar    = 14  // characters
	maxAreaLabel  = 20  // characters
	maxMessage    = 300 // characters that a tap says
	menuWidth     = 2500
	largeHeight   = 1686
	compactHeight = 843
)

// menuID is an id that leaves room for the prefix in an alias of 32 characters.
var menuID = regexp.MustCompile(`^[a-z0-9_-]{1,22}$`)

// menuFaults collects what is wrong with one file.
type menuFaults struct {
	file string
	errs []error
}

func (f *menuFaults) add(field, format string, args ...any) {
	f.errs = append(f.errs, menuFault("%s の「%s」"+format, append([]any{f.file, field}, args...)...))
}

func menuFault(format string, args ...any) error {
	return &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf(format, args...)}
}

// text checks a text that has to be there, in at most most characters.
func (f *menuFaults) text(field, s string, most int) {
	if strings.TrimSpace(s) == "" {
		f.add(field, "がありません")
	} else if n := characters(s); n > most {
		f.add(field, "は%d字までです（%d字あります）", most, n)
	}
}

func characters(s string) (n int) {
	for it := graphemes.FromString(s); it.Next(); {
		n++
	}
	return n
}

// cellField names a field of the cell j of row i, as staff count them.
func cellField(i, j int, c *richMenuCell, field string) string {
	return fmt.Sprintf("row %d の%d番目 %s の %s", i+1, j+1, c.spoken(), field)
}

// check finds what LINE would refuse or residents could not use, within m.
func (m *richMenu) check(f *menuFaults) {
	if !menuID.MatchString(m.id) {
		f.add("ファイル名", "は半角の小文字、数字、-、_ で22字までにしてください")
	}
	f.text("name", m.Name, maxAreaLabel)
	f.text("chat_bar", m.ChatBar, maxChatBar)
	if m.height() == 0 {
		f.add("size", "は \"large\" か \"compact\" にしてください")
	}
	if m.Heading != "" {
		f.text("heading", m.Heading, maxAreaLabel)
	}
	m.checkTabs(f)
	if len(m.Rows) == 0 {
		f.add("row", "がありません")
	}
	areas := max(len(m.Tabs)-1, 0)
	for i, row := range m.Rows {
		if len(row.Cells) == 0 {
			f.add(fmt.Sprintf("row %d の cells", i+1), "がありません")
		}
		areas += len(row.Cells)
		for j := range row.Cells {
			c := &row.Cells[j]
			c.check(func(field, format string, args ...any) { f.add(cellField(i, j, c, field), format, args...) })
			f.text(cellField(i, j, c, "label"), c.spoken(), maxAreaLabel)
		}
	}
	if areas > maxAreas {
		f.add("row", "のます目とほかへのタブは、合わせて%dまでです（%dあります）", maxAreas, areas)
	}
}

func (m *richMenu) checkTabs(f *menuFaults) {
	switch {
	case len(m.Tabs) == 0:
	case m.id == incidentMenu:
		f.add("tabs", "は %s.toml には置けません", incidentMenu)
	case m.Heading != "":
		f.add("heading", "は tabs と一緒には置けません")
	case !slices.Contains(m.Tabs, m.id):
		f.add("tabs", "に、このメニュー自身（%s）も入れてください", m.id)
	}
	for i, id := range m.Tabs {
		if slices.Contains(m.Tabs[:i], id) {
			f.add("tabs", "に %s が2回あります", id)
		}
	}
}

func (c *richMenuCell) check(fault func(field, format string, args ...any)) {
	actions := map[string]string{"uri": c.URI, "tel": c.Tel, "message": c.Message, "postback": c.Postback, "tab": c.Tab}
	given := 0
	for _, v := range actions {
		if v != "" {
			given++
		}
	}
	switch {
	case given != 1:
		fault("動作", "は uri、tel、message、postback、tab のうち1つにしてください（%dつあります）", given)
	case c.URI != "" && !isMenuURI(c.URI):
		fault("uri", "は http、https、line のURLで、英数字と記号だけ、1,000字までにしてください")
	case c.Tel != "" && (phoneURI(c.Tel) == "" || !consistsOf(c.Tel, "0123456789-")):
		fault("tel", "は 03-0000-0000 のような電話番号にしてください")
	case characters(c.Message) > maxMessage:
		fault("message", "は%d字までです（%d字あります）", maxMessage, characters(c.Message))
	case len(c.Postback) > maxData:
		fault("postback", "は%dバイトまでです（%dバイトあります）", maxData, len(c.Postback))
	}
	if _, ok := icons()[c.Icon]; !ok && c.Icon != "" {
		fault("icon", "に「%s」という絵はありません。あるのは %s です", c.Icon, strings.Join(iconNames(), "、"))
	}
	if c.Width > maxAreas {
		fault("width", "は%dまでです", maxAreas)
	}
}

// isMenuURI tells whether LINE would open address as it stands.
func isMenuURI(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURI {
		return false
	}
	for i := range len(address) {
		if address[i] <= ' ' || address[i] > '~' {
			return false
		}
	}
	return u.Scheme == "line" || u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (m *richMenu) height() int {
	switch m.Size {
	case "large":
		return largeHeight
	case "compact":
		return compactHeight
	}
	return 0
}

// menuLayout is where everything of a menu stands. The rectangles of cells
// touch, so that a tap between two tiles is not lost.
type menuLayout struct {
	bar   []image.Rectangle
	cells [][]image.Rectangle
}

func (m *richMenu) layout() (l menuLayout) {
	top := 0
	if len(m.bar) > 0 {
		top = barHeight
		l.bar = cut(image.Rect(0, 0, menuWidth, barHeight), make([]richMenuCell, len(m.bar)))
	}
	for i, row := range m.Rows {
		space := m.height() - top
		r := image.Rect(0, top+space*i/len(m.Rows), menuWidth, top+space*(i+1)/len(m.Rows))
		l.cells = append(l.cells, cut(r, row.Cells))
	}
	return l
}

// cut divides r among cells side by side, by their widths.
func cut(r image.Rectangle, cells []richMenuCell) (parts []image.Rectangle) {
	total, before := 0, 0
	for _, c := range cells {
		total += max(c.Width, 1)
	}
	for _, c := range cells {
		after := before + max(c.Width, 1)
		parts = append(parts, image.Rect(r.Dx()*before/total, r.Min.Y, r.Dx()*after/total, r.Max.Y))
		before = after
	}
	return parts
}
