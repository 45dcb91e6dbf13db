package wardtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// SMTP is a mail server on loopback that keeps what it is given. It offers no
// TLS.
type SMTP struct {
	listener net.Listener
	done     chan struct{}

	mu     sync.Mutex
	mails  []SMTPMail
	refuse map[string]string // command: the answer instead of yes
	hang   string            // the command that gets no answer, or "." for the end of a mail
	drop   string            // likewise, and the connection ends
	conns  map[net.Conn]bool
}

// SMTPMail is one that the server accepted.
type SMTPMail struct {
	From string
	To   []string
	Data string
}

// StartSMTP starts one that ends with the test.
func StartSMTP(t *testing.T) *SMTP {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &SMTP{listener: l, done: make(chan struct{}), refuse: map[string]string{}, conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.keep(c, true)
			wg.Go(func() {
				defer s.keep(c, false)
				s.talk(c)
			})
		}
	})
	t.Cleanup(func() {
		s.Stop()
		wg.Wait()
	})
	return s
}

func (s *SMTP) keep(c net.Conn, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open {
		s.conns[c] = true
		return
	}
	delete(s.conns, c)
	c.Close()
}

// Stop ends the server and every connection.
func (s *SMTP) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	s.listener.Close()
	for c := range s.conns {
		c.Close()
	}
}

// Addr is host and port.
func (s *SMTP) Addr() string { return s.listener.Addr().String() }

// URL is the server without TLS.
func (s *SMTP) URL() string { return "smtp://" + s.Addr() + "?tls=off" }

// Refuse makes the server answer a command (MAIL, RCPT, DATA, "." for the end
// of a mail) so; "" is yes again.
func (s *SMTP) Refuse(command, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[command] = answer
}

// Hang gives a command no answer; "" ends it.
func (s *SMTP) Hang(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang = command
}

// Drop ends the connection at a command, without an answer; a mail is kept
// before. "" ends it.
func (s *SMTP) Drop(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop = command
}

// Mails are those that were accepted, whether or not the sender was told.
func (s *SMTP) Mails() []SMTPMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SMTPMail(nil), s.mails...)
}

func (s *SMTP) talk(c net.Conn) {
	in := bufio.NewReader(c)
	fmt.Fprint(c, "220 mail.example ESMTP\r\n")
	var m SMTPMail
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		command := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
		answer := "250 ok"
		switch command {
		case "EHLO", "HELO":
			answer = "250-mail.example\r\n250 8BITMIME"
		case "MAIL":
			m = SMTPMail{From: line}
		case "RCPT":
			m.To = append(m.To, line)
		case "DATA":
			answer = "354 go on"
		case "QUIT":
			answer = "221 bye"
		}
		if !s.answer(c, command, answer) {
			return
		}
		if command == "DATA" && s.refused("DATA") == "" {
			if m.Data, err = readMail(in); err != nil {
				return
			}
			s.take(m)
			if !s.answer(c, ".", "250 kept") {
				return
			}
		}
	}
}

func readMail(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (s *SMTP) take(m SMTPMail) {
	if s.refused(".") != "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
}

func (s *SMTP) refused(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse[command]
}

// answer says whether the talk goes on.
func (s *SMTP) answer(c net.Conn, command, answer string) bool {
	if no := s.refused(command); no != "" {
		answer = no
	}
	s.mu.Lock()
	hang, drop := s.hang == command, s.drop == command
	s.mu.Unlock()
	if hang {
		<-s.done
	}
	if hang || drop {
		return false
	}
	_, err := io.WriteString(c, answer+"\r\n")
	return err == nil
}
