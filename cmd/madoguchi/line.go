package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"madoguchi/bot/line"
	"madoguchi/jobs"
	"madoguchi/ward"
)

// lineChannel is the counter in LINE: webhook in, queue, replies out.
type lineChannel struct {
	webhook http.Handler
	jobs    *jobs.LINE
}

// openLINE joins the parts, nil where no channel is configured.
func (c *counter) openLINE(ctx context.Context) (*lineChannel, error) {
	if c.cfg.lineSecrets == "" {
		return nil, nil
	}
	client, err := c.cfg.lineClient(c.log)
	if err != nil {
		return nil, err
	}
	queue, err := jobs.NewLINE(ctx, jobs.LINEOptions{
		Store: c.store, Answer: c.answerEvent, Forget: c.forgetMessage, Send: client,
		PushAllowed: c.cfg.linePush, Log: c.log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	webhook, err := line.NewWebhook(line.WebhookOptions{
		Secrets: split(string(c.cfg.lineSecrets)), Inbox: queue, Log: c.log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return &lineChannel{webhook, queue}, nil
}

// answerEvent is what is said to an event, as LINE gets it. Who leaves the
// account is forgotten.
func (c *counter) answerEvent(ctx context.Context, e ward.Event) ([]byte, error) {
	if e.Kind == ward.UnfollowEvent {
		return nil, c.bot.Forget(ctx, e.Resident)
	}
	message, ok := line.Decode(e)
	if !ok {
		return nil, nil
	}
	replies, err := c.bot.Reply(ctx, message)
	if err != nil {
		return nil, err
	}
	return line.Render(replies), nil
}

// forgetMessage takes a message that was unsent out of the conversation.
func (c *counter) forgetMessage(ctx context.Context, e ward.Event) error {
	return c.bot.Forget(ctx, e.Resident)
}

// lineClient calls the Messaging API that is configured.
func (cfg *config) lineClient(log *slog.Logger) (*line.Client, error) {
	if cfg.lineToken == "" {
		return nil, invalidf("LINEのチャネルアクセストークンがありません。MADOGUCHI_LINE_CHANNEL_TOKEN を設定してください")
	}
	return line.NewClient(line.ClientOptions{
		Token:  func(context.Context) (string, error) { return string(cfg.lineToken), nil },
		APIURL: cfg.lineAPIURL, DataURL: cfg.lineDataURL, Log: log, Now: time.Now,
	})
}
