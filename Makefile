# Everything runs from .venv, which make builds itself. Needs python3 (3.10 or newer), make and git; the tests against
# the real OpenTelemetry Collector also need go (1.25 or newer), or OTELCOL_BIN, and are skipped without.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet install

# More for pytest: make test ARGS="tests/otlp -k surrogates". Workers: "logical" is one a core; 0 runs in this process.
ARGS =
WORKERS = logical

.PHONY: help demo test faults lint format bench accuracy collector clean

help:
	@echo 'make demo       run a simulated assistant into a SQLite file and show what its telemetry says'
	@echo 'make test       run all tests (more for pytest in ARGS="...")'
	@echo 'make faults     let every fault happen to real processes, at full length (12 minutes), and print what arrived'
	@echo 'make lint       ruff, mypy, import contracts, codespell'
	@echo 'make format     let ruff put the code into shape'
	@echo 'make bench      measure against the bare SDK'
	@echo 'make accuracy   score redaction on invented telemetry, beside its peers'
	@echo 'make collector  build the OpenTelemetry Collector that the tests use (once, cached); prints its path'
	@echo 'make clean      remove .venv and what the tools left'
	@echo
	@echo 'Another Python: make PYTHON=python3.12 ...'

demo: $(VENV)/.installed
	@$(BIN)/python -m clippy_otel.demo

# Where the Collector cannot be built (no go, or an old one), the tests that need it skip and say so. CI may not skip.
test: $(VENV)/.test
	@bash collector-config/build.sh >/dev/null || test "$$CLIPPY_REQUIRE_REAL" != 1 || { \
	    echo 'CLIPPY_REQUIRE_REAL=1, and there is no Collector' >&2; exit 1; }
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# One test after the other, for the deadlines are those that are promised. The short lengths are part of `make test`.
faults: $(VENV)/.test
	@bash collector-config/build.sh >/dev/null || true
	CLIPPY_FAULTS=full $(BIN)/python -m pytest -n 0 -s tests/faults $(ARGS)

lint: $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml

format: $(VENV)/.lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks $(ARGS)

# More in ARGS="...": --fast, --seed N, --part held-out, --failures ours.
accuracy: $(VENV)/.bench
	@$(BIN)/python -m benchmarks.redaction $(ARGS)

collector:
	@bash collector-config/build.sh

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find clippy_otel tests benchmarks examples -name __pycache__ -prune -exec rm -rf {} +

# The stamps say what is installed; pyproject.toml or the version newer than them means a new .venv. The package is
# installed editable, so a change of its code needs nothing. pip before 25.1 does not know dependency groups.
$(VENV)/.installed: pyproject.toml clippy_otel/_version.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	    echo 'Python 3.10 or newer is needed, and $(PYTHON) is not that. Name one: make PYTHON=python3.12' >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade 'pip>=25.1'
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(PIP) --group test
	@touch $@

$(VENV)/.lint: $(VENV)/.installed
	$(PIP) --group lint
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	$(PIP) --group bench
	@touch $@
