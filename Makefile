# Everything runs in a virtual environment of the checkout; a target makes what it needs first.
PYTHON ?= python3
VENV := .venv
OLDEST := .venv-oldest
# One process a core; whoever is done takes tests from the other.
PARALLEL := -q -n auto --dist worksteal
PIP := -m pip --disable-pip-version-check --quiet install

.PHONY: demo test lint unit oldest bench prove clean

demo: $(VENV)/ready  ## the main job, against the built-in practice cluster
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh demo/demo.sh

test: lint unit oldest  ## everything that CI runs

lint: $(VENV)/ready  ## format, lint, types, architecture
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

unit: $(VENV)/ready  ## all tests, with coverage of the pure rooms complete
	rm -f .coverage .coverage.*
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m pytest $(PARALLEL) --cov --cov-report= $(ARGS)
	$(VENV)/bin/coverage report --include='kubectl_routes/analyze/*,kubectl_routes/render/*' --fail-under=100

oldest: $(OLDEST)/ready  ## what speaks to the SDKs, with the oldest releases that setup.cfg admits
	PATH="$(CURDIR)/$(OLDEST)/bin:$$PATH" $(OLDEST)/bin/python -m pytest $(PARALLEL) tests/apply tests/collect tests/cli tests/contract

bench: $(VENV)/ready  ## the figures of docs/performance.md
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python bench/run.py $(ARGS)

prove: $(VENV)/ready  ## every fault at every request, and long random walks; writes docs/reliability.md
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m tests.prove $(ARGS)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" PROVE_WALKS=10 PROVE_SEED=100 PROVE_STEPS=20 $(VENV)/bin/python -m pytest -q tests/prove/test_walks.py

$(VENV)/ready: setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP) --editable '.[test,lint]'
	@touch $@

$(OLDEST)/ready: setup.cfg tests/oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python $(PIP) --editable '.[test]' --constraint tests/oldest.txt
	@touch $@

clean:
	rm -rf $(VENV) $(OLDEST) .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
