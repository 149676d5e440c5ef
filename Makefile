# Everything one does with this program, from a bare checkout: `make help` lists it.
#
# Paths are relative and programs are called as `.venv/bin/python -m …`, because a script inside a
# virtual environment names its interpreter by an absolute path, which may hold a space.

HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=

PYTHON := .venv/bin/python
FLASK  := $(PYTHON) -m flask --app wsgi
PYTEST := $(PYTHON) -m pytest -n 4 --dist worksteal

# uv would fetch a Python of its own where ours does not please it.
export UV_PYTHON_DOWNLOADS := never
# A package index may be set for pip; nobody's user site may shine through.
export PYTHONNOUSERSITE := 1
# Where this is set every process compiles the program and its libraries anew, which takes three
# times as long as loading them, and tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check lint format types layers templates spelling pins compiled bench proof db clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; \
	do printf '  make %-10s %s\n' "$$name" "$$what"; done

run: .venv/.run-ready ## web and worker on http://localhost:8000 (HOST=… PORT=… COMMUNITY_…=…)
	@exec $(FLASK) serve --prepare --attached --host "$(HOST)" --port "$(PORT)"

test: .venv/.dev-ready ## the whole test suite, on SQLite and on PostgreSQL (ARGS="tests/rsvp -x")
	$(PYTEST) $(ARGS)

check: .venv/.dev-ready ## all that CI runs: lint, types, layers, templates, tests with coverage
	$(MAKE) --jobs=4 --output-sync=target lint types layers templates spelling pins compiled
	$(MAKE) test ARGS="--cov --cov-report=term $(ARGS)"

lint: .venv/.dev-ready ## ruff: lint and form
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: .venv/.dev-ready ## put the code into its form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types: .venv/.dev-ready
	$(PYTHON) -m mypy

layers: .venv/.dev-ready
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

# H021 forbids inline styles, and mail programs know no others.
templates: .venv/.dev-ready
	$(PYTHON) -m djlint --lint --quiet templates --per-file-ignores templates/mail H021

spelling: .venv/.dev-ready
	$(PYTHON) -m codespell_lib .

# Once for the processes that run tests, each of which would compile all of them.
compiled: .venv/.dev-ready
	@$(PYTHON) -m pytest --collect-only -qq >/dev/null || true

# A requirement by address would pin everybody to one machine's package index.
pins:
	@! grep -nE 'https?://|file:' requirements.txt requirements-dev.txt

bench: .venv/.dev-ready ## figures beside their floors
	$(PYTHON) -m benchmarks $(ARGS)

proof: .venv/.dev-ready ## the long reliability and security runs
	@sh tools/proof.sh $(ARGS)

db: .venv/.run-ready ## migrations alone
	$(FLASK) db upgrade

clean: ## remove the virtual environment and caches; instance/ stays
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run-ready: requirements.txt
	@sh tools/install.sh requirements.txt
	@touch $@

.venv/.dev-ready: requirements-dev.txt
	@sh tools/install.sh requirements-dev.txt
	@touch $@
