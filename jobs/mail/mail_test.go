package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"mime"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"madoguchi/internal/wardtest"
	"madoguchi/jobs/mail"
	"madoguchi/ward"
)

const to = "shimin@city.example.jp"

func letter() ward.Letter {
	return ward.Letter{ID: "2026-03-30.abc", To: []string{to, "madoguchi@city.example.jp"}, Subject: "市民課のみなさまへ\r\nBcc: evil@evil.example",
		Text: "窓口からのお知らせ\n.\n髙島屋の𠮷田さん\n"}
}

func mailer(t *testing.T, url string) *mail.Mailer {
	t.Helper()
	m, err := mail.New(mail.Options{URL: url, From: "counter@city.example.jp", Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSend(t *testing.T) {
	server := wardtest.StartSMTP(t)
	begun := 0
	state, err := mailer(t, server.URL()).Send(t.Context(), letter(), func(context.Context) (bool, error) { begun++; return true, nil })
	if state != ward.DigestSent || err != nil || begun != 1 {
		t.Fatalf("%s, %v, begun %d times", state, err, begun)
	}
	mails := server.Mails()
	if len(mails) != 1 || len(mails[0].To) != 2 || !strings.Contains(mails[0].To[0], to) {
		t.Fatalf("mails %+v", mails)
	}
	m, err := netmail.ReadMessage(strings.NewReader(mails[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "市民課のみなさまへ") || m.Header.Get("Bcc") != "" {
		t.Errorf("subject %q, %v, Bcc %q", subject, err, m.Header.Get("Bcc"))
	}
	_, body, _ := strings.Cut(mails[0].Data, "\r\n\r\n")
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\r\n", ""))
	if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != letter().Text {
		t.Errorf("body %q, %v", text, err)
	}
	if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-Id") != "<2026-03-30.abc@city.example.jp>" {
		t.Errorf("header %v", m.Header)
	}
}

// Only what was certainly not delivered may be sent again, and no error names
// an address.
func TestNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*wardtest.SMTP)
		begun bool
		want  ward.DigestState
	}{
		"stopped":           {func(s *wardtest.SMTP) { s.Stop() }, false, ward.DigestWaiting},
		"greets and hangs":  {func(s *wardtest.SMTP) { s.Hang("EHLO") }, false, ward.DigestWaiting},
		"sender refused":    {func(s *wardtest.SMTP) { s.Refuse("MAIL", "550 no") }, true, ward.DigestWaiting},
		"recipient refused": {func(s *wardtest.SMTP) { s.Refuse("RCPT", "550 <"+to+"> unknown") }, true, ward.DigestWaiting},
		"data refused":      {func(s *wardtest.SMTP) { s.Refuse("DATA", "451 later") }, true, ward.DigestWaiting},
		"mail refused":      {func(s *wardtest.SMTP) { s.Refuse(".", "554 <"+to+"> spam") }, true, ward.DigestWaiting},
		"hangs at the end":  {func(s *wardtest.SMTP) { s.Hang(".") }, true, ward.DigestUnknown},
		"drops at the end":  {func(s *wardtest.SMTP) { s.Drop(".") }, true, ward.DigestUnknown},
		"hangs before data": {func(s *wardtest.SMTP) { s.Hang("RCPT") }, true, ward.DigestWaiting},
		"cannot say bye":    {func(s *wardtest.SMTP) { s.Drop("RSET") }, true, ward.DigestSent},
	} {
		t.Run(name, func(t *testing.T) {
			server := wardtest.StartSMTP(t)
			c.set(server)
			begun := false
			state, err := mailer(t, server.URL()).Send(t.Context(), letter(), func(context.Context) (bool, error) { begun = true; return true, nil })
			if state != c.want || begun != c.begun {
				t.Errorf("state %q, begun %v, want %q, %v; %v", state, begun, c.want, c.begun, err)
			}
			if (err != nil) != (state != ward.DigestSent) || err != nil && strings.Contains(everything(err), to) {
				t.Errorf("error %q", everything(err))
			}
		})
	}
}

// everything is an error with all its causes.
func everything(err error) string {
	s := ""
	for ; err != nil; err = errors.Unwrap(err) {
		s += err.Error() + "\n"
	}
	return s
}

func TestBeginSaysNo(t *testing.T) {
	server := wardtest.StartSMTP(t)
	state, err := mailer(t, server.URL()).Send(t.Context(), letter(), func(context.Context) (bool, error) { return false, nil })
	if state != "" || err != nil || len(server.Mails()) != 0 {
		t.Errorf("%q, %v, %d mails", state, err, len(server.Mails()))
	}
}

// A server without TLS gets no mail unless that was allowed, and never a
// password.
func TestTLSOff(t *testing.T) {
	server := wardtest.StartSMTP(t)
	for _, url := range []string{"smtp://" + server.Addr(), "smtps://" + server.Addr(), "smtp://u:secret@" + server.Addr()} {
		state, err := mailer(t, url).Send(t.Context(), letter(), func(context.Context) (bool, error) { return true, nil })
		if state != ward.DigestWaiting || err == nil || len(server.Mails()) != 0 {
			t.Errorf("%s: %q, %v", url, state, err)
		}
	}
	for _, bad := range []string{"", "http://x", "smtp://", "smtp://u:secret@127.0.0.1?tls=off", "smtp://x?tls=maybe", "smtps://x?tls=off", "smtp://u:secret@x/y", "smtp://u:sec%ret@x"} {
		_, err := mail.New(mail.Options{URL: bad, From: "a@city.example.jp"})
		if ward.KindOf(err) != ward.Invalid || strings.Contains(everything(err), "sec") {
			t.Errorf("%q: %v", bad, everything(err))
		}
	}
	if _, err := mail.New(mail.Options{URL: server.URL(), From: "区 <a@city.example.jp>"}); ward.KindOf(err) != ward.Invalid {
		t.Errorf("a sender with a name: %v", err)
	}
}
