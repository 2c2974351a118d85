# Two commands matter: `make run` and `make test`. Both begin with `make install`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help install run test proof soak bench goldens format pictures lock clean

help:            ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.installed ## .venv from the lock, with .venv/bin/psdash

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("psdash needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

run: install     ## open the dashboard (no key needed: the embedded exchange); ARGS="--slug X"
	@$(BIN)/psdash $(ARGS)

test: $(VENV)/.installed-dev ## everything CI runs: format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

proof: $(VENV)/.installed-dev ## of these the proofs alone: a thousand disconnects, a million lossy deltas, a day in virtual time
	$(BIN)/pytest -n auto tests/proof $(ARGS)

soak: $(VENV)/.installed-dev ## the proof at its long sizes, resumable (docs/reliability.md); ARGS="--minutes 10"
	$(BIN)/python -m tests.proof.soak $(ARGS)

bench: $(VENV)/.installed-dev ## what it costs, as ratios against baselines run beside it (docs/performance.md); ARGS="--short"
	$(BIN)/python -m benchmarks $(ARGS)

goldens: $(VENV)/.installed-dev ## write the golden screens anew, after looking at them
	$(BIN)/python -m tests.screens.goldens $(ARGS)

format: $(VENV)/.installed-dev ## rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: $(VENV)/.installed-dev ## renew docs/pictures/ from the real program
	$(BIN)/python -m tools.pictures

lock:            ## renew both lock files from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--python-version 3.11 --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--python-version 3.11 --group dev --group build -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:           ## remove what the targets above made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
