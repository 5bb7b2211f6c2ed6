# `make` lists the targets. Everything lives in .venv and var; both may be deleted.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# Each process that the tests start would compile the modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install serve seed test test-quick test-postgresql check lock i18n clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or later: apt-get install python3 (or PYTHON=... make)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python cannot make a virtual environment: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/serve: requirements.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/develop: requirements-dev.txt .venv/serve
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

install: .venv/serve  ## make .venv with the locked dependencies and the command `tracker`

serve: .venv/serve  ## migrate, load seeds where the database is new, and serve on port 8000
	$(BIN)/tracker db upgrade
	$(BIN)/tracker load seeds --if-empty
	$(BIN)/tracker serve --port $(PORT)

seed: .venv/serve  ## load seeds/ into the database: unchanged files change nothing
	$(BIN)/tracker db upgrade
	$(BIN)/tracker load seeds

test: .venv/develop  ## run every test on SQLite; those in a browser need Chromium
	@command -v chromium >/dev/null || \
	  echo "NOTE: Chromium is missing, so the tests in a browser are skipped. To run them: apt-get install chromium"
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-quick: .venv/develop  ## run what starts no browser and no server
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser and not faults and not fuzz and not served"

test-postgresql: .venv/develop  ## run the tests on PostgreSQL, which comes with the environment
	$(BIN)/python -m pytest -n 2 --dist worksteal --engine postgresql -m "not browser and not fuzz"

check: .venv/develop  ## lint, types, import contracts, seeds
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tracker check seeds

lock: .venv/develop  ## write the lock files anew from pyproject.toml
	$(PIP) uv
	$(BIN)/uv pip compile --quiet pyproject.toml --extra postgresql --group build --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -o requirements.txt
	$(BIN)/uv pip compile --quiet pyproject.toml --extra postgresql --group dev --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -o requirements-dev.txt

i18n: .venv/develop  ## collect the texts to translate
	$(BIN)/pybabel extract --mapping babel.cfg --output tracker/translations/messages.pot tracker

clean:  ## remove .venv (the data in var/ stays)
	rm -rf .venv
