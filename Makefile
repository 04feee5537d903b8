# Run `make` alone for the list of targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
STACK := Deploy/stack
# The servers of the tests and measurements; another name makes another pair beside them.
STACK_NAME ?= test
STACK_ENVIRONMENT = set -a; . .local/$(STACK_NAME)/environment; set +a;
# The same flags for every build, so that one build serves all targets.
BUILD_FLAGS := --explicit-target-dependency-import-check error
# Where the bare Debians of test-debian12 and test-debian13 are kept.
ROOTS ?= /var/tmp/ebinda-roots

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: stack
stack: ## Start the servers of the tests (installs missing Debian packages)
	@$(STACK) start --name $(STACK_NAME)

.PHONY: build
build: stack ## Build everything, the tests too
	swift build --build-tests $(BUILD_FLAGS)

.PHONY: test
test: build ## Run all tests against real servers
	$(STACK_ENVIRONMENT) swift test --skip-build --skip FaultTests
	$(STACK_ENVIRONMENT) swift test --skip-build --no-parallel --filter FaultTests

.PHONY: test-debian12
test-debian12: ## Run all tests in a bare Debian 12 of its own (as root; ROOTS=folder, /var/tmp/ebinda-roots)
	Deploy/debian-root bookworm $(ROOTS)/bookworm -- make test

.PHONY: test-debian13
test-debian13: ## Run all tests in a bare Debian 13 of its own (as root; ROOTS=folder, /var/tmp/ebinda-roots)
	Deploy/debian-root trixie $(ROOTS)/trixie -- make test

.PHONY: soak
soak: build ## Kill replicas at random under load for DURATION seconds (60), then count what is lost and doubled
	$(STACK_ENVIRONMENT) "$$(swift build --show-bin-path)/Soak" $(or $(DURATION),60)

.PHONY: up
up: ## Run all of it in containers on this host, to the first accepted suggestion (Deploy/README.md)
	@Deploy/compose up

.PHONY: down
down: ## Stop and remove the containers of make up; the data stay
	@Deploy/compose down

.PHONY: image
image: ## Make the images of make up
	@Deploy/compose image

.PHONY: documents
documents: ## Write the documents that are generated from the code
	swift run $(BUILD_FLAGS) Documents

.PHONY: lint
lint: ## Check format and scripts
	swift format lint --strict --recursive --parallel Package.swift Services Shared Tests
	@if command -v shellcheck >/dev/null; then shellcheck Deploy/stack Deploy/run Deploy/debian-root Deploy/compose Deploy/Images/base Deploy/Images/postgresql-entry .ci/run; fi

.PHONY: format
format: ## Put all Swift files into the project's format
	swift format format --in-place --recursive --parallel Package.swift Services Shared Tests

.PHONY: bench
bench: stack ## Measure the reliable hop beside its bare C baseline (QUICK=1 for one short round)
	swift build -c release --product BareHop $(BUILD_FLAGS)
	swift build -c release --product Bench $(BUILD_FLAGS)
	$(STACK_ENVIRONMENT) .build/release/Bench all $(if $(QUICK),1 20000 5,3 60000 20)

.PHONY: clean
clean: ## Stop the servers and remove what was built and stored
	-$(STACK) reset --name $(STACK_NAME)
	-$(STACK) reset --name run
	rm -rf .build .local
