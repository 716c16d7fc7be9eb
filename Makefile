# Everything from a fresh clone: `make demo`, `make test`. Builds and tools live in one cache folder, see scripts/setup.

SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# scripts/step runs a command in the environment that scripts/setup wrote, and says how long it took.
STEP := scripts/step
# The profile of the front end, whose macros and build scripts are then compiled once.
WASM := --profile wasm-release --target wasm32-unknown-unknown --target-dir "$$AUTOSSL_FRONT_TARGET"
# Given to the program: make demo ARGS='--port 8080'
ARGS ?=

.PHONY: help build demo dev test bench fmt lint clean setup-%

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup-%:
	@scripts/setup $*

build: setup-build ## Compile the server and the front end
	@$(STEP) 'build: server' cargo build
	@$(STEP) 'build: front end' cargo xtask front

demo: setup-demo ## Run everything on loopback: a CA, DNS, Apache, sample users, the server
	@$(STEP) 'build: server' cargo build
	@$(STEP) 'build: front end' cargo xtask front
	@$(STEP) demo bash -c 'exec "$$CARGO_TARGET_DIR/debug/autossl" demo "$$@"' autossl $(ARGS)

dev: setup-demo ## The demo again and again, built anew whenever a source changes
	@$(STEP) dev cargo xtask watch -- demo $(ARGS)

test: setup-test ## All checks, all tests, in a browser too
	@$(MAKE) checks
	@$(STEP) 'test: build' cargo test --no-run
	@$(STEP) 'test: rust' cargo test
	@$(STEP) 'test: build front end' cargo xtask front --budget
	@$(STEP) 'test: browser' npm --prefix end2end test

lint: setup-lint checks ## The checks alone: format, clippy, docs, layering, licences, unused dependencies

.PHONY: checks
checks:
	@$(STEP) 'check: format' cargo fmt --all --check
	@$(STEP) 'check: layering' cargo xtask layering
	@$(STEP) 'check: unused dependencies' cargo shear --deny-warnings
	@$(STEP) 'check: licences and sources' cargo deny check licenses bans sources
	@$(STEP) 'check: clippy' cargo clippy --all-targets -- -D warnings
	@$(STEP) 'check: clippy, front end' bash -c 'cargo clippy --package frontend $(WASM) -- -D warnings'
	@$(STEP) 'check: the model alone, in a browser' bash -c 'cargo check --package engine --no-default-features $(WASM)'
	@$(STEP) 'check: docs' env RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

fmt: setup-lint ## Format the sources
	@$(STEP) format cargo fmt --all

bench: setup-bench ## Run the measurements of bench/
	@$(STEP) 'build: server, optimised' cargo build --release
	@$(STEP) 'build: front end' cargo xtask front
	@found=; for script in bench/*.sh; do [ -x "$$script" ] || continue; found=yes; $(STEP) "bench: $$script" "$$script" $(ARGS) || exit; done; \
		[ -n "$$found" ] || echo 'there is nothing to measure in bench/ yet'

clean: ## Remove what was built, and keep the tools
	@$(STEP) clean bash -c 'rm -rf target "$$CARGO_TARGET_DIR" "$$AUTOSSL_FRONT_TARGET"'
