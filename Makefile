# `make` lists the targets. Each one sets up what it needs, once, in .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test test-heavy test-all record lint format docs bench clean
.PHONY: constraints test-matrix smoke-nightly

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/.ready: pyproject.toml constraints.txt tools/make_venv.sh
	@echo "Setting up .venv (once; a few minutes)."
	@tools/make_venv.sh "$(PYTHON)" .venv
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/.ready-dev: .venv/.ready
	@echo "Setting up the tools for tests and checks (once)."
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: .venv/.ready ## Train a deep network on Fashion-MNIST and write runs/demo/report.html.
	@$(BIN)/trainwell train fashion-mnist --out runs/demo --overwrite

# The engine's tests compare bits, so they compile as a user's programs are compiled. The others spend most of their time
# in the compiler: for them it leaves out its optimizations, or most of them for the gallery, which is trained for longer,
# and each of the two processes keeps to one thread. test-all optimizes for all.
# A file's tests stay in one process: they share fixtures and compiled programs.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
QUICK := -m "not slow and not heavy"
XLA := --xla_cpu_parallel_codegen_split_count=1 --xla_cpu_multi_thread_eigen=false --xla_backend_optimization_level

test: .venv/.ready-dev ## Run the quick tests (several minutes; less when run again).
	@$(PYTEST) $(QUICK) tests/engine
	@XLA_FLAGS="$$XLA_FLAGS $(XLA)=1" $(PYTEST) $(QUICK) tests/gallery
	@XLA_FLAGS="$$XLA_FLAGS $(XLA)=0" $(PYTEST) $(QUICK) --ignore tests/engine --ignore tests/gallery

test-heavy: .venv/.ready-dev ## Run the tests that take more than a second each (twenty minutes while recordings are missing).
	@$(PYTEST) -m heavy tests/engine
	@XLA_FLAGS="$$XLA_FLAGS $(XLA)=1" $(PYTEST) -m heavy tests/gallery
	@XLA_FLAGS="$$XLA_FLAGS $(XLA)=0" $(PYTEST) -m heavy --ignore tests/engine --ignore tests/gallery

test-all: .venv/.ready-dev ## Run all tests, slow ones included.
	@$(PYTEST)

record: .venv/.ready-dev ## Train what is stale among the gallery's recorded Runs (some two hours for all).
	@XLA_FLAGS="$$XLA_FLAGS $(XLA)=1" $(BIN)/python tests/gallery/record.py $(ARGS)

lint: .venv/.ready-dev ## Check style, types and the order of imports.
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache

format: .venv/.ready-dev ## Format the code.
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: .venv/.ready-dev ## Run every command and example shown in the docs.
	@$(BIN)/python -m pytest tests/docs -n 0

bench: .venv/.ready-dev ## Run the quick benchmarks (see benchmarks/README.md for all).
	@$(BIN)/python benchmarks/engine.py --rounds 3

test-matrix: .venv/.ready ## Run the quick tests on other versions of Python, Keras and JAX (slow; ARGS="--only 3.13").
	@$(BIN)/python tools/test_matrix.py $(ARGS)

# One development version of Keras, and everything that it is run with, pinned: no release elsewhere can make this fail.
NIGHTLY := 3.16.0.dev2026102704

.matrix/smoke-nightly/.ready: tools/nightly.txt tools/make_venv.sh
	@tools/make_venv.sh "$(PYTHON)" .matrix/smoke-nightly
	@.matrix/smoke-nightly/bin/python -m pip --disable-pip-version-check --quiet install --no-deps -r tools/nightly.txt
	@touch $@

smoke-nightly: .matrix/smoke-nightly/.ready ## Fit, diagnose, repair and train once on a pinned development version of Keras.
	@PYTHONPATH="$(CURDIR)" .matrix/smoke-nightly/bin/python tools/smoke.py

# Universal: each version of Python from 3.11 on has its own pins, where they differ.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --strip-extras \
	--annotation-style line --custom-compile-command "make constraints"

constraints: .venv/.ready ## Pin what make installs to the newest versions within the ranges of pyproject.toml.
	@$(PIP) install uv
	@$(COMPILE) --all-extras pyproject.toml --output-file constraints.txt
	@echo "keras-nightly==$(NIGHTLY)" | $(COMPILE) --no-emit-package keras pyproject.toml - --output-file tools/nightly.txt

clean: ## Remove .venv and caches; runs/ stays.
	rm -rf .venv .matrix .bootstrap .pytest_cache .ruff_cache .hypothesis .import_linter_cache
