package sim

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// ids gives ids that grow with time, also within a millisecond.
type ids struct {
	message int64
	ulid    [16]byte
}

// nextMessage is a number, like the id of a message.
func (i *ids) nextMessage(now time.Time) string {
	const room = 1 << 20 // ids in a millisecond
	i.message = max(i.message+1, now.UnixMilli()*room)
	return strconv.FormatInt(i.message, 10)
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// nextULID is the id of a webhook event: of the same length and order as the
// time and, within a millisecond, as they were asked for.
func (i *ids) nextULID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(now.UnixMilli())<<16)
	if [6]byte(id[:6]) == [6]byte(i.ulid[:6]) {
		id = i.ulid
		for n := len(id) - 1; n >= 6; n-- {
			if id[n]++; id[n] != 0 {
				break
			}
		}
	} else {
		_, _ = rand.Read(id[6:]) // never fails
		id[6] &= 0x7f            // room to count
	}
	i.ulid = id
	// 26 characters hold 130 bits: two zero bits come first.
	var padded [17]byte
	for n, b := range id {
		padded[n] |= b >> 2
		padded[n+1] = b << 6
	}
	return crockford.EncodeToString(padded[:])[:26]
}

func requestID() string { return uuid.NewString() }

var (
	receiverForm = regexp.MustCompile(`^[UCR][0-9a-f]{32}$`)
	userForm     = regexp.MustCompile(`^U[0-9a-f]{32}$`)
	menuForm     = regexp.MustCompile(`^richmenu-[0-9a-f]{32}$`)
	aliasForm    = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)
	unitForm     = regexp.MustCompile(`^[A-Za-z0-9_]{1,30}$`)
)

func isRetryKey(s string) bool {
	const length = 36
	return len(s) == length && uuid.Validate(s) == nil
}
