# Everything runs in a virtual environment of the checkout; a target makes what it needs first.
PYTHON ?= python3
UV ?= uv
VENV := .venv
OLDEST := .venv-oldest
DIST := .venv-dist
KREW := build/krew
# kube-apiserver and etcd; those of another folder: make contract ASSETS=FOLDER
ASSETS := build/kubebuilder
# The tests of the command line that run it as a process: the frozen program has to pass them too.
FROZEN_TESTS := $(addprefix tests/cli/,test_process.py test_simulate.py test_practice.py \
	test_enable_killed.py test_completion.py test_screens.py) \
	$(addprefix tests/security/,test_canaries_of_a_process.py test_files.py)
# More processes than cores, since much of the time is spent waiting; whoever is done takes tests
# from the others.
PARALLEL := -q -n 4 --dist worksteal
# The rooms without input or output: their tests cover every branch.
PURE := analyze catalog ccm checks plan render
comma := ,
space := $(subst ,, )
PIP := -m pip --disable-pip-version-check --quiet install

.PHONY: demo test lint unit oldest browser picture bench bench-scale bench-watch bench-report fuzz prove mutate contract dist manifest dist-test pins clean

demo: $(VENV)/ready  ## the main job, against the built-in practice cluster
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh demo/demo.sh

test: lint unit oldest  ## everything that CI runs

lint: $(VENV)/ready  ## format, lint, types, architecture, licences, known vulnerabilities
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/pip-licenses > /dev/null
	$(VENV)/bin/python -m release.audit

unit: $(VENV)/ready  ## all tests, with coverage of the pure rooms complete
	rm -f .coverage .coverage.*
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m pytest $(PARALLEL) --cov --cov-report= $(ARGS)
	$(VENV)/bin/coverage report --include='$(subst $(space),$(comma),$(PURE:%=kubectl_routes/%/*))' --fail-under=100

oldest: $(OLDEST)/ready  ## what speaks to the SDKs, with the oldest releases that setup.cfg admits
	PATH="$(CURDIR)/$(OLDEST)/bin:$$PATH" $(OLDEST)/bin/python -m pytest $(PARALLEL) tests/apply tests/collect tests/cli tests/contract --ignore tests/cli/test_enable_killed.py

browser:  ## Chromium for the tests of the HTML report, where apt-get can install it; else they are skipped
	@command -v chromium >/dev/null || if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 || \
	    echo 'Chromium could not be installed: the tests that need it are skipped' >&2; \
	fi

picture: $(VENV)/ready  ## docs/report.png anew, from a practice cluster; needs Chromium
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m tests.browser.picture docs/report.png

bench: $(VENV)/ready  ## the figures of docs/performance.md
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m bench.run $(ARGS)

bench-scale: $(VENV)/ready  ## those of 15,000 nodes × 10 tables, where the VPC API throttles
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m bench.scale $(ARGS)

bench-watch: $(VENV)/ready  ## those of status -w: an hour of changes, and the load on the APIs
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m bench.watch $(ARGS)

bench-report: $(VENV)/ready  ## those of the HTML report; needs Chromium
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m bench.report

dist: $(DIST)/ready  ## the archive of this platform, krew's manifest, wheel and sdist, in dist/
	rm -rf dist
	$(DIST)/bin/python -m release.freeze
	$(DIST)/bin/python -m release.archive
	$(MAKE) manifest

manifest: $(DIST)/ready  ## what does not depend on the platform, for the archives that are in dist/
	$(DIST)/bin/python -m release.manifest --releases "$(RELEASES)"
	$(DIST)/bin/python -m release.krew dist/routes.yaml
	$(DIST)/bin/python -m build --no-isolation --outdir dist .

dist-test: $(VENV)/ready  ## what is in dist/: installed as krew, pip and pipx do, and used
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m pytest $(PARALLEL) tests/dist
	rm -rf $(KREW)
	$(VENV)/bin/python -m release.krew dist/routes.yaml --install $(KREW)
	$(KREW)/bin/kubectl-routes completion --install
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" KUBECTL_ROUTES_SCRIPTS=$(KREW)/bin $(VENV)/bin/python -m pytest $(PARALLEL) $(FROZEN_TESTS)

pins:  ## what make dist installs, with the hash of every file; needs uv, and UPGRADE=--upgrade for newer releases
	$(PYTHON) -m release.pins $(UV) $(UPGRADE)

fuzz: $(VENV)/ready  ## 100,000 hostile inputs; writes docs/reliability.md
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m tests.fuzz $(ARGS)

prove: $(VENV)/ready  ## every fault at every request, long random walks, hostile input; writes docs/reliability.md
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m tests.prove $(ARGS)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" PROVE_MINDS=20000 $(VENV)/bin/python -m pytest -q tests/analyze/test_two_minds.py
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" PROVE_WALKS=12 PROVE_SEED=100 PROVE_STEPS=20 $(VENV)/bin/python -m pytest -q tests/prove/test_walks.py
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" PROVE_ALL=1 $(VENV)/bin/python -m pytest $(PARALLEL) tests/security
	$(MAKE) fuzz ARGS=

contract: $(VENV)/ready $(ASSETS)/kube-apiserver  ## the contract tests against a real kube-apiserver
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" KUBEBUILDER_ASSETS=$(abspath $(ASSETS)) $(VENV)/bin/python -m pytest -q tests/contract

$(ASSETS)/kube-apiserver:
	sh tests/contract/kube_apiserver.sh $(ASSETS)

mutate: $(VENV)/ready  ## faults put into the pure rooms one at a time: which of them do the tests not notice?
	$(VENV)/bin/python $(PIP) --editable '.[mutate]'
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m tests.mutate $(ARGS)

$(VENV)/ready: setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP) --editable '.[test,lint]'
	@touch $@

$(OLDEST)/ready: setup.cfg tests/oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python $(PIP) --editable '.[test]' --constraint tests/oldest.txt
	@touch $@

$(DIST)/ready: setup.cfg release/frozen.txt release/setuptools.txt
	$(PYTHON) -m venv $(DIST)
	$(DIST)/bin/python $(PIP) --require-hashes --no-deps --requirement release/setuptools.txt
	$(DIST)/bin/python $(PIP) --require-hashes --no-deps --no-build-isolation --requirement release/frozen.txt
	$(DIST)/bin/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) $(OLDEST) $(DIST) .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants build dist *.egg-info
