package line

import (
	"strings"

	"github.com/google/uuid"
)

// Ids go into paths, where "../" would lead to another call.

// isUserID tells whether s is a user id: U and 32 hexadecimal digits.
func isUserID(s string) bool {
	const digits = 32
	return len(s) == digits+1 && s[0] == 'U' && consistsOf(s[1:], "0123456789abcdef")
}

// isMessageID tells whether s is the id of a message: a number.
func isMessageID(s string) bool { return s != "" && len(s) <= maxName && consistsOf(s, "0123456789") }

// isRetryKey tells whether s is a UUID in its usual form.
func isRetryKey(s string) bool {
	const length = 36
	return len(s) == length && uuid.Validate(s) == nil
}

func consistsOf(s, alphabet string) bool { return strings.Trim(s, alphabet) == "" }
