package ward

import (
	"log/slog"
	"time"
)

// Channel is the way a message came in.
type Channel string

// The channels.
const (
	Web  Channel = "web"
	LINE Channel = "line"
)

// Resident is the opaque key of a person's conversation: a random id in the
// widget, a LINE user id in LINE. It never reaches a log.
type Resident string

// LogValue hides the id from logs.
func (Resident) LogValue() slog.Value { return slog.StringValue("[resident]") }

// Content says what a message is, apart from words and taps.
type Content string

// The contents. The zero value is words or a tap.
const (
	Words    Content = ""
	Joined   Content = "joined" // the resident has become a friend, or one again
	Image    Content = "image"
	Video    Content = "video"
	Audio    Content = "audio"
	File     Content = "file"
	Sticker  Content = "sticker"
	Location Content = "location"
)

// Place is a point that a resident sent.
type Place struct {
	Latitude, Longitude float64 // degrees, WGS 84
}

// Message is one thing a resident said, tapped or sent.
type Message struct {
	// ID is the channel's own id of the message, "" if it has none. The same id
	// again is the same message: it is answered as before and moves nothing.
	ID       string
	Channel  Channel
	Resident Resident
	Content  Content
	Text     string    // what was typed, at most MaxQuestion characters are read
	Choice   string    // the value of a tapped Choice; Text is then the date or time picked with it, if any
	Place    Place     // of a Location
	At       time.Time // when it was sent
}

// LogValue keeps the resident's words out of logs.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("channel", string(m.Channel)), slog.Int("runes", len([]rune(m.Text))))
}

// MaxQuestion is how many characters of a question are read.
const MaxQuestion = 300

// MaxChoices is how many choices a Reply may hold for the resident to tap.
// LINE shows 13 quick replies; more than this few are not read on a phone.
const MaxChoices = 10

// Reply is one thing that is said to a resident.
type Reply struct {
	Text    string   `json:"text"`
	Choices []Choice `json:"choices,omitempty"`
	Source  *Source  `json:"source,omitempty"`
}

// Choice is something to tap. Label fits LINE's 20 characters where possible.
type Choice struct {
	Label string `json:"label"`
	Value string `json:"value"`
	// Days asks for one of them with the tap, where the channel can; the tap alone
	// may come as well. nil is a plain choice.
	Days *Days `json:"days,omitempty"`
}

// Days are those from First to Last, both YYYY-MM-DD or "" for no limit.
type Days struct {
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
}

// Has tells whether day, YYYY-MM-DD, is one of them.
func (d Days) Has(day string) bool { return day >= d.First && (d.Last == "" || day <= d.Last) }

// Source says where an answer comes from.
type Source struct {
	Title   string `json:"title"`
	URL     string `json:"url"`
	Updated string `json:"updated"`         // YYYY-MM-DD or ""
	Section string `json:"section"`         // section in charge or ""
	Phone   string `json:"phone,omitempty"` // of the section, if the page gives one
}
