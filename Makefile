# Every target sets itself up: the first one called makes .venv with all that requirements.lock names.

BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench docs lab lock clean

help: ## show this table
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## execute the quickstart notebook on a local Ray and show its run
	@$(BIN)/python .ci/demo.py

test: $(READY) ## run all tests (installs Chromium and PostgreSQL where it may)
	@bash .ci/system
	$(BIN)/python -m pytest

lint: $(READY) ## check style, format and the rooms' import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache

types: $(READY) ## check types
	$(BIN)/mypy

bench: $(READY) ## measure, each number beside its baseline
	$(BIN)/python -m tests.bench

docs: $(READY) ## build the documentation into docs/_build/html; warnings are errors
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

lab: $(READY) ## open the notebooks in JupyterLab
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab notebooks

lock: $(READY) ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --generate-hashes \
		--no-emit-index-url --all-extras --quiet --output-file requirements.lock pyproject.toml

clean: ## remove everything that was built, .venv too
	rm -rf .venv .demo dist docs/_build .hypothesis .*_cache
	find kodonb tests docs notebooks -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements.lock
	@bash .ci/venv
	@touch $@
