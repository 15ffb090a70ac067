# Everything the README promises, each one command. Needs Python 3.11 to 3.14 and make, nothing else.

# The newest Python that works is taken; `make report PYTHON=/path/to/python` takes another.
PYTHON ?= python3.14 python3.13 python3.12 python3.11 python3 python
VENV   := .venv
BIN    := $(VENV)/bin
UV     := uv==0.13.9
RAW    ?= data/raw
LANGUAGE ?= id

# Some machines forbid bytecode; without it every kernel start compiles its libraries anew.
unexport PYTHONDONTWRITEBYTECODE
# The batch draws into files. JupyterLab must choose for itself: with Agg its kernels show no figure.
report test test-slow test-longest test-all coverage bench: export MPLBACKEND = Agg

# What a Python must have. A name that is there may still not run, or lack the part that makes
# environments (Debian's python3-venv), so each is tried.
define TRY_PYTHON
import sys
if sys.implementation.name != "cpython" or not (3, 11) <= sys.version_info < (3, 15):
    sys.exit("is %s %d.%d.%d, not Python 3.11 to 3.14" % (sys.implementation.name, *sys.version_info[:3]))
try:
    import ctypes, ensurepip, ssl, venv
except ImportError as missing:
    sys.exit("is %d.%d.%d but has no module %s" % (*sys.version_info[:3], missing.name))
print(getattr(sys, "_base_executable", sys.executable))
endef
export TRY_PYTHON

define FIND_PYTHON
found=; \
for each in $(PYTHON); do \
  command -v "$$each" >/dev/null 2>&1 || continue; \
  if said=$$("$$each" -c "$$TRY_PYTHON" 2>&1); then found="$$said"; break; fi; \
  tried="$$tried  $$each $$(printf '%s\n' "$$said" | head -n 1)\n"; \
done; \
if [ -z "$$found" ]; then \
  echo "No Python from 3.11 to 3.14 that can make an environment was found among: $(PYTHON)" >&2; \
  if [ -n "$$tried" ]; then printf 'Tried:\n%b' "$$tried" >&2; fi; \
  echo "Install one, then run make again:" >&2; \
  echo "  Debian, Ubuntu:  apt-get install python3 python3-venv" >&2; \
  echo "  Fedora:          dnf install python3" >&2; \
  echo "  macOS:           brew install python@3.13" >&2; \
  echo "or name it: make PYTHON=/path/to/python3" >&2; \
  exit 1; \
fi
endef

.PHONY: report test test-slow test-longest test-all lint coverage lab bench clean docs lessons dictionary docs-architecture lock wheel python

# A batch of reports for the latest quarter. Fills an empty data/raw with a simulated city first.
report: $(VENV)/.installed
	$(BIN)/asn-research run --raw $(RAW) --simulate-if-empty --lang $(LANGUAGE)

# Two workers with two threads each would wait for one another on two cores: twice the time.
test test-slow test-longest test-all coverage: export OPENBLAS_NUM_THREADS = 1
PYTEST = $(BIN)/pytest -n 2 --dist loadfile

test: $(VENV)/.installed lint
	$(PYTEST) -m "not slow and not longest"
	$(PYTEST) -p patient_lessons --nbval-lax --nbval-kernel-name warm-python --nbval-kernel-startup-timeout 600 notebooks/*.ipynb

# Minutes: recovery of known truth, interval coverage, whole batches.
test-slow: $(VENV)/.installed $(VENV)-lab/.installed
	$(PYTEST) -m "slow and not longest"

# Hours on a small machine: hundreds of simulated studies, kills at many moments. Tests of properties draw the same examples
# in each run; here they draw new ones.
test-longest: $(VENV)/.installed
	$(PYTEST) -m longest
	$(PYTEST) -m "hypothesis and not slow and not longest" --hypothesis-profile=new_examples

test-all: test test-slow test-longest

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Which lines that a branch changed no test runs; fails below 90 percent. One file's tests:
# make coverage TESTS=tests/measure/test_index.py; against another branch: make coverage AGAINST=origin/main.
AGAINST ?= main
TESTS ?= -m "not slow and not longest"
coverage: $(VENV)/.installed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage xml --quiet -o .coverage.xml
	$(BIN)/diff-cover .coverage.xml --compare-branch $(AGAINST) --fail-under 90

# JupyterLab lives apart from the batch: it slows every report's start. Its files start at this folder, so that
# data/raw and reports are seen; lessons open as copies in work/, which git ignores, so doing one changes nothing
# that is kept. More settings: make lab LANGUAGE=en LAB="--no-browser --allow-root".
lab: $(VENV)-lab/.installed
	$(VENV)-lab/bin/asn-research lab --lang $(LANGUAGE) $(LAB)

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

# Names the Python that would be taken.
python:
	@$(FIND_PYTHON); echo "$$found"

# INSTALL,<environment>,<locks>
define INSTALL
@set -e; $(FIND_PYTHON); \
echo "Python: $$("$$found" --version) at $$found; installing into $(1)"; \
"$$found" -m venv --clear $(1)
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
$(1)/bin/uv pip install --quiet --python $(1)/bin/python --compile-bytecode --require-hashes $(2)
$(1)/bin/uv pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation --editable .
@touch $@
endef

$(VENV)/.installed: requirements.lock pyproject.toml
	$(call INSTALL,$(VENV),-r requirements.lock)

$(VENV)-lab/.installed: requirements.lock requirements-lab.lock pyproject.toml
	$(call INSTALL,$(VENV)-lab,-r requirements.lock -r requirements-lab.lock)

# docs/data-dictionary.md, from what is declared of tables, columns and sources.
dictionary: $(VENV)/.installed
	$(BIN)/asn-research describe --markdown --lang en > docs/data-dictionary.md

# The site, in two languages: docs/_site/index.html. Lessons show their stored outputs; nothing is fetched.
docs: $(VENV)-docs/.installed
	$(VENV)-docs/bin/python docs/site/build.py
	$(VENV)-docs/bin/python docs/site/check.py

$(VENV)-docs/.installed: requirements.lock requirements-docs.lock pyproject.toml
	$(call INSTALL,$(VENV)-docs,-r requirements.lock -r requirements-docs.lock)

# English twins of the lessons, and the outputs that readers see. One lesson: make lessons LESSONS=03.
lessons: $(VENV)/.installed
	$(BIN)/python docs/lessons.py translate
	$(BIN)/python docs/lessons.py run $(LESSONS)

# docs/architecture.svg and the tables beside it, from what the modules import.
docs-architecture: $(VENV)/.installed
	$(BIN)/python docs/draw_architecture.py

# What `pip install` and `uv tool install` take: dist/asn_research-*.whl.
wheel: $(VENV)/.installed
	$(BIN)/python -m hatchling build --target wheel

# Re-pin. No index lines, no paths: the lock must mean the same on every machine.
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade

lock: $(VENV)/.installed
	$(COMPILE) --group dev -o requirements.lock
	$(COMPILE) --extra lab -c requirements.lock -o requirements-lab.lock
	$(COMPILE) --group docs -c requirements.lock -o requirements-docs.lock
	$(BIN)/python tests/test_environment.py > environment.yml

# Removes what was made, never what was given: data/raw stays.
clean:
	rm -rf $(VENV) $(VENV)-lab $(VENV)-docs docs/_site .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	find data/processed reports -mindepth 1 ! -name README.md -delete
