# Every target sets itself up: the first one called makes .venv with all that requirements.lock names, and with it
# the front end, which is built again when its sources change.

BIN := .venv/bin
READY := .venv/.ready
FRONT := kodonb/widgets/static/manifest.json
SOURCES := $(shell find labextension \( -name node_modules -o -name coverage -o -name __pycache__ \) -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help demo test ui-test front messages kumeo notebooks lint types bench docs lab lock clean

help: ## show this table
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(READY) $(FRONT) ## execute the quickstart notebook on a local Ray and show its run
	@$(BIN)/python .ci/demo.py

test: $(READY) $(FRONT) ## run all tests (installs Chromium, PostgreSQL and Mosquitto where it may)
	@bash .ci/system
	@bash .ci/npm test
	$(BIN)/python -m pytest tests/ui
	$(BIN)/python -m pytest --ignore tests/ui -n 2 --dist loadscope --no-loadscope-reorder

ui-test: $(READY) $(FRONT) ## run the tests that drive JupyterLab in Chromium
	@bash .ci/system
	$(BIN)/python -m pytest tests/ui

front: $(READY) $(FRONT) ## check and test the front end
	@bash .ci/npm run check
	@bash .ci/npm test

messages: $(READY) ## write the types of the front end's messages anew from kodonb/widgets/messages.py
	$(BIN)/python .ci/messages.py >labextension/src/messages.schema.json
	@bash .ci/npm run messages

kumeo: $(READY) ## write what is generated of Kumeo anew: the grammar's tables, the schema of programs, tables of the manual
	$(BIN)/python .ci/kumeo.py

notebooks: $(READY) $(FRONT) ## check all notebooks and execute them, without Ray
	$(BIN)/kodonb lint notebooks
	PATH="$(CURDIR)/$(BIN):$$PATH" JUPYTER_PREFER_ENV_PATH=1 KODONB_SESSION=inline KODONB_HOME=$(CURDIR)/.demo/home \
		$(BIN)/kodonb batch notebooks/*.ipynb -n 1 -o .demo/executed --timeout 5m

lint: $(READY) ## check style, format and the rooms' import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	@bash .ci/npm run lint

types: $(READY) ## check types
	$(BIN)/mypy
	@bash .ci/npm run check

bench: $(READY) $(FRONT) ## measure, each number beside its baseline
	$(BIN)/python -m tests.bench

docs: $(READY) $(FRONT) ## build the documentation into docs/_build/html; warnings are errors
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

lab: $(READY) $(FRONT) ## open the notebooks in JupyterLab
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab notebooks

lock: $(READY) ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --generate-hashes \
		--no-emit-index-url --all-extras --quiet --output-file requirements.lock pyproject.toml

clean: ## remove everything that was built, .venv too
	rm -rf .venv .demo dist docs/_build .hypothesis .*_cache kodonb/widgets/static kodonb/labextension \
		labextension/node_modules
	find kodonb labextension tests docs notebooks -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements.lock
	@bash .ci/venv
	@touch $@

$(FRONT): $(SOURCES) | $(READY)
	@bash .ci/npm
