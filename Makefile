# Two commands on a fresh machine with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PICTURES ?= samples

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check docs wheel-test lowest pythons bench layers figures speed goldens studio-assets clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=24'
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

# The tests also train, and run Stable Diffusion's classes: that takes torch.
$(VENV)/.ready-for-tests: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/.ready-for-docs: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	@touch $@

demo: $(VENV)/.ready ## encode and decode the sample pictures; look into demo/ afterwards
	$(BIN)/python samples/demo.py --out demo

# Type checking and the wheel's test take a core each.
test: $(VENV)/.ready-for-tests ## run the whole suite with its coverage, after check and wheel-test
	$(MAKE) --jobs=2 --output-sync check wheel-test
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov

check: $(VENV)/.ready-for-tests ## lint, formatting, types, and that the layers of the house only import downwards
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

docs: $(VENV)/.ready-for-docs ## build the guides and the reference into site/; a broken link or docstring is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

wheel-test: $(VENV)/.ready ## build the wheel, install it into an empty environment, run the demo with it
	$(BIN)/python scripts/wheel_test.py

lowest: $(VENV)/.ready ## the same with the lowest versions of our dependencies (constraints-lowest.txt)
	$(BIN)/python scripts/wheel_test.py --constraints constraints-lowest.txt --only-binary

pythons: $(VENV)/.ready ## the same with every Python that is supported and found
	$(BIN)/python scripts/wheel_test.py --pythons 3.11 3.12 3.13 3.14

$(VENV)/.ready-for-bench: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	@touch $@

bench: $(VENV)/.ready-for-bench ## rate, quality and speed against other codecs, and a page of them; PICTURES=folder
	$(BIN)/triptych bench $(PICTURES) -o results
	$(BIN)/triptych report results

layers: $(VENV)/.ready-for-bench ## bytes per layer, against lossless coders of the same rasters; PICTURES=folder
	$(BIN)/python benchmarks/codec.py $(PICTURES)

figures: $(VENV)/.ready-for-bench ## the README's figures, from benchmarks/results/
	$(BIN)/python scripts/readme_figures.py

speed: $(VENV)/.ready ## how fast this tree is against the revision that the kept ratios name; fails if it became slower
	$(BIN)/python benchmarks/speed.py $(PICTURES) --gate benchmarks/results/speed.json

goldens: $(VENV)/.ready-for-tests ## rewrite the expected results of tests that are not frozen; review the difference
	$(BIN)/python conformance/make_vectors.py
	$(BIN)/python tests/edit/make_goldens.py

studio-assets: ## fetch the libraries of the studio's page again (npm) and compare them with what is committed
	$(PYTHON) scripts/studio_assets.py

clean: ## remove what the commands above made
	rm -rf $(VENV) demo build dist site src/*.egg-info
