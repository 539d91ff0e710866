# The menu. `make run` and `make test` do all the set-up they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test lint types fix screenshots clean

run: $(VENV)/.run  ## open the dashboard, with a worker beside it
	$(BIN)/python -m verifier init
	$(BIN)/python -m verifier.serve --port $(PORT)

test: $(VENV)/.test lint types  ## everything CI runs
	$(BIN)/python -m pytest -q -n auto --dist loadfile

lint: $(VENV)/.test  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test  ## types
	$(BIN)/mypy

fix: $(VENV)/.test  ## mend and format what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(VENV)/.test  ## pictures of every page of the workspace as it is, into docs/images
	$(BIN)/python tests/browser/screenshots.py

clean:  ## forget the virtual environment and caches, keep the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.test: requirements.txt requirements-dev.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.run
