// Package mail sends mail by SMTP. It says of each whether it was sent, was
// certainly not, or perhaps: what was perhaps sent must not be sent again.
//
// Neither an error nor a log names an address: what a server answers can quote
// one, so only its code is kept.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"madoguchi/ward"
)

// Limits of a connection.
const (
	connectTimeout  = 20 * time.Second // for greeting, TLS and sign-in, and again for the mail
	submissionPort  = 587
	submissionsPort = 465
)

// Mailer sends by one server.
type Mailer struct {
	from    string
	host    string
	options []gomail.Option
	now     func() time.Time
}

// Options say by which server and as whom.
type Options struct {
	// URL is smtp://user:password@host:587, which must offer STARTTLS, or smtps://.
	// A relay within the house that has no TLS is smtp://host:25?tls=off; it gets
	// no password.
	URL     string
	From    string
	Timeout time.Duration    // 0: 20 seconds
	Now     func() time.Time // nil: time.Now
}

// New reads the options; what is wrong with them is ward.Invalid and does not
// quote them, for they hold a password.
func New(o Options) (*Mailer, error) {
	if parsed, err := netmail.ParseAddress(o.From); err != nil || parsed.Address != o.From {
		return nil, invalid("mail-from は madoguchi@city.example.jp のような形で書いてください。")
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return nil, invalid("smtp-url は smtp://利用者:パスワード@サーバー:587 か smtps://… の形で書いてください。")
	}
	if o.Timeout == 0 {
		o.Timeout = connectTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Mailer{from: o.From, host: u.Hostname(), now: o.Now}
	security, port, err := secure(u)
	if err != nil {
		return nil, err
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, invalid("smtp-url のポートが正しくありません。")
		}
	}
	m.options = append(security, gomail.WithPort(port), gomail.WithTimeout(o.Timeout), gomail.WithoutNoop())
	if u.User != nil {
		password, _ := u.User.Password()
		m.options = append(m.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := m.client(); err != nil {
		return nil, invalid("smtp-url を使えません。")
	}
	return m, nil
}

// secure is how the connection is kept from others, and its usual port.
func secure(u *url.URL) ([]gomail.Option, int, error) {
	off := u.Query().Get("tls") == "off"
	switch {
	case u.RawQuery != "" && u.RawQuery != "tls=off", off && u.Scheme == "smtps":
		return nil, 0, invalid("smtp-url の ? の後ろは tls=off だけです（smtp:// のとき）。")
	case off && u.User != nil:
		return nil, 0, invalid("smtp-url に tls=off と書くと暗号化されないので、利用者とパスワードは使えません。")
	case off:
		return []gomail.Option{gomail.WithTLSPolicy(gomail.NoTLS)}, submissionPort, nil
	case u.Scheme == "smtps":
		return []gomail.Option{gomail.WithSSL()}, submissionsPort, nil
	}
	return []gomail.Option{gomail.WithTLSPolicy(gomail.TLSMandatory)}, submissionPort, nil
}

func (m *Mailer) client() (*gomail.Client, error) { return gomail.NewClient(m.host, m.options...) }

// Send connects, asks begin whether the mail is still to be sent, and sends it.
// The state is DigestSent, DigestWaiting (certainly not sent), DigestUnknown
// (perhaps), or "" when begin said no. The error says why it was not, or was
// perhaps not, sent.
func (m *Mailer) Send(ctx context.Context, letter ward.Letter, begin func(context.Context) (bool, error)) (ward.DigestState, error) {
	msg, err := m.message(letter)
	if err != nil {
		return ward.DigestWaiting, err
	}
	client, err := m.client()
	if err != nil {
		return ward.DigestWaiting, failed("設定を使えません", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return ward.DigestWaiting, failed("メールサーバーにつながらないか、断られました", err)
	}
	defer client.Close()
	if ok, err := begin(ctx); err != nil || !ok {
		return "", err
	}
	err = client.Send(msg)
	if err == nil || msg.IsDelivered() { // what failed then is only saying goodbye
		return ward.DigestSent, nil
	}
	if certain(err) {
		return ward.DigestWaiting, failed("メールサーバーが受け取りませんでした", err)
	}
	return ward.DigestUnknown, failed("送る途中で切れました", err)
}

// certain tells of a failed mail whether it was certainly not delivered.
func certain(err error) bool {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Reason {
	case gomail.ErrGetSender, gomail.ErrGetRcpts, gomail.ErrSMTPMailFrom, gomail.ErrSMTPRcptTo, gomail.ErrSMTPData,
		gomail.ErrConnCheck, gomail.ErrNoUnencoded:
		return true
	case gomail.ErrSMTPDataClose: // the server has it all: only its own no counts
		return e.ErrorCode() >= 400
	}
	return false
}

// failed is the error with a sentence, and as its cause what names no address.
func failed(sentence string, err error) error {
	var e *gomail.SendError
	var network *net.OpError
	switch {
	case errors.As(err, &e):
		sentence += fmt.Sprintf("（%d）", e.ErrorCode())
		err = fmt.Errorf("smtp: %s, code %d", e.Reason, e.ErrorCode())
	case errors.As(err, &network):
		err = network
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
	default:
		err = fmt.Errorf("smtp: %T before the mail", err)
	}
	return &ward.Error{Kind: ward.Unavailable, Message: sentence + "。", Err: err}
}

func (m *Mailer) message(l ward.Letter) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64))
	if err := msg.From(m.from); err != nil {
		return nil, invalid("差出人のアドレスが正しくありません。")
	}
	if err := msg.To(l.To...); err != nil {
		return nil, invalid("あて先のアドレスが正しくありません。")
	}
	parsed, err := netmail.ParseAddress(m.from)
	if err != nil {
		return nil, err
	}
	msg.SetMessageIDWithValue(l.ID + "@" + domain(parsed.Address))
	msg.SetDateWithValue(m.now())
	msg.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	msg.Subject(l.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, l.Text)
	return msg, nil
}

func domain(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return address
}

// Check connects, signs in and leaves, for doctor.
func (m *Mailer) Check(ctx context.Context) error {
	client, err := m.client()
	if err != nil {
		return failed("設定を使えません", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return failed("メールサーバーにつながらないか、断られました", err)
	}
	_ = client.Close() // it was good enough to sign in
	return nil
}

func invalid(sentence string) error { return &ward.Error{Kind: ward.Invalid, Message: sentence} }
