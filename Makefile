# `make run` and `make test` do all their set-up. Each target is a script of the same name in scripts/.
SHELL := /bin/bash
CARGO_TARGET_DIR ?= $(HOME)/.cache/wafaa/target
export CARGO_TARGET_DIR

.DEFAULT_GOAL := help
.PHONY: help run test torture mutants dev setup model lint fmt bench demo-documents hooks

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: ## Set up everything, then serve the platform with its demo tenants on :8000
	@scripts/run

test: ## Set up everything, then run every test
	@scripts/test

torture: ## The long runs of the fault and isolation suites (half an hour and more)
	@scripts/torture

mutants: ## Take each tenant check away in turn and see a test fail (WHICH="--only 10" for a sample)
	@scripts/mutants $(WHICH)

dev: ## Hot reload: API on :8000, dashboard on :5173
	@scripts/dev

setup: ## Install what is missing for running and testing
	@scripts/setup test

model: ## Fetch and verify the built-in embedding model
	@scripts/model

lint: ## Formatting, clippy, rustdoc, arrows, licences, secrets, shell scripts
	@scripts/lint

fmt: ## Format the Rust sources
	@cargo fmt --all

bench: ## What this machine does, with a release build
	@scripts/bench

demo-documents: ## Make the demo tenants' PDF, DOCX and XLSX files again
	@demo/make-documents

hooks: ## Check format and secrets before each commit, clippy before each push
	@git config core.hooksPath .githooks && echo "Hooks are on; git config --unset core.hooksPath turns them off."
