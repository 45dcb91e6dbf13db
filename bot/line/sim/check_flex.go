package sim

import (
	"encoding/json"
	"regexp"
	"strings"
)

// LINE's limits on Flex messages.
const (
	maxBubble   = 30 << 10 // bytes of JSON
	maxCarousel = 50 << 10
	maxBubbles  = 12
	maxAnimated = 10 // pictures
)

var (
	colorForm  = regexp.MustCompile(`^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$`)
	pixelForm  = regexp.MustCompile(`^\d+(\.\d+)?px$`)
	lengthForm = regexp.MustCompile(`^-?\d+(\.\d+)?(px|%)$`)
	ratioForm  = regexp.MustCompile(`^[1-9]\d{0,5}(\.\d+)?:[1-9]\d{0,5}(\.\d+)?$`)
)

// checkFlex gives what is wrong with the container of a Flex message.
func checkFlex(in json.RawMessage) []detail {
	k := &checker{}
	o, ok := k.object("", in)
	if !ok {
		return k.details
	}
	switch o.string("type") {
	case "bubble":
		o.bubble(in)
	case "carousel":
		o.flexCarousel(in)
	default:
		o.fault("/type", "unknown container type")
	}
	if strings.Count(string(in), `"animated":true`) > maxAnimated {
		o.fault("", "too many animated images")
	}
	return k.details
}

func (o object) flexCarousel(in json.RawMessage) {
	if len(in) > maxCarousel {
		o.fault("", "The size of the carousel must be at most 50 KB")
		return
	}
	o.only("type", "contents")
	size := ""
	for i, b := range o.list("contents", 1, maxBubbles) {
		bubble, ok := o.object(o.element("contents", i), b)
		if !ok {
			continue
		}
		bubble.bubble(b)
		this := bubble.string("size")
		if i > 0 && this != size {
			bubble.fault(bubble.path("size"), "all bubbles of a carousel must be of the same size")
		}
		size = this
	}
}

func (o object) bubble(in json.RawMessage) {
	if len(in) > maxBubble {
		o.fault(o.at, "The size of the bubble must be at most 30 KB")
		return
	}
	o.only("type", "size", "direction", "header", "hero", "body", "footer", "styles", "action")
	if o.string("type") != "bubble" {
		o.fault(o.path("type"), "must be bubble")
	}
	o.one("size", "nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
	o.one("direction", "ltr", "rtl")
	blocks := 0
	for _, block := range []string{"header", "hero", "body", "footer"} {
		if !o.has(block) {
			continue
		}
		blocks++
		c, ok := o.object(o.path(block), o.fields[block])
		if !ok {
			continue
		}
		kind := c.string("type")
		if kind != "box" && !(block == "hero" && (kind == "image" || kind == "video")) {
			c.fault(c.path("type"), "must be box")
			continue
		}
		c.component("")
	}
	if blocks == 0 {
		o.fault(o.at, "At least one block must be specified")
	}
	o.flexAction()
}

func (o object) flexAction() {
	if o.has("action") {
		o.action(o.path("action"), o.fields["action"], inFlex)
	}
}

// The properties of every component that has a place of its own.
const placed = " position offsetTop offsetBottom offsetStart offsetEnd"

// component checks a component that stands in a box of layout, "" for none.
func (o object) component(layout string) {
	kind := o.string("type")
	if layout == "baseline" && kind != "icon" && kind != "text" && kind != "filler" || layout != "baseline" && kind == "icon" {
		o.fault(o.path("type"), "cannot be used in this box")
		return
	}
	switch kind {
	case "box":
		o.box()
	case "button":
		o.only(strings.Fields("type action flex margin height style color gravity adjustMode scaling" + placed)...)
		o.one("height", "sm", "md")
		o.one("style", "primary", "secondary", "link")
		o.one("adjustMode", "shrink-to-fit")
		o.action(o.path("action"), o.fields["action"], inFlexButton)
	case "image":
		o.only(strings.Fields("type url flex margin align gravity size aspectRatio aspectMode backgroundColor action animated" + placed)...)
		o.media("url", true)
		o.ratio()
		o.one("aspectMode", "cover", "fit")
		o.flexAction()
	case "video":
		o.only("type", "url", "previewUrl", "altContent", "aspectRatio", "action")
		o.media("url", true)
		o.media("previewUrl", true)
		o.flexAction()
	case "icon":
		o.only(strings.Fields("type url margin size aspectRatio scaling" + placed)...)
		o.media("url", true)
		o.ratio()
	case "text":
		o.flexText()
	case "separator":
		o.only("type", "margin", "color")
	case "filler":
		o.only("type", "flex")
	default:
		o.fault(o.path("type"), "unknown component type")
		return
	}
	o.looks()
}

func (o object) box() {
	o.only(strings.Fields("type layout contents flex spacing margin backgroundColor borderColor borderWidth cornerRadius width maxWidth height maxHeight " +
		"paddingAll paddingTop paddingBottom paddingStart paddingEnd action justifyContent alignItems background" + placed)...)
	layout := o.one("layout", "horizontal", "vertical", "baseline")
	if layout == "" {
		o.fault(o.path("layout"), "must be specified")
	}
	if !o.has("contents") {
		o.fault(o.path("contents"), "must be specified")
	}
	o.one("justifyContent", "center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly")
	o.one("alignItems", "center", "flex-start", "flex-end")
	o.flexAction()
	const many = 1 << 10 // the size of the bubble is the limit
	for i, in := range o.list("contents", 0, many) {
		if c, ok := o.object(o.element("contents", i), in); ok {
			c.component(layout)
		}
	}
}

func (o object) flexText() {
	o.only(strings.Fields("type text contents adjustMode flex margin size align gravity wrap lineSpacing maxLines weight color action style decoration scaling" + placed)...)
	if o.string("text") == "" && !o.has("contents") {
		o.fault(o.path("text"), "must be non-empty text")
	}
	o.one("weight", "regular", "bold")
	o.one("style", "normal", "italic")
	o.one("decoration", "none", "underline", "line-through")
	o.one("adjustMode", "shrink-to-fit")
	o.flexAction()
	const many = 1 << 10
	for i, in := range o.list("contents", 0, many) {
		span, ok := o.object(o.element("contents", i), in)
		if !ok {
			continue
		}
		span.only("type", "text", "color", "size", "weight", "style", "decoration")
		if span.string("type") != "span" {
			span.fault(span.path("type"), "must be span")
		}
		span.looks()
	}
}

func (o object) ratio() {
	if o.has("aspectRatio") && !ratioForm.MatchString(o.string("aspectRatio")) {
		o.fault(o.path("aspectRatio"), "invalid property")
	}
}

// looks checks what most components share.
func (o object) looks() {
	spaces := strings.Fields("none xs sm md lg xl xxl")
	for _, key := range []string{"margin", "spacing", "cornerRadius"} {
		if o.has(key) && !oneOf(o.string(key), pixelForm, spaces...) {
			o.fault(o.path(key), "invalid property")
		}
	}
	for _, key := range strings.Fields("paddingAll paddingTop paddingBottom paddingStart paddingEnd offsetTop offsetBottom offsetStart offsetEnd") {
		if o.has(key) && !oneOf(o.string(key), lengthForm, spaces...) {
			o.fault(o.path(key), "invalid property")
		}
	}
	if o.has("size") && !oneOf(o.string("size"), lengthForm, strings.Fields("xxs xs sm md lg xl xxl 3xl 4xl 5xl full")...) {
		o.fault(o.path("size"), "invalid property")
	}
	for _, key := range []string{"color", "backgroundColor", "borderColor"} {
		if o.has(key) && !colorForm.MatchString(o.string(key)) {
			o.fault(o.path(key), "invalid color")
		}
	}
	if o.has("borderWidth") && !oneOf(o.string("borderWidth"), pixelForm, strings.Fields("none light normal medium semi-bold bold")...) {
		o.fault(o.path("borderWidth"), "invalid property")
	}
	o.one("position", "relative", "absolute")
	o.one("align", "start", "end", "center")
	o.one("gravity", "top", "bottom", "center")
	if o.has("flex") && o.number("flex") < 0 {
		o.fault(o.path("flex"), "must not be negative")
	}
}
