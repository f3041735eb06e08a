# Every target sets up what it needs by itself; all of it stays in .venv, .venv-server and .venv-models.
PYTHON ?= python3
BIN := .venv/bin
SERVER := .venv-server
MODELS := .venv-models
FAST := tests/test_house.py tests/test_public.py tests/convert tests/corpus tests/probes tests/scoring
SERVED := tests/corpus/test_labelstudio_fuzz.py::test_a_batch_of_wild_documents_comes_back_from_the_server
ANNOTATOR ?= annotator-4

.NOTPARALLEL:
.PHONY: help leaderboard report leaderboard-full models test test-fast test-models test-cluster test-browser check format annotate dataset server clean

help:
	@echo 'make leaderboard  score every system in baselines/ on the five articles'
	@echo 'make leaderboard-full  run every baseline anew, models too, in an environment of their own (half an hour)'
	@echo 'make report       results and the dataset as pages for a browser, in report/'
	@echo 'make test         all tests, with a real Label Studio on 127.0.0.1'
	@echo 'make test-fast    a part of the tests that needs no server: half a minute to some minutes'
	@echo 'make test-models  tests of the baselines that need torch, in an environment of their own'
	@echo 'make test-cluster  work on a cluster: Ray on 127.0.0.1, with a node that is lost'
	@echo 'make test-browser  the annotation screen in a real browser: Chromium, and Label Studio on 127.0.0.1'
	@echo 'make annotate     start Label Studio with the articles to annotate [ANNOTATOR=name PORT=n DOCUMENT=id]'
	@echo 'make dataset      make data/ and its statistics from the export of the gold, registry, targets and seeds'
	@echo 'make check        lint, format and types'

leaderboard: .venv/eval.stamp
	@$(BIN)/python -m pytest eval/ -q $(ARGS)

report: .venv/report.stamp
	@$(BIN)/onrecord report $(ARGS)

leaderboard-full: $(MODELS)/full.stamp
	@$(MODELS)/bin/python -m pytest eval/ -q --extras $(ARGS)

models: $(MODELS)/test-models.stamp

test: .venv/test.stamp $(SERVER)/installed.stamp
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

test-fast: .venv/test.stamp
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(FAST) --deselect $(SERVED) $(ARGS)

test-models: $(MODELS)/test-models.stamp
	@$(MODELS)/bin/python -m pytest tests/models $(ARGS)

test-cluster: .venv/cluster.stamp
	@$(BIN)/python -m pytest tests/cluster $(ARGS)

test-browser: .venv/browser.stamp $(SERVER)/installed.stamp
	@$(BIN)/python -m pytest tests/browser $(ARGS)

check: .venv/check.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/check.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

annotate: .venv/annotate.stamp .venv/agreement.stamp $(SERVER)/installed.stamp
	@$(BIN)/onrecord annotate up $(if $(PORT),--port $(PORT))
	@$(BIN)/onrecord annotate push --annotator $(ANNOTATOR) --new $(addprefix --document ,$(DOCUMENT))
	@$(BIN)/onrecord annotate status

dataset: .venv/plots.stamp
	@$(BIN)/onrecord dataset build
	@$(BIN)/onrecord dataset describe

server: $(SERVER)/installed.stamp

clean:
	rm -rf .venv $(SERVER) $(MODELS)

# -- environments ---------------------------------------------------------------------------------
# A stamp is made last, so that what was interrupted is made again; a broken folder is made anew.

define create
	@command -v $(PYTHON) >/dev/null || { echo 'error: $(PYTHON) not found; install Python 3.11 to 3.14 or say make PYTHON=...' >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || { echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1); OnRecord needs Python 3.11 to 3.14 (make PYTHON=...)" >&2; exit 2; }
	@$(PYTHON) -c 'import venv' 2>/dev/null || { echo 'error: $(PYTHON) has no venv module; install it (Debian: python3-venv)' >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo 'error: $(PYTHON) has no ensurepip module; install it (Debian: python3-venv)' >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(1)
	@$(1)/bin/python -m pip --version >/dev/null
	@touch $(1)/created.stamp
endef

.venv/created.stamp:
	$(call create,.venv)

$(SERVER)/created.stamp:
	$(call create,$(SERVER))

$(MODELS)/created.stamp:
	$(call create,$(MODELS))

# one stamp for each set of extras: .venv/<extra>.stamp
# --use-pep517: what is published as source alone is built apart, with all that building it needs
.venv/core.stamp: pyproject.toml .venv/constraints.txt | .venv/created.stamp
	@echo 'installing into .venv ...'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --use-pep517 -c .venv/constraints.txt -e .
	@touch $@

.venv/%.stamp: pyproject.toml .venv/constraints.txt | .venv/created.stamp
	@echo 'installing into .venv ($*) ...'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --use-pep517 -c .venv/constraints.txt -e '.[$*]'
	@touch $@

# what has no wheel for the newest Python in the version that the others have is taken from a file of its own
.venv/constraints.txt: constraints/core.txt constraints/python-3.14.txt | .venv/created.stamp
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 14))'; \
	then grep -v '^numpy==' constraints/core.txt | cat - constraints/python-3.14.txt >$@; \
	else cp constraints/core.txt $@; fi

$(SERVER)/installed.stamp: pyproject.toml constraints/server.txt | $(SERVER)/created.stamp
	@echo 'installing Label Studio into $(SERVER) (about 1 GB, a minute or two) ...'
	@$(SERVER)/bin/python -m pip install -q --disable-pip-version-check --use-pep517 -c constraints/server.txt label-studio
	@touch $@

$(MODELS)/%.stamp: pyproject.toml constraints/core.txt constraints/models.txt | $(MODELS)/created.stamp
	@echo 'installing torch and transformers into $(MODELS) ($*, about 1.5 GB, a few minutes) ...'
	@$(MODELS)/bin/python -m pip install -q --disable-pip-version-check --use-pep517 -c constraints/core.txt -c constraints/models.txt -e '.[$*]'
	@touch $@
