# Madoguchi. `make` alone explains itself.
.DEFAULT_GOAL := help
.PHONY: help run test check eval train bench build

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.release=$(VERSION)
EVAL    ?= ../shared/eval/localgovfaq
BEIR     = --corpus $(EVAL)/corpus.jsonl --queries $(EVAL)/queries.jsonl --qrels $(EVAL)/qrels.tsv

help: ## this text
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-7s %s\n", $$1, $$2}'

run: ## the sample ward, whole, on this machine: http://127.0.0.1:8080/
	$(GO) run ./cmd/madoguchi demo

build: ## bin/madoguchi, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/madoguchi ./cmd/madoguchi

test: ## every test, with the race detector; installs what the tests need
	@internal/setup.sh
	$(GO) tool gotestsum --format pkgname --format-hide-empty-pkg -- -race -timeout 60m ./...

check: ## what must be clean before a commit: format, vet, the floors
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt would change these'; exit 1; }
	$(GO) vet ./...
	$(GO) test ./internal/arch

eval: build ## how good the answers are: the sample ward's goldens, and localgovFAQ where it is
	@bin/madoguchi eval --sample
	@if [ -d $(EVAL) ]; then bin/madoguchi eval $(BEIR); else echo 'localgovFAQ is not at $(EVAL)'; fi
	@bin/madoguchi train --table $(if $(wildcard $(EVAL)),$(BEIR)) 2>/dev/null

train: build ## learn the weights of the ranking anew: index/weights.json
	@bin/madoguchi train $(if $(wildcard $(EVAL)),$(BEIR)) --log-level error > bin/weights.json && mv bin/weights.json index/weights.json

bench: build ## speed and memory on this machine; figures stand in docs/evaluation.md
	@echo "machine: $$(nproc) cores, $$(awk '/MemTotal/{printf "%d GB", $$2/1000000}' /proc/meminfo)"
	$(GO) test -run '^$$' -bench . -skip 'Webhook|Question' -benchtime 3x ./cmd/madoguchi
	$(GO) test -run '^$$' -bench Webhook -benchtime 30000x ./cmd/madoguchi
	$(GO) test -run '^$$' -bench Question -benchtime 1500x ./cmd/madoguchi
	$(GO) test -run '^$$' -bench . -cpu 1 ./index
