package console

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-analyze/charts"
)

// How charts look. Their colours are those of console.css; every bar carries
// its number, so nothing is told by colour alone.
const (
	chartWidth   = 760 // pixels
	chartHeight  = 260 // of upright bars
	chartRow     = 34  // of each lying bar
	chartFont    = 13
	maxChartName = 18 // characters of a lying bar's name
	chartLabels  = 10 // names below upright bars, at most
	maxNumbered  = 31 // upright bars that carry their number
	chartFamily  = "console"
)

// bar is one value of a chart.
type bar struct {
	name  string
	value float64
}

// drawing says how a chart is made of its bars.
type drawing struct {
	lying bool // bars go from left to right, with their names before them
	dark  bool
	unit  string
}

// height is how high the chart of so many bars is, in pixels.
func (d drawing) height(bars int) int {
	if d.lying {
		return chartRow*bars + 2*chartRow
	}
	return chartHeight
}

// draw makes a chart: an SVG of its own, without script or style sheet.
func draw(bars []bar, d drawing) ([]byte, error) {
	names, values := make([]string, len(bars)), make([]float64, len(bars))
	for i, b := range bars {
		at := i
		if d.lying { // the library begins below
			at = len(bars) - 1 - i
		}
		names[at], values[at] = b.name, b.value
		if name := []rune(b.name); d.lying && len(name) > maxChartName {
			names[at] = string(name[:maxChartName-1]) + "…"
		}
		if d.lying { // room for a browser whose font is wider
			names[at] += strings.Repeat("　", 1+len([]rune(names[at]))/8)
		}
		if !d.lying && i%((len(bars)+chartLabels-1)/chartLabels) != 0 {
			names[at] = ""
		}
	}
	theme := chartTheme(d.dark)
	style := charts.FontStyle{FontSize: chartFont * 0.75, Font: charts.GetFont(chartFamily)} // in points
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: d.height(len(bars)), Theme: theme, Font: style.Font})
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	label := func(v float64) string {
		switch {
		case v == 0: // or not shown
			return ""
		case d.lying:
			return number(v) + d.unit
		}
		return number(v) // there is no room for more
	}
	err := p.BarChart(charts.BarChartOption{
		Theme: theme, Horizontal: d.lying, Padding: charts.NewBox(8, 12, 24, 8),
		SeriesList: charts.NewSeriesListBar([][]float64{values}, charts.BarSeriesOption{Label: charts.SeriesLabel{
			Show: charts.Ptr(d.lying || len(bars) <= maxNumbered), ValueFormatter: label, FontStyle: style,
		}}),
		CategoryAxis: charts.CategoryAxisOption{Labels: names, LabelFontStyle: style, LabelCount: len(bars)},
		ValueAxis:    []charts.ValueAxisOption{{Min: charts.Ptr(0.0), LabelFontStyle: style, ValueFormatter: number}},
	})
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	svg, err := p.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	return plainSVG(svg), nil
}

// chartTheme has the colours of console.css.
func chartTheme(dark bool) charts.ColorPalette {
	c := struct{ paper, ink, line, brand string }{"#ffffff", "#1e2a30", "#d3dce0", "#1c5a78"}
	if dark {
		c.paper, c.ink, c.line, c.brand = "#1a2227", "#e7edf0", "#34424b", "#8cc6e3"
	}
	return charts.MakeTheme(charts.ThemeOption{
		IsDarkMode: dark, BackgroundColor: charts.ParseColor(c.paper), TextColor: charts.ParseColor(c.ink),
		AxisStrokeColor: charts.ParseColor(c.line), AxisSplitLineColor: charts.ParseColor(c.line),
		SeriesColors: []charts.Color{charts.ParseColor(c.brand)},
	})
}

var styleAttribute = regexp.MustCompile(`style="([^"]*)"`)

// plainSVG makes attributes of inline styles, which the content security policy
// does not allow.
func plainSVG(svg []byte) []byte {
	return styleAttribute.ReplaceAllFunc(svg, func(style []byte) []byte {
		inside := bytes.TrimSuffix(bytes.TrimPrefix(style, []byte(`style="`)), []byte(`"`))
		var attributes []string
		for property := range strings.SplitSeq(string(inside), ";") {
			if name, value, ok := strings.Cut(property, ":"); ok {
				attributes = append(attributes, fmt.Sprintf(`%s="%s"`, strings.TrimSpace(name), strings.TrimSpace(value)))
			}
		}
		return []byte(strings.Join(attributes, " "))
	})
}
