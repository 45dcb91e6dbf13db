package line

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// letters are a font to measure and to draw with. Not for concurrent use.
type letters struct {
	font *opentype.Font
	buf  sfnt.Buffer
	em   font.Face // of 1,000 pixels, to measure with
}

const (
	emPixels   = 1000
	lineFactor = 1.22
	baseline   = 0.37 // below the middle of a line, in ems
)

func newLetters(file []byte) (*letters, error) {
	l := &letters{}
	var err error
	if l.font, err = opentype.Parse(file); err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	l.em, err = l.face(emPixels)
	return l, err
}

func (l *letters) face(size float64) (font.Face, error) {
	f, err := opentype.NewFace(l.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("open font: %w", err)
	}
	return f, nil
}

// has tells whether the font has a form for r.
func (l *letters) has(r rune) bool {
	i, err := l.font.GlyphIndex(&l.buf, r)
	return err == nil && i != 0
}

// measure is the width of s in ems.
func (l *letters) measure(s string) float64 {
	return float64(font.MeasureString(l.em, s)) / float64(fixed.I(emPixels))
}

// block is a label set in lines of one size.
type block struct {
	lines []string
	size  float64
}

func (b block) lineHeight() float64 { return b.size * lineFactor }
func (b block) height() float64     { return b.size + b.lineHeight()*float64(len(b.lines)-1) }

func (l *letters) width(b block) (w float64) {
	for _, line := range b.lines {
		w = max(w, l.measure(line)*b.size)
	}
	return w
}

// set sets label into width and height, as large as it goes from least up to
// largest: in the lines its author gave it, else broken behind a mark, else
// between any two characters that a line may end between. ok is false if even
// the smallest letters do not fit.
func (l *letters) set(label string, width, height, least, largest float64) (b block, ok bool) {
	const step = 4
	for _, way := range []struct {
		parts func(string) []string
		least float64
	}{{whole, max(least, smallerLabel)}, {behindMarks, max(least, smallerLabel)}, {anywhere, least}} {
		for size := largest; size >= min(way.least, largest); size -= step {
			b = block{size: size}
			if b.lines, ok = l.wrap(label, way.parts, width/size); ok && b.height() <= height {
				return b, true
			}
		}
	}
	return b, false
}

// wrap breaks each line of label so that none is wider than width ems, and the
// lines of one are about equally long.
func (l *letters) wrap(label string, parts func(string) []string, width float64) (lines []string, ok bool) {
	for line := range strings.SplitSeq(label, "\n") {
		broken, ok := l.fill(parts(line), width)
		if !ok {
			return nil, false
		}
		for narrower := width; len(broken) > 1; {
			narrower -= 0.25
			again, ok := l.fill(parts(line), narrower)
			if !ok || len(again) > len(broken) {
				break
			}
			broken = again
		}
		lines = append(lines, broken...)
	}
	return lines, true
}

// fill puts as many parts into each line as fit.
func (l *letters) fill(parts []string, width float64) (lines []string, ok bool) {
	line := ""
	for _, p := range parts {
		if l.measure(strings.TrimSpace(p)) > width {
			return nil, false
		}
		if line != "" && l.measure(strings.TrimSpace(line+p)) > width {
			lines, line = append(lines, strings.TrimSpace(line)), ""
		}
		line += p
	}
	return append(lines, strings.TrimSpace(line)), true
}

func whole(line string) []string { return []string{line} }

// behindMarks breaks where a reader pauses.
func behindMarks(line string) []string {
	return slices.Collect(func(yield func(string) bool) {
		for line != "" {
			end := strings.IndexAny(line, "・、/／ 　")
			if end < 0 || !yield(line[:end+len(firstRune(line[end:]))]) {
				break
			}
			line = line[end+len(firstRune(line[end:])):]
		}
		if line != "" {
			yield(line)
		}
	})
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// anywhere breaks where a line may end: not before a small kana, a long-vowel
// mark or a closing bracket, and not inside a word of Latin letters.
func anywhere(line string) (parts []string) {
	for state := -1; line != ""; {
		var part string
		part, line, _, state = uniseg.FirstLineSegmentInString(line, state)
		parts = append(parts, part)
	}
	return parts
}
