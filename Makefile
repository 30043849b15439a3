# Every target sets up what it needs; nothing has to be installed or started first.
PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
READY    := $(VENV)/.ready
PACKAGES := .build/npm/.ready
INTEROP  := .build/interop
PROBING  := .build/interop-python
TYPED    := .build/python/tongxing
CLIENTS  := .build/clients
PROGRAMS := $(CLIENTS)/typescript/.ready $(CLIENTS)/python/.ready
NEWEST   := .build/newest
TOOLS    := .build/release-tools
RELEASED := .build/release
BASE     ?=
ARGS     ?=
# The whole suite is shared between these, each with a PostgreSQL server of its own; a selection (ARGS)
# starts none, and uses the server that is there (tests/back_ends.py).
WORKERS  ?= 4
SPREAD   := --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

# What is imported is compiled once and kept, also where the environment says otherwise: the tests start
# some hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo serve ready test interop check fast lint format golden released release arm bench peers soak mutants newest clean

demo: $(READY) $(PACKAGES)
	$(BIN)/tongxing demo $(ARGS)

serve: $(READY) $(PACKAGES)
	$(BIN)/tongxing serve --sandbox $(ARGS)

# What the tests need. The parts are fetched apart from each other, so `make --jobs` sets them up at once.
ready: $(READY) $(PACKAGES) $(PROGRAMS) $(TOOLS)/.ready $(INTEROP)/.ready $(PROBING)/.ready

test: ready
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(SPREAD))

# The quick word before a commit: the linters, and beside them the tests that start no processes.
check: $(READY)
	$(MAKE) --jobs=2 lint fast

fast: $(READY)
	$(BIN)/python -m pytest -m "not processes" $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Writes the published texts that tests compare with. Look at the difference before you commit it.
golden: $(READY)
	$(BIN)/tongxing sdl > schema/schema.graphql
	$(BIN)/tongxing sdl --subgraph > schema/subgraph.graphql
	$(BIN)/tongxing sdl --reference > docs/api.md
	$(BIN)/tongxing policy schema > docs/policy.schema.json
	$(BIN)/python -m tests.graphql.shipped_documents

# Keeps the SDL of a release, with which every later one is compared (docs/schema-changes.md). Only when
# a version is released.
released: $(READY)
	$(BIN)/python -m tests.graphql.schema_changes > schema/released.graphql

# Everything that is handed out of the version that pyproject.toml names, built twice and compared,
# into .build/release; then the tag, which is not pushed. BASE is the image that the container begins
# with; ARGS=--rehearse makes all of it but the tag (docs/operating/releasing.md).
release: $(READY) $(TOOLS)/.ready
	$(BIN)/python -m deploy.release --into $(RELEASED) --tools $(TOOLS)/bin $(if $(BASE),--base $(BASE)) $(ARGS)

# Holds the hub against other people's composers, gateways, generators and suites; writes the table of
# docs/interoperability.md (CONTRIBUTING.md).
interop: $(READY) $(INTEROP)/.all $(PROBING)/.ready
	$(BIN)/python -m tests.interop

# Whether 64-bit ARM gets every package of the lock; whenever a pin of the runtime is raised.
arm: $(READY)
	$(BIN)/python -m deploy.release.arm

# Kills the writer a thousand times, and looks for every acknowledged record afterwards. Then judges a
# million generated cases and twenty thousand questions by the oracle (tests/oracle), or as many as
# ORACLE_CASES and ORACLE_QUESTIONS say. Then ten thousand ask about one traveler at once, and a gate's
# page scans 20 travelers a minute for an hour. Last, a mixed load over four workers on servers of its
# own, with a fault every two seconds, for an hour or as many minutes as SOAK_MINUTES says.
soak: export ORACLE_CASES     ?= 1000000
soak: export ORACLE_QUESTIONS ?= 20000
soak: SOAK_MINUTES ?= 60
soak: $(READY)
	SOAK_KILLS=1000 $(BIN)/python -m pytest tests/storage/test_kills.py $(ARGS)
	$(BIN)/python -m pytest tests/oracle $(ARGS)
	STAMPEDE=10000 $(BIN)/python -m pytest tests/answering/test_stampede.py $(ARGS)
	GATE_MINUTES=$(SOAK_MINUTES) $(BIN)/python -m pytest tests/pages/test_gate_hour.py $(ARGS)
	$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES) --workers 4

# Changes the decision core and the trust in signatures one thing at a time; a test has to notice
# each. ARGS names files; without it all are tried, which takes about an hour.
mutants: $(READY)
	$(BIN)/python -m tests.mutation $(ARGS)

# Every row of the table, or those that ARGS names: a row, or a group of them (ARGS=--list).
bench: $(READY) peers
	$(BIN)/python -m benchmarks $(ARGS)

# Fetches what the hub is measured beside, and says what cannot be had.
peers: $(READY)
	@$(BIN)/python -m benchmarks.peers.installing

# An environment apart with the newest releases, and the tests of what rests on other libraries'
# internals: says what an upgrade would break.
newest:
	$(PYTHON) -m venv --clear $(NEWEST)
	$(NEWEST)/bin/python -m tests.packaging.newest requirements > $(NEWEST)/requirements.txt
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade -r $(NEWEST)/requirements.txt
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(NEWEST)/bin/python -m tests.packaging.newest

clean:
	rm -rf $(VENV) .build .mypy_cache .ruff_cache .pytest_cache

$(READY): requirements/dev.txt pyproject.toml setup.py | $(TYPED)
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# What describes a release, and what reads the files of deploy/ as those do for whom they are made.
$(TOOLS)/.ready: requirements/release.txt
	$(PYTHON) -m venv --clear $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/release.txt
	@touch $@

# mypy finds ``tongxing`` here: this directory, under the name that it is installed as.
$(TYPED):
	@mkdir -p $(@D) && ln -sfn ../.. $@

# GraphiQL's page and the GraphQL-over-HTTP audit. Without npm, or if npm has no network, the hub runs
# without the page and the audit is skipped.
$(PACKAGES): package.json
	@mkdir -p $(@D)
	@if ! command -v npm >/dev/null 2>&1; \
	then echo "npm is not installed: the hub runs without its GraphiQL page"; \
	elif cp package.json $(@D)/ && npm install --prefix $(@D) --no-package-lock --ignore-scripts --no-audit --no-fund --silent; \
	then touch $@; \
	else echo "npm could not fetch the GraphiQL page: the hub runs without it"; fi

# What the client programs of clients/ need, for the tests that run them. Without a network, or without
# npm, those tests are skipped.
$(CLIENTS)/typescript/.ready: clients/typescript/package.json
	@mkdir -p $(@D)
	@if ! command -v npm >/dev/null 2>&1; \
	then echo "npm is not installed: the library for TypeScript is not tested"; \
	elif cp $< $(@D)/ && npm install --prefix $(@D) --no-package-lock --ignore-scripts --no-audit --no-fund --silent; \
	then touch $@; \
	else echo "npm could not fetch the packages: the library for TypeScript is not tested"; fi

# Composers, a gateway, generators and an inspector that the tests ask. Without npm, or if npm has no network,
# they are left out, each with its reason. What only `make interop` asks stays away: it is large, and stands
# among the optional packages.
$(INTEROP)/.ready: tests/interop/package.json
	@mkdir -p $(@D)
	@if ! command -v npm >/dev/null 2>&1; \
	then echo "npm is not installed: the hub is not held against gateways"; \
	elif cp $< $(@D)/ && npm pkg delete optionalDependencies --prefix $(@D) && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --silent --prefix $(@D); \
	then touch $@; \
	else echo "npm could not fetch the packages: the hub is not held against gateways"; fi

# All of them, in the same folder.
$(INTEROP)/.all: tests/interop/package.json $(INTEROP)/.ready
	@if ! command -v npm >/dev/null 2>&1; \
	then echo "npm is not installed: the hub is not held against gateways"; \
	elif cp $< $(@D)/ && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --silent --prefix $(@D); \
	then chmod +x $(@D)/node_modules/@grafbase/*/grafbase 2>/dev/null; touch $@; \
	else echo "npm could not fetch the packages: the hub is not held against all gateways"; fi

# What asks questions of its own making, and what writes a client in Python. Without a network they are left
# out, each with its reason.
$(PROBING)/.ready: requirements/interop.txt
	@$(PYTHON) -m venv --clear $(@D)
	@if $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; \
	then touch $@; \
	else echo "pip could not fetch the packages: Schemathesis and ariadne-codegen are left out"; fi

$(CLIENTS)/python/.ready: clients/python/requirements.txt
	@$(PYTHON) -m venv --clear $(@D)
	@if $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; \
	then touch $@; \
	else echo "pip could not fetch the packages: the client program in Python is not tested"; fi
