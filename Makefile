# Everything runs in virtual environments of the checkout; a target makes what it needs first, from
# the locks release/*.txt, with nothing but Python and its pip.
PYTHON ?= python3
UV ?= uv
VENV := .venv
OLDEST := .venv-oldest
NEWEST := .venv-newest
DIST := .venv-dist
KREW := build/krew
# Beside it: krew's own folders take no file of others.
COMPLETER := build/completer
# kube-apiserver and etcd; those of another folder: make contract ASSETS=FOLDER
ASSETS := build/kubebuilder
# The tests of the command line that run it as a process: the frozen program has to pass them too.
FROZEN_TESTS := $(addprefix tests/cli/,test_process.py test_simulate.py test_simulated.py \
	test_completion.py test_screens.py test_monitor.py) tests/qa/faults/test_enable_killed.py \
	$(addprefix tests/qa/security/,test_canaries_of_a_process.py test_files.py)
# What speaks to the libraries.
LIBRARY_TESTS := tests/apply tests/collect tests/cli tests/contract
# More processes than cores, since much of the time is spent waiting; a process that has finished
# takes tests from the others.
PARALLEL := -q -n 4 --dist worksteal
# The tests of the rooms without input or output. They cover every branch, and run by themselves:
# following what is run makes a test take nearly twice the time.
ROOMS := $(addprefix tests/,analyze catalog ccm checks plan render)
COVERED := -n auto --maxprocesses 8 $(ROOMS) --cov --cov-report=term-missing:skip-covered --cov-fail-under=100
QUICK := -m 'smoke or not qa' --hypothesis-profile=quick
PIP := -m pip --disable-pip-version-check --quiet install
LOCKED := $(PIP) --require-hashes --no-deps --no-build-isolation --requirement
# The programs of an environment, first in the PATH: $(call in,ENVIRONMENT) COMMAND
in = PATH="$(CURDIR)/$(1)/bin:$$PATH"
PYTEST := $(call in,$(VENV)) $(VENV)/bin/python -m pytest

# What pip installs from source needs setuptools, which comes first: $(call install,ENVIRONMENT,LOCK)
define install
@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Python 3.10 or newer is needed: make PYTHON=PROGRAM")'
test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
$(1)/bin/python $(LOCKED) release/setuptools.txt
$(1)/bin/python $(LOCKED) release/$(2).txt
$(1)/bin/python $(PIP) --no-deps --no-build-isolation --editable .
@touch $@
endef

# A program of Debian, from the package of its name: $(call installed,PROGRAM)
define installed
command -v $(1) >/dev/null || if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
    export DEBIAN_FRONTEND=noninteractive; \
    { apt-get update && apt-get install -y --no-install-recommends $(1); } >/dev/null 2>&1 || \
    echo '$(1) could not be installed: the tests that need it are skipped' >&2; \
fi
endef

.PHONY: help demo test qa lint fmt unit oldest newest browser prometheus picture graph screenshot bench bench-scale bench-watch bench-clusters bench-report fuzz faults mutate contract dist manifest dist-test schemas pins clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r target text; do printf '%-13s %s\n' "$$target" "$$text"; done

demo: $(VENV)/demo  ## the main job in a minute, against the simulated cluster
	@$(call in,$(VENV)) sh demo/demo.sh

test: lint unit  ## lint, the tests of the packages, and a smoke run of what make qa does
	@echo 'Ran: lint, the tests of the packages with their coverage, a smoke run of tests/qa. Skipped: what pytest lists above as such. Not run (make qa): all of tests/qa (faults, walks, hostile input, canaries, the browser, Prometheus), most scenarios and printed commands, the oldest libraries.'

qa: browser prometheus $(VENV)/ready  ## samples of faults, walks, hostile input and canaries; the browser; Prometheus; the oldest libraries
	$(PYTEST) $(PARALLEL) --timeout 180 -m 'qa or hypothesis' $(ARGS)
	$(MAKE) oldest

lint: $(VENV)/ready  ## format, lint, types, architecture, licenses, known vulnerabilities
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/pip-licenses > /dev/null
	$(VENV)/bin/python -m release.audit

fmt: $(VENV)/ready  ## write the code as lint wants it, as far as ruff can
	$(VENV)/bin/ruff check --fix-only .
	$(VENV)/bin/ruff format .

unit: $(VENV)/ready  ## the tests without lint; some of them: make unit ARGS="tests/analyze"
	rm -f .coverage .coverage.*
	$(if $(ARGS),,$(PYTEST) -q $(QUICK) $(COVERED))
	$(PYTEST) $(PARALLEL) $(if $(ARGS),$(ARGS),$(QUICK) $(addprefix --ignore=,$(ROOMS)))

oldest: $(OLDEST)/ready  ## what speaks to the libraries, with the oldest releases that setup.cfg admits
	$(call in,$(OLDEST)) $(OLDEST)/bin/python -m pytest $(PARALLEL) $(LIBRARY_TESTS)

newest:  ## the same with the newest releases that exist, whatever setup.cfg admits; needs no lock
	rm -rf $(NEWEST)
	$(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m release.newest | $(NEWEST)/bin/python $(PIP) --requirement /dev/stdin
	$(NEWEST)/bin/python $(PIP) --no-deps --editable .
	$(call in,$(NEWEST)) $(NEWEST)/bin/python -m pytest $(PARALLEL) -m 'smoke or not qa' $(ARGS)

browser:  ## Chromium for the tests of the HTML report, where apt-get can install it; else they are skipped
	@$(call installed,chromium)

prometheus:  ## Prometheus for the tests of the monitor, in the same way
	@$(call installed,prometheus)

picture: $(VENV)/ready  ## make docs/report.png again, from a simulated cluster; needs Chromium
	$(call in,$(VENV)) $(VENV)/bin/python -m tests.qa.browser.picture docs/report.png

graph: $(VENV)/ready  ## make docs/monitoring.png again, from a real Prometheus; needs it, and Chromium
	$(call in,$(VENV)) $(VENV)/bin/python -m tests.qa.prometheus.picture docs/monitoring.png

screenshot: $(VENV)/ready  ## make docs/status.svg again, from the output of status on a simulated cluster
	$(PYTEST) -q tests/test_docs.py -k picture_of_the_terminal --update-golden

bench: $(VENV)/ready  ## the figures of docs/performance.md
	$(call in,$(VENV)) $(VENV)/bin/python -m bench.run $(ARGS)

bench-scale: $(VENV)/ready  ## those of 15,000 nodes × 10 tables, where the VPC API throttles
	$(call in,$(VENV)) $(VENV)/bin/python -m bench.scale $(ARGS)

bench-watch: $(VENV)/ready  ## those of status -w: an hour of changes, and the load on the APIs; ARGS=--monitor: a day of monitor
	$(call in,$(VENV)) $(VENV)/bin/python -m bench.watch $(ARGS)

bench-clusters: $(VENV)/ready  ## those of many clusters at once
	$(call in,$(VENV)) $(VENV)/bin/python -m bench.clusters $(ARGS)

bench-report: $(VENV)/ready  ## those of the HTML report; needs Chromium
	$(call in,$(VENV)) $(VENV)/bin/python -m bench.report

dist: $(DIST)/ready  ## the archive of this platform, krew's manifest, wheel and sdist, in dist/
	rm -rf dist
	$(DIST)/bin/python -m release.freeze
	$(DIST)/bin/python -m release.archive
	$(MAKE) manifest

manifest: $(DIST)/ready  ## what does not depend on the platform, for the archives that are in dist/
	$(DIST)/bin/python -m release.manifest --releases "$(RELEASES)"
	$(DIST)/bin/python -m release.krew dist/routes.yaml
	$(DIST)/bin/python -m release.packages

dist-test: $(VENV)/ready  ## what is in dist/: installed as krew, pip and pipx do, and used
	$(PYTEST) $(PARALLEL) tests/dist
	rm -rf $(KREW) $(COMPLETER)
	$(VENV)/bin/python -m release.krew dist/routes.yaml --install $(KREW)
	mkdir $(COMPLETER) && $(KREW)/bin/kubectl-routes completion --install=$(COMPLETER)
	PATH="$(CURDIR)/$(COMPLETER):$(CURDIR)/$(VENV)/bin:$$PATH" KUBECTL_ROUTES_SCRIPTS=$(KREW)/bin $(VENV)/bin/python -m pytest $(PARALLEL) $(FROZEN_TESTS)

schemas: $(VENV)/ready  ## docs/schema again, after a change of what documents hold
	$(VENV)/bin/python -m release.schemas

pins:  ## the locks release/*.txt, with the hash of every file; needs uv, and UPGRADE=--upgrade for newer releases
	$(PYTHON) -m release.pins $(UV) $(UPGRADE)

fuzz: $(VENV)/ready  ## 100,000 hostile inputs; writes docs/reliability.md
	$(call in,$(VENV)) $(VENV)/bin/python -m tests.qa.fuzz $(ARGS)

faults: $(VENV)/ready  ## every fault at every request, long random walks, hostile input; writes docs/reliability.md
	$(call in,$(VENV)) $(VENV)/bin/python -m tests.qa.faults $(ARGS)
	$(call in,$(VENV)) QA_MINDS=20000 $(VENV)/bin/python -m pytest -q tests/analyze/test_two_minds.py
	$(call in,$(VENV)) QA_WALKS=12 QA_SEED=100 QA_STEPS=20 $(VENV)/bin/python -m pytest -q tests/qa/faults/test_walks.py
	$(call in,$(VENV)) QA_ALL=1 $(VENV)/bin/python -m pytest $(PARALLEL) tests/qa/security
	$(MAKE) fuzz ARGS=

contract: $(VENV)/ready $(ASSETS)/kube-apiserver  ## the contract tests against a real kube-apiserver
	$(call in,$(VENV)) KUBEBUILDER_ASSETS=$(abspath $(ASSETS)) $(VENV)/bin/python -m pytest -q tests/contract

$(ASSETS)/kube-apiserver:
	sh tests/contract/kube_apiserver.sh $(ASSETS)

mutate: $(VENV)/mutate  ## faults put into the pure rooms one at a time: which of them do the tests not notice?
	$(call in,$(VENV)) $(VENV)/bin/python -m tests.qa.mutate $(ARGS)

$(VENV)/demo: setup.cfg release/setuptools.txt release/demo.txt
	$(call install,$(VENV),demo)

$(VENV)/ready: $(VENV)/demo release/test.txt
	$(call install,$(VENV),test)

$(VENV)/mutate: $(VENV)/ready release/mutate.txt
	$(call install,$(VENV),mutate)

$(OLDEST)/ready: setup.cfg release/setuptools.txt release/oldest.txt
	$(call install,$(OLDEST),oldest)

$(DIST)/ready: setup.cfg release/setuptools.txt release/frozen.txt
	$(call install,$(DIST),frozen)

clean:  ## remove all environments and all that was built
	rm -rf $(VENV) $(OLDEST) $(NEWEST) $(DIST) .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants build dist *.egg-info
