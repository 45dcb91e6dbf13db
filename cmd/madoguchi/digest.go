package main

import (
	"context"
	"errors"
	"time"

	"madoguchi/data"
	"madoguchi/jobs"
	"madoguchi/jobs/mail"
	"madoguchi/ward"
)

// mailer is the mail server of the settings, nil when there is none.
func (c *config) mailer() (*mail.Mailer, error) {
	if c.smtpURL == "" {
		return nil, nil
	}
	if c.mailFrom == "" {
		return nil, invalidf("smtp-url を使うには mail-from も指定してください")
	}
	return mail.New(mail.Options{URL: string(c.smtpURL), From: c.mailFrom})
}

// digest sends the weekly digests until ctx ends; without a mail server it
// does nothing.
func (c *counter) digest(ctx context.Context) error {
	m, err := c.cfg.mailer()
	if err != nil || m == nil {
		return err
	}
	jobs.NewDigest(jobs.DigestOptions{
		Store: c.store, Send: m.Send, PublicURL: c.cfg.publicURL, WardName: c.cfg.wardName, Now: time.Now, Log: c.log,
		Fixes: func(ctx context.Context) ([]ward.Fix, error) {
			in, _, err := c.store.InForce(ctx, 0)
			return in.Fixes, err
		},
	}).Run(ctx)
	return nil
}

// examineMail says what keeps the weekly digest from going out.
func (cfg *config) examineMail(ctx context.Context, store *data.Store) []finding {
	addresses, err := store.DigestAddresses(ctx)
	plan, failed := store.DigestPlan(ctx)
	if err := errors.Join(err, failed); err != nil {
		return []finding{{true, "お知らせの設定を読めません: " + err.Error()}}
	}
	if len(addresses) == 0 || !plan.On {
		return nil
	}
	var out []finding
	if cfg.publicURL == "" {
		out = append(out, finding{false, "週ごとのお知らせに管理画面のリンクを付けられません。MADOGUCHI_PUBLIC_URL を設定してください。"})
	}
	m, err := cfg.mailer()
	switch {
	case err != nil:
		out = append(out, finding{true, sentence(err)})
	case m == nil:
		out = append(out, finding{true, "週ごとのお知らせのあて先がありますが、メールサーバーがありません。MADOGUCHI_SMTP_URL と MADOGUCHI_MAIL_FROM を設定してください。"})
	default:
		ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
		defer cancel()
		if err := m.Check(ctx); err != nil {
			out = append(out, finding{true, "お知らせを送れません: " + err.Error()})
		}
	}
	return out
}
