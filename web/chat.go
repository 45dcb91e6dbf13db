package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"madoguchi/ward"
)

// maxBody is how large a request may be, in bytes.
const maxBody = 64 << 10

// maxSession is how long the id of a conversation may be.
const maxSession = 128

const sessionRunes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// chatRequest and chatReply are the contract of POST /api/chat.
type chatRequest struct {
	Session string `json:"session"`
	Text    string `json:"text"`
	Choice  string `json:"choice"`
}

type chatReply struct {
	Replies []ward.Reply `json:"replies"`
}

func (s *site) chat(w http.ResponseWriter, r *http.Request) error {
	s.allowOrigin(w, r)
	if err := s.admit(r); err != nil {
		return err
	}
	q, err := readChat(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	replies, err := s.answer(r.Context(), q)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, chatReply{replies})
	return nil
}

// admit lets a request in that may make the bot work: from an allowed origin,
// by a client within its rate.
func (s *site) admit(r *http.Request) error {
	if err := s.origins.Check(r); err != nil {
		return &ward.Error{Kind: ward.Forbidden, Message: "このページからは利用できません。", Err: err}
	}
	if wait := s.clients.take(s.client(r), s.Now()); wait > 0 {
		return retryLater{after: wait, error: &ward.Error{
			Kind: ward.TooMany, Message: "短い時間にたくさんの質問が届きました。少し待ってからもう一度お試しください。"}}
	}
	return nil
}

func readChat(body io.Reader) (q chatRequest, err error) {
	dec := json.NewDecoder(body)
	if err = dec.Decode(&q); err == nil {
		if _, end := dec.Token(); end != io.EOF {
			err = errors.Join(errors.New("more than one value"), end)
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return q, err
	}
	if err != nil {
		return q, &ward.Error{Kind: ward.Invalid, Message: "送られた内容を読み取れませんでした。", Err: err}
	}
	return q, nil
}

// answer asks the bot within the time there is.
func (s *site) answer(ctx context.Context, q chatRequest) ([]ward.Reply, error) {
	if q.Session == "" || len(q.Session) > maxSession || strings.Trim(q.Session, sessionRunes) != "" {
		return nil, &ward.Error{Kind: ward.Invalid, Message: "会話の番号が正しくありません。画面を開き直してください。"}
	}
	ctx, cancel := context.WithTimeout(ctx, s.ReplyTimeout)
	defer cancel()
	replies, err := s.Reply(ctx, ward.Message{
		Channel:  ward.Web,
		Resident: ward.Resident(q.Session),
		Text:     clean(q.Text),
		Choice:   clean(q.Choice),
		At:       s.Now(),
	})
	if err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	if replies == nil {
		replies = []ward.Reply{}
	}
	return replies, nil
}

// clean gives valid UTF-8 without control characters but line ends and tabs.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
