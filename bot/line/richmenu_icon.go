package line

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// iconGrid is the side of the square that icons are drawn in, and iconPen the
// width of their lines.
const (
	iconGrid = 24.0
	iconPen  = 1.9
)

// icons are drawn in lines, as a pen would: M x y puts it down, L draws a
// straight line, Q and C bent ones, Z closes the figure; O x y r is a circle, D
// a filled one, R x y w h r a rectangle with round corners.
func icons() map[string]string {
	return map[string]string{
		"alert":    "M 12 3 L 22 20.5 L 2 20.5 Z M 12 9.5 L 12 14.5 D 12 17.5 1.2",
		"bell":     "M 5 17.5 Q 7 15.5 7 10.5 Q 7 5 12 5 Q 17 5 17 10.5 Q 17 15.5 19 17.5 Z M 12 3 L 12 5 M 10 20.5 Q 12 22 14 20.5",
		"book":     "M 12 6 Q 8 3.5 3 4.5 L 3 18.5 Q 8 17.5 12 20 Q 16 17.5 21 18.5 L 21 4.5 Q 16 3.5 12 6 L 12 20",
		"bus":      "R 4 4 16 14 2.5 M 4 12 L 20 12 M 4 7.8 L 20 7.8 M 12 7.8 L 12 12 D 8 15 1.1 D 16 15 1.1 M 7 18 L 7 20.5 M 17 18 L 17 20.5",
		"calendar": "R 3.5 5 17 16 2 M 3.5 10 L 20.5 10 M 8 3 L 8 7 M 16 3 L 16 7 D 8 13.5 1.1 D 12 13.5 1.1 D 16 13.5 1.1 D 8 17.3 1.1 D 12 17.3 1.1",
		"chat":     "M 4 4 L 20 4 Q 22 4 22 6 L 22 15 Q 22 17 20 17 L 12 17 L 7 21.5 L 7 17 L 4 17 Q 2 17 2 15 L 2 6 Q 2 4 4 4 Z M 6.5 8.5 L 17.5 8.5 M 6.5 12.5 L 14 12.5",
		"clock":    "O 12 12 9 M 12 6.5 L 12 12 L 16 14.5",
		"document": "M 5 2.5 L 14 2.5 L 19 7.5 L 19 21.5 L 5 21.5 Z M 14 2.5 L 14 7.5 L 19 7.5 M 8.5 12 L 15.5 12 M 8.5 16.5 L 15.5 16.5",
		"family":   "O 7.5 6 3 O 16.5 6 3 M 2 20.5 L 2 16 Q 2 12 7 12 Q 9.5 12 10.2 13 M 22 20.5 L 22 16 Q 22 12 17 12 Q 14.5 12 13.8 13 O 12 14.8 2.2 M 8 21.5 Q 8 19 12 19 Q 16 19 16 21.5",
		"globe":    "O 12 12 9.5 M 2.5 12 L 21.5 12 M 12 2.5 Q 6.5 7 6.5 12 Q 6.5 17 12 21.5 Q 17.5 17 17.5 12 Q 17.5 7 12 2.5",
		"heart":    "M 12 20.5 C 4 15 2 11.5 2 8.5 C 2 3 9.5 2 12 7 C 14.5 2 22 3 22 8.5 C 22 11.5 20 15 12 20.5 Z",
		"hospital": "R 3.5 3.5 17 17 2 M 12 7.5 L 12 16.5 M 7.5 12 L 16.5 12",
		"house":    "M 2.5 11.5 L 12 3.5 L 21.5 11.5 M 5 9.5 L 5 20.5 L 19 20.5 L 19 9.5 M 9.3 20.5 L 9.3 13.5 L 14.7 13.5 L 14.7 20.5",
		"list":     "D 4.5 6 1.3 D 4.5 12 1.3 D 4.5 18 1.3 M 9 6 L 21 6 M 9 12 L 21 12 M 9 18 L 21 18",
		"mail":     "R 2.5 5 19 14 2 M 3.5 6.5 L 12 13 L 20.5 6.5",
		"map":      "M 12 21.5 C 6.5 15.5 5 12.5 5 9.5 C 5 5.5 8 2.5 12 2.5 C 16 2.5 19 5.5 19 9.5 C 19 12.5 17.5 15.5 12 21.5 Z O 12 9.5 2.6",
		"news":     "M 3 10 L 3 14 L 8 14 L 17 19 L 17 5 L 8 10 Z M 8 14 L 9.5 20 L 12 20 M 20.5 9.5 Q 22 12 20.5 14.5",
		"move":     "M 4 17.5 L 1.5 17.5 L 1.5 5 L 13.5 5 L 13.5 17.5 L 8.5 17.5 M 13.5 9 L 18.5 9 L 22.5 13 L 22.5 17.5 L 20 17.5 M 15.5 17.5 L 13.5 17.5 O 6.3 18 2.2 O 17.8 18 2.2",
		"pencil":   "M 4 20 L 5 15.5 L 16 4.5 L 19.5 8 L 8.5 19 Z M 13.5 7 L 17 10.5",
		"person":   "O 12 7.5 4 M 4 21 Q 4 14 12 14 Q 20 14 20 21",
		"phone":    "M 6.5 3 L 9.5 3 L 11 8 L 8.8 9.8 Q 10.5 13.5 14.2 15.2 L 16 13 L 21 14.5 L 21 17.5 Q 21 21 17.5 20.8 Q 4.5 19.5 3.2 6.5 Q 3 3 6.5 3 Z",
		"question": "O 12 12 9.5 M 8.8 9.3 Q 9 6.5 12 6.5 Q 15.2 6.5 15.2 9.3 Q 15.2 11.3 12 12.6 L 12 14 D 12 17.2 1.2",
		"search":   "O 10.5 10.5 7 M 15.8 15.8 L 21.5 21.5",
		"shelter":  "M 2.5 11 L 12 3 L 21.5 11 M 5 9 L 5 21 L 19 21 L 19 9 M 12 9.5 L 12 17 M 8.8 14 L 12 17.2 L 15.2 14",
		"shield":   "M 12 2.5 L 20.5 5.5 L 20.5 11 C 20.5 16 17 19.5 12 21.5 C 7 19.5 3.5 16 3.5 11 L 3.5 5.5 Z M 8 12 L 11 15 L 16.2 9",
		"trash":    "M 4 6.5 L 20 6.5 M 9 6.5 L 9.5 3.5 L 14.5 3.5 L 15 6.5 M 6 6.5 L 7 21 L 17 21 L 18 6.5 M 10 10.5 L 10.4 17 M 14 10.5 L 13.6 17",
		"tree":     "M 12 2.5 L 18 10 L 15 10 L 20 17 L 4 17 L 9 10 L 6 10 Z M 12 17 L 12 21.5",
		"yen":      "O 12 12 9.5 M 8 6.8 L 12 12 L 16 6.8 M 12 12 L 12 17.5 M 8.5 12.5 L 15.5 12.5 M 8.5 15.2 L 15.5 15.2",
	}
}

// iconNames are the names of the icons, sorted.
func iconNames() []string { return slices.Sorted(maps.Keys(icons())) }

// iconAt draws an icon into the square at x, y.
func (d *drawing) iconAt(name string, x, y, size float64) {
	d.Push()
	defer d.Pop()
	d.Translate(x, y)
	d.Scale(size/iconGrid, size/iconGrid)
	d.SetColor(d.icon)
	d.SetLineCapRound()
	d.SetLineJoinRound()
	d.SetLineWidth(iconPen * size / iconGrid) // of the picture: a pen is not scaled
	pen := strings.Fields(icons()[name])
	for len(pen) > 0 {
		op := pen[0]
		n := operands(op)
		if len(pen) <= n {
			break
		}
		d.stroke(op, numbers(pen[1:n+1]))
		pen = pen[n+1:]
	}
	d.Stroke()
}

// operands is how many numbers follow op.
func operands(op string) int {
	return map[string]int{"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0, "O": 3, "D": 3, "R": 5}[op]
}

func numbers(words []string) (v [6]float64) {
	for i, w := range words {
		v[i], _ = strconv.ParseFloat(w, 64) // a test reads every icon
	}
	return v
}

// stroke adds to the path; a filled circle is drawn at once.
func (d *drawing) stroke(op string, v [6]float64) {
	switch op {
	case "M":
		d.MoveTo(v[0], v[1])
	case "L":
		d.LineTo(v[0], v[1])
	case "Q":
		d.QuadraticTo(v[0], v[1], v[2], v[3])
	case "C":
		d.CubicTo(v[0], v[1], v[2], v[3], v[4], v[5])
	case "Z":
		d.ClosePath()
	case "O":
		d.NewSubPath()
		d.DrawCircle(v[0], v[1], v[2])
		d.NewSubPath()
	case "R":
		d.DrawRoundedRectangle(v[0], v[1], v[2], v[3], v[4])
	case "D":
		d.Stroke()
		d.DrawCircle(v[0], v[1], v[2])
		d.Fill()
	}
}
