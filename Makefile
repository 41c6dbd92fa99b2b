# `make run` and `make test` are all a newcomer needs; `make check` is what CI runs.
# They need Python >= 3.11, make and git; uv is used when it is present.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: run demo-online test bench examples lint type layers check clean

run: $(VENV)/.installed
	@$(BIN)/recession-monitor run; status=$$?; \
	if [ $$status -eq 3 ]; then \
		echo "The digest is complete; it names above what is stale or missing (exit code 3)."; \
	elif [ $$status -ne 0 ]; then exit $$status; fi

# Publishers on this machine: real wire formats, the bundled history, invented figures after it.
demo-online: $(VENV)/.installed
	@RECESSION_MONITOR_STORE__PATH=var/demo/monitor.db RECESSION_MONITOR_SITE__PATH=var/demo/site \
	$(BIN)/python tools/loopback --no-key $(DEMO) -- $(BIN)/recession-monitor run; status=$$?; \
	[ $$status -eq 3 ] || exit $$status

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(VENV)/.installed-dev
	$(BIN)/python bench/ingest.py
	$(BIN)/python bench/backtest.py
	$(BIN)/python bench/digest.py

# docs/examples: what four days would have been told. The pictures need Chromium.
examples: $(VENV)/.installed-dev
	$(BIN)/python tools/examples.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/.installed-dev
	$(BIN)/mypy

layers: $(VENV)/.installed-dev
	$(BIN)/lint-imports

check: lint type layers test

clean:
	rm -rf $(VENV) var dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found on PATH (or set PYTHON=/path/to/python3)."; exit 2; }
ifdef UV
	$(UV) venv --quiet --allow-existing --python "$(PYTHON)" $(VENV)
else
	$(PYTHON) -m venv $(VENV)
endif

INSTALL = $(if $(UV),VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode,$(BIN)/python -m pip install --quiet --disable-pip-version-check) --constraint constraints.txt --editable

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) ..."
	@$(INSTALL) .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) ..."
	@$(INSTALL) '.[dev]'
	@touch $@
