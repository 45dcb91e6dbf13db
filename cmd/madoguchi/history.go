package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/data/sample"
	"madoguchi/ja"
	"madoguchi/ward"
)

const (
	historyWriters = 32 // at once, so that they share commits
	historyTop     = 1  // hits that are looked at
)

// remember gives the demo a past: a month of visits, answered by the index as it
// is. It does nothing where somebody has asked already.
func (c *counter) remember(ctx context.Context) error {
	votes, err := c.store.Feedback(ctx, 1)
	if err != nil || len(votes) > 0 {
		return err
	}
	open, err := c.store.OpenQuestions(ctx, time.Time{}, "", 1)
	if err != nil || len(open) > 0 {
		return err
	}
	visits, err := sample.History()
	if err != nil {
		return err
	}
	ix, err := c.shelf.use(ctx)
	if err != nil {
		return err
	}
	found, took := map[string]ward.Answer{}, map[string]time.Duration{} // most is asked more than once
	for _, v := range visits {
		if _, known := found[v.Text]; known {
			continue
		}
		start := time.Now()
		if found[v.Text], err = ix.Search(ctx, v.Text, historyTop); err != nil {
			return err
		}
		took[v.Text] = time.Since(start)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(historyWriters)
	now := time.Now()
	for i, v := range visits {
		g.Go(func() error {
			return c.rememberVisit(ctx, "sample-"+strconv.Itoa(i), v, v.At(now), found[v.Text], took[v.Text])
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("give the demo a past: %w", err)
	}
	return nil
}

func (c *counter) rememberVisit(ctx context.Context, key string, v sample.Visit, at time.Time, found ward.Answer, took time.Duration) error {
	asked := ward.Asked{Key: key, At: at, Channel: v.Channel, Resident: v.Resident, Verdict: found.Verdict, Took: took}
	if len(found.Hits) > 0 {
		d := &found.Hits[0].Document
		asked.DocumentID, asked.Topic, asked.Section = d.ID, ward.TopicOf(d.Category), d.Section
	}
	if err := c.store.RecordQuestion(ctx, asked); err != nil {
		return err
	}
	text, helped := ja.Mask(v.Text), v.Helpful
	if found.Verdict != ward.Nothing && v.Votes {
		f := ward.Feedback{AnswerID: key, DocumentID: asked.DocumentID, Question: text, Channel: v.Channel, Resident: v.Resident, Helpful: helped, At: at}
		if err := c.store.RecordFeedback(ctx, f); err != nil {
			return err
		}
	}
	if found.Verdict == ward.Nothing || v.Votes && !helped {
		return c.store.RecordUnanswered(ctx, ward.Unanswered{Text: text, Channel: v.Channel, Verdict: found.Verdict, At: at})
	}
	return nil
}
