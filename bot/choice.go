package bot

import (
	"strings"
	"unicode/utf8"

	"madoguchi/ward"
)

// MaxChoiceValue is the most bytes in the value of a choice: what LINE takes
// as postback data.
const MaxChoiceValue = 300

// choiceFormat opens every value. A change of meaning changes it, and buttons
// that residents still see from before get a polite phrase.
const choiceFormat = "1"

// value is what a choice that leads to a step carries: format:step:argument.
func value(stepName, arg string) string { return choiceFormat + ":" + stepName + ":" + arg }

// parseValue takes a value apart; ok is false for one that we cannot have made.
func parseValue(v string) (stepName, arg string, ok bool) {
	if len(v) > MaxChoiceValue || !utf8.ValidString(v) {
		return "", "", false
	}
	format, rest, _ := strings.Cut(v, ":")
	stepName, arg, ok = strings.Cut(rest, ":")
	return stepName, arg, ok && format == choiceFormat
}

func choice(label, stepName, arg string) ward.Choice {
	return ward.Choice{Label: label, Value: value(stepName, arg)}
}
