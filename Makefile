# `make lab` opens the course, `make test` proves it; both set up .venv first.
# Plain make from 3.81 on, POSIX sh. Windows runs the same Python lines by hand: see README.md.

# The first Python that is new enough; `make lab PYTHON=...` names another.
ifeq ($(origin PYTHON), undefined)
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
IN_VENV = .venv/bin/python

.PHONY: help setup lab test bench lint format notebooks matrix pictures lock clean

help:
	@echo 'make lab        open the course in JupyterLab (ARGS=--no-browser only prints its address)'
	@echo 'make test       run every test'
	@echo 'make setup      build .venv from the lock, or do nothing when it is current'
	@echo 'make lint       format, lint and types alone; `make format` mends the first two'
	@echo 'make bench      the benchmarks, as ratios'
	@echo 'make notebooks  run the notebooks and save what they print'
	@echo 'make matrix     the chat and the views in Notebook 7 and on ipykernel 6.30 (a while; needs the registry)'
	@echo 'make pictures   take the README picture anew, from a real run in JupyterLab'
	@echo 'make lock       resolve the dependencies anew (needs uv)'
	@echo 'make clean      remove all that can be made again; work/ stays'

setup:
	@test -n "$(PYTHON)" && command -v "$(PYTHON)" >/dev/null || { \
	  echo 'labkit needs Python 3.11 or newer, found none$(if $(PYTHON), by the name $(PYTHON)): install it, or name it: make $@ PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" tools/setup_venv.py

lab: setup
	@$(IN_VENV) -m labkit.course $(ARGS)

test: setup
	@$(IN_VENV) -m pytest --cov $(ARGS) </dev/null  # pytest and IPython want a stdin; CI has none.

bench: setup
	@$(IN_VENV) -m pytest tests/benchmarks -s $(ARGS)

lint: setup
	@$(IN_VENV) -m pytest tests/test_style.py tests/test_layers.py $(ARGS)

format: setup
	@$(IN_VENV) -m ruff check --fix --quiet
	@$(IN_VENV) -m ruff format --quiet

notebooks: setup
	@$(IN_VENV) tools/run_notebooks.py $(ARGS)

matrix: setup
	@$(IN_VENV) tools/matrix.py $(ARGS)

pictures: setup
	@$(IN_VENV) tools/pictures.py $(ARGS)

lock: setup
	@$(IN_VENV) tools/lock.py $(ARGS)

clean:
	rm -rf .venv .matrix .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov build dist test-output
	find labkit tests tools notebooks -name __pycache__ -prune -exec rm -rf {} +
