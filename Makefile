# What a developer types here, and what continuous integration runs (.ci/run).
#
#   make test     everything, with the race detector; installs by itself what the foreign programs need
#   make lint     golangci-lint and staticcheck at their pinned versions
#   make check    what each binary may link and weigh, and the house's other promises
#   make fuzz     every fuzz target for FUZZTIME each
#   make soak     the model that shows that no message is lost: 200,000 seeds in memory, 10,000 on each other store; many more kills
#   make bench    Go's benchmarks; make bench-amf: side by side with BlazeDS and Py3AMF (BENCHFLAGS=--json for programs);
#                 make bench-waiting: what clients that wait cost, and how soon a publish reaches them;
#                 make bench-stores: what each store is asked and charged, and what that costs by the vendors' price lists;
#                 make bench-lambda: what a function's start and a call take, beside aws-lambda-go-api-proxy
#   make lambda   bin/function.zip, the chat for AWS Lambda
#   make test-deploy  what is deployed, by the vendors' own tools: SAM and Google's provider for Terraform, half an hour at first; and our
#                 WebSocket API beside serverless-offline's
#   make vuln     known vulnerabilities; wants the network

GO       ?= go
FUZZTIME ?= 10m

# For bench-amf, such as --json, bench-waiting, such as --polls=1000, or bench-stores, such as --stores=firestore.
BENCHFLAGS ?=
BUILD    := $(CURDIR)/.build

# What is tested with servers of other makers, beside what foreign clients are tested with.
STORES   := ./stores/dynamodb/... ./stores/firestore ./stores/sql/postgres ./stores/memcache ./adapters/redis ./bench/stores ./tests/servers
# Bridges to brokers, and platforms: what runs as a function or a service, in the platforms' stead or on emulators, and what is deployed.
BRIDGES  := ./adapters/aws/... ./adapters/pubsub
PLATFORMS := ./tests/rie ./tests/functions ./tests/cloudrun ./tests/deploy

ARTIFACTS := -artifacts -outputdir $(BUILD)/artifacts

export PATCHBAY_BUILD := $(BUILD)

.PHONY: all test install build lint check fuzz soak bench bench-amf bench-lambda bench-stores bench-waiting vuln clean

all: build

build:
	$(GO) build -trimpath -o bin/patchbay ./cmd/patchbay

# Packages first, with nothing but Go and the C compiler that the race detector links with; then what needs foreign programs, always
# anew: what a test has other programs do, go's cache of results does not see. Screenshots of failures go to BUILD/artifacts.
# With the race detector: foreign clients, and in short the stores and bridges on real servers. Without it: the model of messaging, with five times as
# many seeds and on every store; the stores' whole suite; processes and servers that are killed; and what functions and services are, on the
# platforms' emulators and ours. Most of that waits for other programs, so three packages run at once.
test: install
	$(GO) test -race -timeout 20m ./...
	@mkdir -p $(BUILD)/artifacts
	$(GO) test -race -short -p 3 -count=1 -timeout 15m -tags peers $(ARTIFACTS) ./tests/browser ./tests/peers $(STORES) $(BRIDGES)
	$(GO) test -p 3 -count=1 -timeout 20m -tags peers $(ARTIFACTS) ./tests/delivery ./stores/sql/sqlite $(STORES) ./tests/kills $(PLATFORMS)

install:
	tests/install/cc $(BUILD)
	tests/install/python $(BUILD)
	tests/install/java $(BUILD)
	tests/install/chromium $(BUILD)
	tests/install/dynamodb $(BUILD)
	tests/install/dynalite $(BUILD)
	tests/install/node $(BUILD)
	tests/install/firestore $(BUILD)
	tests/install/postgres $(BUILD)
	tests/install/memcached $(BUILD)
	tests/install/redis $(BUILD)
	tests/install/moto $(BUILD)
	tests/install/pubsub $(BUILD)
	tests/install/rie $(BUILD)
	tests/install/cfnlint $(BUILD)

lint:
	tests/install/lint $(BUILD)
	$(BUILD)/bin/golangci-lint run
	$(BUILD)/bin/staticcheck -tags peers ./...

check:
	$(GO) test -count=1 ./tests/imports ./tests/sizes ./tests/docs

# One target at a time, since go test fuzzes no more than one in a run. Without a bound, making a new input smaller takes up to a
# minute, in which nothing else is tried.
fuzz:
	@$(GO) vet ./...
	@set -e; for package in $$($(GO) list ./...); do \
	  listed=$$($(GO) test -list '^Fuzz' $$package); \
	  for target in $$(echo "$$listed" | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
	  done; \
	done

# Each line in a bound of its own: the emulators take most of the time.
soak: install
	$(GO) test -count=1 -timeout 2h -run '^TestModel$$' ./tests/delivery -model.runs=200000
	$(GO) test -count=1 -timeout 48h -tags peers -run '^TestModelOn' ./tests/delivery -model.runs=10000
	$(GO) test -count=1 -timeout 4h -tags peers ./tests/kills -kills.rounds=100

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-waiting:
	@$(GO) run ./bench/waiting $(BENCHFLAGS)

bench-stores:
	@tests/install/dynamodb $(BUILD)
	@tests/install/firestore $(BUILD)
	@tests/install/postgres $(BUILD)
	@tests/install/memcached $(BUILD)
	@$(GO) run ./bench/stores $(BENCHFLAGS)

bench-lambda:
	$(GO) run ./bench/lambda $(BENCHFLAGS)

bench-amf:
	@tests/install/java $(BUILD)
	@tests/install/python $(BUILD)
	@tests/install/python-compiled $(BUILD)
	@tests/install/wrk $(BUILD)
	@$(GO) run ./bench/amf $(BENCHFLAGS)

# ---- Deployment. What Terraform puts on Lambda (SAM builds by itself), and what is too slow for "make test": AWS's SAM CLI, and Google's
# real provider for Terraform, which takes ten minutes to build.

.PHONY: lambda test-deploy

lambda:
	@mkdir -p bin
	@$(MAKE) --no-print-directory -C examples/chat/lambda package FILE='$(CURDIR)/bin/function.zip'

test-deploy:
	tests/install/sam $(BUILD)
	tests/install/terraform-google $(BUILD)
	tests/install/serverless-offline $(BUILD)
	$(GO) test -count=1 -timeout 10m -tags peers,deploy -run '^TestReal' -v ./tests/deploy
	$(GO) test -count=1 -timeout 10m -tags peers ./tests/offline

# ---- End of deployment.

vuln:
	GOBIN=$(BUILD)/bin $(GO) install golang.org/x/vuln/cmd/govulncheck@v1.8.0
	$(BUILD)/bin/govulncheck ./...

clean:
	rm -rf bin $(BUILD)
