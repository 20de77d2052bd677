# make run    serve examples/live_metrics, simulated, on port 9000
# make test   everything that CI runs
# make setup  only .venv with kanvasc in it

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME_SOURCES := $(shell find runtime -name '*.py' -o -path runtime/pyproject.toml -o -path 'runtime/kanvas_runtime/*' -type f -not -name '*.pyc')

.PHONY: setup run test lint

setup: $(VENV)/.installed build/wheels/.built

$(VENV)/.installed: pyproject.toml runtime/pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable runtime --editable '.[dev]'
	touch $@

build/wheels/.built: $(VENV)/.installed $(RUNTIME_SOURCES)
	rm -rf build/wheels && mkdir -p build/wheels
	cd runtime && SOURCE_DATE_EPOCH=1577836800 ../$(BIN)/python -m hatchling build -d ../build/wheels -t wheel
	touch $@
