# Two commands do all the set-up on a machine with Python 3.11 or newer, git and make:
#   make demo   runs the whole chain on the sample corpus
#   make test   passes the tests
.DELETE_ON_ERROR:
.PHONY: demo test check lock docs studio clean help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDIO := .studio-venv

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "wortlaut needs Python 3.11 or newer; $(PYTHON) is older. Say: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/.ready  ## run the whole chain on the sample corpus
	@$(BIN)/wortlaut demo --out .demo

test: $(VENV)/.ready  ## pass the tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.ready  ## lint, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.ready  ## write the files derived from the scheme and from --help
	$(BIN)/wortlaut schema
	$(BIN)/python scripts/cli_reference.py

# The Label Studio server, in an environment of its own as wortlaut makes it: its pins would bind ours.
studio: $(VENV)/.ready  ## install the Label Studio server that the tests talk to
	@$(BIN)/python -c 'from pathlib import Path; from wortlaut.annotation.studio.environment import make_environment; \
	  print(make_environment(Path("$(STUDIO)")))'

lock:  ## write the lock files anew (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --quiet --output-file requirements.lock
	echo 'label-studio==1.23.2' | uv pip compile - --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --quiet --output-file requirements-studio.lock

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(STUDIO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .demo test-artefacts
