# make run     build examples/live_metrics and serve it, simulated, on port 9000
# make test    everything that CI runs
# make setup   only .venv with kanvasc in it
# make soak    the long-running tests
# make screenshots  pictures of the examples' pages, in docs/screenshots
# make bench   side by side with apps written by hand; many at once; writes docs/performance.md

PYTHON ?= python3
PORT ?= 9000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WHEELS := build/wheels/.built
RUNTIME := $(shell find runtime -type f -not -name '*.pyc' -not -path '*.egg-info*')

.PHONY: setup run test lint soak screenshots bench bench-setup clean

setup: $(VENV)/.installed $(WHEELS)

$(VENV)/.installed: pyproject.toml runtime/pyproject.toml hatch_build.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable runtime --editable '.[dev]'
	touch $@

# The same sources make the same wheel, byte for byte, on any day.
$(WHEELS): $(VENV)/.installed $(RUNTIME)
	rm -rf build/wheels
	mkdir -p build/wheels
	cd runtime && SOURCE_DATE_EPOCH=1577836800 ../$(BIN)/python -m hatchling build \
		-d ../build/wheels -t wheel > /dev/null
	touch $@

run: setup
	$(BIN)/kanvasc run examples/live_metrics/app.kanvas --simulate --port $(PORT)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not soak'

soak: setup
	$(BIN)/python -m pytest -m soak

screenshots: setup
	$(BIN)/python -m tests.pages.shots

bench-setup: setup
	$(PIP) install --requirement bench/peers/requirements.txt
	if command -v npm > /dev/null; then cd bench/peers && \
		npm install --no-audit --no-fund --no-package-lock --silent; fi

bench: bench-setup
	$(BIN)/python -m bench
	$(BIN)/python -m bench.compiling
	$(BIN)/python -m bench.connections
	$(BIN)/python -m bench.recovery

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
