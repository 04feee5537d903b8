# Run `make` alone for the list of targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
STACK := Deploy/stack
# The servers of the tests and measurements; another name makes another pair beside them.
STACK_NAME ?= test
STACK_ENVIRONMENT = set -a; . .local/$(STACK_NAME)/environment; set +a;
# The servers that faults disturb, so that nobody else's tests feel it, and those of the long ones: three nodes.
FAULTS := $(STACK_NAME)faults
LONG := $(STACK_NAME)long
# The servers that a soak kills.
SOAKED := $(STACK_NAME)soak
# The servers that are measured: made anew each time, so that no figure rests on what ran before.
MEASURED_STACK := $(STACK_NAME)bench
# $(call faulted,NAME,OPTIONS,TARGET): runs a target's tests one after the other against a stack that goes when they end. It begins
# anew: a broker left over from three waits in vain for the two that come after it.
faulted = trap '$(STACK) stop --name $(1)' EXIT; $(STACK) reset --name $(1) && $(STACK) start --name $(1) $(2) && set -a && . .local/$(1)/environment && set +a \
	&& time swift test --skip-build --no-parallel --filter '^$(3)\.'
# What keeps limits of seconds (a client's own against a broker that is played or proves to be another, a service's own against slow
# clients and pictures): alone, so that it is the limits that are tried. And what counts half a million periods without ever waiting:
# the limits of what ran beside it would be tried instead.
TIMED := RabbitMQTests\.(Scripted|BrokerTLS)|PostgreSQLTests\.DatabaseTLS|IntakeTests\.PictureAttacks|BootstrapTests\.SlowClientTests|FleetTests\.|CalendarTests\.CountingPropertyTests
# Tests at a time: all at once they wait seconds for a thread between two steps, while the limits of what they test run.
WIDTH := --experimental-maximum-parallelization-width 16
# The same flags for every build, so that one build serves all targets.
BUILD_FLAGS := --explicit-target-dependency-import-check error
# Where the bare Debians of test-debian12 and test-debian13 are kept.
ROOTS ?= /var/tmp/ebinda-roots

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Run all of it on one address until Ctrl-C (ADDRESS=127.0.0.1:9000 for another)
	@Deploy/run --name $(or $(NAME),run) $(if $(ADDRESS),--address $(ADDRESS))

.PHONY: demo
demo: ## Send every sample through all services to its end and check the screen (NAME=run: through a running make run)
	@$(STACK) install python3-pika
	@/usr/bin/python3 Tests/Demo/demo.py --name $(or $(NAME),demo)

.PHONY: stop
stop: ## End what runs in the background: services and servers (NAME=run)
	@Deploy/run stop --name $(or $(NAME),run)

.PHONY: stack
stack: ## Start the servers of the tests (installs missing Debian packages)
	@$(STACK) start --name $(STACK_NAME)

.PHONY: build
build: stack ## Build everything, the tests too
	swift build --build-tests $(BUILD_FLAGS)

# The OpenID Connect provider that the tests run.
.local/provider/bin/oidc-provider-mock:
	@$(STACK) install python3-venv
	@/usr/bin/python3 -m venv .local/provider && .local/provider/bin/pip install --quiet -r Tests/Provider/requirements.txt

.PHONY: test
test: build .local/provider/bin/oidc-provider-mock ## Run all tests against real servers
	$(STACK_ENVIRONMENT) swift test --skip-build $(WIDTH) --skip '^((Long)?FaultTests\.|$(TIMED))'
	$(STACK_ENVIRONMENT) swift test --skip-build --no-parallel --filter '^($(TIMED))'
	@$(call faulted,$(FAULTS),,FaultTests)

.PHONY: try
try: build ## Start all of it in the background, do what the screen of make run says, and end it
	@trap 'Deploy/run stop --name try >/dev/null; $(STACK) reset --name try >/dev/null' EXIT; Deploy/run --name try --build debug --detach >/dev/null \
		&& sed '/^e滨达/d' .local/try/try | bash -e >.local/try/tried && grep -q '"state":"' .local/try/tried && grep -qx equal .local/try/tried \
		&& echo "try: every command of the screen works"

.PHONY: encrypted
encrypted: build ## Start all of it with TLS on every link, send one item through, try every port in clear, and end it
	@$(STACK) install python3-pika
	@trap 'Deploy/run stop --name encrypted >/dev/null; $(STACK) reset --name encrypted >/dev/null' EXIT; Deploy/run --name encrypted --build debug --tls --detach >/dev/null \
		&& /usr/bin/python3 Tests/Encrypted/encrypted.py --name encrypted

.PHONY: pages
pages: build ## Drive the pages in a real Chromium, phone and desk, with scripts and without; pictures in .local/pages
	@$(STACK) install chromium chromium-driver python3-selenium fonts-noto-cjk
	@/usr/bin/python3 Tests/Pages/pages.py

.PHONY: fuzz
fuzz: build ## Ask every operation what its document allows and forbids (EXAMPLES=100 inputs each), with schemathesis from PyPI
	@Tests/Fuzz/fuzz $(or $(EXAMPLES),100)

.PHONY: faults-long
faults-long: build ## Run the faults that take minutes: a cluster without its majority, the broker's own patience, a million clocks, Directory away for a minute
	@$(call faulted,$(LONG),--nodes 3,LongFaultTests)
	$(STACK_ENVIRONMENT) EBINDA_CLOCKS=$(or $(CLOCKS),1000000) swift test --skip-build --filter StageStormTests
	$(STACK_ENVIRONMENT) EBINDA_DIRECTORY_AWAY=60 swift test --skip-build --filter DirectoryDownTests

.PHONY: test-debian12
test-debian12: ## Run all tests in a bare Debian 12 of its own (as root; ROOTS=folder, /var/tmp/ebinda-roots)
	Deploy/debian-root bookworm $(ROOTS)/bookworm -- make test

.PHONY: test-debian13
test-debian13: ## Run all tests in a bare Debian 13 of its own (as root; ROOTS=folder, /var/tmp/ebinda-roots)
	Deploy/debian-root trixie $(ROOTS)/trixie -- make test

.PHONY: fresh-debian12
fresh-debian12: ## Do all that README promises of a fresh clone in a bare Debian 12, with the times (as root; ROOTS=folder)
	Deploy/debian-root bookworm $(ROOTS)/bookworm -- Tests/Fresh/fresh

.PHONY: soak
soak: build ## Kill services, broker and database at random under load for DURATION seconds (60), then count what is lost and doubled
	@trap '$(STACK) stop --name $(SOAKED)' EXIT; $(STACK) reset --name $(SOAKED) && $(STACK) start --name $(SOAKED) && set -a && . .local/$(SOAKED)/environment && set +a \
	&& "$$(swift build --show-bin-path)/Soak" $(or $(DURATION),60)

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
lint: ## Check format, scripts, samples, and the message contract against the official schema
	@$(STACK) install shellcheck python3-jsonschema
	swift format lint --strict --recursive --parallel Package.swift Services Shared Tests
	@shellcheck Deploy/stack Deploy/stack-* Deploy/run Deploy/sign-in Deploy/debian-root Deploy/compose Deploy/Images/base Deploy/Images/postgresql-entry .ci/run Tests/Fuzz/fuzz Tests/Fresh/fresh
	@/usr/bin/python3 Tests/Samples/check.py
	@/usr/bin/python3 Tests/Schemas/check.py

.PHONY: format
format: ## Put all Swift files into the project's format
	swift format format --in-place --recursive --parallel Package.swift Services Shared Tests

# What is measured, and what measures.
MEASURED := BareHop Bench ebinda Directory Intake Routing Replies Reminders Dashboard

.PHONY: bench
bench: ## Measure the reliable hop, whole lives, bursts, intake, polls and neighbours (QUICK=1 for one short round of each)
	@$(STACK) install wrk
	$(foreach product,$(MEASURED),swift build -c release --product $(product) $(BUILD_FLAGS) &&) true
	@rm -f .local/bench.json
	@trap '$(STACK) reset --name $(MEASURED_STACK)' EXIT; $(STACK) reset --name $(MEASURED_STACK) && BROKER_NICENESS=5 $(STACK) start --name $(MEASURED_STACK) \
		&& set -a && . .local/$(MEASURED_STACK)/environment && set +a \
		&& .build/release/Bench all $(if $(QUICK),1 20000 5,3 60000 20) && .build/release/Bench services $(if $(QUICK),quick)

.PHONY: clean
clean: ## Stop the servers and remove what was built and stored
	-$(STACK) reset --name $(STACK_NAME)
	-$(STACK) reset --name $(FAULTS)
	-$(STACK) reset --name $(LONG)
	-for name in run demo; do Deploy/run stop --name $$name; $(STACK) reset --name $$name; done
	rm -rf .build .local
