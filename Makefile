# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.ready-for-tests
SITE := .venv-site
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# nbgrader looks for its database tool on the PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Kernels and the drawing library keep one thread each; two cores are shared by all that runs.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
  --custom-compile-command "make lock" --quiet
LOCK_COURSE := $(LOCK) pyproject.toml --no-emit-package nbcore

.DEFAULT_GOAL := help
.PHONY: help setup demo check quick test fresh proofs audit bounds hub lab notebooks site lint lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv with all that the course and the grader need

$(READY): requirements.lock pyproject.toml nbcore/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "This course needs Python 3.11 or newer; say which one: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(VENV) (once, one to three minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable ./nbcore --editable .
	@touch $(READY)

$(TOOLS): requirements-dev.lock $(READY)
	@echo "Adding what the tests need (once)"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $(TOOLS)

demo: $(READY) ## grade a made-up class of twelve students and show their marks
	@$(BIN)/autograder demo

lab: $(READY) ## open the course in JupyterLab
	@$(BIN)/jupyter lab

notebooks: $(READY) ## make the student notebooks anew from solutions/ and prove that they are right
	@$(BIN)/autograder build

$(SITE)/.ready: requirements-site.lock
	@echo "Setting up $(SITE) (once, one to three minutes)"
	@$(PYTHON) -m venv $(SITE)
	@$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-site.lock
	@touch $@

site: $(READY) $(SITE)/.ready ## make the web site of the course in build/site, with notebooks that run in the browser
	@$(BIN)/python website/make_site.py

lint: $(TOOLS) ## ruff, the type checker, and which package may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: $(TOOLS) ## what one runs while working: lint and the quick tests
	@$(MAKE) --no-print-directory -j2 lint quick

quick: $(TOOLS)
	@$(BIN)/pytest -n auto -m "not slow and not browser and not fresh"

test: $(TOOLS) ## lint, build proofs, the demo, and the tests
	@$(MAKE) --no-print-directory -j2 lint proofs PROOFS=--no-solved
	@$(BIN)/pytest -n auto -m "not fresh" --durations=25  # these run the solved notebooks and the demo

fresh: $(TOOLS) ## what a new machine does: installs packages anew, grades, serves the site with every notebook
	@SITE_NOTEBOOKS=all $(BIN)/pytest -n auto -m fresh --durations=25

proofs: $(TOOLS) ## prove that the student notebooks are what solutions/ gives, and right
	@$(BIN)/autograder build --check --no-bank $(PROOFS)

audit: $(TOOLS) ## run known mistakes, accepted variants and mutants through the tests of the notebooks
	@$(BIN)/autograder audit

# The environments are made anew each time: what is newest changes from day to day. Old libraries stand on new ones that
# they do not know, and warn of themselves that they use what is deprecated: no error with the lowest versions.
BOUNDS ?= lowest highest
# Whole, then without its slow tests: the tests that a library's version decides.
BOUNDS_WHOLE ?= tests/nbcore
BOUNDS_QUICK ?= tests --ignore tests/nbcore
bounds: $(addprefix bounds-,$(BOUNDS)) ## run tests with the lowest and the highest versions that pyproject.toml allows

bounds-lowest: RESOLUTION := lowest-direct
bounds-lowest: WARNINGS := -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning
bounds-highest: RESOLUTION := highest
bounds-%: build/uv/bin/uv FORCE
	@rm -rf build/bounds-$* build/bounds-$*.txt  # uv keeps to the versions of a file that is there
	@$< pip compile pyproject.toml nbcore/pyproject.toml --extra lab --extra dev --no-emit-package nbcore \
	  --resolution $(RESOLUTION) --python $(BIN)/python --no-emit-index-url --no-strip-extras --quiet -o build/bounds-$*.txt
	@$< venv --quiet --python $(BIN)/python build/bounds-$*
	@$< pip install --quiet --python build/bounds-$*/bin/python -r build/bounds-$*.txt
	@$< pip install --quiet --python build/bounds-$*/bin/python --no-deps --no-build-isolation --editable ./nbcore --editable .
	@export PATH="$(CURDIR)/build/bounds-$*/bin:$$PATH" \
	  && python -m pytest -n auto -m "not browser and not fresh" $(WARNINGS) $(BOUNDS_WHOLE) \
	  && python -m pytest -n auto -m "not slow and not browser and not fresh" $(WARNINGS) $(BOUNDS_QUICK)

build/uv/bin/uv: $(TOOLS)
	@$(BIN)/python -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

FORCE:

hub: $(TOOLS) ## a term on a JupyterHub, set up as docs/jupyterhub.md says (as root; a few minutes)
	@HUB=1 $(BIN)/pytest -q tests/autograder/hub

lock: ## write the lock files anew from the two pyproject.toml (needs uv)
	@$(LOCK_COURSE) --extra lab --extra dev --upgrade -o requirements-dev.lock
	@$(LOCK_COURSE) --extra lab --constraint requirements-dev.lock -o requirements.lock
	@$(LOCK) --group pyproject.toml:site --upgrade -o requirements-site.lock

clean: ## remove build/: demo, site, handouts, and what is kept there to save time; no environment, and no notebook
	@if ls build/regraded/*.jsonl >/dev/null 2>&1; then echo "A regrade was interrupted: run it again first, or its list is lost"; exit 1; fi
	rm -rf build
