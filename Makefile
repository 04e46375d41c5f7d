# Two commands on a fresh machine with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PICTURES ?= samples

.DEFAULT_GOAL := help
.PHONY: help demo test check bench goldens clean

help: ## print this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=24'
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

# The tests also train, and run Stable Diffusion's classes: that takes torch.
$(VENV)/.ready-for-tests: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	@touch $@

demo: $(VENV)/.ready ## encode and decode the sample pictures; look into demo/ afterwards
	$(BIN)/python samples/demo.py --out demo

test: $(VENV)/.ready-for-tests check ## run the whole suite
	$(BIN)/python -m pytest

check: $(VENV)/.ready-for-tests ## lint, formatting, types, and that the layers of the house only import downwards
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

bench: $(VENV)/.ready ## bytes per layer and times, against other coders; PICTURES=folder
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/codec.py $(PICTURES)

goldens: $(VENV)/.ready-for-tests ## rewrite the expected results of tests; review the difference before you commit it
	$(BIN)/python conformance/make_vectors.py
	$(BIN)/python tests/edit/make_goldens.py

clean: ## remove what the commands above made
	rm -rf $(VENV) demo build dist src/*.egg-info
