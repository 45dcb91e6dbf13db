package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"madoguchi/data"
	"madoguchi/ward"
)

// Argon2id as OWASP's cheat sheet on storing passwords has it.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// Passwords are hashed a few at a time, because each takes 19 MB; who has waited
// too long is sent away. So sign-in cannot use up the memory.
const (
	maxHashing  = 2
	hashingWait = 5 * time.Second
)

// Limits of a password, in characters.
const (
	minPassword      = 12
	maxPassword      = 128
	minDifferent     = 5 // characters
	oneTimeLength    = 16
	oneTimeGroup     = 4
	maxPasswordBytes = 4 * maxPassword
)

// nobodysPassword is hashed against where there is no such login, so that it
// takes as long as a wrong password. Nothing has this hash.
const nobodysPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// OneTimePassword makes a password for somebody who signs in for the first time,
// or anew, and its hash. It is shown once and kept nowhere.
func OneTimePassword() (password, hash string) {
	letters := strings.ToLower(rand.Text()[:oneTimeLength])
	var groups []string
	for at := 0; at < len(letters); at += oneTimeGroup {
		groups = append(groups, letters[at:at+oneTimeGroup])
	}
	password = strings.Join(groups, "-")
	return password, hashed(password)
}

// hashed is the password's hash as a PHC string.
func hashed(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails
	key := argon2.IDKey(same(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// same is one spelling of what keyboards write differently.
func same(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// matches tells whether the password has the hash.
func matches(password, hash string) bool {
	var version int
	var memory, times uint32
	var threads uint8
	fields := strings.Split(hash, "$")
	if len(fields) != 6 || fields[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(fields[2]+" "+fields[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &times, &threads); err != nil || version != argon2.Version {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(fields[4])
	key, e := base64.RawStdEncoding.DecodeString(fields[5])
	if err != nil || e != nil || len(key) == 0 {
		return false
	}
	got := argon2.IDKey(same(password), salt, times, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1
}

// hashing waits for a turn to hash and does it.
func (s *site) hashing(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, hashingWait)
	defer cancel()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
		f()
		return nil
	case <-ctx.Done():
		return &ward.Error{Kind: ward.Unavailable, Message: "混み合っています。少し待ってからもう一度お試しください。"}
	}
}

// passwordMatches is matches in its turn. Without a hash it takes as long, and
// is false.
func (s *site) passwordMatches(ctx context.Context, password, hash string) (ok bool, err error) {
	known := hash != ""
	if !known {
		hash = nobodysPassword
	}
	if len(password) > maxPasswordBytes {
		password = ""
	}
	err = s.hashing(ctx, func() { ok = matches(password, hash) })
	return ok && known, err
}

// newPassword reads the two fields of a password that somebody chooses, and
// gives its hash.
func (s *site) newPassword(f *form, v data.Credentials) (hash string, err error) {
	chosen, again := f.r.PostForm.Get("new-password"), f.r.PostForm.Get("new-password-again")
	if err := checkPassword(chosen, v.Staff); err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare(same(chosen), same(again)) != 1 {
		return "", &ward.Error{Kind: ward.Invalid, Message: "新しいパスワードの2つの欄が同じではありません。"}
	}
	old, err := s.passwordMatches(f.r.Context(), chosen, v.Password)
	if err != nil {
		return "", err
	}
	if old {
		return "", &ward.Error{Kind: ward.Invalid, Message: "これまでと違うパスワードにしてください。"}
	}
	err = s.hashing(f.r.Context(), func() { hash = hashed(chosen) })
	return hash, err
}

// checkPassword says what is wrong with a password that somebody chose.
func checkPassword(chosen string, v ward.Staff) error {
	n := utf8.RuneCountInString(chosen)
	different := map[rune]bool{}
	for _, r := range chosen {
		different[r] = true
	}
	switch low := strings.ToLower(string(same(chosen))); {
	case !utf8.ValidString(chosen) || strings.ContainsAny(chosen, "\x00\r\n"):
		return &ward.Error{Kind: ward.Invalid, Message: "パスワードに使えない文字があります。"}
	case n < minPassword || n > maxPassword:
		return &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("パスワードは%d文字以上、%d文字までにしてください。", minPassword, maxPassword)}
	case len(different) < minDifferent:
		return &ward.Error{Kind: ward.Invalid, Message: fmt.Sprintf("パスワードには%d種類以上の文字を使ってください。", minDifferent)}
	case v.Login != "" && strings.Contains(low, v.Login):
		return &ward.Error{Kind: ward.Invalid, Message: "パスワードにログイン名を含めないでください。"}
	}
	return nil
}
