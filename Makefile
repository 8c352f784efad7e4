# PeerSpace. `make help` lists the targets. ARGS is handed on: make test ARGS="tests/forum -x"
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-slow lint format bench replay screens words lock clean

ENVIRONMENT := requirements/environment.sh
PY := .venv/bin/python

# Each stamp stands for what a lock file says being installed, so that a second start costs nothing.
RUN := .venv/.run
TEST := .venv/.test
LINT := .venv/.lint
CHECKERS := .venv-checkers/.checkers

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUN) $(TEST) $(LINT) $(CHECKERS)  ## everything a developer needs, from the lock files
	@echo "PeerSpace is set up."

run: $(RUN)  ## PeerSpace with demo members at http://127.0.0.1:8000
	@exec .venv/bin/peerspace serve --demo

# Files keep their order: sorted by how many tests they hold, the browser's few and long ones would come last, one process
# would wait for the other, and what a folder shares (servers, a Chromium) would be started again for each of its files.
test: $(RUN) $(TEST) $(CHECKERS)  ## every test but the slow ones
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: $(RUN) $(TEST) $(CHECKERS)  ## the slow tests
	@$(PY) -m pytest -m slow $(ARGS)

lint: $(RUN) $(TEST) $(LINT)  ## style, types and import rules
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo

format: $(LINT)  ## put the code into the style that lint asks for
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

# A benchmark is a module under bench/ that can be started; the others are its helpers, the replay has its own target.
bench: $(RUN) $(TEST) $(CHECKERS)  ## every benchmark, one after the other
	@set -e; for bench in $$(grep -l '^if __name__ ==' bench/*.py | grep -v '^bench/replay.py$$'); do \
		echo "== $$bench"; PYTHONPATH=. $(PY) $$bench $(ARGS); done

replay: $(RUN) $(TEST) $(CHECKERS)  ## a recorded conversation through a real server, checked
	@PYTHONPATH=. $(PY) bench/replay.py $(ARGS)

screens: $(RUN) $(TEST)  ## pictures of every page in every look, in var/screens (ARGS=--gallery: docs/screens too)
	@$(PY) -m tests.browser.screens $(ARGS)

words: $(RUN)  ## read the words to translate anew, and compile the catalogues (ARGS=--check only compares)
	@$(PY) -m peerspace.translations $(ARGS)

lock: .venv-lock/.lock  ## write the lock files anew (UPGRADE=1: newest versions within the bounds)
	@requirements/lock.sh .venv-lock/bin/pip-compile

clean:  ## remove environments and caches; data stays
	@rm -rf .venv .venv-checkers .venv-lock build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A changed setup.cfg only renews the checkout's own entry (its commands); the packages follow the lock.
$(RUN): $(RUN)-packages setup.cfg pyproject.toml
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(RUN)-packages: requirements/run.lock
	@$(ENVIRONMENT) .venv requirements/run.lock
	@touch $@

$(TEST): requirements/test.lock | $(RUN)
	@$(ENVIRONMENT) .venv requirements/test.lock
	@touch $@

$(LINT): requirements/lint.lock | $(RUN)
	@$(ENVIRONMENT) .venv requirements/lint.lock
	@touch $@

$(CHECKERS): requirements/checkers.lock
	@$(ENVIRONMENT) .venv-checkers requirements/checkers.lock
	@touch $@

.venv-lock/.lock: requirements/tools.lock
	@$(ENVIRONMENT) .venv-lock requirements/tools.lock
	@touch $@
