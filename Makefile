# Everything the README promises, each one command. Needs Python 3.11 and make, nothing else.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
UV     := uv==0.13.9
RAW    ?= data/raw
LANGUAGE ?= id

# Some machines forbid bytecode; without it every kernel start compiles its libraries anew.
unexport PYTHONDONTWRITEBYTECODE
export MPLBACKEND = Agg

.PHONY: report test test-all lint lab bench clean lock

# A batch of reports for the latest quarter. Fills an empty data/raw with a simulated city first.
report: $(VENV)/.installed
	$(BIN)/asn-research run --raw $(RAW) --simulate-if-empty --lang $(LANGUAGE)

# Two workers with two threads each would wait for one another on two cores: twice the time.
test test-all: export OPENBLAS_NUM_THREADS = 1

test: $(VENV)/.installed lint
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"
	$(BIN)/pytest -n 2 --dist loadfile --nbval-lax --nbval-kernel-name warm-python notebooks/*.ipynb

test-all: $(VENV)/.installed lint
	$(BIN)/pytest -n 2 --dist loadfile
	$(BIN)/pytest -n 2 --dist loadfile --nbval-lax --nbval-kernel-name warm-python notebooks/*.ipynb

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# JupyterLab lives apart from the batch: it slows every report's start.
lab: $(VENV)-lab/.installed
	$(VENV)-lab/bin/jupyter lab notebooks

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)-lab/.installed: requirements.lock requirements-lab.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)-lab
	$(VENV)-lab/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(VENV)-lab/bin/uv pip install --quiet --python $(VENV)-lab/bin/python --compile-bytecode --require-hashes -r requirements.lock -r requirements-lab.lock
	$(VENV)-lab/bin/uv pip install --quiet --python $(VENV)-lab/bin/python --no-deps --no-build-isolation --editable .
	touch $@

# Re-pin. No index lines, no paths: the lock must mean the same on every machine.
lock:
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group lab -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements-lab.lock
	$(BIN)/python tests/test_environment.py > environment.yml

# Removes what was made, never what was given: data/raw stays.
clean:
	rm -rf $(VENV) $(VENV)-lab .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find data/processed reports -mindepth 1 ! -name README.md -delete
