package line

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"git.sr.ht/~sbinet/gg"
)

// contrast is that of WCAG 2: 1 for the same colour, 21 for black on white.
func contrast(a, b color.RGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func TestContrast(t *testing.T) {
	if c := contrast(rgb(0), rgb(0xffffff)); math.Abs(c-21) > 0.01 {
		t.Fatalf("black on white has %.2f", c)
	}
	for _, id := range []string{mainMenu, incidentMenu} {
		p := colours(id)
		for _, pair := range []struct {
			what string
			a, b color.RGBA
			want float64
		}{
			{"label on its tile", p.text, p.tile, 7},
			{"icon on its tile", p.icon, p.tile, 7},
			{"words on a tab", p.tabText, p.tab, 7},
			{"heading on the bar", p.tabText, p.bar, 7},
			{"edge of a tile", p.border, p.ground, 3},
		} {
			if c := contrast(pair.a, pair.b); c < pair.want {
				t.Errorf("%s: %s has a contrast of %.2f, want %.1f", id, pair.what, c, pair.want)
			}
		}
	}
	p := colours(mainMenu)
	for what, c := range map[string]float64{
		"words on the open tab": contrast(p.text, p.ground) / 7, "open tab against the bar": contrast(p.ground, p.bar) / 3,
		"open tab against others": contrast(p.ground, p.tab) / 3, "edge of a tab": contrast(p.tabBorder, p.bar) / 3,
	} {
		if c < 1 {
			t.Errorf("%s: %.2f of the contrast it needs", what, c)
		}
	}
}

// drawn reads a folder of one main menu and gives its picture.
func drawn(t *testing.T, text string) (*richMenu, *image.RGBA) {
	t.Helper()
	r, err := ReadRichMenus(fstest.MapFS{"main.toml": &fstest.MapFile{Data: []byte(text)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(r.menus[0].picture))
	if err != nil {
		t.Fatal(err)
	}
	opaque, ok := picture.(*image.RGBA)
	if !ok {
		t.Fatalf("the picture is a %T, not opaque", picture)
	}
	return r.menus[0], opaque
}

// Nothing is drawn in the margin of a tile, however its label is broken.
func TestLabelsStayInside(t *testing.T) {
	labels := []string{
		"ごみ", "粗大ごみの申込みと手数料", "Wi-Fi・LINE", "ggjjppqq", "国民健康保険の脱退の手続き", "ページ", "住民票・\n証明書", "鬱鬱鬱鬱鬱鬱鬱鬱鬱鬱",
	}
	for _, size := range []string{"large", "compact"} {
		var rows strings.Builder
		for row := range 2 {
			rows.WriteString("[[row]]\ncells = [\n")
			for i, l := range labels[4*row : 4*row+4] {
				icon := iconNames()[(4*row+i)%len(iconNames())]
				if size == "compact" {
					icon = ""
				}
				fmt.Fprintf(&rows, "{ label = %q, icon = %q, message = \"x\" },\n", l, icon)
			}
			rows.WriteString("]\n")
		}
		m, picture := drawn(t, "name = \"あ\"\nchat_bar = \"あ\"\nsize = \""+size+"\"\n"+rows.String())
		tile, ink := colours(mainMenu).tile, 0
		for i, row := range m.layout().cells {
			for j, r := range row {
				tileThere := inner(r).Inset(tileBorder)
				inside, straight := inner(r).Inset(tilePadding-4), inner(r).Inset(tileRadius)
				for y := tileThere.Min.Y; y < tileThere.Max.Y; y++ {
					for x := tileThere.Min.X; x < tileThere.Max.X; x++ {
						if picture.RGBAAt(x, y) == tile {
							continue
						}
						ink++
						corner := (x < straight.Min.X || x >= straight.Max.X) && (y < straight.Min.Y || y >= straight.Max.Y)
						if at := image.Pt(x, y); !corner && !at.In(inside) {
							t.Fatalf("%s: the label of cell %d, %d reaches the margin at %v", size, i, j, at)
						}
					}
				}
			}
		}
		if ink == 0 {
			t.Errorf("%s: nothing is drawn", size)
		}
	}
}

// Lines break where Japanese may break, and are about equally long.
func TestBreaks(t *testing.T) {
	l, err := newLetters(fontFile)
	if err != nil {
		t.Fatal(err)
	}
	for label, tt := range map[string]struct {
		width float64 // ems
		want  string
	}{
		"ごみ・リサイクル":   {6, "ごみ・|リサイクル"},
		"よくある質問":     {5, "よくあ|る質問"},
		"ホームページ":     {4.2, "ホーム|ページ"},
		"区のホームページ":   {4.3, "区のホー|ムページ"},
		"LINE公式":     {3, "LINE|公式"},
		"上\n下":       {9, "上|下"},
		"手当（児童）":     {4.6, "手当|（児童）"},
		"申込みのしかたと期限": {7, "申込みのし|かたと期限"},
	} {
		b, ok := l.set(label, tt.width*100, 10_000, 100, 100)
		if got := strings.Join(b.lines, "|"); !ok || got != tt.want {
			t.Errorf("%q in %v ems: %q, %v; want %q", label, tt.width, got, ok, tt.want)
		}
	}
	if b, ok := l.set("国民健康保険", 200, 100, 84, 148); ok {
		t.Errorf("six characters in a corner: set as %v", b)
	}
	for _, part := range anywhere("ちゃんとページの、「って」ょー。") {
		if first := firstRune(part); strings.Contains("ゃっょー、。」", first) {
			t.Errorf("a line may begin with %q", first)
		}
	}
}

// Every icon is written in the pen's language, and stays in its square.
func TestIcons(t *testing.T) {
	for _, name := range iconNames() {
		pen := strings.Fields(icons()[name])
		for len(pen) > 0 {
			n := operands(pen[0])
			if !strings.Contains("M L Q C Z O D R", pen[0]) || len(pen) <= n {
				t.Fatalf("%s: %q is no stroke", name, pen)
			}
			for _, w := range pen[1 : n+1] {
				if v, err := strconv.ParseFloat(w, 64); err != nil || v < 0 || v > iconGrid {
					t.Errorf("%s: %q is no place on the grid", name, w)
				}
			}
			pen = pen[n+1:]
		}
		const side, margin = 240, 10
		d := &drawing{Context: gg.NewContext(side+2*margin, side+2*margin), palette: colours(mainMenu)}
		d.iconAt(name, margin, margin, side)
		ink, outside := 0, 0
		for y := range side + 2*margin {
			for x := range side + 2*margin {
				if _, _, _, alpha := d.Image().At(x, y).RGBA(); alpha == 0 {
					continue
				}
				ink++
				if !image.Pt(x, y).In(image.Rect(margin/2, margin/2, side+margin*3/2, side+margin*3/2)) {
					outside++
				}
			}
		}
		if ink < side*side/40 || outside > 0 {
			t.Errorf("%s: %d pixels drawn, %d of them outside", name, ink, outside)
		}
	}
}
