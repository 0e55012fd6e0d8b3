# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
# nbgrader looks for its database tool on the PATH.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Kernels and the drawing library keep one thread each; two cores are shared by all that runs.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo check quick test proofs audit lab notebooks lint lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(READY) ## create .venv with all that the course and the grader need

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "This course needs Python 3.11 or newer; say which one: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(VENV) (once, one to three minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## grade a made-up class of twelve students and show their marks
	@autograder demo

lab: $(READY) ## open the course in JupyterLab
	@jupyter lab

notebooks: $(READY) ## make the student notebooks anew from solutions/ and prove that they are right
	@autograder build

lint: $(READY) ## ruff, the type checker, and which package may import which
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports

check: $(READY) ## what one runs while working: lint and the quick tests
	@$(MAKE) --no-print-directory -j2 lint quick

quick: $(READY)
	@pytest -n auto -m "not slow and not browser"

test: $(READY) ## all checks: lint, build proofs, the demo, and every test
	@$(MAKE) --no-print-directory -j2 lint proofs demo PROOFS=--no-solved
	@pytest -n auto --durations=25  # these run the solved notebooks

proofs: $(READY) ## prove that the student notebooks are what solutions/ gives, and right
	@autograder build --check --no-bank $(PROOFS)

audit: $(READY) ## run known mistakes, accepted variants and mutants through the tests of the notebooks
	@autograder audit

lock: ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra grading --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-strip-extras --custom-compile-command "make lock" --upgrade --quiet -o requirements.lock

clean: ## remove what the build and the demo made, but no environment
	rm -rf build
	find solutions -mindepth 2 -name '*.ipynb' -delete
