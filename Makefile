# Needs make and Python 3.11 or newer; everything else is installed by hash into .venv* here.
# `make test PYTHON=python3.12` chooses the Python that a new environment is made with.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BIN := .venv/bin
DESCRIPTIONS := tests/fakegithub/node_modules
DATA ?=
SECONDS ?= 60

.PHONY: help demo test lint docs e2e image bench accuracy fuzz lock clean descriptions

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-10s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv-run/ready ## judge two workflows: stored keys (refused) and OIDC (accepted)
	@$(call check,examples/workflows/gross-way.yml,1)
	@$(call check,examples/workflows/tasty-way.yml,0)

test: .venv/ready descriptions ## run the tests
	@$(BIN)/python -m pytest -n auto --ignore=tests/e2e

lint: .venv/ready ## check format, rules, types, floors, docstrings, docs and stray paths
	@$(BIN)/ruff format --quiet --check
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@broken=$$($(BIN)/lint-imports --no-logo) || { echo "$$broken"; exit 1; }
	@$(BIN)/interrogate --quiet src || $(BIN)/interrogate -vv src
	@$(BIN)/python tools/docs.py --check
	@git grep --untracked -nIE '$(STRAY)'; test $$? -eq 1 \
		|| { echo 'lint: no file may name a package index or a path of one machine' >&2; exit 1; }
	@test -z "$$(git ls-files --cached --ignored --exclude-standard)" \
		|| { echo 'lint: a file is committed that .gitignore names' >&2; exit 1; }

docs: .venv/ready ## write the pages and tables that come from the code
	@$(BIN)/python tools/docs.py

e2e: .venv/ready .venv-tools/ready descriptions ## test the installed wheel, and the container in a workflow
	@rm -rf .venv-e2e
	@$(BIN)/python -m venv .venv-e2e
	@$(BIN)/pip wheel -qq --no-deps --no-build-isolation --wheel-dir .venv-e2e .
	@.venv-e2e/bin/pip install -qq --require-hashes -r requirements/runtime.txt
	@.venv-e2e/bin/pip install -qq --no-deps .venv-e2e/*.whl
	@OIDC_ENFORCER=$(CURDIR)/.venv-e2e/bin/oidc-enforcer OIDC_ENFORCER_TOOLS=$(CURDIR)/.venv-tools/bin \
		$(BIN)/python tools/image.py $(BIN)/python -m pytest tests/e2e

image: .venv/ready ## build the Action's container, print its size and how soon it speaks
	@$(BIN)/python tools/image.py

bench: .venv-bench/ready ## measure against zizmor, actionlint and ActionScope, and trust by itself [DATA=DIR]
	@.venv-bench/bin/python tools/bench.py $(DATA)
	@.venv-bench/bin/python tools/trust_bench.py

accuracy: .venv-run/ready .venv-tools/ready ## precision and recall on labelled workflows [DATA=DIR]
	@.venv-run/bin/python tools/accuracy.py $(DATA)

fuzz: .venv/ready ## look for a crash for a while [SECONDS=60] [DATA=DIR]
	@$(BIN)/python tools/fuzz.py --seconds $(SECONDS) $(DATA)

lock: .venv-lock/ready ## choose the newest allowed versions and pin them by hash
	@$(LOCK) --group build -o requirements/build.txt
	@$(LOCK) --group lock -o requirements/lock.txt
	@$(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	@$(LOCK) pyproject.toml --group bench -o requirements/bench.txt
	@$(LOCK) --group tools -o requirements/tools.txt

clean: ## remove what make has made
	@rm -rf .venv .venv-* $(DESCRIPTIONS) .*_cache .e2e .hypothesis build dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

# GitHub's own descriptions of its API, which the GitHub of the tests is held to. The lock names no
# registry; the integrity of each package says whether it is the right one.

descriptions: $(DESCRIPTIONS)/ready

$(DESCRIPTIONS)/ready: tests/fakegithub/package-lock.json
	@if command -v npm >/dev/null; then \
		echo 'setting up GitHub'\''s API descriptions (once per lock)'; \
		npm ci --prefix tests/fakegithub --ignore-scripts --no-audit --no-fund --silent \
			&& find $(@D) -name '*.deref.json' -delete && touch $@; \
	else echo 'npm is missing: tests against GitHub'\''s API descriptions are skipped' >&2; fi

# One environment per lock, made again only when its lock changes. The source is linked, not copied.

.venv/ready: requirements/dev.txt
.venv-bench/ready: requirements/bench.txt
.venv-run/ready: requirements/runtime.txt requirements/build.txt

.venv/ready .venv-bench/ready .venv-run/ready: %/ready:
	@echo 'setting up $* (once per lock)'
	@$(PYTHON) -m venv --clear $*
	@$*/bin/pip install -qq --require-hashes $(^:%=-r %)
	@$*/bin/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

.venv-lock/ready: requirements/lock.txt
.venv-tools/ready: requirements/tools.txt

.venv-lock/ready .venv-tools/ready: %/ready:
	@echo 'setting up $* (once per lock)'
	@$(PYTHON) -m venv --clear $*
	@$*/bin/pip install -qq --require-hashes -r $<
	@touch $@

LOCK = .venv-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command 'make lock'

# The newest Python here that runs and can make environments.
PYTHON ?= $(or $(shell \
	for python in python3.14 python3.13 python3.12 python3.11 python3; do \
		$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null && echo $$python && break; \
	done),$(error needs Python 3.11 or newer with venv (on Debian: apt-get install python3-venv)))

# $(call check,FILE,STATUS): show the command, run it, and insist on its exit status.
define check
echo '$$ oidc-enforcer check $(1)'; .venv-run/bin/oidc-enforcer check $(1); status=$$?; \
	if [ $$status -eq $(2) ]; then echo "exit $$status, as expected"; echo; \
	else echo "exit $$status, expected $(2)" >&2; exit 1; fi
endef

# What only one machine knows; whoever installs chooses the index. Brackets: not to find itself.
STRAY := py[p]i\.org|pythonhoste[d]|[/]work/(main|shared|wt|\.library)|[.][.]/shared/|[/]opt/(pypi|wheels)|[/]root/[.](pyenv|cache|config)
