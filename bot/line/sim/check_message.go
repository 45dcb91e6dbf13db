package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// LINE's limits on message objects.
const (
	maxText          = 5000 // units
	maxEmojis        = 20
	maxSubstitutions = 100
	maxAltText       = 1500
	maxQuickReplies  = 13
	maxSender        = 20
	maxPlaceText     = 100
	maxTitle         = 40 // characters
	maxButtonsText   = 160
	maxConfirmText   = 240
	maxColumnText    = 120
	maxTitledText    = 60 // below a title or picture
	maxActions       = 4
	maxColumns       = 10
	maxColumnActions = 3
	maxImagemap      = 50 // actions
)

// checkMessages gives the zero answer where LINE would take the messages.
func checkMessages(messages []json.RawMessage) answer {
	if len(messages) == 0 || len(messages) > maxMessages {
		return faulty([]detail{{"Size must be between 1 and 5", "messages"}})
	}
	k := &checker{}
	for i, m := range messages {
		at := fmt.Sprintf("messages[%d]", i)
		o, ok := k.object(at, m)
		if !ok {
			continue
		}
		o.message()
		if o.string("type") != "flex" {
			continue
		}
		if flex := checkFlex(o.fields["contents"]); len(flex) > 0 {
			return failure(http.StatusBadRequest, "A message ("+at+") in the request body is invalid", flex...)
		}
	}
	return k.answer()
}

func (o object) message() {
	switch o.string("type") {
	case "text":
		o.need("text", maxText, unitsOf)
		o.list("emojis", 0, maxEmojis)
	case "textV2":
		o.textV2()
	case "sticker":
		o.need("packageId", maxLabel, unitsOf)
		o.need("stickerId", maxLabel, unitsOf)
	case "image", "video":
		o.media("originalContentUrl", true)
		o.media("previewImageUrl", true)
	case "audio":
		o.media("originalContentUrl", true)
		o.number("duration")
	case "location":
		o.need("title", maxPlaceText, unitsOf)
		o.need("address", maxPlaceText, unitsOf)
		o.number("latitude")
		o.number("longitude")
	case "imagemap":
		o.imagemap()
	case "template":
		o.need("altText", maxAltText, unitsOf)
		if t, ok := o.object(o.path("template"), o.fields["template"]); ok {
			t.template()
		}
	case "flex":
		o.need("altText", maxAltText, unitsOf)
	default:
		o.fault(o.path("type"), "Must be one of the following values: [text, textV2, sticker, image, video, audio, location, imagemap, template, flex]")
		return
	}
	o.quickReply()
	o.sender()
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// textV2 has placeholders in braces; braces that are none are doubled.
func (o object) textV2() {
	text := o.need("text", maxText, unitsOf)
	var substitution map[string]json.RawMessage
	if in, has := o.fields["substitution"]; has && json.Unmarshal(in, &substitution) != nil {
		o.fault(o.path("substitution"), "must be an object")
	}
	if len(substitution) > maxSubstitutions {
		o.fault(o.path("substitution"), "Size must be between 0 and 100")
	}
	plain := strings.NewReplacer("{{", "", "}}", "").Replace(text)
	for _, p := range placeholder.FindAllString(plain, -1) {
		if _, known := substitution[p[1:len(p)-1]]; !known {
			o.fault(o.path("text"), "placeholder has no substitution")
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(plain, ""), "{}") {
		o.fault(o.path("text"), "braces must be escaped")
	}
}

func (o object) quickReply() {
	if !o.has("quickReply") {
		return
	}
	q, ok := o.object(o.path("quickReply"), o.fields["quickReply"])
	if !ok {
		return
	}
	for i, in := range q.list("items", 1, maxQuickReplies) {
		if item, ok := q.object(q.element("items", i), in); ok {
			if item.string("type") != "action" {
				item.fault(item.path("type"), "Must be one of the following values: [action]")
			}
			item.media("imageUrl", false)
			item.action(item.path("action"), item.fields["action"], inQuickReply)
		}
	}
}

func (o object) sender() {
	if !o.has("sender") {
		return
	}
	if s, ok := o.object(o.path("sender"), o.fields["sender"]); ok {
		if name := s.may("name", maxSender, unitsOf); strings.Contains(strings.ToUpper(name), "LINE") {
			s.fault(s.path("name"), "contains a word that cannot be used")
		}
		s.media("iconUrl", false)
	}
}

func (o object) imagemap() {
	o.media("baseUrl", true)
	o.need("altText", maxAltText, unitsOf)
	if size, ok := o.object(o.path("baseSize"), o.fields["baseSize"]); ok {
		size.number("height")
		if width := size.number("width"); width != 1040 {
			size.fault(size.path("width"), "must be 1040")
		}
	}
	for i, in := range o.list("actions", 1, maxImagemap) {
		a, ok := o.object(o.element("actions", i), in)
		if !ok {
			continue
		}
		switch a.string("type") {
		case "message":
			a.need("text", 400, unitsOf)
		case "uri":
			a.link("linkUri")
		case "clipboard":
			a.need("clipboardText", maxClipboard, unitsOf)
		default:
			a.fault(a.path("type"), "Invalid action type")
		}
	}
}

func (o object) template() {
	switch o.string("type") {
	case "buttons":
		o.media("thumbnailImageUrl", false)
		o.may("title", maxTitle, graphemesOf)
		o.need("text", o.textLimit(maxButtonsText), graphemesOf)
		o.actions("actions", 1, maxActions, inTemplate)
	case "confirm":
		o.need("text", maxConfirmText, graphemesOf)
		o.actions("actions", 2, 2, inTemplate)
	case "carousel":
		o.carousel()
	case "image_carousel":
		for i, in := range o.list("columns", 1, maxColumns) {
			if column, ok := o.object(o.element("columns", i), in); ok {
				column.media("imageUrl", true)
				column.action(column.path("action"), column.fields["action"], inImageCarousel)
			}
		}
	default:
		o.fault(o.path("type"), "Must be one of the following values: [buttons, confirm, carousel, image_carousel]")
		return
	}
	if o.has("defaultAction") {
		o.action(o.path("defaultAction"), o.fields["defaultAction"], inRichMenu) // no label needed
	}
	o.one("imageAspectRatio", "rectangle", "square")
	o.one("imageSize", "cover", "contain")
}

// textLimit is most, or less where something stands above the text.
func (o object) textLimit(most int) int {
	if o.has("title") || o.has("thumbnailImageUrl") {
		return maxTitledText
	}
	return most
}

// carousel's columns must be of one make.
func (o object) carousel() {
	var shape string
	for i, in := range o.list("columns", 1, maxColumns) {
		c, ok := o.object(o.element("columns", i), in)
		if !ok {
			continue
		}
		c.media("thumbnailImageUrl", false)
		c.may("title", maxTitle, graphemesOf)
		c.need("text", c.textLimit(maxColumnText), graphemesOf)
		c.actions("actions", 1, maxColumnActions, inTemplate)
		var actions []json.RawMessage
		_ = json.Unmarshal(c.fields["actions"], &actions) // checked above
		this := fmt.Sprint(len(actions), c.has("title"), c.has("thumbnailImageUrl"))
		if shape == "" {
			shape = this
		}
		if this != shape {
			c.fault(c.at, "the number of actions and the use of titles and images must be the same in all columns")
		}
	}
}

// oneOf tells whether s is a word of words or matches form.
func oneOf(s string, form *regexp.Regexp, words ...string) bool {
	return slices.Contains(words, s) || form.MatchString(s)
}
