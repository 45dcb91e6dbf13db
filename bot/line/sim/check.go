package sim

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// checker collects what is wrong with a body.
type checker struct{ details []detail }

func (k *checker) fault(at, message string) {
	k.details = append(k.details, detail{Message: message, Property: at})
}

// answer is the zero answer where nothing is wrong.
func (k *checker) answer() answer {
	if len(k.details) == 0 {
		return answer{}
	}
	return faulty(k.details)
}

// LINE counts what is read as text in UTF-16 units, and what stands on buttons
// in characters as people count them.

func unitsOf(s string) int { return len(utf16.Encode([]rune(s))) }

func graphemesOf(s string) (n int) {
	for it := graphemes.FromString(s); it.Next(); n++ {
	}
	return n
}

func (k *checker) text(at, s string, least, most int, count func(string) int) {
	n := count(s)
	switch {
	case n == 0 && least > 0:
		k.fault(at, "May not be empty")
	case n < least || n > most:
		k.fault(at, fmt.Sprintf("Length must be between %d and %d", least, most))
	}
}

// object is a JSON object under check: a message by its path ("messages[0]"),
// a part of a Flex message by its pointer ("/body/contents/0").
type object struct {
	*checker
	at     string
	fields map[string]json.RawMessage
}

// object reads in, which must be an object.
func (k *checker) object(at string, in json.RawMessage) (object, bool) {
	o := object{checker: k, at: at}
	if json.Unmarshal(in, &o.fields) != nil || o.fields == nil {
		k.fault(at, "must be an object")
		return o, false
	}
	return o, true
}

func (o object) path(key string) string {
	if o.at == "" || strings.HasPrefix(o.at, "/") {
		return o.at + "/" + key
	}
	return o.at + "." + key
}

func (o object) element(key string, i int) string {
	if o.at == "" || strings.HasPrefix(o.at, "/") {
		return fmt.Sprintf("%s/%d", o.path(key), i)
	}
	return fmt.Sprintf("%s[%d]", o.path(key), i)
}

func (o object) has(key string) bool {
	_, has := o.fields[key]
	return has
}

// string is the text under key, "" where there is none.
func (o object) string(key string) (s string) {
	if in, has := o.fields[key]; has && (string(in) == "null" || json.Unmarshal(in, &s) != nil) {
		o.fault(o.path(key), "must be a string")
	}
	return s
}

// need is a text that must be there, with at most so many of what count counts.
func (o object) need(key string, most int, count func(string) int) string {
	s := o.string(key)
	o.text(o.path(key), s, 1, most, count)
	return s
}

// may is a text that can be left out.
func (o object) may(key string, most int, count func(string) int) string {
	s := o.string(key)
	if o.has(key) {
		o.text(o.path(key), s, 0, most, count)
	}
	return s
}

// one is a text that must be one of values, or may be left out.
func (o object) one(key string, values ...string) string {
	s := o.string(key)
	if o.has(key) && !slices.Contains(values, s) {
		o.fault(o.path(key), fmt.Sprintf("Must be one of the following values: %v", values))
	}
	return s
}

func (o object) number(key string) (n float64) {
	in, has := o.fields[key]
	if !has || json.Unmarshal(in, &n) != nil {
		o.fault(o.path(key), "must be a number")
	}
	return n
}

// list is the array under key, with so many elements.
func (o object) list(key string, least, most int) (list []json.RawMessage) {
	in, has := o.fields[key]
	if has && (string(in) == "null" || json.Unmarshal(in, &list) != nil) {
		o.fault(o.path(key), "must be an array")
		return nil
	}
	if len(list) < least || len(list) > most {
		o.fault(o.path(key), fmt.Sprintf("Size must be between %d and %d", least, most))
		return nil
	}
	return list
}

// only objects to any key that nobody knows.
func (o object) only(keys ...string) {
	for key := range o.fields {
		if !slices.Contains(keys, key) {
			o.fault(o.path(key), "invalid property")
		}
	}
}

const (
	maxMediaURL = 2000
	maxLinkURI  = 1000
)

// media is the address of a picture or the like, which must be https, but for
// the laptop itself.
func (o object) media(key string, required bool) {
	if !o.has(key) && !required {
		return
	}
	s := o.need(key, maxMediaURL, unitsOf)
	u, err := url.Parse(s)
	if s != "" && (err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname()))) {
		o.fault(o.path(key), "invalid uri scheme")
	}
}

// link is an address to open.
func (o object) link(key string) {
	s := o.need(key, maxLinkURI, unitsOf)
	u, err := url.Parse(s)
	switch {
	case s == "":
	case err != nil || !slices.Contains([]string{"http", "https", "line", "tel"}, u.Scheme):
		o.fault(o.path(key), "invalid uri scheme")
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		o.fault(o.path(key), "invalid uri")
	}
}
