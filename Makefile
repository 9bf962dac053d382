# Each target starts from nothing but Python 3.11 or newer; the second call is fast.
.PHONY: help run demo test check clean
.DEFAULT_GOAL := help

# make demo VIDEO=me.mp4 IDENTITY=ada
VIDEO ?= reenact/packs_data/driver.mp4
IDENTITY ?=
export VIDEO IDENTITY

SETUP := tools/setup.sh pyproject.toml constraints.txt
READY_TO_RUN := .venv/.ready-to-run
READY_TO_TEST := .venv/.ready-to-test
PYTHON := .venv/bin/python

help:
	@echo 'make run                                 a page on which your camera drives an avatar'
	@echo 'make demo [VIDEO=path] [IDENTITY=name]   convert a video; the result lands in out/'
	@echo 'make test                                run the tests'
	@echo 'make check                               formatting, lint and types'
	@echo 'make clean                               remove .venv, caches and builds'

run: $(READY_TO_RUN)
	@.venv/bin/reenact serve --recordings out

demo: $(READY_TO_RUN)
	@mkdir -p out
	@name=$$(basename "$$VIDEO") && name=$${name%.*} && \
	.venv/bin/reenact convert "$$VIDEO" "out/$$name.mp4" --preview "out/$$name.png" --force \
		$${IDENTITY:+--identity "$$IDENTITY"}

test: $(READY_TO_TEST)
	$(PYTHON) -m pytest -n auto --dist loadfile

check: $(READY_TO_TEST)
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY_TO_RUN): $(SETUP)
	@sh tools/setup.sh
	@touch $@

$(READY_TO_TEST): $(SETUP)
	@sh tools/setup.sh dev,train,export,camera
	@touch $@
