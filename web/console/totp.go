package console

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/text/width"

	"madoguchi/ward"
)

// The second factor is TOTP as every authenticator app has it.
const (
	codePeriod = 30 * time.Second
	codeDigits = otp.DigitsSix
	codeSkew   = 1 // periods that a phone's clock may be off
	maxCode    = 20
	qrSize     = 240 // pixels
)

// step is the time step of now; a code belongs to one.
func (s *site) step() int64 { return s.Now().Unix() / int64(codePeriod/time.Second) }

// rightCode gives the step of a code that is right about now.
func (s *site) rightCode(code, secret string) (step int64, ok bool) {
	if secret == "" {
		return 0, false
	}
	now := s.step()
	for step := now - codeSkew; step <= now+codeSkew; step++ {
		right, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right {
			return step, true
		}
	}
	return 0, false
}

// code is the field of a form that holds a code, however it was typed.
func (f *form) code() string {
	return strings.Join(strings.Fields(width.Narrow.String(f.text("code", "コード", maxCode))), "")
}

// newFactor makes a second factor for a person.
func (s *site) newFactor(person ward.Staff) (*otp.Key, error) {
	return totp.Generate(totp.GenerateOpts{
		Issuer: s.issuer(), AccountName: person.Login, Period: uint(codePeriod / time.Second), Digits: codeDigits,
	})
}

// issuer is what an authenticator app shows. A colon would end it.
func (s *site) issuer() string { return strings.ReplaceAll(s.WardName, ":", "") + " 窓口の管理" }

// spaced is a secret in groups, for those who type it.
func spaced(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// writeQR answers with the picture of a secret for the person's phone.
func (s *site) writeQR(w http.ResponseWriter, person ward.Staff, secret string) error {
	if secret == "" {
		return s.nowhere(w, nil, nil)
	}
	// What is as apps take it anyway is left out: the fewer dots, the better they read.
	raw, err := otp.NewKeyFromURL(fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s",
		url.PathEscape(person.Login), secret, strings.ReplaceAll(url.QueryEscape(s.issuer()), "+", "%20")))
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	picture, err := raw.Image(qrSize, qrSize)
	if err != nil {
		return fmt.Errorf("draw code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	w.Header().Set("Content-Type", "image/png")
	_, err = b.WriteTo(w)
	return err
}
