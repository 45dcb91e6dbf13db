package line

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"unicode"

	"git.sr.ht/~sbinet/gg"

	"madoguchi/ward"
)

//go:embed font/BIZUDPGothic-Bold.ttf
var fontFile []byte

//go:embed font/OFL.txt
var fontLicense string

// Font is the font of the pictures, TrueType.
func Font() []byte { return fontFile }

// FontLicense is what has to go with the font, which is part of the program.
func FontLicense() string { return fontLicense }

// Measures in pixels of the picture. A phone shows it about a sixth as wide, so
// that 96 pixels are letters of 16 points.
const (
	barHeight    = 220
	tileInset    = 16 // of a tile in its rectangle, on every side
	tileRadius   = 44
	tilePadding  = 40
	tileBorder   = 6
	tabInset     = 16
	tabPadding   = 30 // tabInset included
	maxIconSize  = 300
	iconGap      = 28 // between icon and label
	wideTile     = 1.7
	maxPicture   = 1 << 20 // bytes
	largestLabel = 148
	smallerLabel = 104 // before a label is broken in the middle of a word
	leastLabel   = 84
	largestTab   = 104
	leastTab     = 72
)

// palette are the colours of a menu. Nothing is told by colour alone.
type palette struct {
	ground                   color.RGBA // behind the tiles, and the open tab
	tile, border, icon, text color.RGBA
	tab, tabBorder, tabText  color.RGBA // of the tabs that are not open, and the heading
	bar                      color.RGBA
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// colours keep a contrast of 7:1 for letters and 3:1 for what is drawn, to the
// colour-blind too: they differ in lightness.
func colours(id string) palette {
	if id == incidentMenu {
		black, yellow := rgb(0x141414), rgb(0xffd600)
		return palette{ground: black, tile: yellow, border: yellow, icon: black, text: black, tab: black, tabBorder: black, tabText: yellow, bar: black}
	}
	return palette{
		ground: rgb(0xdfe9f0), tile: rgb(0xffffff), border: rgb(0x4a6f86), icon: rgb(0x1c5a78), text: rgb(0x10242f),
		tab: rgb(0x1c5a78), tabBorder: rgb(0xa9c4d4), tabText: rgb(0xffffff), bar: rgb(0x10242f),
	}
}

// artist draws menus, one after another.
type artist struct{ letters *letters }

func newArtist() (*artist, error) {
	l, err := newLetters(fontFile)
	if err != nil {
		return nil, err
	}
	return &artist{l}, nil
}

// picture draws m. It refuses characters that the font does not have, and
// labels that do not fit.
func (a *artist) picture(m *richMenu) ([]byte, error) {
	d := &drawing{Context: gg.NewContext(menuWidth, m.height()), letters: a.letters, palette: colours(m.id)}
	f := &menuFaults{file: m.id + ".toml"}
	labels := d.plan(m, f)
	if len(f.errs) > 0 {
		return nil, f.errs[0]
	}
	d.SetColor(d.ground)
	d.Clear()
	l := m.layout()
	if len(m.bar) > 0 {
		d.SetColor(d.bar)
		d.DrawRectangle(0, 0, menuWidth, barHeight)
		d.Fill()
	}
	for i, t := range m.bar {
		d.tabOf(l.bar[i], labels.bar[i], t.id == m.id, t.id == "")
	}
	for i, row := range m.Rows {
		tallest := slices.MaxFunc(labels.cells[i], func(a, b block) int { return cmp.Compare(a.height(), b.height()) })
		for j, c := range row.Cells {
			d.tileOf(l.cells[i][j], c.Icon, labels.cells[i][j], tallest.height())
		}
	}
	return encode(d.Image())
}

func encode(drawn image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, drawn); err != nil { // a quarter of the time, and as small
		return nil, fmt.Errorf("write picture: %w", err)
	}
	if out.Len() > maxPicture {
		return nil, &ward.Error{Kind: ward.TooLarge, Message: "リッチメニューの絵が、LINEの1MBを超えました"}
	}
	return out.Bytes(), nil
}

// drawing is one picture under way.
type drawing struct {
	*gg.Context
	*letters
	palette
}

// menuLabels are the labels of a menu, set in lines.
type menuLabels struct {
	bar   []block
	cells [][]block
}

// plan sets the labels: those of the tiles in one size, which all of them fit.
func (d *drawing) plan(m *richMenu, f *menuFaults) (labels menuLabels) {
	l := m.layout()
	for i, t := range m.bar {
		b, ok := d.set(t.label, float64(l.bar[i].Dx()-2*tabPadding), barHeight-2*tabPadding, leastTab, largestTab)
		d.judge(f, "heading か name", t.label, ok)
		labels.bar = append(labels.bar, b)
	}
	size := float64(largestLabel)
	for pass := range 2 {
		labels.cells = nil
		for i, row := range m.Rows {
			var blocks []block
			for j := range row.Cells {
				c := &row.Cells[j]
				w, h := labelSpace(l.cells[i][j], c.Icon)
				b, ok := d.set(c.Label, w, h, leastLabel, size)
				if pass == 0 {
					d.judge(f, cellField(i, j, c, "label"), c.Label, ok)
				}
				blocks = append(blocks, b)
			}
			labels.cells = append(labels.cells, blocks)
		}
		for _, row := range labels.cells {
			for _, b := range row {
				size = min(size, b.size)
			}
		}
	}
	return labels
}

// judge says what cannot be drawn of a label.
func (d *drawing) judge(f *menuFaults, field, label string, fits bool) {
	for _, r := range label {
		if r != '\n' && !unicode.IsSpace(r) && !d.has(r) {
			f.add(field, "の「%c」は、絵に描けない字です", r)
			return
		}
	}
	if !fits {
		f.add(field, "「%s」が大きな字で入りません。短くするか、ます目を広くしてください", label)
	}
}

// inner is the rectangle of a tile.
func inner(r image.Rectangle) image.Rectangle { return r.Inset(tileInset) }

func isWide(r image.Rectangle) bool {
	return float64(inner(r).Dx()) > wideTile*float64(inner(r).Dy())
}

// iconSize is the side of the icon in r: beside the label where there is room,
// else above it.
func iconSize(r image.Rectangle) float64 {
	w, h := float64(inner(r).Dx()), float64(inner(r).Dy())
	if isWide(r) {
		return min(h*0.6, w*0.3, maxIconSize)
	}
	return min(h*0.42, w*0.6, maxIconSize)
}

// labelSpace is the room for a label in r.
func labelSpace(r image.Rectangle, icon string) (w, h float64) {
	w, h = float64(inner(r).Dx()-2*tilePadding), float64(inner(r).Dy()-2*tilePadding)
	switch {
	case icon == "":
	case isWide(r):
		w -= iconSize(r) + iconGap
	default:
		h -= iconSize(r) + iconGap
	}
	return w, h
}

// tileOf draws one cell: the icon and the label in the middle of it, together.
// Icons above labels stand in line with those of the row, of whose labels the
// tallest has the height tallest.
func (d *drawing) tileOf(r image.Rectangle, icon string, label block, tallest float64) {
	t := inner(r)
	d.DrawRoundedRectangle(float64(t.Min.X), float64(t.Min.Y), float64(t.Dx()), float64(t.Dy()), tileRadius)
	d.SetColor(d.tile)
	d.FillPreserve()
	d.SetColor(d.border)
	d.SetLineWidth(tileBorder)
	d.Stroke()
	x, y := float64(t.Min.X+t.Max.X)/2, float64(t.Min.Y+t.Max.Y)/2
	size := iconSize(r)
	switch {
	case icon == "":
		d.write(label, x, y, d.text)
	case isWide(r):
		width := d.width(label)
		left := x - (size+iconGap+width)/2
		d.iconAt(icon, left, y-size/2, size)
		d.write(label, left+size+iconGap+width/2, y, d.text)
	default:
		top := y - (size+iconGap+tallest)/2
		d.iconAt(icon, x-size/2, top, size)
		d.write(label, x, top+size+iconGap+label.height()/2, d.text)
	}
}

// tabOf draws a tab: the open one stands on the ground like a card, the others
// are framed. A heading is letters only.
func (d *drawing) tabOf(r image.Rectangle, label block, open, heading bool) {
	x, w := float64(r.Min.X+tabInset), float64(r.Dx()-2*tabInset)
	ink := d.tabText
	switch {
	case heading:
	case open:
		ink = d.text
		d.SetColor(d.ground)
		d.DrawRoundedRectangle(x, tabInset, w, 2*barHeight, tileRadius)
		d.Fill()
	default:
		d.DrawRoundedRectangle(x, tabInset, w, barHeight-2*tabInset, tileRadius)
		d.SetColor(d.tab)
		d.FillPreserve()
		d.SetColor(d.tabBorder)
		d.SetLineWidth(tileBorder)
		d.Stroke()
	}
	d.write(label, x+w/2, barHeight/2, ink)
}

// write puts a label around the point x, y.
func (d *drawing) write(b block, x, y float64, ink color.Color) {
	face, err := d.face(b.size)
	if err != nil {
		return // cannot be: the font was read, and sizes are positive
	}
	d.SetFontFace(face)
	d.SetColor(ink)
	for i, line := range b.lines {
		middle := y + (float64(i)-float64(len(b.lines)-1)/2)*b.lineHeight()
		d.DrawString(line, x-d.measure(line)*b.size/2, middle+b.size*baseline)
	}
}
