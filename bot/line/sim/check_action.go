package sim

import (
	"encoding/json"
	"slices"
	"time"
)

// LINE's limits on actions.
const (
	maxLabel         = 20 // characters
	maxCarouselLabel = 12 // on a picture of an image carousel
	maxFlexLabel     = 40
	maxData          = 300 // units
	maxActionText    = 300 // characters
	maxClipboard     = 1000
)

// place is where an action stands: other places, other rules.
type place int

const (
	inTemplate place = iota
	inImageCarousel
	inQuickReply
	inRichMenu
	inFlexButton
	inFlex // where it has no label of its own
)

// label gives the longest label, and whether there must be one.
func (p place) label() (most int, required bool) {
	switch p {
	case inImageCarousel:
		return maxCarouselLabel, true
	case inRichMenu:
		return maxLabel, false
	case inFlexButton:
		return maxFlexLabel, true
	case inFlex:
		return maxFlexLabel, false
	}
	return maxLabel, true
}

// takes tells whether actions of kind may stand at p.
func (p place) takes(kind string) bool {
	switch kind {
	case "postback", "message", "uri", "datetimepicker", "clipboard":
		return true
	case "camera", "cameraRoll", "location":
		return p == inQuickReply
	case "richmenuswitch":
		return p == inRichMenu
	}
	return false
}

// action checks the action in, which stands at p.
func (k *checker) action(at string, in json.RawMessage, p place) {
	o, ok := k.object(at, in)
	if !ok {
		return
	}
	kind := o.string("type")
	if !p.takes(kind) {
		o.fault(o.path("type"), "Invalid action type")
		return
	}
	if most, required := p.label(); required {
		o.need("label", most, graphemesOf)
	} else {
		o.may("label", most, graphemesOf)
	}
	switch kind {
	case "postback":
		o.postback()
	case "message":
		o.need("text", maxActionText, graphemesOf)
	case "uri":
		o.link("uri")
	case "clipboard":
		o.need("clipboardText", maxClipboard, unitsOf)
	case "richmenuswitch":
		o.need("data", maxData, unitsOf)
		if !aliasForm.MatchString(o.string("richMenuAliasId")) {
			o.fault(o.path("richMenuAliasId"), "must match ^[a-z0-9_-]{1,32}$")
		}
	case "datetimepicker":
		o.datetime()
	}
}

func (o object) postback() {
	o.need("data", maxData, unitsOf)
	o.may("displayText", maxActionText, graphemesOf)
	o.may("text", maxActionText, graphemesOf)
	option := o.one("inputOption", "closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
	if o.may("fillInText", maxActionText, graphemesOf); o.has("fillInText") && option != "openKeyboard" {
		o.fault(o.path("fillInText"), "inputOption must be openKeyboard")
	}
	if o.has("displayText") && o.has("text") {
		o.fault(o.path("text"), "displayText and text cannot be used together")
	}
}

// layoutOf is the form of what a datetime picker of a mode gives.
func layoutOf(mode string) string {
	return map[string]string{"date": "2006-01-02", "time": "15:04", "datetime": "2006-01-02T15:04"}[mode]
}

func (o object) datetime() {
	o.need("data", maxData, unitsOf)
	mode := o.string("mode")
	layout := layoutOf(mode)
	if layout == "" {
		o.fault(o.path("mode"), "Must be one of the following values: [date time datetime]")
		return
	}
	read := func(key string) (time.Time, bool) {
		if !o.has(key) {
			return time.Time{}, false
		}
		s := o.string(key)
		at, err := time.Parse(layout, s)
		if err != nil && mode == "datetime" {
			at, err = time.Parse("2006-01-02t15:04", s)
		}
		if err != nil || mode != "time" && (at.Year() < 1900 || at.Year() > 2100) {
			o.fault(o.path(key), "invalid date")
			return time.Time{}, false
		}
		return at, true
	}
	initial, hasInitial := read("initial")
	least, hasMin := read("min")
	most, hasMax := read("max")
	if hasMin && hasMax && !least.Before(most) {
		o.fault(o.path("max"), "must be later than min")
	}
	if hasInitial && (hasMin && initial.Before(least) || hasMax && initial.After(most)) {
		o.fault(o.path("initial"), "must be between min and max")
	}
}

// actions checks a list of them.
func (o object) actions(key string, least, most int, p place) {
	for i, a := range o.list(key, least, most) {
		o.action(o.element(key, i), a, p)
	}
}

// kinds are the types of messages, for the log: nothing that strangers wrote.
func kinds(messages []json.RawMessage) (types []string) {
	known := []string{"text", "textV2", "sticker", "image", "video", "audio", "location", "imagemap", "template", "flex"}
	for _, m := range messages {
		var in struct{ Type string }
		if json.Unmarshal(m, &in) != nil || !slices.Contains(known, in.Type) {
			in.Type = "?"
		}
		types = append(types, in.Type)
	}
	return types
}
