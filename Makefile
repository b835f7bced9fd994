# `make demo` and `make test` set up all they need; the first run installs into .venv.

PYTHON ?= python3
VENV := .venv
CONSTRAINTS ?= .ci/constraints.txt
READY := $(VENV)/ready
OWN = $(if $(SPEC),--spec $(SPEC)) $(if $(OUT),--out $(OUT))

.PHONY: help demo test types suite docs dist generate check explain mutants bench gpu clean

help: ## list these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

demo: $(READY) ## train a small spiking network on handwritten digits
	$(VENV)/bin/python docs/examples/digits.py

test: types suite ## check generated files and types, and run all tests but the mutants

types: $(READY)
	$(VENV)/bin/mypy

suite: $(READY)
	$(VENV)/bin/python -m codegen check
	$(VENV)/bin/pytest --numprocesses 2 --dist worksteal

docs: $(READY) ## build the site into build/docs; any warning is an error
	$(VENV)/bin/sphinx-build --fresh-env --fail-on-warning --keep-going --quiet docs build/docs
	@echo "The site is in build/docs: open build/docs/index.html"

dist: $(READY) ## build a wheel and a source archive into build/dist
	$(VENV)/bin/python -m build --no-isolation --outdir build/dist

generate: $(READY) ## write the layers of the spec, or of your own: make generate SPEC=mine.yaml OUT=neurons
	@$(VENV)/bin/python -m codegen generate $(OWN)

check: $(READY) ## show how the layers on disk differ from the spec; SPEC and OUT as above
	@$(VENV)/bin/python -m codegen check $(OWN)

explain: $(READY) ## show what a layer computes, and why: make explain NAME=SLIB
	@$(VENV)/bin/python -m codegen explain $(NAME) $(if $(SPEC),--spec $(SPEC))

mutants: $(READY) ## break specs and code in many ways; tests must notice: make mutants SEED=1 SAMPLE=20
	$(VENV)/bin/python -m tests.mutants $(if $(SEED),--seed $(SEED)) $(if $(SAMPLE),--sample $(SAMPLE))

bench: $(READY) ## compare the speed of the layers, as ratios
	$(VENV)/bin/python -m tests.benchmarks.steps
	$(VENV)/bin/python -m tests.benchmarks.layers
	$(VENV)/bin/python -m tests.benchmarks.sequences
	$(VENV)/bin/python -m tests.benchmarks.recurrences
	$(VENV)/bin/python -m tests.benchmarks.streaming
	$(VENV)/bin/python -m tests.benchmarks.deploying

gpu: ## compare the kernels in Triton with the loop on a GPU, and measure them, by the machine's own Python
	PYTHONPATH=src $(PYTHON) -m tests.gpu $(if $(TABLE),--out $(TABLE))

clean: ## remove the environment and everything built
	rm -rf $(VENV) build

$(READY): pyproject.toml .ci/tools.txt $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --constraint $(CONSTRAINTS) --editable ".[test]"
	touch $@
