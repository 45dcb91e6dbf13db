package main

import (
	"context"
	"sync"

	"madoguchi/index"
	"madoguchi/ward"
	"madoguchi/web"
)

// shelf is the index as a service needs it: there may be none yet, and a
// damaged one must not keep the rest from running.
type shelf struct {
	options  index.Options
	verdicts *web.Verdicts
	inForce  *inForce // nil: there is nobody's to go by

	mu sync.RWMutex
	ix *index.Index // nil until there is one

	following sync.Mutex
	version   int64 // of what the index goes by
}

// refresh picks up the live generation, whoever built it.
func (s *shelf) refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ix != nil {
		_, err := s.ix.Refresh(ctx)
		return err
	}
	ix, err := index.Open(ctx, s.options)
	if err != nil {
		return err
	}
	s.ix = ix
	return nil
}

// use gives the open index, going by what staff have in force now, or an error a
// resident's screen can live with.
func (s *shelf) use(ctx context.Context) (*index.Index, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.ix == nil {
		return nil, &ward.Error{Kind: ward.Unavailable, Message: "索引がまだありません"}
	}
	s.follow(ctx)
	return s.ix, nil
}

func (s *shelf) follow(ctx context.Context) {
	if s.inForce == nil {
		return
	}
	now := s.inForce.now(ctx)
	s.following.Lock()
	defer s.following.Unlock()
	if now.Version > s.version {
		s.version = now.Version
		s.ix.Follow(now.Fixes)
	}
}

// ready says what keeps questions from being answered, nil when nothing does.
func (s *shelf) ready(ctx context.Context) error {
	ix, err := s.use(ctx)
	if err != nil {
		return err
	}
	return ix.Warm()
}

func (s *shelf) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ix == nil {
		return nil
	}
	err := s.ix.Close()
	s.ix = nil
	return err
}

// Search, Browse and Document are what the conversation asks of an index.
func (s *shelf) Search(ctx context.Context, question string, top int) (ward.Answer, error) {
	ix, err := s.use(ctx)
	if err != nil {
		return ward.Answer{}, err
	}
	answer, err := ix.Search(ctx, question, top)
	if err == nil {
		s.verdicts.Count(answer.Verdict)
	}
	return answer, err
}

func (s *shelf) Browse(ctx context.Context, path []string) (ward.Category, error) {
	ix, err := s.use(ctx)
	if err != nil {
		return ward.Category{}, err
	}
	return ix.Browse(ctx, path)
}

func (s *shelf) Document(ctx context.Context, id string) (ward.Document, error) {
	ix, err := s.use(ctx)
	if err != nil {
		return ward.Document{}, err
	}
	return ix.Document(ctx, id)
}
