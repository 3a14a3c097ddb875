# `make run` and `make test` are all a newcomer needs: each sets up what it uses, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HOST ?= 127.0.0.1
export PORT ?= 8000

# pygraphviz carries Graphviz, but takes four common libraries from the system; a bare one may lack them.
define graphviz
$(BIN)/python -c "import pygraphviz" 2>/dev/null || command -v dot >/dev/null || \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && \
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libglib2.0-0 libx11-6 libxext6 libxrender1 >/dev/null; \
else echo "Pictures need Graphviz: install it (dot), or the libraries glib 2, libX11, libXext and libXrender."; fi
endef

.PHONY: help run test check bench docs lock picture screenshots clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

run: $(VENV)/run.done ## serve on http://127.0.0.1:8000 (HOST and PORT override)
	$(BIN)/python -m app.cli serve

test: $(VENV)/dev.done ## run every test, in a browser too
	@$(BIN)/python tests/browser/install.py
	$(BIN)/pytest

check: $(VENV)/dev.done ## lint, types and import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app

bench: $(VENV)/dev.done ## measure, side by side with whichever peers are installed
	$(BIN)/python -m benchmarks

picture: $(VENV)/run.done ## draw the README's picture anew
	$(BIN)/python -m app.cli render --example seed-network --theme light --output docs/images/seed-network.svg

screenshots: $(VENV)/dev.done ## take pictures of the page, the README's among them, with the browser of the tests
	@$(BIN)/python tests/browser/install.py
	$(BIN)/python tests/browser/screenshots.py

docs: $(VENV)/run.done ## write the page of operations anew, from their table
	$(BIN)/python -m app.cli operations > docs/operations.md

lock: $(VENV)/run.done ## resolve the dependencies anew, for every platform, with hashes and without addresses
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--python-version 3.11 --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --quiet --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--python-version 3.11 --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove what was set up
	rm -rf $(VENV) build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.lock | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(graphviz)
	@touch $@

$(VENV)/dev.done: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(graphviz)
	@touch $@
