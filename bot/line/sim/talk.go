package sim

import (
	"context"
	"encoding/json"
	"unicode/utf16"

	"madoguchi/ward"
)

// The limits of what a resident can send.
const (
	maxSaid  = 5000     // UTF-16 units of a text
	maxPhoto = 10 << 20 // bytes of a picture, voice or file
)

// Say sends a text. Like everything that residents do, it returns when the
// webhook has answered, with an error where that was not 2xx: the message is
// on its way all the same, and redelivered if Options say so.
func (s *Sim) Say(ctx context.Context, user ward.Resident, text string) (messageID string, err error) {
	if n := len(utf16.Encode([]rune(text))); n == 0 || n > maxSaid {
		return "", &ward.Error{Kind: ward.Invalid, Message: "1文字以上、5,000文字までの文を送れます"}
	}
	return s.send(ctx, user, said{Type: "text", Text: text}, nil)
}

// SendPhoto sends a picture: JPEG or PNG at LINE.
func (s *Sim) SendPhoto(ctx context.Context, user ward.Resident, picture []byte, contentType string) (messageID string, err error) {
	return s.send(ctx, user, said{Type: "image", ContentProvider: &provider{"line"}}, &content{data: picture, contentType: contentType})
}

// SendVideo sends a video, ready to be fetched after a second.
func (s *Sim) SendVideo(ctx context.Context, user ward.Resident, video []byte, contentType string) (messageID string, err error) {
	const duration = 3000 // ms
	return s.send(ctx, user, said{Type: "video", Duration: duration, ContentProvider: &provider{"line"}},
		&content{data: video, contentType: contentType, slow: true})
}

// SendVoice sends a recording, ready to be fetched after a second.
func (s *Sim) SendVoice(ctx context.Context, user ward.Resident, recording []byte, contentType string) (messageID string, err error) {
	const duration = 3000 // ms
	return s.send(ctx, user, said{Type: "audio", Duration: duration, ContentProvider: &provider{"line"}},
		&content{data: recording, contentType: contentType, slow: true})
}

// SendFile sends a file of any kind.
func (s *Sim) SendFile(ctx context.Context, user ward.Resident, name string, file []byte) (messageID string, err error) {
	return s.send(ctx, user, said{Type: "file", FileName: name, FileSize: len(file)}, &content{data: file, contentType: "application/octet-stream"})
}

// SendPlace sends a location. title may be "".
func (s *Sim) SendPlace(ctx context.Context, user ward.Resident, at ward.Place, title, address string) (messageID string, err error) {
	return s.send(ctx, user, said{Type: "location", Title: title, Address: address, Latitude: &at.Latitude, Longitude: &at.Longitude}, nil)
}

// SendSticker sends a sticker.
func (s *Sim) SendSticker(ctx context.Context, user ward.Resident, packageID, stickerID string, keywords ...string) (messageID string, err error) {
	return s.send(ctx, user, said{Type: "sticker", PackageID: packageID, StickerID: stickerID, StickerResourceType: "STATIC", Keywords: keywords}, nil)
}

func (s *Sim) send(ctx context.Context, user ward.Resident, m said, c *content) (messageID string, err error) {
	if c != nil && (len(c.data) == 0 || len(c.data) > maxPhoto) {
		return "", &ward.Error{Kind: ward.TooLarge, Message: "10MBまでのファイルを送れます"}
	}
	s.mu.Lock()
	r, err := s.talking(user)
	if err != nil {
		s.mu.Unlock()
		return "", err
	}
	m.ID = s.ids.nextMessage(s.o.Now())
	m.MarkAsReadToken = randomID("")
	if m.Type == "text" || m.Type == "image" || m.Type == "sticker" {
		m.QuoteToken = randomID("")
	}
	if c != nil {
		c.user = user
		c.ready = s.o.Now()
		s.contents.keep(m.ID, c)
	}
	r.wrote = s.o.Now()
	it := &item{ID: m.ID, Who: byResident, Message: marshal(m)}
	s.add(r, it)
	e := s.event(r, "message", true)
	e.Message = &m
	s.mu.Unlock()
	return m.ID, s.post(ctx, &posting{event: e, owner: r, item: it})
}

// talking gives the person, who must be there and able to speak.
func (s *Sim) talking(user ward.Resident) (*resident, error) {
	r := s.find(user)
	switch {
	case r == nil:
		return nil, &ward.Error{Kind: ward.NotFound, Message: "その住民はいません"}
	case r.is == Blocked:
		return nil, &ward.Error{Kind: ward.Conflict, Message: "ブロックしている相手には送れません"}
	}
	return r, nil
}

// Unsend takes a message back.
func (s *Sim) Unsend(ctx context.Context, user ward.Resident, messageID string) error {
	s.mu.Lock()
	r, err := s.talking(user)
	var it *item
	if err == nil {
		it, err = r.sent(messageID)
	}
	if err != nil {
		s.mu.Unlock()
		return err
	}
	it.Unsent, it.Message = true, nil
	it.revision = s.touch()
	s.contents.withdraw(messageID)
	e := s.event(r, "unsend", false)
	e.Unsend = &unsend{MessageID: messageID}
	s.mu.Unlock()
	return s.post(ctx, &posting{event: e, owner: r})
}

// sent finds a message that r sent and has not taken back.
func (r *resident) sent(messageID string) (*item, error) {
	for _, it := range r.items {
		if it.ID == messageID && it.Who == byResident && !it.Unsent {
			return it, nil
		}
	}
	return nil, &ward.Error{Kind: ward.NotFound, Message: "そのメッセージはありません"}
}

// Follow makes user a friend, or one again.
func (s *Sim) Follow(ctx context.Context, user ward.Resident) error {
	s.mu.Lock()
	r := s.find(user)
	if r == nil || r.is == Friend {
		s.mu.Unlock()
		return &ward.Error{Kind: ward.Conflict, Message: "もう友だちです"}
	}
	r.is = Friend
	s.touchResident(r)
	s.add(r, &item{ID: s.ids.nextMessage(s.o.Now()), Who: byNobody, Note: map[bool]string{false: "友だちに追加しました", true: "ブロックを解除しました"}[r.wasBlock]})
	e := s.event(r, "follow", true)
	e.Follow = &follow{IsUnblocked: r.wasBlock}
	s.mu.Unlock()
	return s.post(ctx, &posting{event: e, owner: r})
}

// Block makes user a friend no longer.
func (s *Sim) Block(ctx context.Context, user ward.Resident) error {
	s.mu.Lock()
	r := s.find(user)
	if r == nil || r.is != Friend {
		s.mu.Unlock()
		return &ward.Error{Kind: ward.Conflict, Message: "友だちではありません"}
	}
	r.is, r.wasBlock, r.menu = Blocked, true, ""
	s.touchResident(r)
	s.add(r, &item{ID: s.ids.nextMessage(s.o.Now()), Who: byNobody, Note: "ブロックしました"})
	e := s.event(r, "unfollow", false)
	s.mu.Unlock()
	return s.post(ctx, &posting{event: e, owner: r})
}

// Next gives the next delivery to user that it has not given before, and waits
// for it.
func (s *Sim) Next(ctx context.Context, user ward.Resident) (Delivery, error) {
	var next Delivery
	err := s.Wait(ctx, func(l *Ledger) bool {
		r := s.find(user)
		if r == nil {
			return false
		}
		for ; r.read < len(l.byUser[user]); r.read++ {
			if next = l.Deliveries[l.byUser[user][r.read]]; next.Arrived {
				r.read++
				return true
			}
		}
		return false
	})
	return next, err
}

// fields reads a JSON object; what is none has no fields.
func fields(raw json.RawMessage) (m map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &m)
	return m
}
