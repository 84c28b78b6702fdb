# Everything that can be done from a fresh clone. `make prove` and `make test` need Python 3.11 or newer and a network for pip.

SHELL   := /bin/bash
PYTHON  ?= python3
MINUTES ?= 10
OUT     ?= out
BIN     := .venv/bin
PIP     := $(BIN)/python -m pip --disable-pip-version-check --no-input

# Debian packages of the outside programs. A Python without ensurepip (Debian's own) cannot make a virtual environment.
TOOLS := coq libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics texlive-latex-base texlive-latex-recommended \
         texlive-latex-extra texlive-pictures texlive-fonts-recommended lmodern poppler-utils chromium \
         $(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv)

.PHONY: prove test rocq tools campaign docs bench must-show lint clean

prove: .venv/.installed-base
	$(BIN)/symsim prove universal-simulator
	$(BIN)/symsim derive universal-simulator --format latex,html,pdf -o $(OUT) --force

test: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: .venv/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

rocq: .venv/.installed-dev
	$(BIN)/python -m tests.rocq_theorems

campaign: .venv/.installed-dev
	$(BIN)/python -m tests.campaign --minutes $(MINUTES)

bench: .venv/.installed-dev
	$(BIN)/python -m benchmarks

must-show: .venv/.installed-dev
	$(BIN)/python -m tests.must_show

tools:
	@if dpkg-query -W -f='$${Status}\n' $(TOOLS) 2>/dev/null | grep -c '^install ok installed' | grep -qx '$(words $(TOOLS))'; then \
	  echo 'make tools: all outside programs are installed.'; \
	elif [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo 'make tools: this installs Debian packages and so needs root and apt-get; run it as root on Debian, or install by hand: $(TOOLS)' >&2; \
	  exit 1; \
	else \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $(TOOLS) </dev/null; \
	fi

clean:
	rm -rf out build dist docs/_build docs/jupyter_execute .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find symsim derivations tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps make installing incremental: pip runs again only after pyproject.toml changed.
.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("symsim needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/.installed-base: pyproject.toml | .venv/bin/python
	$(PIP) install -q -e .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	$(PIP) install -q -e '.[dev,smt]'
	@touch $@ .venv/.installed-base
