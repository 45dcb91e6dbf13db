package crawler

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parse reads HTML. A page with more open elements than the parser allows is
// parsed again with the deepest elements left out and their text kept.
func parse(source []byte) (*html.Node, error) {
	root, err := html.Parse(bytes.NewReader(source))
	if err == nil {
		return root, nil
	}
	return html.Parse(bytes.NewReader(shallow(source)))
}

// maxDepth is how many elements may be open in a page that is too deep for
// the parser (512), with room for those that the parser adds.
const maxDepth = 100

// shallow leaves out the tags of elements that are nested too deep.
func shallow(source []byte) []byte {
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(source))
	depth, left := 0, 0
	for {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.ErrorToken {
			return out.Bytes()
		}
		switch name, _ := z.TagName(); {
		case kind == html.StartTagToken && !void(atom.Lookup(name)):
			if depth >= maxDepth {
				left++
				out.WriteByte(' ')
				continue
			}
			depth++
		case kind == html.EndTagToken && left > 0:
			left--
			continue
		case kind == html.EndTagToken && depth > 0:
			depth--
		}
		out.Write(raw)
	}
}

// void tells which elements have no end tag, or hold no elements.
func void(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta,
		atom.Param, atom.Source, atom.Track, atom.Wbr, atom.Frame, atom.Script, atom.Style, atom.Textarea, atom.Title,
		atom.Noscript, atom.Iframe, atom.Noframes, atom.Xmp, atom.Noembed:
		return true
	}
	return false
}
